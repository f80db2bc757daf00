//===- FlattenContraction.cpp - Contractions read through their operands --===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Contractions read their operands through views, ones, deltas, constants and
// producers. All of them go into one new contraction in one step.
//
//===----------------------------------------------------------------------===//

#include "Absorb.h"
#include "Patterns.h"
#include "ScalarFactor.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/TypeUtilities.h"
#include "tensornet/Analysis/PointSum.h"

#define DEBUG_TYPE "tensornet-simplify"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The sizes of values, and where the run can get the dynamic ones.
class ValueSizes {
public:
  const SizeIds &get(Value tensor);
  SizeId get(OpFoldResult size);
  /// Makes the sizes of `tensor` available to `materialize`.
  void provide(Value tensor);
  void provide(Value size, SizeId id) { values.push_back({id, size}); }
  /// The size as an attribute or a value.
  OpFoldResult materialize(OpBuilder &builder, Location loc, SizeId size);

  SizeTable table;

private:
  struct Dimension {
    SizeId size;
    Value tensor;
    int64_t dim;
  };

  DenseMap<Value, SizeIds> sizes;
  DenseMap<Value, SizeId> sizesOfValues;
  SmallVector<std::pair<SizeId, Value>> values;
  SmallVector<Dimension> dimensions;
};

} // namespace

const SizeIds &ValueSizes::get(Value tensor) {
  auto [entry, isNew] = sizes.try_emplace(tensor);
  if (isNew)
    for (int64_t size : cast<RankedTensorType>(tensor.getType()).getShape())
      entry->second.push_back(size == kDynamicExtent ? table.addDynamic()
                                                     : table.getStatic(size));
  return entry->second;
}

SizeId ValueSizes::get(OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size);
      constant && *constant >= 0)
    return table.getStatic(*constant);
  auto [entry, isNew] = sizesOfValues.try_emplace(cast<Value>(size));
  if (isNew) {
    entry->second = table.addDynamic();
    provide(entry->first, entry->second);
  }
  return entry->second;
}

void ValueSizes::provide(Value tensor) {
  for (auto [dim, size] : llvm::enumerate(get(tensor)))
    if (cast<RankedTensorType>(tensor.getType()).isDynamicDim(dim))
      dimensions.push_back({size, tensor, static_cast<int64_t>(dim)});
}

OpFoldResult ValueSizes::materialize(OpBuilder &builder, Location loc,
                                     SizeId size) {
  if (int64_t value = table.getValue(size); value != kDynamicExtent)
    return builder.getIndexAttr(value);
  for (auto [id, value] : values)
    if (table.areEqual(id, size))
      return value;
  for (const Dimension &dimension : dimensions)
    if (table.areEqual(dimension.size, size))
      return tensor::DimOp::create(builder, loc, dimension.tensor,
                                   dimension.dim)
          .getResult();
  llvm_unreachable("every dynamic size comes from an operand that stays");
}

namespace {

//===----------------------------------------------------------------------===//
// Reading through operands
//===----------------------------------------------------------------------===//

/// One contraction with all that it reads through its operands.
class Network {
public:
  Network(ContractOp root, const SimplifyOptions &options)
      : root(root), options(options), sum(sizes.table),
        factor(root.getComputeType()) {}

  /// Reads through every operand that allows it.
  void expand();
  /// The contraction with factor; std::nullopt where a subscript overflows.
  std::optional<FlatContraction> finish();
  /// What the greedy rewriting shrinks: see SimplifyOptions.
  bool isSmaller(const FlatContraction &flat);
  /// False where an index has an extent that nothing which is left states, so
  /// that the run would not compare it with those of dynamic dimensions.
  bool statesExtents(const FlatContraction &flat);
  Value build(PatternRewriter &rewriter, const FlatContraction &flat);
  StringRef getReason() const { return reason; }

private:
  /// A read, and the operand of a contraction where it stands.
  struct Item {
    TensorRead read;
    OpOperand *operand;
    ReadContext context;
  };

