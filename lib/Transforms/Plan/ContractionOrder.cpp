//===- ContractionOrder.cpp - Contractions in an order --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Plan/ContractionOrder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Analysis/IndexAlgebra.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// OrderingProblem
//===----------------------------------------------------------------------===//

/// The indices that riders keep alive until the result: not those of riders
/// that one leaf spans, which go with every step from that leaf on.
static IndexSet getIndicesOfRiders(const ContractionGraph &graph,
                                   ArrayRef<IndexSet> riders) {
  IndexSet kept;
  for (const IndexSet &rider : riders)
    if (llvm::none_of(graph.getLeaves(),
                      [&](const ContractionGraph::Leaf &leaf) {
                        return isSubset(rider, leaf.indices);
                      }))
      kept = unite(kept, rider);
  return kept;
}

OrderingProblem::OrderingProblem(ContractOp op, const BitVector &active) {
  const Indexing &indexing = op.getIndexingValue();
  for (int64_t extent : op.getStaticExtents())
    graph.addIndex(extent == kDynamicExtent ? kDynamicExtentHint : extent);
  SmallVector<IndexSet> riderSets;
  for (unsigned number = 0; number < op.getInputs().size(); ++number) {
    IndexSet indices = getIndexSet(indexing.operands[number]);
    OperandKind kind = getOperandKind(op, number);
    if (kind == OperandKind::Leaf) {
      leaves.push_back(number);
      graph.addLeaf(indices, active[number]);
    } else if (kind == OperandKind::Scalar) {
      scalars.push_back(number);
    } else {
      riders.push_back(number);
      riderSets.push_back(std::move(indices));
    }
  }
  auto *firstActive =
      std::stable_partition(scalars.begin(), scalars.end(),
                            [&](unsigned number) { return !active[number]; });
  numInactiveScalars = firstActive - scalars.begin();
  if (!scalars.empty() && !leaves.empty())
    graph.addLeaf({}, active[scalars.back()]);
  graph.setOutput(unite(getIndexSet(indexing.result),
                        getIndicesOfRiders(graph, riderSets)));
}

TreeCost OrderingProblem::computeCost(const ContractionTree &tree) const {
  TreeCost cost = tensornet::computeCost(graph, tree);
  for (unsigned number = 1; number < scalars.size(); ++number) {
    cost.value += 1;
    cost.weighted +=
        getNumPasses(number > numInactiveScalars, number >= numInactiveScalars);
  }
  return cost;
}

//===----------------------------------------------------------------------===//
// createTree
//===----------------------------------------------------------------------===//

namespace {

/// A tensor on the way: its value, subscripts and whether it is conjugated
/// where it is read.
struct Factor {
  Value value;
  Subscripts subscripts;
  bool conjugated = false;

  IndexSet getIndices() const { return getIndexSet(subscripts); }
};

/// Builds the contractions of one tree.
class TreeBuilder {
public:
  TreeBuilder(OpBuilder &builder, ContractOp op, const OrderingProblem &problem,
              const ContractionTree &tree);
  Value build();

private:
  Factor getOperand(unsigned number);
  /// Counts the places (operands not yet used, result) where an index occurs.
  void count(const Subscripts &subscripts, int change);
  IndexSet getUnion(ArrayRef<Factor> factors) const;
  /// The indices of `factors` that occur elsewhere too, once these factors no
  /// longer count.
  SmallVector<IndexId> getLive(ArrayRef<Factor> factors) const;
  /// Moves the riders that `fits` accepts to `factors`.
  void takeRiders(SmallVectorImpl<Factor> &factors,
                  function_ref<bool(const IndexSet &)> fits);
  /// The size of a result dimension that runs over `index`; null where a
  /// factor or an explicit extent gives it at run time.
  OpFoldResult getSize(ArrayRef<Factor> factors, IndexId index);
  /// The contraction of `factors` over everything that is not in `live`.
  Factor contract(ArrayRef<Factor> factors, ArrayRef<IndexId> live);
  /// Sums indices of `factor` that occur nowhere else, riders on `factor` alone
  /// not counted.
  Factor sumPrivate(Factor factor);
  /// Multiplies scalars from the left until so many are left.
  void joinScalars(unsigned numLeft);
  /// Lets riders that factors of one step were multiplied with, and whose
  /// indices its result has, ride along with the result too; of other factors
  /// what they say about these indices.
  void keepRiders(ArrayRef<Factor> taken, ArrayRef<IndexId> live);
  /// Forms that are not negative where subscripts of `factors` are in bounds;
  /// only those that may be negative, of indices with static extents.
  SmallVector<LinearForm> getBounds(ArrayRef<Factor> factors) const;
  /// Lets what the bounds of `factors` leave of the indices `live` ride along.
  void keepBounds(ArrayRef<Factor> factors, const IndexSet &live);
  /// The two operands of a step, and the riders that they span.
  SmallVector<Factor> getStepFactors(NodeId node);
  /// The last contraction, with the subscripts and type of the result.
  Value finish(SmallVector<Factor> factors);
  Value create(ArrayRef<Factor> factors, const Subscripts &result,
               ArrayRef<OpFoldResult> sizes, Type elementType);

