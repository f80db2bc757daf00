//===- Kernels.cpp - Contractions on memrefs to kernels -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers/FlatView.h"
#include "Buffers/ZeroFill.h"
#include "KernelCandidate.h"
#include "KernelEmitter.h"
#include "KernelTiles.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "tensornet/Codegen/CPU/Buffers/Workspace.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tensornet-cpu-kernels"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETCPUKERNELS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

/// The product of 0-d operands in the compute type; null without any.
Value multiplyScales(OpBuilder &builder, ContractIntoOp op,
                     ArrayRef<unsigned> scales, Type type) {
  Location loc = op.getLoc();
  Value product;
  for (unsigned number : scales) {
    Value factor = createElementCast(
        builder, loc,
        memref::LoadOp::create(builder, loc, op.getInputs()[number]), type);
    if (op.getIndexingValue().conjugated[number])
      factor = createElementConjugate(builder, loc, factor);
    product =
        product ? createElementProduct(builder, loc, product, factor) : factor;
  }
  return product;
}

/// A number, or the real and imaginary part of one; nothing of null.
Parts splitParts(OpBuilder &builder, Location loc, Value number) {
  if (!number)
    return {};
  if (!isa<ComplexType>(number.getType()))
    return {number};
  return {complex::ReOp::create(builder, loc, number),
          complex::ImOp::create(builder, loc, number)};
}

/// The type of the numbers that a kernel reads or writes: parts of complex
/// ones; halves that go to the matrix unit as they are.
Type getNumberType(Value tensor, const KernelPlan &plan) {
  Type type = getPartType(cast<MemRefType>(tensor.getType()).getElementType());
  return plan.matrixUnit && (type.isBF16() || type.isF16())
             ? IntegerType::get(type.getContext(), 16)
             : type;
}

/// Bytes of a number of the operands that `candidate` multiplies.
int64_t countInputBytes(ContractIntoOp op, const KernelCandidate &candidate) {
  return op.getInputType(candidate.inputs[0]).getElementTypeBitWidth() / 8;
}

/// The offset of the element of `view` at the origin of all indices.
OpFoldResult getOffset(OpBuilder &builder, Location loc, const FlatView &view,
                       const Subscripts &subscripts) {
  IndexMath math(builder, loc);
  OpFoldResult offset = view.offset;
  for (auto [form, stride] : llvm::zip_equal(subscripts, view.strides))
    offset =
        math.add(offset, math.mul(math.constant(form.getConstant()), stride));
  return offset;
}

/// How far one step of `index` moves in `view`.
OpFoldResult getStride(OpBuilder &builder, Location loc, const FlatView &view,
                       const Subscripts &subscripts, IndexId index) {
  IndexMath math(builder, loc);
  OpFoldResult sum = math.constant(0);
  for (auto [form, stride] : llvm::zip_equal(subscripts, view.strides))
    for (LinearForm::Term term : form.getTerms())
      if (term.index == index)
        sum = math.add(sum, math.mul(math.constant(term.coefficient), stride));
  return sum;
}

/// For each bound of `plan` its constant, with what the origin of `op` adds.
SmallVector<OpFoldResult> getBoundConstants(OpBuilder &builder,
                                            ContractIntoOp op,
                                            const KernelPlan &plan) {
  IndexMath math(builder, op.getLoc());
  SmallVector<OpFoldResult> constants;
  for (const KernelBound &bound : plan.bounds) {
    OpFoldResult constant = math.constant(bound.constant);
    for (auto [number, coefficient] : bound.origin)
      constant =
          math.add(constant, math.mul(OpFoldResult(op.getOrigin()[number]),
                                      math.constant(coefficient)));
    constants.push_back(constant);
  }
  return constants;
}

/// Notes the plan on the first loop or buffer between two ops.
void annotate(Operation *from, Operation *to, const std::string &text) {
  while (from != to && !isa<scf::ForOp, scf::ParallelOp, memref::AllocOp>(from))
    from = from->getNextNode();
  if (from != to)
    from->setAttr("tensornet.kernel", StringAttr::get(to->getContext(), text));
}

/// Lets the kernel of `op` read `operand`, which `value` is, in the tiles that
/// there are already, if they are those that it would make.
void readTiles(OpBuilder &builder, ContractIntoOp op,
               const KernelCandidate &candidate, const KernelPlan &plan,
               KernelOperand operand, Value value, FlatOperand &flat) {
  auto tiled = value.getDefiningOp<WithTilesOp>();
  Type number = getPartType(getSumType(op.getInitType().getElementType()));
  if (!tiled || tiled.getPanel().getType().getElementType() != number ||
      tiled.getTiles() != getTiles(op, candidate, plan, operand))
    return;
  FlatView panel = FlatView::get(builder, op.getLoc(), tiled.getPanel());
  flat.tiles = panel.buffer;
  flat.tilesOffset = panel.offset;
}