  void pushOperands(ContractOp op, ArrayRef<TensorRead> reads,
                    ReadContext context);
  void expandItem(const Item &item);
  void expandScaled(const Item &item, Operation *op);
  void keep(const TensorRead &read);
  template <typename Callback>
  auto withSizes(ContractOp op, Callback callback);
  bool needsConstant(const FlatContraction &flat);
  SmallVector<Value> createOperands(PatternRewriter &rewriter,
                                    const FlatContraction &flat);
  SmallVector<OpFoldResult> createResultSizes(PatternRewriter &rewriter,
                                              const FlatContraction &flat);

  ContractOp root;
  const SimplifyOptions &options;
  ValueSizes sizes;
  PointSum sum;
  ScalarFactor factor;
  /// The tensor with the number of a read.
  SmallVector<Value> tensors;
  SmallVector<Item> stack;
  unsigned numAbsorbed = 0;
  StringRef reason = "operands are as simple as they can be";
};

} // namespace

/// Calls `callback` with `op` as plain values; numbers its operands.
template <typename Callback>
auto Network::withSizes(ContractOp op, Callback callback) {
  SmallVector<unsigned> numbers;
  SmallVector<SizeIds> tensorSizes;
  for (Value input : op.getInputs()) {
    numbers.push_back(tensors.size());
    tensors.push_back(input);
    tensorSizes.push_back(sizes.get(input));
  }
  tensorSizes.push_back(sizes.get(op.getResult()));
  SmallVector<SizeId> extents;
  for (const IndexExtent &extent : op.getMixedExplicitExtents())
    extents.push_back(sizes.get(extent.second));
  // A size of the result that nothing else determines is an operand.
  unsigned next = 0;
  for (auto [dim, undetermined] : llvm::enumerate(
           getUndeterminedResultDims(op.getIndexingValue(), op.getShapes())))
    if (undetermined)
      sizes.table.merge(sizes.get(OpFoldResult(op.getSizes()[next++])),
                        tensorSizes.back()[dim]);
  return callback(
      SizedContraction{op.getIndexingValue(), numbers, tensorSizes, extents});
}

void Network::pushOperands(ContractOp op, ArrayRef<TensorRead> reads,
                           ReadContext context) {
  for (unsigned t = reads.size(); t-- > 0;)
    stack.push_back({reads[t], &op->getOpOperand(t), context});
}

void Network::keep(const TensorRead &read) {
  sum.keep(read);
  sizes.provide(tensors[read.tensor]);
}

void Network::expand() {
  auto reads = withSizes(root, [&](const SizedContraction &contraction) {
    return sum.addRoot(contraction);
  });
  pushOperands(root, reads,
               {/*exclusive=*/true, options.flatten || keepsOrder(root)});
  while (!stack.empty())
    expandItem(stack.pop_back_val());
}

void Network::expandItem(const Item &item) {
  Value value = item.operand->get();
  OperandChoice choice = chooseOperand(*item.operand, item.context, options);
  switch (choice.kind) {
  case OperandKind::leaf:
    reason = item.operand->getOwner() == root ? choice.reason : reason;
    return keep(item.read);
  case OperandKind::constant:
    factor.multiply(getSplatConstant(value), item.read.conjugated);
    sizes.provide(value);
    return sum.dropOnes(item.read);
  case OperandKind::scaled:
    return expandScaled(item, value.getDefiningOp());
  case OperandKind::view:
  case OperandKind::producer:
    ++numAbsorbed;
    break;
  case OperandKind::ones:
    break;
  }
  auto producer = value.getDefiningOp<ContractOp>();
  auto reads = withSizes(producer, [&](const SizedContraction &contraction) {
    return sum.substitute(item.read, contraction);
  });
  bool exclusive = item.context.exclusive && producer->hasOneUse();
  bool joins = item.context.joins && (options.flatten || keepsOrder(producer));
  pushOperands(producer, reads, {exclusive, joins});
}

/// Reads the operand of negf or of a product with a constant. The next step
/// reads through that operand, if it allows it.
void Network::expandScaled(const Item &item, Operation *op) {
  ++numAbsorbed;
  Value source = op->getOperand(0);
  if (isa<arith::NegFOp>(op)) {
    factor.multiply(-1);
  } else {
    Value scale = op->getOperand(1);
    if (!getSplatConstant(scale))
      std::swap(source, scale);
    factor.multiply(getSplatConstant(scale), item.read.conjugated);
  }
  TensorRead read = item.read;
  read.tensor = tensors.size();
  tensors.push_back(source);
  read.sizes = sizes.get(source);
  for (auto [before, after] : llvm::zip_equal(item.read.sizes, read.sizes))
    sizes.table.merge(before, after);
  keep(read);
}