  OpBuilder &builder;
  ContractOp op;
  Location loc;
  const Indexing &indexing;
  const OrderingProblem &problem;
  const ContractionTree &tree;
  SmallVector<int64_t> extents;
  SmallVector<unsigned> occurrences;
  SmallVector<Factor> riders;
  SmallVector<Factor> scalars;
  std::vector<std::optional<Factor>> nodes;
};

} // namespace

TreeBuilder::TreeBuilder(OpBuilder &builder, ContractOp op,
                         const OrderingProblem &problem,
                         const ContractionTree &tree)
    : builder(builder), op(op), loc(op.getLoc()),
      indexing(op.getIndexingValue()), problem(problem), tree(tree),
      extents(op.getStaticExtents()), occurrences(indexing.getNumIndices()),
      nodes(tree.getNumNodes()) {
  for (const Subscripts &subscripts : indexing.operands)
    count(subscripts, 1);
  count(indexing.result, 1);
  for (unsigned number : problem.riders)
    riders.push_back(getOperand(number));
  for (unsigned number : problem.scalars)
    scalars.push_back(getOperand(number));
  for (auto [leaf, number] : llvm::enumerate(problem.leaves))
    nodes[leaf] = getOperand(number);
}

Factor TreeBuilder::getOperand(unsigned number) {
  return {op.getInputs()[number], indexing.operands[number],
          indexing.conjugated[number]};
}

void TreeBuilder::count(const Subscripts &subscripts, int change) {
  for (IndexId index : getIndexSet(subscripts))
    occurrences[index] += change;
}

IndexSet TreeBuilder::getUnion(ArrayRef<Factor> factors) const {
  IndexSet all;
  for (const Factor &factor : factors)
    all = unite(all, factor.getIndices());
  return all;
}

SmallVector<IndexId> TreeBuilder::getLive(ArrayRef<Factor> factors) const {
  SmallVector<unsigned> here(occurrences.size());
  for (const Factor &factor : factors)
    for (IndexId index : factor.getIndices())
      ++here[index];
  SmallVector<IndexId> live;
  for (IndexId index : getUnion(factors))
    if (occurrences[index] > here[index])
      live.push_back(index);
  return live;
}

void TreeBuilder::takeRiders(SmallVectorImpl<Factor> &factors,
                             function_ref<bool(const IndexSet &)> fits) {
  SmallVector<Factor> kept;
  for (Factor &rider : riders)
    (fits(rider.getIndices()) ? factors : kept).push_back(std::move(rider));
  riders = std::move(kept);
}

OpFoldResult TreeBuilder::getSize(ArrayRef<Factor> factors, IndexId index) {
  if (extents[index] != kDynamicExtent)
    return builder.getIndexAttr(extents[index]);
  LinearForm bare = LinearForm::bare(index);
  bool isGiven = indexing.getExplicitExtent(index) ||
                 llvm::any_of(factors, [&](const Factor &factor) {
                   return llvm::is_contained(factor.subscripts, bare);
                 });
  return isGiven ? OpFoldResult() : op.getExtent(builder, loc, index);
}

Value TreeBuilder::create(ArrayRef<Factor> factors, const Subscripts &result,
                          ArrayRef<OpFoldResult> sizes, Type elementType) {
  ContractionSpec spec;
  for (const Factor &factor : factors) {
    spec.inputs.push_back(factor.value);
    spec.indexing.operands.push_back(factor.subscripts);
    spec.indexing.conjugated.push_back(factor.conjugated);
  }
  spec.indexing.result = result;
  spec.extents = op.getMixedExplicitExtents();
  spec.resultSizes = SmallVector<OpFoldResult>(sizes);
  spec.elementType = elementType;
  return createContraction(builder, loc, std::move(spec));
}

