//===- CallRule.cpp - Derivative of func.call -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The derivative of a call that is not inlined. The derivative function
// evaluates its callee again: what the callee computed is not kept.
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Differentiate/CallRule.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/Remarks.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// One call and the derivative function that serves it.
class CallDerivative {
public:
  CallDerivative(func::CallOp call, OpBuilder &builder, const BitVector &active)
      : call(call), builder(builder), loc(call.getLoc()) {
    for (unsigned number : active.set_bits())
      wrt.push_back(number);
    for (auto [number, type] : llvm::enumerate(call.getResultTypes()))
      if (isDifferentiableType(type))
        floating.push_back(number);
  }

  /// Calls the derivative function of `mode` with the operands of the call and
  /// `seeds`; returns its derivatives (not the values of the callee).
  FailureOr<SmallVector<Value>> callDerivative(DerivativeMode mode,
                                               ValueRange seeds);
  /// Cotangents of active operands from those of all results, or the reverse
  /// for tangents, through the Jacobian of the callee.
  LogicalResult multiplyJacobian(const BatchShape &batch,
                                 ArrayRef<Value> derivatives, bool reverse,
                                 MutableArrayRef<Value> products);

  Value getZero(Value primal, const BatchShape &batch) {
    return createZeroTensor(builder, loc,
                            getDerivativeSizes(builder, loc, primal, batch),
                            getElementTypeOrSelf(primal));
  }

  func::CallOp call;
  OpBuilder &builder;
  Location loc;
  /// Numbers of the active operands and of the floating results.
  SmallVector<int64_t> wrt;
  SmallVector<unsigned> floating;

private:
  FailureOr<func::FuncOp> getOrCreateFunction(DerivativeMode mode,
                                              func::FuncOp callee);
};

} // namespace

FailureOr<func::FuncOp>
CallDerivative::getOrCreateFunction(DerivativeMode mode, func::FuncOp callee) {
  auto module = callee->getParentOfType<ModuleOp>();
  std::string name =
      (callee.getSymName() + "_" + stringifyDerivativeMode(mode)).str();
  for (int64_t number : wrt)
    name += "_" + std::to_string(number);
  FailureOr<FunctionType> type = inferRequestType(
      mode, callee.getFunctionType(), wrt, [&] { return call.emitError(); });
  if (failed(type))
    return failure();
  unsigned numValues = mode == DerivativeMode::jacobian
                           ? 0
                           : callee.getFunctionType().getNumResults();
  auto functionType =
      FunctionType::get(callee.getContext(), type->getInputs(),
                        type->getResults().drop_front(numValues));
  StringRef marker = "tensornet.derivative_of";
  if (auto known = module.lookupSymbol<func::FuncOp>(name))
    if (known.getFunctionType() == functionType &&
        known->getAttr(marker) == FlatSymbolRefAttr::get(callee))
      return known;

  OpBuilder moduleBuilder(callee->getContext());
  auto function = func::FuncOp::create(loc, name, functionType);
  function.setPrivate();
  function->setAttr(marker, FlatSymbolRefAttr::get(callee));
  function.setNoInline(true);
  // Where the program has such a name already, the symbol table finds another.
  SymbolTable(module).insert(function, std::next(callee->getIterator()));
  moduleBuilder.setInsertionPointToStart(function.addEntryBlock());
  Operation *request = createRequest(
      moduleBuilder, loc, mode, callee.getSymName(), function.getArguments(),
      callee.getNumArguments(), wrt, *type);
  func::ReturnOp::create(moduleBuilder, loc,
                         request->getResults().drop_front(numValues));
  return function;
}

FailureOr<SmallVector<Value>>
CallDerivative::callDerivative(DerivativeMode mode, ValueRange seeds) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  if (!callee || callee.isExternal())
    return call.emitError("cannot differentiate the call of @")
           << call.getCallee()
           << ": it has no body; give it one, or pass the results of the call "
              "through tensornet.stop_gradient";
  FailureOr<func::FuncOp> function = getOrCreateFunction(mode, callee);
  if (failed(function))
    return failure();
  remark::passed(loc, remark::RemarkOpts::name("DerivativeFunction")
                          .category("tensornet-differentiate"))
      << remark::add("call differentiated by a function of its own")
      << remark::metric("Callee", call.getCallee())
      << remark::metric("Function", function->getSymName());
  SmallVector<Value> operands(call.getOperands());
  llvm::append_range(operands, seeds);
  auto derivative = func::CallOp::create(builder, loc, *function, operands);
  derivative.setNoInline(true);
  return SmallVector<Value>(derivative.getResults());
}

