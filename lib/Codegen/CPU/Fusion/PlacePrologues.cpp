//===- PlacePrologues.cpp - Producers next to contractions ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/KernelCandidate.h"
#include "Kernels/KernelModel.h"
#include "Kernels/KernelPrologue.h"
#include "Vectors/VectorBody.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLACEPROLOGUES
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

//===----------------------------------------------------------------------===//
// Ops that packing may compute
//===----------------------------------------------------------------------===//

/// True for one elementwise result of static shape that starts from nothing.
bool isProducer(linalg::GenericOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 &&
         cast<ShapedType>(op.getResult(0).getType()).hasStaticShape() &&
         op.getRegionOutputArgs()[0].use_empty() && isFusibleElementwise(op);
}

/// The distinct operands of `producer` that have all its loops.
SmallVector<Value> getLargeInputs(linalg::GenericOp producer) {
  llvm::SetVector<Value> inputs;
  for (OpOperand *input : producer.getDpsInputOperands())
    if (producer.getMatchingIndexingMap(input).getNumResults() ==
        producer.getNumLoops())
      inputs.insert(input->get());
  return inputs.takeVector();
}

/// True where nothing but `op` reads `value`, which is memory of ours.
bool diesAt(Value value, Operation *op) {
  return isa_and_nonnull<linalg::LinalgOp, ContractIntoOp>(
             value.getDefiningOp()) &&
         llvm::all_of(value.getUsers(), [&](Operation *user) {
           return user == op || user->isBeforeInBlock(op);
         });
}

/// True where `value` needs no memory unless a kernel reads it: vectors of it
/// stay in registers, in an epilogue or in a group of rows.
bool mayStayInRegisters(Value value, linalg::GenericOp reader) {
  Operation *definition = value.getDefiningOp();
  if (!isa_and_nonnull<linalg::GenericOp, ContractIntoOp>(definition) ||
      definition->getBlock() != reader->getBlock())
    return false;
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    return user == reader ||
           (isa<linalg::GenericOp>(definition) && isa<linalg::GenericOp>(user));
  });
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

/// How often packing `operand` of `plan` reads each of the `elements` that it
/// has.
double countReads(const KernelCandidate &candidate, const KernelPlan &plan,
                  KernelOperand operand, int64_t elements) {
  KernelOperand original = plan.swapped ? KernelOperand(1 - operand) : operand;
  double points = 1;
  for (const KernelDim &dim : candidate.dims)
    if (dim.present[original])
      points *= double(estimate(dim.extent));
  // Rows are packed for each block of columns, columns once; by each of two
  // threads that have them in common.
  int64_t blocks = llvm::divideCeil(countColumnTiles(plan), plan.nTiles);
  if (operand == kA)
    points *= plan.distribution == Distribution::columns
                  ? std::max(blocks, kUsualThreads)
                  : blocks;
  else if (plan.distribution == Distribution::rows)
    points *= kUsualThreads;
  return points / double(elements);
}

/// Reads of each element of `producer` by packing, if `use` can compute it
/// there; std::nullopt where it cannot.
std::optional<double> countReads(OpOperand &use, linalg::GenericOp producer,
                                 unsigned vectorBits, bool parallel) {
  auto op = dyn_cast<ContractIntoOp>(use.getOwner());
  if (!op || op.isDpsInit(&use) || op->getBlock() != producer->getBlock() ||
      llvm::count(op.getInputs(), use.get()) != 1)
    return std::nullopt;
  unsigned input = use.getOperandNumber();
  std::optional<KernelCandidate> candidate = getTensorCandidate(op);
  if (!candidate || !llvm::is_contained(candidate->inputs, input))
    return std::nullopt;
  std::optional<KernelPlan> plan =
      planOnTensors(op, *candidate, vectorBits, parallel, input);
  if (!plan)
    return std::nullopt;
  bool isFirst = candidate->inputs[0] == input;
  KernelOperand operand = isFirst == plan->swapped ? kB : kA;
  if (!KernelPrologue::fits(op, input, producer, operand, *plan))
    return std::nullopt;
  int64_t elements = cast<ShapedType>(use.get().getType()).getNumElements();
  return countReads(*candidate, *plan, operand, elements);
}

