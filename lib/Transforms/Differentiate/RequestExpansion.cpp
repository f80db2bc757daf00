//===- RequestExpansion.cpp - One request expanded ------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RequestExpansion.h"

#include "Sweeps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// Expands one request, at its place.
class Expansion {
public:
  /// `isHessian` says that the function is the gradient of another one, so that
  /// its Jacobian is symmetric.
  Expansion(DerivativeRequest request, func::FuncOp function, bool isHessian,
            uint64_t memoryLimit)
      : request(request), function(function), isHessian(isHessian),
        memoryLimit(memoryLimit), builder(request.op),
        loc(request.op->getLoc()) {}

  /// The values that the request returns.
  FailureOr<SmallVector<Value>> run();

private:
  /// Prepares the function for derivatives of the given results and copies its
  /// ops here.
  LogicalResult evaluate(const llvm::BitVector &activeResults, SweepMode mode);
  llvm::BitVector getActiveArguments();
  /// Bits of the floating and complex results.
  llvm::BitVector getFloatingResults();
  Value getZero(Value primal, const BatchShape &batch);
  /// The cotangents of the arguments in `wrt`, of the arguments' types where
  /// there is no batch.
  void appendGradients(const DerivativeMap &cotangents,
                       SmallVectorImpl<Value> &values);
  void appendResults(SmallVectorImpl<Value> &values);

  LogicalResult runReverse(SmallVectorImpl<Value> &values);
  LogicalResult runForward(SmallVectorImpl<Value> &values);
  LogicalResult runJacobian(SmallVectorImpl<Value> &values);
  LogicalResult jacobianByRows(SmallVectorImpl<Value> &values);
  LogicalResult jacobianByColumns(SmallVectorImpl<Value> &values);
  bool hasFewerColumnsThanRows();
  Value createIdentity(ArrayRef<OpFoldResult> sizes, Type elementType);

  DerivativeRequest request;
  func::FuncOp function;
  bool isHessian;
  uint64_t memoryLimit;
  OpBuilder builder;
  Location loc;
  std::unique_ptr<PreparedFunction> prepared;
  std::optional<Evaluation> evaluation;
};

} // namespace

llvm::BitVector Expansion::getActiveArguments() {
  llvm::BitVector active(function.getNumArguments());
  for (int64_t number : request.wrt)
    active.set(number);
  return active;
}

llvm::BitVector Expansion::getFloatingResults() {
  llvm::BitVector floating(function.getNumResults());
  for (auto [number, type] : llvm::enumerate(function.getResultTypes()))
    floating[number] = isDifferentiableType(type);
  return floating;
}

LogicalResult Expansion::evaluate(const llvm::BitVector &activeResults,
                                  SweepMode mode) {
  FailureOr<std::unique_ptr<PreparedFunction>> copy = PreparedFunction::create(
      function, getActiveArguments(), activeResults, memoryLimit);
  if (failed(copy))
    return failure();
  prepared = std::move(*copy);
  prepared->emitActivityRemark(loc);
  evaluation.emplace(builder, *prepared, request.args, mode);
  return success();
}

Value Expansion::getZero(Value primal, const BatchShape &batch) {
  return createZeroTensor(builder, loc,
                          getDerivativeSizes(builder, loc, primal, batch),
                          getElementTypeOrSelf(primal));
}

void Expansion::appendResults(SmallVectorImpl<Value> &values) {
  for (unsigned i = 0; i < evaluation->getNumResults(); ++i)
    values.push_back(evaluation->getResult(i));
}

void Expansion::appendGradients(const DerivativeMap &cotangents,
                                SmallVectorImpl<Value> &values) {
  for (int64_t number : request.wrt) {
    Value argument = evaluation->getArgument(number);
    Value gradient = cotangents.lookup(evaluation->getArgumentKey(number));
    if (!gradient)
      gradient = getZero(argument, BatchShape());
    values.push_back(fromTensor(builder, loc, gradient, argument.getType()));
  }
}

