//===- Prepare.cpp - Functions ready to differentiate ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prepare.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Transforms/Plan/OrderRemark.h"
#include "tensornet/Transforms/Plan/Plan.h"
#include "tensornet/Transforms/Simplify.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tensornet-differentiate"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Inlining
//===----------------------------------------------------------------------===//

/// The functions on the way from the differentiated one, outermost first.
using CallStack = SmallVector<func::FuncOp>;

/// The function that `op` calls or asks the derivative of, if any.
static func::FuncOp getCallee(Operation *op) {
  SymbolRefAttr symbol;
  if (auto call = dyn_cast<func::CallOp>(op))
    symbol = call.getCalleeAttr();
  else if (std::optional<DerivativeRequest> request =
               DerivativeRequest::get(op))
    symbol = request->callee;
  return symbol ? SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, symbol)
                : func::FuncOp();
}

static InFlightDiagnostic emitCycle(Operation *op, const CallStack &stack,
                                    func::FuncOp repeated) {
  InFlightDiagnostic diag =
      op->emitError("calls and derivative requests form a cycle: ");
  const auto *first = llvm::find(stack, repeated);
  for (func::FuncOp function : llvm::make_range(first, stack.end()))
    diag << "@" << function.getSymName() << " -> ";
  diag << "@" << repeated.getSymName();
  return diag;
}

