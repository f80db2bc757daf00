//===- ExpandRequests.cpp - Requests in, derivatives out ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandRequests.h"

#include "RequestExpansion.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Transforms/Simplify.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// Expands the requests of a module, callees before callers.
class RequestExpander {
public:
  RequestExpander(ModuleOp module, uint64_t memoryLimit);
  LogicalResult run();

private:
  LogicalResult expandIn(func::FuncOp function);
  LogicalResult expand(DerivativeRequest request, uint64_t limit,
                       bool isHessian = false);
  /// Adds a function that returns the gradients of `request`, a Hessian, and
  /// replaces the request by a Jacobian of that function.
  FailureOr<func::FuncOp> createGradientFunction(DerivativeRequest request,
                                                 func::FuncOp function);
  LogicalResult expandHessian(DerivativeRequest request, func::FuncOp function,
                              uint64_t limit);
  void simplify(func::FuncOp function);

  ModuleOp module;
  uint64_t memoryLimit;
  llvm::SmallPtrSet<Operation *, 8> visited;
  /// Functions that a request differentiates, or that such functions call. What
  /// is expanded in them is differentiated again, so nothing is sliced there.
  llvm::SmallPtrSet<Operation *, 8> differentiated;
};

} // namespace

/// The function that `op` calls or asks the derivative of, if any.
static func::FuncOp getCallee(ModuleOp module, Operation *op) {
  SymbolRefAttr symbol;
  if (std::optional<DerivativeRequest> request = DerivativeRequest::get(op))
    symbol = request->callee;
  else if (auto call = dyn_cast<func::CallOp>(op))
    symbol = call.getCalleeAttr();
  return symbol ? module.lookupSymbol<func::FuncOp>(symbol.getLeafReference())
                : func::FuncOp();
}

RequestExpander::RequestExpander(ModuleOp module, uint64_t memoryLimit)
    : module(module), memoryLimit(memoryLimit) {
  SmallVector<func::FuncOp> reached;
  module.walk([&](Operation *op) {
    if (DerivativeRequest::get(op))
      if (func::FuncOp callee = getCallee(module, op))
        reached.push_back(callee);
  });
  while (!reached.empty()) {
    func::FuncOp function = reached.pop_back_val();
    if (!differentiated.insert(function).second)
      continue;
    function.walk([&](Operation *op) {
      if (func::FuncOp callee = getCallee(module, op))
        reached.push_back(callee);
    });
  }
}

LogicalResult RequestExpander::run() {
  // Calls that stay get derivative functions, which hold requests of their own:
  // the list of functions grows on the way.
  while (true) {
    SmallVector<func::FuncOp> functions(llvm::make_filter_range(
        module.getOps<func::FuncOp>(),
        [&](func::FuncOp function) { return !visited.contains(function); }));
    if (functions.empty())
      return success();
    for (func::FuncOp function : functions)
      if (failed(expandIn(function)))
        return failure();
  }
}

LogicalResult RequestExpander::expandIn(func::FuncOp function) {
  if (!visited.insert(function).second)
    return success();
  SmallVector<Operation *> requests;
  SmallVector<func::FuncOp> callees;
  function.walk([&](Operation *op) {
    if (DerivativeRequest::get(op))
      requests.push_back(op);
    if (func::FuncOp callee = getCallee(module, op))
      callees.push_back(callee);
  });
  for (func::FuncOp callee : callees)
    if (failed(expandIn(callee)))
      return failure();
  for (Operation *op : requests)
    if (failed(expand(*DerivativeRequest::get(op),
                      differentiated.contains(function) ? 0 : memoryLimit)))
      return failure();
  if (!requests.empty())
    simplify(function);
  return success();
}

LogicalResult RequestExpander::expand(DerivativeRequest request, uint64_t limit,
                                      bool isHessian) {
  auto function = module.lookupSymbol<func::FuncOp>(request.callee.getAttr());
  if (!function)
    return request.op->emitError("names no func.func: @")
           << request.callee.getValue();
  if (request.mode == DerivativeMode::hessian)
    return expandHessian(request, function, limit);
  FailureOr<SmallVector<Value>> values =
      expandRequest(request, function, isHessian, limit);
  if (failed(values))
    return failure();
  request.op->replaceAllUsesWith(*values);
  request.op->erase();
  return success();
}

FailureOr<func::FuncOp>
RequestExpander::createGradientFunction(DerivativeRequest request,
                                        func::FuncOp function) {
  OpBuilder builder(function);
  Location loc = request.op->getLoc();
  SmallVector<Type> gradientTypes;
  for (int64_t number : request.wrt)
    gradientTypes.push_back(function.getArgumentTypes()[number]);
  auto gradient = func::FuncOp::create(
      builder, loc, (function.getSymName() + "_gradient").str(),
      builder.getFunctionType(function.getArgumentTypes(), gradientTypes));
  SymbolTable(module).insert(gradient);
  gradient.setPrivate();
  builder.setInsertionPointToStart(gradient.addEntryBlock());
  auto emitError = [&] { return request.op->emitError(); };
  FailureOr<FunctionType> type =
      inferRequestType(DerivativeMode::valueAndGrad, function.getFunctionType(),
                       request.wrt, emitError);
  if (failed(type))
    return failure();
  Operation *inner = createRequest(
      builder, loc, DerivativeMode::valueAndGrad, function.getSymName(),
      gradient.getArguments(), function.getNumArguments(), request.wrt, *type);
  func::ReturnOp::create(
      builder, loc, inner->getResults().drop_front(function.getNumResults()));
  differentiated.insert(gradient);
  if (failed(expandIn(gradient)))
    return failure();
  return gradient;
}

LogicalResult RequestExpander::expandHessian(DerivativeRequest request,
                                             func::FuncOp function,
                                             uint64_t limit) {
  FailureOr<func::FuncOp> gradient = createGradientFunction(request, function);
  if (failed(gradient))
    return failure();
  OpBuilder builder(request.op);
  auto emitError = [&] { return request.op->emitError(); };
  FailureOr<FunctionType> type =
      inferRequestType(DerivativeMode::jacobian, gradient->getFunctionType(),
                       request.wrt, emitError);
  if (failed(type))
    return failure();
  Operation *jacobian =
      createRequest(builder, request.op->getLoc(), DerivativeMode::jacobian,
                    gradient->getSymName(), request.args, request.args.size(),
                    request.wrt, *type);
  request.op->replaceAllUsesWith(jacobian->getResults());
  request.op->erase();
  LogicalResult expanded =
      expand(*DerivativeRequest::get(jacobian), limit, /*isHessian=*/true);
  gradient->erase();
  return expanded;
}

/// Folds zeros and deltas and merges equal ops, so that the next level of
/// derivatives starts from little. The trees of contractions stay as they are.
void RequestExpander::simplify(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  SimplifyOptions options;
  options.flatten = false;
  populateSimplifyPatterns(patterns, options);
  ContractOp::getCanonicalizationPatterns(patterns, function.getContext());
  // Not reaching a fixed point leaves a correct program.
  (void)applyPatternsGreedily(function, std::move(patterns));
  IRRewriter rewriter(function.getContext());
  DominanceInfo dominance(function);
  eliminateCommonSubExpressions(rewriter, dominance, function);
}

LogicalResult mlir::tensornet::expandRequests(ModuleOp module,
                                              uint64_t memoryLimit) {
  return RequestExpander(module, memoryLimit).run();
}
