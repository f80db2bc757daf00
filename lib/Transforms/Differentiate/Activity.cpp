//===- Activity.cpp - Varied and useful values ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Differentiate/Activity.h"

#include "mlir/Analysis/DataFlow/SparseAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Transforms/RegionUtils.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// A flag that only ever turns on.
struct Flag : dataflow::AbstractSparseLattice {
  using AbstractSparseLattice::AbstractSparseLattice;

  ChangeResult join(const AbstractSparseLattice &other) override {
    return set(static_cast<const Flag &>(other).isSet);
  }
  ChangeResult meet(const AbstractSparseLattice &other) override {
    return join(other);
  }
  ChangeResult set(bool value) {
    if (isSet || !value)
      return ChangeResult::NoChange;
    isSet = true;
    return ChangeResult::Change;
  }
  void print(llvm::raw_ostream &os) const override {
    os << (isSet ? "on" : "off");
  }

  bool isSet = false;
};

/// Two classes, so that the solver keeps two flags per value.
struct Varied : Flag {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Varied)
  using Flag::Flag;
};
struct Useful : Flag {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Useful)
  using Flag::Flag;
};

/// False for types whose values carry no derivative: integers and tensors of
/// them. Types that have no rules (vectors, memrefs) count as true, so that the
/// driver reports them.
bool mayCarryDerivative(Type type) {
  Type element = getElementTypeOrSelf(type);
  return !isa<IntegerType, IndexType>(element);
}

/// True where the results of `op` can depend on operand `number` to first
/// order.
bool hasDerivative(Operation *op, unsigned number) {
  auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
  return !differentiable || !differentiable.hasZeroDerivative(number);
}

class VariedAnalysis : public dataflow::SparseForwardDataFlowAnalysis<Varied> {
public:
  using SparseForwardDataFlowAnalysis::SparseForwardDataFlowAnalysis;

  LogicalResult visitOperation(Operation *op, ArrayRef<const Varied *> operands,
                               ArrayRef<Varied *> results) override {
    bool varied = false;
    for (auto [number, operand] : llvm::enumerate(operands))
      varied |= operand->isSet && hasDerivative(op, number);
    if (op->getNumRegions() > 0) {
      SetVector<Value> captured;
      getUsedValuesDefinedAbove(op->getRegions(), captured);
      for (Value value : captured)
        varied |= getLatticeElementFor(getProgramPointAfter(op), value)->isSet;
    }
    for (auto [value, lattice] : llvm::zip_equal(op->getResults(), results))
      propagateIfChanged(
          lattice, lattice->set(varied && mayCarryDerivative(value.getType())));
    return success();
  }

  /// Calls that were not inlined depend on all their operands.
  void visitExternalCall(CallOpInterface call,
                         ArrayRef<const Varied *> operands,
                         ArrayRef<Varied *> results) override {
    (void)visitOperation(call, operands, results);
  }

  void setToEntryState(Varied *) override {}
};

class UsefulAnalysis : public dataflow::SparseBackwardDataFlowAnalysis<Useful> {
public:
  using SparseBackwardDataFlowAnalysis::SparseBackwardDataFlowAnalysis;

  LogicalResult visitOperation(Operation *op, ArrayRef<Useful *> operands,
                               ArrayRef<const Useful *> results) override {
    bool useful = llvm::any_of(
        results, [](const Useful *result) { return result->isSet; });
    for (auto [number, operand] : llvm::enumerate(operands))
      propagateIfChanged(operand,
                         operand->set(useful && hasDerivative(op, number)));
    if (useful && op->getNumRegions() > 0) {
      SetVector<Value> captured;
      getUsedValuesDefinedAbove(op->getRegions(), captured);
      for (Value value : captured) {
        Useful *lattice = getLatticeElement(value);
        propagateIfChanged(lattice, lattice->set(true));
      }
    }
    return success();
  }

  void visitExternalCall(CallOpInterface call, ArrayRef<Useful *> operands,
                         ArrayRef<const Useful *> results) override {
    (void)visitOperation(call, operands, results);
  }

  void visitBranchOperand(OpOperand &) override {}
  void visitCallOperand(OpOperand &) override {}
  void visitNonControlFlowArguments(RegionSuccessor &,
                                    ArrayRef<BlockArgument>) override {}
  void setToExitState(Useful *) override {}
};

} // namespace

ActivityAnalysis::ActivityAnalysis(FunctionOpInterface function,
                                   const llvm::BitVector &activeArguments,
                                   const llvm::BitVector &activeResults)
    : solver(DataFlowConfig().setInterprocedural(false)) {
  dataflow::loadBaselineAnalyses(solver);
  solver.load<VariedAnalysis>();
  solver.load<UsefulAnalysis>(symbolTable);
  for (auto [number, argument] : llvm::enumerate(function.getArguments()))
    (void)solver.getOrCreateState<Varied>(argument)->set(
        activeArguments[number]);
  for (Block &block : function.getFunctionBody())
    if (block.mightHaveTerminator() &&
        block.getTerminator()->hasTrait<OpTrait::ReturnLike>())
      for (auto [number, value] :
           llvm::enumerate(block.getTerminator()->getOperands()))
        if (activeResults[number])
          (void)solver.getOrCreateState<Useful>(value)->set(true);
  status = solver.initializeAndRun(function);
}

bool ActivityAnalysis::isVaried(Value value) const {
  const Varied *state = solver.lookupState<Varied>(value);
  return state && state->isSet;
}

bool ActivityAnalysis::isUseful(Value value) const {
  const Useful *state = solver.lookupState<Useful>(value);
  return state && state->isSet;
}

bool ActivityAnalysis::isActive(Operation *op) const {
  return llvm::any_of(op->getResults(),
                      [&](Value value) { return isActive(value); });
}