std::optional<FlatContraction> Network::finish() {
  std::optional<FlatContraction> flat = sum.finish();
  if (flat)
    factor.multiply(flat->factor);
  return flat;
}

//===----------------------------------------------------------------------===//
// The new contraction
//===----------------------------------------------------------------------===//

/// True where the new contraction needs a 0-d constant: a factor, or a compute
/// type that no operand has any more.
bool Network::needsConstant(const FlatContraction &flat) {
  if (!factor.isOne())
    return true;
  SmallVector<Type> types{root.getResultType().getElementType()};
  for (const TensorRead &read : flat.reads)
    types.push_back(getElementTypeOrSelf(tensors[read.tensor]));
  if (!flat.ones.empty() || !flat.deltas.empty())
    types.push_back(root.getComputeType());
  return getContractionComputeType(types) != root.getComputeType();
}

bool Network::isSmaller(const FlatContraction &flat) {
  if (numAbsorbed > 0)
    return true;
  int64_t before = 0;
  for (Value input : root.getInputs()) {
    auto op = input.getDefiningOp<ContractOp>();
    if ((op && op.isVirtual()) || getSplatConstant(input))
      before += 1 + cast<RankedTensorType>(input.getType()).getRank();
  }
  int64_t after =
      2 * flat.ones.size() + 3 * flat.deltas.size() + needsConstant(flat);
  return after < before;
}

bool Network::statesExtents(const FlatContraction &flat) {
  llvm::SmallDenseSet<IndexId> known, stated;
  for (const auto &[index, extent] : flat.extents)
    stated.insert(index);
  for (const Bound &bound : flat.ones)
    for (LinearForm::Term term : bound.form.getTerms())
      stated.insert(term.index);
  auto look = [&](const Subscripts &subscripts, const SizeIds &dims,
                  Value tensor) {
    auto type = cast<RankedTensorType>(tensor.getType());
    for (auto [number, form] : llvm::enumerate(subscripts)) {
      if (!form.isBare() ||
          sizes.table.getValue(dims[number]) == kDynamicExtent)
        continue;
      known.insert(form.getBareIndex());
      if (!type.isDynamicDim(number))
        stated.insert(form.getBareIndex());
    }
  };
  for (const TensorRead &read : flat.reads)
    look(read.subscripts, read.sizes, tensors[read.tensor]);
  look(flat.indexing.result, sizes.get(root.getResult()), root.getResult());
  return llvm::all_of(known,
                      [&](IndexId index) { return stated.contains(index); });
}

/// `contract -> [u]`, or `contract -> [u, u]` for rank 2.
static Value createOnes(OpBuilder &builder, Location loc, unsigned rank,
                        OpFoldResult size, Type elementType) {
  ContractionSpec spec;
  spec.indexing.result.assign(rank, LinearForm::bare(0));
  spec.resultSizes.assign(rank, size);
  spec.elementType = elementType;
  return createContraction(builder, loc, std::move(spec));
}

/// The operands in the order of `flat`, after a constant if one is needed.
SmallVector<Value> Network::createOperands(PatternRewriter &rewriter,
                                           const FlatContraction &flat) {
  SmallVector<Value> operands;
  Location loc = root.getLoc();
  if (needsConstant(flat))
    operands.push_back(
        arith::ConstantOp::create(rewriter, loc, factor.getSplat({})));
  for (const TensorRead &read : flat.reads)
    operands.push_back(tensors[read.tensor]);
  Type type = root.getComputeType();
  for (const Bound &bound : flat.ones)
    operands.push_back(createOnes(rewriter, loc, /*rank=*/1,
                                  sizes.materialize(rewriter, loc, bound.size),
                                  type));
  for (const Equation &equation : flat.deltas)
    operands.push_back(
        createOnes(rewriter, loc, /*rank=*/2,
                   sizes.materialize(rewriter, loc, equation.size), type));
  return operands;
}

