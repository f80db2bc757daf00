//===- ContractionOrder.cpp - Contractions in an order --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Plan/ContractionOrder.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// OrderingProblem
//===----------------------------------------------------------------------===//

/// The distinct indices of `subscripts`.
static IndexSet getIndexSet(const Subscripts &subscripts) {
  SmallVector<IndexId> indices;
  for (const LinearForm &form : subscripts)
    for (const LinearForm::Term &term : form.getTerms())
      indices.push_back(term.index);
  return makeIndexSet(indices);
}

static bool isVirtual(Value value) {
  auto producer = value.getDefiningOp<ContractOp>();
  return producer && producer.isVirtual();
}

OrderingProblem::OrderingProblem(ContractOp op, const BitVector &active) {
  const Indexing &indexing = op.getIndexingValue();
  for (int64_t extent : op.getStaticExtents())
    graph.addIndex(extent == kDynamicExtent ? kDynamicExtentHint : extent);
  SmallVector<IndexId> kept(getIndexSet(indexing.result));
  for (auto [number, input] : llvm::enumerate(op.getInputs())) {
    IndexSet indices = getIndexSet(indexing.operands[number]);
    bool scalar = op.getInputType(number).getRank() == 0;
    if (scalar && active[number]) {
      activeScalars.push_back(number);
    } else if (scalar || isVirtual(input)) {
      riders.push_back(number);
      llvm::append_range(kept, indices);
    } else {
      leaves.push_back(number);
      graph.addLeaf(indices, active[number]);
    }
  }
  graph.setOutput(kept);
}

//===----------------------------------------------------------------------===//
// isPairwise
//===----------------------------------------------------------------------===//

bool mlir::tensornet::isPairwise(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<IndexSet> sets;
  IndexSet others = getIndexSet(indexing.result);
  for (auto [number, input] : llvm::enumerate(op.getInputs())) {
    IndexSet indices = getIndexSet(indexing.operands[number]);
    if (op.getInputType(number).getRank() == 0)
      continue;
    if (isVirtual(input))
      others = unite(others, indices);
    else
      sets.push_back(std::move(indices));
  }
  if (sets.size() > 2)
    return false;
  if (sets.size() < 2)
    return true;
  IndexSet summands = unite(sets[0], sets[1]);
  auto isIn = [](const IndexSet &set) {
    return [&set](IndexId index) { return llvm::is_contained(set, index); };
  };
  return llvm::all_of(sets[0], isIn(unite(sets[1], others))) &&
         llvm::all_of(sets[1], isIn(unite(sets[0], others))) &&
         llvm::all_of(getIndexSet(indexing.result), isIn(summands));
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
  /// Moves riders whose indices `factors` span to `factors`.
  void takeRiders(SmallVectorImpl<Factor> &factors, bool all);
  /// The contraction of `factors` over everything that is not in `live`.
  Factor contract(ArrayRef<Factor> factors, ArrayRef<IndexId> live);
  /// Sums indices of `factor` that occur nowhere else.
  Factor sumPrivate(Factor factor);
  Factor multiplyScalars(Factor factor);
  Value finish(SmallVector<Factor> factors);
  Value create(ArrayRef<Factor> factors, const Subscripts &result,
               ArrayRef<OpFoldResult> sizes, Type elementType);

  OpBuilder &builder;
  ContractOp op;
  Location loc;
  const Indexing &indexing;
  const OrderingProblem &problem;
  const ContractionTree &tree;
  SmallVector<unsigned> occurrences;
  SmallVector<Factor> riders;
  SmallVector<Factor> scalars;
};

} // namespace

TreeBuilder::TreeBuilder(OpBuilder &builder, ContractOp op,
                         const OrderingProblem &problem,
                         const ContractionTree &tree)
    : builder(builder), op(op), loc(op.getLoc()),
      indexing(op.getIndexingValue()), problem(problem), tree(tree),
      occurrences(indexing.getNumIndices()) {
  for (const Subscripts &subscripts : indexing.operands)
    count(subscripts, 1);
  count(indexing.result, 1);
  for (unsigned number : problem.riders)
    riders.push_back(getOperand(number));
  for (unsigned number : problem.activeScalars)
    scalars.push_back(getOperand(number));
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
    all = unite(all, getIndexSet(factor.subscripts));
  return all;
}