/// True where computing the result of `producer` in each of `reads` of every
/// element moves fewer bytes than to store it, which reads the memory first,
/// and to load it each time.
bool movesLess(linalg::GenericOp producer, double reads) {
  auto countBytes = [](Value value) {
    auto type = cast<ShapedType>(value.getType());
    return double(type.getNumElements()) * type.getElementTypeBitWidth() / 8;
  };
  double read = 0, written = countBytes(producer.getResult(0));
  for (Value input : getLargeInputs(producer))
    read += countBytes(input);
  return reads * read <= read + (2 + reads) * written;
}

/// True where packing had better compute `producer` wherever it is used.
bool isWorthFusing(linalg::GenericOp producer, unsigned vectorBits,
                   bool parallel) {
  SmallVector<Value> inputs = getLargeInputs(producer);
  // Two that die would live longer than the result in place of one.
  if (llvm::count_if(inputs, [&](Value v) { return diesAt(v, producer); }) >
          1 ||
      llvm::any_of(inputs,
                   [&](Value v) { return mayStayInRegisters(v, producer); }))
    return false;
  double reads = 0;
  for (OpOperand &use : producer->getUses()) {
    std::optional<double> count =
        countReads(use, producer, vectorBits, parallel);
    if (!count)
      return false;
    reads += *count;
  }
  return reads > 0 && movesLess(producer, reads) &&
         (reads <= 1 || !isExpensiveBody(*producer.getBody()));
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// True where an op behind `producer`, up to `last`, writes over one of its
/// operands: reading that later would take a copy.
bool isOverwritten(linalg::GenericOp producer, Operation *last) {
  for (Value input : producer.getDpsInputs())
    for (OpOperand &use : input.getUses()) {
      Operation *user =
          producer->getBlock()->findAncestorOpInBlock(*use.getOwner());
      if (!user || user == producer || !producer->isBeforeInBlock(user) ||
          last->isBeforeInBlock(user))
        continue;
      auto writer = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
      if (user != use.getOwner() || !writer || writer.isDpsInit(&use))
        return true;
    }
  return false;
}

/// The elementwise op right after `op` that finishes its result, else `op`.
Operation *getLastOf(ContractIntoOp op) {
  auto next = dyn_cast_or_null<linalg::GenericOp>(op->getNextNode());
  bool finishes = next && !op.getOutputs().empty() &&
                  llvm::is_contained(next.getDpsInputs(), op.getOutputs()[0]);
  return finishes ? next.getOperation() : op;
}

/// Puts a copy of `producer`, with a result of its own, in front of every
/// contraction that reads it.
void place(linalg::GenericOp producer) {
  for (OpOperand &use : llvm::make_early_inc_range(producer->getUses())) {
    auto op = cast<ContractIntoOp>(use.getOwner());
    Operation *first = op;
    auto fill = op.getInit().getDefiningOp<linalg::FillOp>();
    if (fill && fill == op->getPrevNode())
      first = fill;
    OpBuilder builder(first);
    auto copy = cast<linalg::GenericOp>(builder.clone(*producer));
    auto type = cast<RankedTensorType>(copy.getResult(0).getType());
    builder.setInsertionPoint(copy);
    copy.getDpsInitsMutable()[0].set(tensor::EmptyOp::create(
        builder, producer.getLoc(), type.getShape(), type.getElementType()));
    markPrologue(copy);
    use.set(copy.getResult(0));
  }
  producer->erase();
}

struct PlacePrologues
    : tensornet::impl::TensorNetPlaceProloguesBase<PlacePrologues> {
  using TensorNetPlaceProloguesBase::TensorNetPlaceProloguesBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    SmallVector<linalg::GenericOp> producers;
    getOperation()->walk([&](linalg::GenericOp op) {
      if (isProducer(op))
        producers.push_back(op);
    });
    for (linalg::GenericOp producer : producers) {
      bool isLate = llvm::any_of(producer->getUsers(), [&](Operation *user) {
        auto op = dyn_cast<ContractIntoOp>(user);
        return !op || op->getBlock() != producer->getBlock() ||
               isOverwritten(producer, getLastOf(op));
      });
      if (!isLate && isWorthFusing(producer, bits, parallel))
        place(producer);
    }
  }
};

} // namespace