Factor TreeBuilder::contract(ArrayRef<Factor> factors, ArrayRef<IndexId> live) {
  SmallVector<OpFoldResult> sizes;
  for (IndexId index : live)
    sizes.push_back(getSize(factors, index));
  Factor made{create(factors, bareSubscripts(live), sizes, op.getComputeType()),
              bareSubscripts(live)};
  for (const Factor &factor : factors)
    count(factor.subscripts, -1);
  count(made.subscripts, 1);
  keepRiders(factors, live);
  return made;
}

/// A point that a mask drops contributes nothing, whatever the factors of later
/// steps (and of their adjoints) are there: a stored zero does not say that.
void TreeBuilder::keepRiders(ArrayRef<Factor> taken, ArrayRef<IndexId> live) {
  IndexSet indices(live.begin(), live.end());
  SmallVector<Factor> bounding;
  for (const Factor &factor : taken) {
    auto producer = factor.value.getDefiningOp<ContractOp>();
    IndexSet own = factor.getIndices();
    if (!producer || !producer.isVirtual() || !isSubset(own, indices)) {
      bounding.push_back(factor);
    } else if (!own.empty()) {
      riders.push_back(factor);
      count(factor.subscripts, 1);
    }
  }
  keepBounds(bounding, indices);
}

/// More bounds than these are not looked at.
static constexpr size_t kMostBounds = 64;

/// What `bounds`, forms that are not negative, say of the other indices where
/// `index` takes all its values (Fourier and Motzkin).
static SmallVector<LinearForm> eliminate(ArrayRef<LinearForm> bounds,
                                         IndexId index,
                                         ArrayRef<int64_t> extents) {
  SmallVector<LinearForm> kept, below, above;
  below.push_back(LinearForm::bare(index));
  above.push_back(*LinearForm::get({{index, -1}}, extents[index] - 1));
  for (const LinearForm &bound : bounds) {
    const auto *term =
        llvm::find_if(bound.getTerms(), [&](const LinearForm::Term &term) {
          return term.index == index;
        });
    if (term == bound.getTerms().end()) {
      kept.push_back(bound);
    } else if (std::abs(term->coefficient) == 1) {
      (term->coefficient == 1 ? below : above).push_back(bound);
    } else if (auto rest = bound.substitute([&](IndexId other) {
                 return other != index ? LinearForm::bare(other)
                        : term->coefficient > 0
                            ? LinearForm::constant(extents[index] - 1)
                            : LinearForm();
               })) {
      // A point with a gap between it and the next one.
      kept.push_back(std::move(*rest));
    }
  }
  for (const LinearForm &low : below)
    for (const LinearForm &high : above)
      if (std::optional<LinearForm> sum = low.plus(high))
        kept.push_back(std::move(*sum));
  return kept;
}

/// Drops forms that are never negative, and repeats.
static void dropTrivial(SmallVectorImpl<LinearForm> &bounds,
                        ArrayRef<int64_t> extents) {
  llvm::erase_if(bounds, [&](const LinearForm &bound) {
    std::optional<Interval> range = getRange(bound, extents);
    return bound.isConstant() || !range || range->min >= 0;
  });
  llvm::sort(bounds);
  bounds.erase(llvm::unique(bounds), bounds.end());
}

SmallVector<LinearForm> TreeBuilder::getBounds(ArrayRef<Factor> factors) const {
  SmallVector<LinearForm> bounds;
  for (const Factor &factor : factors) {
    auto type = cast<RankedTensorType>(factor.value.getType());
    for (auto [form, size] :
         llvm::zip_equal(factor.subscripts, type.getShape())) {
      bounds.push_back(form);
      if (!ShapedType::isDynamic(size))
        if (auto rest = LinearForm::constant(size - 1).plus(form, -1))
          bounds.push_back(std::move(*rest));
    }
  }
  dropTrivial(bounds, extents);
  return bounds;
}

/// T[j] = sum over i of x[i - j] has zeros where no i is inside x.
void TreeBuilder::keepBounds(ArrayRef<Factor> factors, const IndexSet &live) {
  SmallVector<LinearForm> bounds = getBounds(factors);
  for (IndexId index : getUnion(factors)) {
    if (bounds.empty() || bounds.size() > kMostBounds)
      return;
    if (llvm::is_contained(live, index))
      continue;
    if (extents[index] == kDynamicExtent)
      llvm::erase_if(
          bounds, [&](const LinearForm &bound) { return bound.uses(index); });
    else
      bounds = eliminate(bounds, index, extents);
    dropTrivial(bounds, extents);
  }
  for (const LinearForm &bound : bounds) {
    ContractionSpec ones;
    ones.indexing.result = bareSubscripts({0});
    int64_t size = std::max<int64_t>(getRange(bound, extents)->max + 1, 0);
    ones.resultSizes = {builder.getIndexAttr(size)};
    ones.elementType = op.getResultType().getElementType();
    riders.push_back(
        {createContraction(builder, loc, std::move(ones)), {bound}});
    count(riders.back().subscripts, 1);
  }
}