void emitKernel(ContractIntoOp op, const KernelCandidate &candidate,
                KernelPlan plan) {
  std::optional<KernelEpilogue> epilogue = KernelEpilogue::get(op, plan);
  std::array<std::optional<KernelPrologue>, 2> prologues;
  for (KernelOperand operand : {kA, kB})
    prologues[operand] = KernelPrologue::get(
        op, getInputNumber(candidate, plan, operand), operand, plan);
  if (plan.matrixUnit && !prologues[kA])
    readUnitRowsInPlace(plan);
  std::vector<KernelReduction> reductions = KernelReduction::get(
      op, epilogue ? epilogue->getOp() : linalg::GenericOp(), plan);
  Operation *last = epilogue ? epilogue->getOp().getOperation() : op;
  OpBuilder builder(last);
  Location loc = op.getLoc();
  if (epilogue)
    epilogue->createViews(builder, loc);
  for (KernelReduction &reduction : reductions)
    reduction.prepare(builder, loc, plan);
  for (std::optional<KernelPrologue> &prologue : prologues)
    if (prologue)
      prologue->createViews(builder, loc);
  Type computeType = getSumType(op.getInitType().getElementType());
  std::array<Value, 3> values = {op.getInputs()[candidate.inputs[0]],
                                 op.getInputs()[candidate.inputs[1]],
                                 op.getInit()};
  std::array<const Subscripts *, 3> subscripts = {
      &op.getIndexingValue().operands[candidate.inputs[0]],
      &op.getIndexingValue().operands[candidate.inputs[1]],
      &op.getIndexingValue().result};
  if (plan.swapped) {
    std::swap(values[kA], values[kB]);
    std::swap(subscripts[kA], subscripts[kB]);
  }
  std::array<FlatView, 3> views;
  std::array<FlatOperand, 3> operands;
  for (KernelOperand operand : {kA, kB, kC}) {
    // What is computed has no memory, and strides that are static.
    if (operand != kC && prologues[operand]) {
      operands[operand].offset = builder.getIndexAttr(0);
      continue;
    }
    views[operand] = FlatView::get(builder, loc, values[operand]);
    operands[operand] = {
        viewAs(builder, loc, views[operand].buffer,
               getNumberType(values[operand], plan)),
        getOffset(builder, loc, views[operand], *subscripts[operand])};
  }
  if (plan.matrixUnit)
    for (KernelOperand operand : {kA, kB})
      operands[operand].unitType =
          cast<MemRefType>(values[operand].getType()).getElementType();
  for (KernelOperand operand : {kA, kB})
    operands[operand].isConjugated =
        candidate.conjugated[plan.swapped ? 1 - operand : operand];
  for (KernelOperand operand : {kA, kB})
    readTiles(builder, op, candidate, plan, operand, values[operand],
              operands[operand]);
  llvm::SmallDenseMap<IndexId, OpFoldResult> extents;
  for (const KernelDim &dim : candidate.dims)
    if (dim.extent == kDynamicExtent)
      extents[dim.source] = op.getExtent(builder, loc, dim.source);
  auto dynamicSizes = [&](const KernelDim &dim,
                          unsigned operand) -> OpFoldResult {
    if (operand == 3)
      return extents.lookup(dim.source);
    return getStride(builder, loc, views[operand], *subscripts[operand],
                     dim.source);
  };
  SmallVector<OpFoldResult> boundConstants =
      getBoundConstants(builder, op, plan);
  bool sumsSomething = llvm::all_of(candidate.dims, [](const KernelDim &dim) {
    return dim.present[kC] || dim.extent != kDynamicExtent;
  });
  Operation *fill = sumsSomething ? findZeroFill(op) : nullptr;
  Value scale = multiplyScales(builder, op, candidate.scales, computeType);
  Operation *before = scale ? scale.getDefiningOp() : last->getPrevNode();
  KernelEmitter(builder, loc, plan, getPartType(computeType), operands,
                dynamicSizes, /*overwrite=*/fill != nullptr,
                splitParts(builder, loc, scale),
                epilogue ? &*epilogue : nullptr, reductions,
                {prologues[kA] ? &*prologues[kA] : nullptr,
                 prologues[kB] ? &*prologues[kB] : nullptr},
                boundConstants)
      .emit();
  annotate(before->getNextNode(), last,
           plan.describe() + (prologues[kA] ? ", computes a" : "") +
               (prologues[kB] ? ", computes b" : "") +
               (reductions.empty() ? "" : ", reduces"));
  if (fill)
    fill->erase();
  for (KernelReduction &reduction : reductions)
    reduction.finish();
  op.erase();
  if (epilogue)
    last->erase();
  for (std::optional<KernelPrologue> &prologue : prologues)
    if (prologue)
      prologue->erase();
}

/// Declares the function of the runtime that kernels ask for the number of
/// threads.
void declareNumThreads(ModuleOp module) {
  if (module.lookupSymbol(kNumThreadsFunction))
    return;
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  func::FuncOp::create(builder, module.getLoc(), kNumThreadsFunction,
                       builder.getFunctionType({}, {builder.getIndexType()}))
      .setPrivate();
}

struct Kernels : tensornet::impl::TensorNetCPUKernelsBase<Kernels> {
  using TensorNetCPUKernelsBase::TensorNetCPUKernelsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    MatrixUnit unit = getMatrixUnit(matrixUnit);
    SmallVector<ContractIntoOp> ops;
    getOperation()->walk([&](ContractIntoOp op) { ops.push_back(op); });
    for (ContractIntoOp op : ops) {
      std::optional<KernelCandidate> candidate = getCandidate(op);
      if (!candidate)
        continue;
      FailureOr<std::optional<KernelPlan>> plan =
          planKernel(op, *candidate, bits, parallel);
      if (failed(plan))
        return signalPassFailure();
      if (!*plan)
        continue;
      if (!op.getKernelAttr() && fitsMatrixUnit(op, *candidate, unit))
        useMatrixUnit(**plan, countInputBytes(op, *candidate), unit, parallel);
      LDBG() << op.getLoc() << ": " << (*plan)->describe();
      if ((*plan)->asksForThreads())
        declareNumThreads(getOperation());
      emitKernel(op, *candidate, **plan);
    }
    getOperation()->walk(
        [&](PackTilesOp op) { emitPackTiles(op, bits, parallel); });
    getOperation()->walk([](WithTilesOp op) {
      op.getResult().replaceAllUsesWith(op.getSource());
      op.erase();
    });
  }
};

} // namespace
