//===- Prepare.cpp - Functions ready to differentiate ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prepare.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tensornet-differentiate"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Inlining
//===----------------------------------------------------------------------===//

/// The functions whose bodies are being inlined, outermost first.
using CallStack = SmallVector<func::FuncOp>;

static InFlightDiagnostic emitCycle(Operation *op, const CallStack &stack,
                                    func::FuncOp repeated) {
  InFlightDiagnostic diag =
      op->emitError("calls and derivative requests form a cycle: ");
  for (func::FuncOp function : ArrayRef(stack).drop_until(
           [&](func::FuncOp function) { return function == repeated; }))
    diag << "@" << function.getSymName() << " -> ";
  diag << "@" << repeated.getSymName();
  return diag;
}

static LogicalResult verifyBody(func::FuncOp function, Operation *user) {
  if (function.isExternal()) {
    InFlightDiagnostic diag = user->emitError("cannot differentiate @")
                              << function.getSymName()
                              << ": it has no body; give it one, or pass its "
                                 "result through tensornet.stop_gradient";
    diag.attachNote(function.getLoc()) << "declared here";
    return diag;
  }
  if (!function.getBody().hasOneBlock()) {
    InFlightDiagnostic diag = user->emitError("cannot differentiate @")
                              << function.getSymName()
                              << ": its body branches between "
                              << function.getBody().getBlocks().size()
                              << " blocks; only straight-line functions have "
                                 "derivatives";
    diag.attachNote(function.getLoc()) << "defined here";
    return diag;
  }
  return success();
}

/// Replaces calls in `block` by the bodies of their callees, except calls
/// marked no_inline and calls of functions without a body, which stay.
static LogicalResult inlineCalls(Block &block, CallStack &stack) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (DerivativeRequest::get(&op)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
          &op, DerivativeRequest::get(&op)->callee);
      return emitCycle(&op, stack, callee);
    }
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      continue;
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (!callee || callee.isExternal() || call.getNoInline() ||
        callee.getNoInline() || !callee.getBody().hasOneBlock())
      continue;
    if (llvm::is_contained(stack, callee))
      return emitCycle(call, stack, callee);

    OpBuilder builder(call);
    IRMapping mapping;
    mapping.map(callee.getArguments(), call.getOperands());
    Block &body = callee.getBody().front();
    auto first = block.begin();
    bool hasPrevious = call->getPrevNode() != nullptr;
    Operation *previous = call->getPrevNode();
    for (Operation &inner : body.without_terminator())
      builder.clone(inner, mapping);
    for (auto [result, value] : llvm::zip_equal(
             call.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(mapping.lookup(value));
    first = hasPrevious ? std::next(previous->getIterator()) : block.begin();
    // The copied ops may hold calls themselves: they are a block of their own
    // while the callee is on the stack.
    stack.push_back(callee);
    Block copied;
    copied.getOperations().splice(copied.end(), block.getOperations(), first,
                                  call->getIterator());
    LogicalResult inlined = inlineCalls(copied, stack);
    block.getOperations().splice(call->getIterator(), copied.getOperations());
    stack.pop_back();
    if (failed(inlined))
      return failure();
    call.erase();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Ordering
//===----------------------------------------------------------------------===//

/// Replaces contractions on active paths by trees of pairwise ones, in the
/// order that is cheapest for the value and the gradients that are wanted.
static void orderContractions(Block &block, const ActivityAnalysis &activity) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto contract = dyn_cast<ContractOp>(op);
    if (!contract || !activity.isActive(&op) || isPairwise(contract))
      continue;
    llvm::BitVector active(contract.getInputs().size());
    for (auto [number, input] : llvm::enumerate(contract.getInputs()))
      active[number] = activity.isActive(input);
    OrderingProblem problem(contract, active);
    ContractionTree tree = findTree(problem.graph);
    OpBuilder builder(contract);
    Value ordered = createTree(builder, contract, problem, tree);
    contract.getResult().replaceAllUsesWith(ordered);
    contract.erase();
  }
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// Reports that `op` has no rule, and how a differentiated argument reaches it.
static LogicalResult emitNoRule(Operation *op, StringRef functionName,
                                const ActivityAnalysis &activity) {
  InFlightDiagnostic diag = op->emitError("no derivative rule for '")
                            << op->getName() << "'";
  SmallVector<Operation *> path;
  std::optional<unsigned> argument;
  llvm::SmallPtrSet<Operation *, 8> seen;
  for (Operation *at = op; at && seen.insert(at).second;) {
    Operation *next = nullptr;
    for (Value operand : at->getOperands()) {
      if (!activity.isVaried(operand))
        continue;
      if (auto blockArgument = dyn_cast<BlockArgument>(operand))
        argument = blockArgument.getArgNumber();
      else
        next = operand.getDefiningOp();
      break;
    }
    if (argument)
      break;
    if (next)
      path.push_back(next);
    at = next;
  }
  if (argument)
    diag << " on the path from differentiated argument #" << *argument
         << " of @" << functionName;
  for (Operation *step : llvm::reverse(path))
    diag.attachNote(step->getLoc())
        << "the path leads through '" << step->getName() << "' here";
  diag.attachNote() << "pass the operand through tensornet.stop_gradient if it "
                       "is to count as constant, rewrite the op with ones that "
                       "have rules, or implement DifferentiableOpInterface for "
                       "it";
  return diag;
}

LogicalResult PreparedFunction::checkRules() {
  StringRef name = copy.getSymName();
  for (Operation &op : getBody().without_terminator()) {
    bool readsVaried = llvm::any_of(op.getOperands(), [&](Value operand) {
      return activity->isVaried(operand);
    });
    if (readsVaried && !isMemoryEffectFree(&op) && !isa<func::CallOp>(op)) {
      InFlightDiagnostic diag =
          op.emitError("'")
          << op.getName()
          << "' has side effects and reads a value that depends on a "
             "differentiated argument of @"
          << name;
      diag.attachNote()
          << "derivatives are taken of functions of values; move the op out "
             "of the function, or pass its operand through "
             "tensornet.stop_gradient";
      return diag;
    }
    if (activity->isActive(&op) && !isa<DifferentiableOpInterface>(op))
      return emitNoRule(&op, name, *activity);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// PreparedFunction
//===----------------------------------------------------------------------===//

LogicalResult PreparedFunction::analyze() {
  activity =
      std::make_unique<ActivityAnalysis>(copy, activeArguments, activeResults);
  return activity->getStatus();
}

FailureOr<std::unique_ptr<PreparedFunction>>
PreparedFunction::create(func::FuncOp function,
                         const llvm::BitVector &activeArguments,
                         const llvm::BitVector &activeResults) {
  if (failed(verifyBody(function, function)))
    return failure();
  // The copy keeps its name but stands after the original, which is the one
  // that symbol lookups find.
  func::FuncOp copy = function.clone();
  std::unique_ptr<PreparedFunction> prepared(new PreparedFunction(copy));
  function->getBlock()->getOperations().insertAfter(function->getIterator(),
                                                    copy);
  prepared->activeArguments = activeArguments;
  prepared->activeResults = activeResults;
  CallStack stack{function};
  if (failed(inlineCalls(prepared->getBody(), stack)) ||
      failed(prepared->analyze()))
    return failure();
  orderContractions(prepared->getBody(), prepared->getActivity());
  if (failed(prepared->analyze()) || failed(prepared->checkRules()))
    return failure();
  LDBG() << "prepared copy of @" << function.getSymName() << ":\n" << copy;
  return prepared;
}

PreparedFunction::~PreparedFunction() { copy.erase(); }