/// Fails where the last function of `stack` reaches one on the stack again.
static LogicalResult verifyAcyclic(CallStack &stack) {
  WalkResult result = stack.back().walk([&](Operation *op) {
    func::FuncOp callee = getCallee(op);
    if (!callee)
      return WalkResult::advance();
    if (llvm::is_contained(stack, callee)) {
      emitCycle(op, stack, callee);
      return WalkResult::interrupt();
    }
    stack.push_back(callee);
    LogicalResult acyclic = verifyAcyclic(stack);
    stack.pop_back();
    return failed(acyclic) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

static LogicalResult verifyBody(func::FuncOp function) {
  if (function.isExternal())
    return function.emitError("cannot differentiate @")
           << function.getSymName()
           << ": it has no body; give it one, or pass its results through "
              "tensornet.stop_gradient";
  if (!function.getBody().hasOneBlock())
    return function.emitError("cannot differentiate @")
           << function.getSymName() << ": its body branches between "
           << function.getBody().getBlocks().size()
           << " blocks; only straight-line functions have derivatives";
  return success();
}

/// The function whose body can take the place of `op`; null for other ops,
/// for calls marked no_inline, and for callees without a straight-line body.
static func::FuncOp getInlinableCallee(Operation &op) {
  auto call = dyn_cast<func::CallOp>(op);
  if (!call || call.getNoInline())
    return {};
  func::FuncOp callee = getCallee(&op);
  bool hasBody = callee && !callee.isExternal() && !callee.getNoInline() &&
                 callee.getBody().hasOneBlock();
  return hasBody ? callee : func::FuncOp();
}

/// Replaces calls in `block` by the bodies of their callees, and calls in
/// those. The call graph has no cycle.
static void inlineCalls(Block &block) {
  for (auto it = block.begin(); it != block.end();) {
    Operation &call = *it;
    func::FuncOp callee = getInlinableCallee(call);
    if (!callee) {
      ++it;
      continue;
    }
    OpBuilder builder(&call);
    IRMapping mapping;
    mapping.map(callee.getArguments(), call.getOperands());
    Block &body = callee.getBody().front();
    remark::passed(call.getLoc(),
                   remark::RemarkOpts::name("CallInlined").category(DEBUG_TYPE))
        << remark::add("call inlined to be differentiated")
        << remark::metric("Callee", callee.getSymName());
    Operation *firstCopy = nullptr;
    for (Operation &op : body.without_terminator()) {
      Operation *copy = builder.clone(op, mapping);
      firstCopy = firstCopy ? firstCopy : copy;
    }
    for (auto [result, value] : llvm::zip_equal(
             call.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(mapping.lookupOrDefault(value));
    it = firstCopy ? firstCopy->getIterator() : std::next(call.getIterator());
    call.erase();
  }
}

//===----------------------------------------------------------------------===//
// Ordering
//===----------------------------------------------------------------------===//

/// Merges contractions that feed only each other, so that one search orders
/// them all.
static void flattenContractions(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  populateSimplifyPatterns(patterns, SimplifyOptions());
  // Not reaching a fixed point leaves a correct program.
  (void)applyPatternsGreedily(function, std::move(patterns));
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// The operands of `op` and the values that its regions capture.
static SetVector<Value> getReadValues(Operation *op) {
  SetVector<Value> values(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), values);
  return values;
}

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
    for (Value operand : getReadValues(at)) {
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
    bool readsVaried = llvm::any_of(getReadValues(&op), [&](Value operand) {
      return activity->isVaried(operand);
    });
    // What a call does to memory is the callee's matter.
    if (readsVaried && !isa<CallOpInterface>(op) && !isMemoryEffectFree(&op)) {
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

/// "0, 2"
static std::string formatBits(const llvm::BitVector &bits) {
  return llvm::join(
      llvm::map_range(bits.set_bits(),
                      [](unsigned bit) { return std::to_string(bit); }),
      ", ");
}

void PreparedFunction::emitActivityRemark(Location request) {
  auto ops = getBody().without_terminator();
  unsigned numActive = llvm::count_if(
      ops, [&](Operation &op) { return activity->isActive(&op); });
  remark::analysis(request, remark::RemarkOpts::name("Activity")
                                .category(DEBUG_TYPE)
                                .function(copy.getSymName()))
      << remark::add("derivative taken")
      << remark::metric("Function", copy.getSymName())
      << remark::metric("Arguments", formatBits(activeArguments))
      << remark::metric("Results", formatBits(activeResults))
      << remark::metric("Ops", llvm::range_size(ops))
      << remark::metric("ActiveOps", numActive);
}

LogicalResult PreparedFunction::analyze() {
  activity =
      std::make_unique<ActivityAnalysis>(copy, activeArguments, activeResults);
  return activity->getStatus();
}

/// Replaces contractions on active paths by trees of pairwise ones, in the
/// order that is cheapest for the value and the gradients that are wanted.
/// Those that do not fit stay, with their slices. Without a limit, contractions
/// that are planned together afterwards are ordered for their values only, as
/// they are where nothing is differentiated.
LogicalResult PreparedFunction::orderContractions(uint64_t memoryLimit) {
  // All of them first: the analysis does not know the values of new ops.
  SmallVector<std::pair<ContractOp, llvm::BitVector>> unordered;
  for (ContractOp contract : getBody().getOps<ContractOp>()) {
    llvm::BitVector active(contract.getInputs().size());
    for (auto [number, input] : llvm::enumerate(contract.getInputs()))
      active[number] = activity->isActive(contract.getOperation()) &&
                       activity->isActive(input);
    bool isOrdered = active.any()
                         ? hasBinaryAdjoints(contract, active)
                         : memoryLimit != 0 || !canPlanTogether(contract) ||
                               isPairwise(contract);
    if (!isOrdered)
      unordered.push_back({contract, active});
  }
  for (auto &[contract, active] : unordered) {
    OrderingProblem weighted(contract, active);
    if (memoryLimit == 0 && canPlanTogether(contract))
      active.reset();
    OrderingProblem problem(contract, active);
    SearchSummary summary;
    FailureOr<SlicedTree> tree = findTreeWithinMemory(
        contract, problem, memoryLimit, SearchOptions(), summary, DEBUG_TYPE);
    if (failed(tree))
      return failure();
    emitOrderRemark(contract, weighted, tree->tree, summary, DEBUG_TYPE);
    if (!tree->sliced.empty()) {
      contract = hoistInvariantSteps(contract, problem, memoryLimit, *tree);
      slicedTrees[contract] = *tree;
      continue;
    }
    OpBuilder builder(contract);
    Value ordered = createTree(builder, contract, problem, tree->tree);
    contract.getResult().replaceAllUsesWith(ordered);
    contract.erase();
  }
  return success();
}

FailureOr<std::unique_ptr<PreparedFunction>> PreparedFunction::create(
    func::FuncOp function, const llvm::BitVector &activeArguments,
    const llvm::BitVector &activeResults, uint64_t memoryLimit) {
  CallStack stack{function};
  if (failed(verifyBody(function)) || failed(verifyAcyclic(stack)))
    return failure();
  // The copy keeps its name but stands after the original, which is the one
  // that symbol lookups find.
  func::FuncOp copy = function.clone();
  std::unique_ptr<PreparedFunction> prepared(new PreparedFunction(copy));
  function->getBlock()->getOperations().insertAfter(function->getIterator(),
                                                    copy);
  prepared->activeArguments = activeArguments;
  prepared->activeResults = activeResults;
  inlineCalls(prepared->getBody());
  flattenContractions(copy);
  if (failed(prepared->analyze()))
    return failure();
  if (failed(prepared->orderContractions(memoryLimit)) ||
      failed(prepared->analyze()))
    return failure();
  // What is shared stays alive for longer.
  if (memoryLimit == 0)
    planBlockTogether(prepared->getBody(), SearchOptions(), [&](Value value) {
      return prepared->getActivity().isActive(value);
    });
  if (failed(prepared->analyze()) || failed(prepared->checkRules()))
    return failure();
  LDBG() << "prepared copy of @" << function.getSymName() << ":\n" << copy;
  return prepared;
}

PreparedFunction::~PreparedFunction() { copy.erase(); }