/// value_and_grad and vjp.
LogicalResult Expansion::runReverse(SmallVectorImpl<Value> &values) {
  bool isGradient = request.mode == DerivativeMode::valueAndGrad;
  llvm::BitVector active = getFloatingResults();
  if (isGradient)
    active.reset().set(0);
  if (failed(evaluate(active, SweepMode::Reverse)))
    return failure();
  DerivativeMap cotangents;
  unsigned next = 0;
  for (unsigned number : active.set_bits()) {
    Value cotangent =
        isGradient ? createIdentity({}, getElementTypeOrSelf(
                                            evaluation->getResult(number)))
                   : toTensor(builder, loc, request.seeds[next++]);
    evaluation->seedCotangent(builder, cotangents, number, cotangent);
  }
  if (failed(evaluation->sweepReverse(builder, BatchShape(), cotangents)))
    return failure();
  appendResults(values);
  appendGradients(cotangents, values);
  return success();
}

/// jvp.
LogicalResult Expansion::runForward(SmallVectorImpl<Value> &values) {
  if (failed(evaluate(getFloatingResults(), SweepMode::Forward)))
    return failure();
  DerivativeMap tangents;
  for (auto [number, seed] : llvm::zip_equal(request.wrt, request.seeds))
    tangents[evaluation->getArgumentKey(number)] = toTensor(builder, loc, seed);
  if (failed(evaluation->sweepForward(builder, BatchShape(), tangents)))
    return failure();
  appendResults(values);
  llvm::BitVector floating = getFloatingResults();
  for (unsigned number : floating.set_bits()) {
    Value result = evaluation->getResult(number);
    Value tangent = tangents.lookup(evaluation->getResultKey(number));
    if (!tangent)
      tangent = getZero(result, BatchShape());
    values.push_back(fromTensor(builder, loc, tangent, result.getType()));
  }
  return success();
}

/// delta[sizes, sizes]: 1 where the two halves of the subscripts are equal.
Value Expansion::createIdentity(ArrayRef<OpFoldResult> sizes,
                                Type elementType) {
  ContractionSpec spec;
  for (unsigned half = 0; half < 2; ++half)
    for (unsigned i = 0; i < sizes.size(); ++i) {
      spec.indexing.result.push_back(LinearForm::bare(i));
      spec.resultSizes.push_back(sizes[i]);
    }
  spec.elementType = elementType;
  return createContraction(builder, loc, std::move(spec));
}

/// The elements of all values together, in floating point, which no size
/// overflows; std::nullopt where only the run knows them.
static std::optional<double> countElements(TypeRange types) {
  double count = 0;
  for (Type type : types) {
    double elements = 1;
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      if (!tensor.hasStaticShape())
        return std::nullopt;
      for (int64_t extent : tensor.getShape())
        elements *= static_cast<double>(extent);
    }
    count += elements;
  }
  return count;
}

/// True where forward sweeps, one per argument, carry fewer entries than
/// reverse sweeps, one per result. Ties go to forward: it keeps no values.
bool Expansion::hasFewerColumnsThanRows() {
  SmallVector<Type> rows, columns;
  llvm::BitVector floating = getFloatingResults();
  for (unsigned number : floating.set_bits())
    rows.push_back(function.getResultTypes()[number]);
  for (int64_t number : request.wrt)
    columns.push_back(function.getArgumentTypes()[number]);
  std::optional<double> numRows = countElements(rows);
  std::optional<double> numColumns = countElements(columns);
  return numRows && numColumns && *numColumns <= *numRows;
}

LogicalResult Expansion::runJacobian(SmallVectorImpl<Value> &values) {
  bool byColumns = hasFewerColumnsThanRows();
  if (failed(evaluate(getFloatingResults(),
                      byColumns ? SweepMode::Forward : SweepMode::Reverse)))
    return failure();
  return byColumns ? jacobianByColumns(values) : jacobianByRows(values);
}

/// One reverse sweep per result; the batch ranges over the result.
LogicalResult Expansion::jacobianByRows(SmallVectorImpl<Value> &values) {
  llvm::BitVector floating = getFloatingResults();
  for (unsigned number : floating.set_bits()) {
    Value result = evaluation->getResult(number);
    BatchShape batch{getDerivativeSizes(builder, loc, result, BatchShape())};
    DerivativeMap cotangents;
    evaluation->seedCotangent(
        builder, cotangents, number,
        createIdentity(batch.sizes, getElementTypeOrSelf(result)));
    if (failed(evaluation->sweepReverse(builder, batch, cotangents)))
      return failure();
    for (int64_t wrt : request.wrt) {
      Value rows = cotangents.lookup(evaluation->getArgumentKey(wrt));
      values.push_back(rows ? rows
                            : getZero(evaluation->getArgument(wrt), batch));
    }
  }
  return success();
}

