//===- OpLoops.cpp - Loops of ops on tensors ------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpLoops.h"

#include "Kernels/KernelCandidate.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static std::optional<OpLoops> getLoops(ContractIntoOp op) {
  const Indexing &indexing = op.getIndexingValue();
  if (!isa<RankedTensorType>(op.getInitType()) || !indexing.extents.empty() ||
      !op.getCounts().empty() || op.getKernelAttr() ||
      !op.getOrigin().empty() || !isPlain(indexing.result) ||
      !llvm::all_of(indexing.operands, isPlain))
    return std::nullopt;
  OpLoops loops;
  loops.extents = op.getStaticExtents();
  loops.isReduction.assign(loops.extents.size(), true);
  auto addOperand = [&](const Subscripts &subscripts) {
    SmallVector<unsigned, 4> &dims = loops.operandLoops.emplace_back();
    for (const LinearForm &form : subscripts)
      dims.push_back(form.getBareIndex());
  };
  llvm::for_each(indexing.operands, addOperand);
  addOperand(indexing.result);
  for (unsigned loop : loops.operandLoops.back())
    loops.isReduction[loop] = false;
  return loops;
}

static std::optional<OpLoops> getLoops(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumLoops() == 0)
    return std::nullopt;
  OpLoops loops;
  loops.extents = op.getStaticLoopRanges();
  for (utils::IteratorType type : op.getIteratorTypesArray())
    loops.isReduction.push_back(type == utils::IteratorType::reduction);
  for (AffineMap map : op.getIndexingMapsArray()) {
    if (!map.isProjectedPermutation())
      return std::nullopt;
    SmallVector<unsigned, 4> &dims = loops.operandLoops.emplace_back();
    for (AffineExpr expr : map.getResults())
      dims.push_back(cast<AffineDimExpr>(expr).getPosition());
  }
  return loops;
}

std::optional<OpLoops> OpLoops::get(Operation *op) {
  std::optional<OpLoops> loops;
  if (auto contraction = dyn_cast<ContractIntoOp>(op))
    loops = getLoops(contraction);
  else if (auto generic = dyn_cast<linalg::GenericOp>(op))
    loops = getLoops(generic);
  if (!loops || llvm::any_of(loops->extents, [](int64_t extent) {
        return ShapedType::isDynamic(extent) || extent == 0;
      }))
    return std::nullopt;
  // A scalar operand, and a slice where a map covers part of a dimension.
  for (auto [operand, dims] :
       llvm::zip_equal(op->getOperands(), loops->operandLoops)) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type && !dims.empty())
      return std::nullopt;
    for (auto [dim, loop] : llvm::enumerate(dims))
      if (type.getDimSize(dim) != loops->extents[loop])
        return std::nullopt;
  }
  return loops;
}

ArrayRef<unsigned> OpLoops::getResultLoops(Operation *op,
                                           unsigned number) const {
  // Results are in the order of destinations, which are the last operands.
  return operandLoops[op->getNumOperands() - op->getNumResults() + number];
}

int64_t cpu::getTensorBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return 0;
  Type element = tensor.getElementType();
  int64_t parts = 1;
  if (auto complex = dyn_cast<ComplexType>(element)) {
    element = complex.getElementType();
    parts = 2;
  }
  int64_t bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return tensor.getNumElements() * parts * llvm::divideCeil(bits, 8);
}

double cpu::countOperations(Operation *op, const OpLoops &loops) {
  // About what a vector of exponentials or quotients takes, in multiplications
  // and additions of vectors.
  constexpr double kFunction = 20, kQuotient = 8;
  double points = 1;
  for (int64_t extent : loops.extents)
    points *= extent;
  if (isa<ContractIntoOp>(op))
    return points;
  double perPoint = 0;
  for (Operation &inner : op->getRegion(0).front().without_terminator()) {
    if (isa<math::MathDialect>(inner.getDialect()))
      perPoint += kFunction;
    else
      perPoint += isa<arith::DivFOp, arith::RemFOp>(inner) ? kQuotient : 1;
  }
  return points * perPoint;
}
