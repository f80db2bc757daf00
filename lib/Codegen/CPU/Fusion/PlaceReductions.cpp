//===- PlaceReductions.cpp - Reductions next to contractions --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/KernelCandidate.h"
#include "Kernels/KernelReduction.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLACEREDUCTIONS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

/// The elementwise op right after `op` that alone reads its result; null where
/// there is none.
linalg::GenericOp getEpilogue(ContractIntoOp op) {
  auto next = dyn_cast_or_null<linalg::GenericOp>(op->getNextNode());
  bool finishes = next && next.getNumParallelLoops() == next.getNumLoops() &&
                  llvm::all_of(op.getOutputs()[0].getUsers(),
                               [&](Operation *user) { return user == next; });
  return finishes ? next : linalg::GenericOp();
}

/// What `op` and `epilogue` finish, that lies as the result of `op` does.
SmallVector<Value> getFinished(ContractIntoOp op, linalg::GenericOp epilogue) {
  if (!epilogue)
    return {op.getOutputs()[0]};
  SmallVector<Value> values;
  for (OpOperand *input : epilogue.getDpsInputOperands())
    if (input->get() == op.getOutputs()[0])
      for (OpOperand &init : epilogue.getDpsInitsMutable())
        if (epilogue.getMatchingIndexingMap(&init) ==
            epilogue.getMatchingIndexingMap(input))
          values.push_back(epilogue.getTiedOpResult(&init));
  return values;
}

/// Moves `reduction`, and the slices and fills that are its operands, right
/// behind `last`; false where another operand comes later.
bool place(linalg::GenericOp reduction, Operation *last) {
  llvm::SetVector<Operation *> moved;
  std::function<bool(Value)> bring = [&](Value value) {
    Operation *definition = value.getDefiningOp();
    if (!definition || definition->getBlock() != last->getBlock() ||
        definition == last || definition->isBeforeInBlock(last) ||
        moved.contains(definition))
      return true;
    bool isFill = isa<linalg::FillOp>(definition) && definition->hasOneUse();
    if ((!isFill &&
         !isa<tensor::ExtractSliceOp, tensor::EmptyOp>(definition)) ||
        !llvm::all_of(definition->getOperands(), bring))
      return false;
    return moved.insert(definition);
  };
  llvm::SetVector<Value> used(reduction->getOperands().begin(),
                              reduction->getOperands().end());
  getUsedValuesDefinedAbove(reduction->getRegions(), used);
  if (!llvm::all_of(used, bring))
    return false;
  moved.insert(reduction);
  for (Operation *op : moved) {
    op->moveAfter(last);
    last = op;
  }
  return true;
}

struct PlaceReductions
    : tensornet::impl::TensorNetPlaceReductionsBase<PlaceReductions> {
  using TensorNetPlaceReductionsBase::TensorNetPlaceReductionsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    SmallVector<ContractIntoOp> ops;
    getOperation()->walk([&](ContractIntoOp op) {
      if (!op.getOutputs().empty())
        ops.push_back(op);
    });
    for (ContractIntoOp op : ops)
      placeReductions(op, bits);
  }

private:
  void placeReductions(ContractIntoOp op, unsigned bits) {
    std::optional<KernelCandidate> candidate = getTensorCandidate(op);
    if (!candidate)
      return;
    std::optional<KernelPlan> plan =
        planOnTensors(op, *candidate, bits, parallel);
    if (!plan)
      return;
    linalg::GenericOp epilogue = getEpilogue(op);
    Operation *last = epilogue ? epilogue.getOperation() : op;
    for (Value value : getFinished(op, epilogue)) {
      SmallVector<linalg::GenericOp> readers;
      for (Operation *user : value.getUsers())
        if (auto reader = dyn_cast<linalg::GenericOp>(user))
          if (reader->getBlock() == op->getBlock())
            readers.push_back(reader);
      llvm::sort(readers, [](linalg::GenericOp a, linalg::GenericOp b) {
        return a->isBeforeInBlock(b);
      });
      for (linalg::GenericOp reader : readers)
        if (reader.hasPureTensorSemantics() && !isReduction(reader) &&
            KernelReduction::fits(op, reader, value, *plan) &&
            place(reader, last)) {
          markReduction(reader, /*keepsValue=*/true);
          last = reader;
        }
    }
  }
};

} // namespace