/// `columns[argument, result]` as `[result, argument]`.
static Value swapBatch(OpBuilder &builder, Location loc, Value columns,
                       unsigned batchRank) {
  unsigned rank = cast<RankedTensorType>(columns.getType()).getRank();
  ContractionSpec spec;
  spec.inputs.push_back(columns);
  Subscripts &read = spec.indexing.operands.emplace_back();
  for (unsigned i = 0; i < rank; ++i)
    read.push_back(LinearForm::bare(i));
  for (unsigned i = 0; i < rank; ++i)
    spec.indexing.result.push_back(LinearForm::bare((batchRank + i) % rank));
  spec.elementType = getElementTypeOrSelf(columns);
  return rank == 0 ? columns : createContraction(builder, loc, std::move(spec));
}

/// One forward sweep per argument; the batch ranges over the argument. The
/// sweep gives [argument, result]; a Hessian is symmetric, so that this is the
/// entry of the swapped pair as it stands.
LogicalResult Expansion::jacobianByColumns(SmallVectorImpl<Value> &values) {
  llvm::BitVector floating = getFloatingResults();
  unsigned numColumns = request.wrt.size();
  values.resize(floating.count() * numColumns);
  for (auto [column, wrt] : llvm::enumerate(request.wrt)) {
    Value argument = evaluation->getArgument(wrt);
    BatchShape batch{getDerivativeSizes(builder, loc, argument, BatchShape())};
    DerivativeMap tangents;
    tangents[evaluation->getArgumentKey(wrt)] =
        createIdentity(batch.sizes, getElementTypeOrSelf(argument));
    if (failed(evaluation->sweepForward(builder, batch, tangents)))
      return failure();
    for (auto [row, number] : llvm::enumerate(floating.set_bits())) {
      Value tangent = tangents.lookup(evaluation->getResultKey(number));
      if (!tangent)
        tangent = getZero(evaluation->getResult(number), batch);
      if (isHessian)
        values[column * numColumns + row] = tangent;
      else
        values[row * numColumns + column] =
            swapBatch(builder, loc, tangent, batch.getRank());
    }
  }
  return success();
}

/// `tensor` with elements of `type`, another floating one: a sweep gives those
/// of the argument, or of the result, that it ends at.
static Value convertElements(OpBuilder &builder, Location loc, Value tensor,
                             Type type) {
  auto convert = [&](Value value, Type to) -> Value {
    auto from = cast<RankedTensorType>(value.getType());
    Type converted = from.clone(to);
    if (from.getElementTypeBitWidth() < to.getIntOrFloatBitWidth())
      return arith::ExtFOp::create(builder, loc, converted, value);
    return arith::TruncFOp::create(builder, loc, converted, value);
  };
  Type own = getElementTypeOrSelf(tensor);
  if (own == type)
    return tensor;
  // Formats of one width, as f16 and bf16 are.
  if (own.getIntOrFloatBitWidth() == type.getIntOrFloatBitWidth())
    tensor = convert(tensor, builder.getF32Type());
  return convert(tensor, type);
}

FailureOr<SmallVector<Value>> Expansion::run() {
  SmallVector<Value> values;
  LogicalResult expanded = failure();
  switch (request.mode) {
  case DerivativeMode::valueAndGrad:
  case DerivativeMode::vjp:
    expanded = runReverse(values);
    break;
  case DerivativeMode::jvp:
    expanded = runForward(values);
    break;
  case DerivativeMode::jacobian:
    expanded = runJacobian(values);
    break;
  case DerivativeMode::hessian:
    llvm_unreachable("a Hessian is expanded as the Jacobian of a gradient");
  }
  if (failed(expanded))
    return failure();
  for (auto [value, result] :
       llvm::zip_equal(values, request.op->getResults())) {
    if (isa<RankedTensorType>(value.getType()))
      value = convertElements(builder, loc, value,
                              getElementTypeOrSelf(result.getType()));
    value = fromTensor(builder, loc, value, result.getType());
  }
  return values;
}

FailureOr<SmallVector<Value>>
mlir::tensornet::expandRequest(DerivativeRequest request, func::FuncOp function,
                               bool isHessian, uint64_t memoryLimit) {
  return Expansion(request, function, isHessian, memoryLimit).run();
}
