//===- RequestOps.cpp - Derivative requests -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Modes
//===----------------------------------------------------------------------===//

static constexpr std::pair<DerivativeMode, StringLiteral> kModeNames[] = {
    {DerivativeMode::valueAndGrad, "value_and_grad"},
    {DerivativeMode::vjp, "vjp"},
    {DerivativeMode::jvp, "jvp"},
    {DerivativeMode::jacobian, "jacobian"},
    {DerivativeMode::hessian, "hessian"},
};

StringRef mlir::tensornet::stringifyDerivativeMode(DerivativeMode mode) {
  for (const auto &[candidate, name] : kModeNames)
    if (candidate == mode)
      return name;
  llvm_unreachable("every mode has a name");
}

std::optional<DerivativeMode>
mlir::tensornet::symbolizeDerivativeMode(StringRef text) {
  for (const auto &[mode, name] : kModeNames)
    if (name == text)
      return mode;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// DerivativeRequest
//===----------------------------------------------------------------------===//

std::optional<DerivativeRequest> DerivativeRequest::get(Operation *op) {
  using Request = std::optional<DerivativeRequest>;
  auto plain = [&](auto request, DerivativeMode mode) -> Request {
    OperandRange none = request.getArgs().drop_front(request.getArgs().size());
    return DerivativeRequest{op,
                             mode,
                             request.getCalleeAttr(),
                             request.getArgs(),
                             none,
                             request.getWrt()};
  };
  return llvm::TypeSwitch<Operation *, Request>(op)
      .Case([&](ValueAndGradOp request) {
        return plain(request, DerivativeMode::valueAndGrad);
      })
      .Case([&](JacobianOp request) {
        return plain(request, DerivativeMode::jacobian);
      })
      .Case([&](HessianOp request) {
        return plain(request, DerivativeMode::hessian);
      })
      .Case([&](VJPOp request) -> Request {
        return DerivativeRequest{op,
                                 DerivativeMode::vjp,
                                 request.getCalleeAttr(),
                                 request.getArgs(),
                                 request.getCotangents(),
                                 request.getWrt()};
      })
      .Case([&](JVPOp request) -> Request {
        return DerivativeRequest{op,
                                 DerivativeMode::jvp,
                                 request.getCalleeAttr(),
                                 request.getArgs(),
                                 request.getTangents(),
                                 request.getWrt()};
      })
      .Default([](Operation *) -> Request { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// Types of requests
//===----------------------------------------------------------------------===//

/// request C3 and C4
static LogicalResult verifyWrt(FunctionType callee, ArrayRef<int64_t> wrt,
                               function_ref<InFlightDiagnostic()> emitError) {
  if (wrt.empty())
    return emitError() << "wrt names no argument to differentiate";
  llvm::SmallDenseSet<int64_t> seen;
  for (int64_t number : wrt) {
    if (number < 0 || number >= callee.getNumInputs())
      return emitError() << "wrt names argument #" << number
                         << " but the function has " << callee.getNumInputs()
                         << " arguments";
    if (!seen.insert(number).second)
      return emitError() << "wrt names argument #" << number << " twice";
    if (!isDifferentiableType(callee.getInput(number)))
      return emitError() << "argument #" << number << " has type "
                         << callee.getInput(number)
                         << "; only floating and complex scalars and ranked "
                            "tensors can be differentiated";
  }
  return success();
}

static bool isComplex(Type type) {
  return isa<ComplexType>(getElementTypeOrSelf(type));
}

/// value_and_grad C6, hessian C6
static LogicalResult
verifyScalarResult(FunctionType callee,
                   function_ref<InFlightDiagnostic()> emitError) {
  if (callee.getNumResults() == 0)
    return emitError() << "the function returns nothing to differentiate";
  Type type = callee.getResult(0);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!isDifferentiableType(type) || isComplex(type) ||
      (tensor && tensor.getRank() != 0))
    return emitError() << "the first result of the function has type " << type
                       << "; expected a real scalar or 0-d tensor";
  return success();
}

/// jacobian C6, hessian C6
static LogicalResult verifyReal(TypeRange types, StringRef word,
                                function_ref<InFlightDiagnostic()> emitError) {
  for (auto [number, type] : llvm::enumerate(types))
    if (isComplex(type))
      return emitError() << word << " #" << number << " has complex type "
                         << type << "; use vjp or jvp";
  return success();
}

/// The concatenated dimensions of scalars and tensors.
static Type concatenateShapes(Type first, Type second) {
  SmallVector<int64_t> shape;
  for (Type type : {first, second})
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      llvm::append_range(shape, tensor.getShape());
  return RankedTensorType::get(shape, getElementTypeOrSelf(first));
}

FailureOr<FunctionType> mlir::tensornet::inferRequestType(
    DerivativeMode mode, FunctionType callee, ArrayRef<int64_t> wrt,
    function_ref<InFlightDiagnostic()> emitError) {
  if (failed(verifyWrt(callee, wrt, emitError)))
    return failure();
  SmallVector<Type> inputs(callee.getInputs());
  SmallVector<Type> results(callee.getResults());
  SmallVector<Type> wrtTypes;
  for (int64_t number : wrt)
    wrtTypes.push_back(callee.getInput(number));
  SmallVector<Type> floating(
      llvm::make_filter_range(callee.getResults(), isDifferentiableType));
  if (floating.empty())
    return emitError() << "the function returns no floating or complex value "
                          "to differentiate";

  switch (mode) {
  case DerivativeMode::valueAndGrad:
    if (failed(verifyScalarResult(callee, emitError)))
      return failure();
    llvm::append_range(results, wrtTypes);
    break;
  case DerivativeMode::vjp:
    llvm::append_range(inputs, floating);
    llvm::append_range(results, wrtTypes);
    break;
  case DerivativeMode::jvp:
    llvm::append_range(inputs, wrtTypes);
    llvm::append_range(results, floating);
    break;
  case DerivativeMode::jacobian:
    if (failed(verifyReal(floating, "floating result", emitError)) ||
        failed(verifyReal(wrtTypes, "differentiated argument", emitError)))
      return failure();
    results.clear();
    for (Type result : floating)
      for (Type argument : wrtTypes)
        results.push_back(concatenateShapes(result, argument));
    break;
  case DerivativeMode::hessian:
    if (failed(verifyScalarResult(callee, emitError)) ||
        failed(verifyReal(wrtTypes, "differentiated argument", emitError)))
      return failure();
    results.clear();
    for (Type first : wrtTypes)
      for (Type second : wrtTypes)
        results.push_back(concatenateShapes(first, second));
    break;
  }
  return FunctionType::get(callee.getContext(), inputs, results);
}

Operation *mlir::tensornet::createRequest(OpBuilder &builder, Location loc,
                                          DerivativeMode mode, StringRef callee,
                                          ValueRange operands, unsigned numArgs,
                                          ArrayRef<int64_t> wrt,
                                          FunctionType type) {
  ValueRange args = operands.take_front(numArgs);
  ValueRange seeds = operands.drop_front(numArgs);
  TypeRange results = type.getResults();
  switch (mode) {
  case DerivativeMode::valueAndGrad:
    return ValueAndGradOp::create(builder, loc, results, callee, args, wrt);
  case DerivativeMode::vjp:
    return VJPOp::create(builder, loc, results, callee, args, seeds, wrt);
  case DerivativeMode::jvp:
    return JVPOp::create(builder, loc, results, callee, args, seeds, wrt);
  case DerivativeMode::jacobian:
    return JacobianOp::create(builder, loc, results, callee, args, wrt);
  case DerivativeMode::hessian:
    return HessianOp::create(builder, loc, results, callee, args, wrt);
  }
  llvm_unreachable("every mode has an op");
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// Reports the first place where `found` differs from `expected`.
static LogicalResult verifyTypes(Operation *op, StringRef word,
                                 TypeRange expected, TypeRange found) {
  if (expected.size() != found.size())
    return op->emitOpError("expected ")
           << expected.size() << " " << word << "s but found " << found.size();
  for (auto [number, types] : llvm::enumerate(llvm::zip_equal(expected, found)))
    if (std::get<0>(types) != std::get<1>(types))
      return op->emitOpError("expected ")
             << word << " #" << number << " of type " << std::get<0>(types)
             << " but found " << std::get<1>(types);
  return success();
}

static LogicalResult verifyRequest(Operation *op,
                                   SymbolTableCollection &symbolTable) {
  DerivativeRequest request = *DerivativeRequest::get(op);
  // request C1
  auto function = symbolTable.lookupNearestSymbolFrom<FunctionOpInterface>(
      op, request.callee);
  auto type = function ? dyn_cast<FunctionType>(function.getFunctionType())
                       : FunctionType();
  if (!type)
    return op->emitOpError("names no function of this module: @")
           << request.callee.getValue();
  auto emitError = [&] {
    InFlightDiagnostic diag = op->emitOpError();
    diag.attachNote(function.getLoc()) << "the function is here";
    return diag;
  };
  // request C3, C4, C6
  FailureOr<FunctionType> expected =
      inferRequestType(request.mode, type, request.wrt, emitError);
  if (failed(expected))
    return failure();
  // request C2 and C6: arguments, then cotangents or tangents
  unsigned numArgs = type.getNumInputs();
  StringRef seedWord =
      request.mode == DerivativeMode::jvp ? "tangent" : "cotangent";
  if (failed(verifyTypes(op, "argument", type.getInputs(),
                         request.args.getTypes())) ||
      failed(verifyTypes(op, seedWord,
                         expected->getInputs().drop_front(numArgs),
                         request.seeds.getTypes())))
    return failure();
  // request C5
  return verifyTypes(op, "result", expected->getResults(),
                     op->getResultTypes());
}

LogicalResult
ValueAndGradOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyRequest(*this, symbolTable);
}
LogicalResult VJPOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyRequest(*this, symbolTable);
}
LogicalResult JVPOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyRequest(*this, symbolTable);
}
LogicalResult JacobianOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyRequest(*this, symbolTable);
}
LogicalResult HessianOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyRequest(*this, symbolTable);
}