/// One size per dimension of the result; null where an operand gives it.
SmallVector<OpFoldResult>
Network::createResultSizes(PatternRewriter &rewriter,
                           const FlatContraction &flat) {
  llvm::SmallDenseSet<IndexId> given;
  for (const TensorRead &read : flat.reads)
    for (const LinearForm &form : read.subscripts)
      if (form.isBare())
        given.insert(form.getBareIndex());
  for (const auto &[index, extent] : flat.extents)
    given.erase(index);
  SmallVector<OpFoldResult> resultSizes;
  for (auto [form, size] :
       llvm::zip_equal(flat.indexing.result, sizes.get(root.getResult()))) {
    bool isGiven = sizes.table.getValue(size) == kDynamicExtent &&
                   form.isBare() && given.contains(form.getBareIndex());
    resultSizes.push_back(
        isGiven ? OpFoldResult()
                : sizes.materialize(rewriter, root.getLoc(), size));
  }
  return resultSizes;
}

Value Network::build(PatternRewriter &rewriter, const FlatContraction &flat) {
  ContractionSpec spec;
  spec.inputs = createOperands(rewriter, flat);
  spec.indexing = flat.indexing;
  if (spec.inputs.size() > spec.indexing.operands.size()) {
    spec.indexing.operands.insert(spec.indexing.operands.begin(), Subscripts());
    spec.indexing.conjugated.insert(spec.indexing.conjugated.begin(), false);
  }
  for (auto [index, size] : flat.extents)
    spec.extents.push_back(
        {index, sizes.materialize(rewriter, root.getLoc(), size)});
  spec.resultSizes = createResultSizes(rewriter, flat);
  spec.elementType = root.getResultType().getElementType();
  Value result = createContraction(rewriter, root.getLoc(), std::move(spec));
  if (result.getType() != root.getType())
    result =
        tensor::CastOp::create(rewriter, root.getLoc(), root.getType(), result);
  return result;
}

namespace {

/// contract(contract(a[i, j], b[j, k])[i, k], c[k, l]) -> contract(a, b, c)
/// contract(contract(a[i, j] -> [j, i])[j, i], b[i]) -> contract(a[i, j], b[i])
/// contract(delta[i, j], a[j, k]) -> a[i, k]       (delta renames an index)
/// contract(ones[i], a[i, j]) -> contract(a[i, j]) (ones within bounds)
/// contract(2.0[i], a[i, j]) -> contract(2.0[], a[i, j])
/// contract(negf(a)[i], b[i]) -> contract(-1.0[], a[i], b[i])
///
/// All operands that a contraction can read through are replaced at once, so
/// that a chain of n contractions costs time proportional to n. Bounds of the
/// tensors that go away are kept: by the other operands, or by ones.
struct FlattenContraction : OpRewritePattern<ContractOp> {
  FlattenContraction(MLIRContext *context, const SimplifyOptions &options)
      : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    if (op.isVirtual())
      return rewriter.notifyMatchFailure(op, "contraction has no operands");
    if (op.getKernelAttr())
      return rewriter.notifyMatchFailure(op, "contraction has a kernel");
    if (isAbsorbedByUser(op, options))
      return rewriter.notifyMatchFailure(op, "the user reads through it");
    Network network(op, options);
    network.expand();
    std::optional<FlatContraction> flat = network.finish();
    if (!flat)
      return rewriter.notifyMatchFailure(op, "a subscript overflows 64 bits");
    if (!network.isSmaller(*flat))
      return rewriter.notifyMatchFailure(op, network.getReason());
    if (!network.statesExtents(*flat))
      return rewriter.notifyMatchFailure(
          op, "nothing else would state an extent that the run has to check");
    rewriter.replaceOp(op, network.build(rewriter, *flat));
    return success();
  }

private:
  SimplifyOptions options;
};

} // namespace

void mlir::tensornet::populateFlattenPatterns(RewritePatternSet &patterns,
                                              const SimplifyOptions &options) {
  patterns.add<FlattenContraction>(patterns.getContext(), options);
}