Factor TreeBuilder::sumPrivate(Factor factor) {
  IndexSet indices = factor.getIndices();
  SmallVector<unsigned> own(occurrences.size());
  for (const Factor &rider : riders)
    if (isSubset(rider.getIndices(), indices))
      for (IndexId index : rider.getIndices())
        ++own[index];
  IndexSet summed;
  for (IndexId index : indices)
    if (occurrences[index] == 1 + own[index])
      summed.push_back(index);
  if (summed.empty())
    return factor;
  SmallVector<Factor> factors{std::move(factor)};
  takeRiders(factors, [&](const IndexSet &rider) {
    return isSubset(rider, indices) && llvm::any_of(rider, [&](IndexId index) {
             return llvm::is_contained(summed, index);
           });
  });
  return contract(factors, getLive(factors));
}

void TreeBuilder::joinScalars(unsigned numLeft) {
  if (scalars.size() <= numLeft)
    return;
  unsigned numJoined = scalars.size() - numLeft;
  Factor product = scalars.front();
  for (const Factor &scalar : ArrayRef(scalars).slice(1, numJoined))
    product = contract({product, scalar}, {});
  scalars.erase(scalars.begin(), scalars.begin() + numJoined);
  scalars.front() = product;
}

SmallVector<Factor> TreeBuilder::getStepFactors(NodeId node) {
  const ContractionStep &step = tree.getStep(node);
  SmallVector<Factor> factors;
  for (NodeId operand : {step.lhs, step.rhs})
    factors.push_back(sumPrivate(*std::exchange(nodes[operand], std::nullopt)));
  IndexSet spanned = getUnion(factors);
  takeRiders(factors,
             [&](const IndexSet &rider) { return isSubset(rider, spanned); });
  return factors;
}

Value TreeBuilder::finish(SmallVector<Factor> factors) {
  takeRiders(factors, [](const IndexSet &) { return true; });
  RankedTensorType type = op.getResultType();
  SmallVector<OpFoldResult> sizes = getContractionSpec(op).resultSizes;
  for (auto [size, form] : llvm::zip_equal(sizes, indexing.result))
    if (!size)
      size = getSize(factors, form.getBareIndex());
  Value made = create(factors, indexing.result, sizes, type.getElementType());
  // The new contraction may know sizes that the type of the old one leaves
  // open.
  return made.getType() == type
             ? made
             : tensor::CastOp::create(builder, loc, type, made).getResult();
}

Value TreeBuilder::build() {
  // Scalars and virtual operands alone.
  if (problem.leaves.empty()) {
    joinScalars(2);
    return finish(scalars);
  }

  if (!scalars.empty()) {
    joinScalars(1);
    nodes[problem.leaves.size()] = scalars.front();
  }
  for (NodeId node = tree.getNumLeaves(); node < tree.getRoot(); ++node) {
    SmallVector<Factor> factors = getStepFactors(node);
    nodes[node] = contract(factors, getLive(factors));
  }
  if (tree.isLeaf(tree.getRoot())) {
    Factor leaf = *nodes[tree.getRoot()];
    // Sums come before broadcasts.
    if (!isSubset(getIndexSet(indexing.result), leaf.getIndices()))
      leaf = sumPrivate(std::move(leaf));
    return finish({leaf});
  }

  SmallVector<Factor> factors = getStepFactors(tree.getRoot());
  IndexSet others = getIndexSet(indexing.result);
  for (const Factor &rider : riders)
    others = unite(others, rider.getIndices());
  // What the product of two tensors does not span is left to a unary
  // contraction.
  bool isProduct = llvm::none_of(factors, [](const Factor &factor) {
    return factor.getIndices().empty();
  });
  if (isProduct && !isSubset(others, getUnion(factors)))
    factors = {contract(factors, getLive(factors))};
  return finish(std::move(factors));
}

Value mlir::tensornet::createTree(OpBuilder &builder, ContractOp op,
                                  const OrderingProblem &problem,
                                  const ContractionTree &tree) {
  return TreeBuilder(builder, op, problem, tree).build();
}