SmallVector<IndexId> TreeBuilder::getLive(ArrayRef<Factor> factors) const {
  SmallVector<IndexId> live;
  for (IndexId index : getUnion(factors)) {
    unsigned here = llvm::count_if(factors, [&](const Factor &factor) {
      return llvm::is_contained(getIndexSet(factor.subscripts), index);
    });
    if (occurrences[index] > here)
      live.push_back(index);
  }
  return live;
}

void TreeBuilder::takeRiders(SmallVectorImpl<Factor> &factors, bool all) {
  IndexSet spanned = getUnion(factors);
  SmallVector<Factor> kept;
  for (Factor &rider : riders) {
    bool fits = llvm::all_of(getIndexSet(rider.subscripts), [&](IndexId index) {
      return llvm::is_contained(spanned, index);
    });
    (fits || all ? factors : kept).push_back(std::move(rider));
  }
  riders = std::move(kept);
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
    sizes.push_back(op.getExtent(builder, loc, index));
  Factor made{create(factors, bareSubscripts(live), sizes, op.getComputeType()),
              bareSubscripts(live)};
  for (const Factor &factor : factors)
    count(factor.subscripts, -1);
  count(made.subscripts, 1);
  return made;
}

Factor TreeBuilder::sumPrivate(Factor factor) {
  SmallVector<IndexId> live = getLive(factor);
  if (live.size() == getIndexSet(factor.subscripts).size())
    return factor;
  return contract(factor, live);
}

/// Active scalars go in where they cost least: into `factor`, the smaller
/// operand of the last step or the only one.
Factor TreeBuilder::multiplyScalars(Factor factor) {
  for (Factor &scalar : scalars)
    factor = contract({scalar, factor}, getLive(factor));
  scalars.clear();
  return factor;
}

/// The last contraction, with the subscripts and type of the result.
Value TreeBuilder::finish(SmallVector<Factor> factors) {
  SmallVector<OpFoldResult> sizes = op.getResultSizes(builder, loc);
  Type elementType = op.getResultType().getElementType();
  unsigned numProper = factors.size();
  takeRiders(factors, /*all=*/true);
  IndexSet spanned = getUnion(factors);
  bool broadcasts =
      llvm::any_of(getIndexSet(indexing.result), [&](IndexId index) {
        return !llvm::is_contained(spanned, index);
      });
  if (numProper == 2 && broadcasts) {
    SmallVector<IndexId> live = getLive(factors);
    factors = {contract(factors, live)};
  }
  return create(factors, indexing.result, sizes, elementType);
}

Value TreeBuilder::build() {
  if (problem.leaves.empty()) {
    // Scalars and virtual operands alone: one step per active scalar, so that
    // each adjoint stays binary.
    SmallVector<Factor> factors;
    while (scalars.size() > 1) {
      Factor last = scalars.pop_back_val();
      scalars.back() = contract({scalars.back(), last}, {});
    }
    llvm::append_range(factors, scalars);
    return finish(std::move(factors));
  }
  std::vector<std::optional<Factor>> nodes(tree.getNumNodes());
  for (auto [leaf, number] : llvm::enumerate(problem.leaves))
    nodes[leaf] = getOperand(number);
  if (problem.leaves.size() == 1) {
    Factor only = *nodes[0];
    if (!scalars.empty())
      only = multiplyScalars(sumPrivate(only));
    return finish({only});
  }
  for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node) {
    const ContractionStep &step = tree.getStep(node);
    Factor lhs = sumPrivate(*std::exchange(nodes[step.lhs], std::nullopt));
    Factor rhs = sumPrivate(*std::exchange(nodes[step.rhs], std::nullopt));
    if (node == tree.getRoot()) {
      bool left = problem.graph.getNumPoints(getIndexSet(lhs.subscripts)) <=
                  problem.graph.getNumPoints(getIndexSet(rhs.subscripts));
      (left ? lhs : rhs) = multiplyScalars(left ? lhs : rhs);
      return finish({lhs, rhs});
    }
    SmallVector<Factor> factors{lhs, rhs};
    takeRiders(factors, /*all=*/false);
    nodes[node] = contract(factors, getLive(factors));
  }
  llvm_unreachable("a tree over two leaves has a root step");
}

Value mlir::tensornet::createTree(OpBuilder &builder, ContractOp op,
                                  const OrderingProblem &problem,
                                  const ContractionTree &tree) {
  return TreeBuilder(builder, op, problem, tree).build();
}