/// product[b, kept] = sum over summed of derivative[b, summed] J[...].
static Value contractJacobian(OpBuilder &builder, Location loc,
                              const BatchShape &batch, Value derivative,
                              Value jacobian, Value kept, bool reverse) {
  unsigned batchRank = batch.getRank();
  unsigned rank = cast<RankedTensorType>(derivative.getType()).getRank();
  unsigned jacobianRank = cast<RankedTensorType>(jacobian.getType()).getRank();
  unsigned numSummed = rank - batchRank;
  unsigned numKept = jacobianRank - numSummed;
  auto bare = [](unsigned first, unsigned count) {
    Subscripts subscripts;
    for (unsigned i = 0; i < count; ++i)
      subscripts.push_back(LinearForm::bare(first + i));
    return subscripts;
  };
  Subscripts batchIndices = bare(0, batchRank);
  Subscripts summed = bare(batchRank, numSummed);
  Subscripts keptIndices = bare(rank, numKept);
  auto join = [](const Subscripts &first, const Subscripts &second) {
    Subscripts joined = first;
    joined.append(second);
    return joined;
  };
  ContractionSpec spec;
  spec.inputs = {derivative, jacobian};
  spec.indexing.operands = {join(batchIndices, summed),
                            reverse ? join(summed, keptIndices)
                                    : join(keptIndices, summed)};
  spec.indexing.result = join(batchIndices, keptIndices);
  spec.elementType = getElementTypeOrSelf(kept);
  return createContraction(builder, loc, std::move(spec));
}

LogicalResult
CallDerivative::multiplyJacobian(const BatchShape &batch,
                                 ArrayRef<Value> derivatives, bool reverse,
                                 MutableArrayRef<Value> products) {
  FailureOr<SmallVector<Value>> jacobians =
      callDerivative(DerivativeMode::jacobian, {});
  if (failed(jacobians))
    return failure();
  for (auto [row, result] : llvm::enumerate(floating))
    for (auto [column, operand] : llvm::enumerate(wrt)) {
      unsigned from = reverse ? result : operand;
      unsigned to = reverse ? operand : result;
      if (!derivatives[from])
        continue;
      Value kept = reverse ? call.getOperand(operand) : call.getResult(result);
      Value product = contractJacobian(builder, loc, batch, derivatives[from],
                                       (*jacobians)[row * wrt.size() + column],
                                       kept, reverse);
      products[to] = addDerivatives(builder, loc, products[to], product);
    }
  return success();
}

namespace {

struct CallModel
    : DifferentiableOpInterface::ExternalModel<CallModel, func::CallOp> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    auto call = cast<func::CallOp>(op);
    BitVector active(call.getNumOperands());
    for (auto [number, tangent] : llvm::enumerate(operandTangents))
      active[number] = tangent != nullptr;
    CallDerivative derivative(call, builder, active);
    resultTangents.resize(call.getNumResults());
    if (batch.getRank() > 0)
      return derivative.multiplyJacobian(batch, operandTangents,
                                         /*reverse=*/false, resultTangents);
    SmallVector<Value> seeds;
    for (int64_t number : derivative.wrt)
      seeds.push_back(fromTensor(builder, op->getLoc(), operandTangents[number],
                                 call.getOperand(number).getType()));
    FailureOr<SmallVector<Value>> tangents =
        derivative.callDerivative(DerivativeMode::jvp, seeds);
    if (failed(tangents))
      return failure();
    for (auto [number, tangent] :
         llvm::zip_equal(derivative.floating, *tangents))
      resultTangents[number] = toTensor(builder, op->getLoc(), tangent);
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    auto call = cast<func::CallOp>(op);
    CallDerivative derivative(call, builder, active);
    operandCotangents.resize(call.getNumOperands());
    if (batch.getRank() > 0)
      return derivative.multiplyJacobian(batch, resultCotangents,
                                         /*reverse=*/true, operandCotangents);
    SmallVector<Value> seeds;
    for (unsigned number : derivative.floating) {
      Value result = call.getResult(number);
      Value cotangent = resultCotangents[number]
                            ? resultCotangents[number]
                            : derivative.getZero(result, batch);
      seeds.push_back(
          fromTensor(builder, op->getLoc(), cotangent, result.getType()));
    }
    FailureOr<SmallVector<Value>> gradients =
        derivative.callDerivative(DerivativeMode::vjp, seeds);
    if (failed(gradients))
      return failure();
    for (auto [number, gradient] : llvm::zip_equal(derivative.wrt, *gradients))
      operandCotangents[number] = toTensor(builder, op->getLoc(), gradient);
    return success();
  }
};

} // namespace

void mlir::tensornet::registerCallRule(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, func::FuncDialect *) {
    func::CallOp::attachInterface<CallModel>(*context);
  });
}
