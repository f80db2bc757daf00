//===- KernelSource.cpp - What operands are packed from -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "Vectors/VectorBody.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Places in what an operand is packed from
//===----------------------------------------------------------------------===//

SmallVector<unsigned> KernelEmitter::getSources(KernelOperand operand) const {
  const KernelPrologue *prologue = prologues[operand];
  if (!prologue)
    return {operand};
  SmallVector<unsigned> sources;
  for (auto [number, tensor] : llvm::enumerate(fused))
    if (tensor.first == prologue)
      sources.push_back(kC + 1 + number);
  return sources;
}

KernelEmitter::Place KernelEmitter::getPlace(KernelOperand operand,
                                             const Offsets &offsets) const {
  Place place;
  for (unsigned tensor : getSources(operand))
    place.push_back(offsets[tensor]);
  return place;
}

KernelEmitter::Place KernelEmitter::addPlaces(const Place &a, const Place &b) {
  Place sum;
  for (auto [x, y] : llvm::zip_equal(a, b))
    sum.push_back(math.add(x, y));
  return sum;
}

KernelEmitter::Place KernelEmitter::move(KernelOperand operand, Place place,
                                         const KernelDim &dim,
                                         OpFoldResult count) {
  for (auto [offset, tensor] : llvm::zip_equal(place, getSources(operand)))
    offset = math.add(offset, math.mul(count, stride(dim, tensor)));
  return place;
}

//===----------------------------------------------------------------------===//
// Elementwise ops on vectors
//===----------------------------------------------------------------------===//

Value KernelEmitter::loadTensor(const FusedElementwise &op, unsigned number,
                                OpFoldResult offset, Value mask,
                                const KernelDim &along, int64_t length) {
  Value buffer = op.getBuffer(number);
  Value at = math.toValue(offset);
  bool isInvariant = op.isInvariant(number, along);
  auto getType = [&](Type element) {
    return VectorType::get({length}, element);
  };
  if (!buffer) {
    VectorType type = getType(builder.getIndexType());
    Value first = vector::BroadcastOp::create(builder, loc, type, at);
    if (isInvariant)
      return first;
    return arith::AddIOp::create(builder, loc, first,
                                 vector::StepOp::create(builder, loc, type));
  }
  VectorType type =
      getType(cast<MemRefType>(buffer.getType()).getElementType());
  if (isInvariant)
    return vector::BroadcastOp::create(
        builder, loc, type, memref::LoadOp::create(builder, loc, buffer, at));
  return cpu::loadVector(builder, loc, type, buffer, at, mask);
}

SmallVector<Value>
KernelEmitter::evaluate(const FusedElementwise &op,
                        llvm::function_ref<Value(unsigned)> load,
                        int64_t length, Value common) {
  Block &body = op.getBody();
  IRMapping mapping;
  for (BlockArgument argument : body.getArguments()) {
    std::optional<unsigned> number = op.getArgument(argument.getArgNumber());
    if (!number)
      mapping.map(argument, common);
    else if (!argument.use_empty())
      mapping.map(argument, load(*number));
  }
  for (auto index : body.getOps<linalg::IndexOp>())
    mapping.map(index.getResult(), load(op.getIndex(index.getDim())));
  return evaluateOnVectors(builder, loc, body, length, mapping);
}

Value KernelEmitter::computeSource(KernelOperand operand, const Place &place,
                                   Value mask, const KernelDim &along,
                                   int64_t length) {
  const KernelPrologue &prologue = *prologues[operand];
  Value result = evaluate(
      prologue,
      [&](unsigned number) {
        return loadTensor(prologue, number, place[number], mask, along, length);
      },
      length, Value())[0];
  if (!mask)
    return result;
  // The op need not map zero to zero.
  Value nothing = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(result.getType()));
  return arith::SelectOp::create(builder, loc, mask, result, nothing);
}

Parts KernelEmitter::loadSource(KernelOperand operand, const Place &place,
                                ArrayRef<Value> masks, const KernelDim &along) {
  if (!prologues[operand])
    return loadVector(operand, place[0], masks);
  return {
      widen(computeSource(operand, place, masks[0], along, plan.vectorLength))};
}

Parts KernelEmitter::loadSourceElement(KernelOperand operand,
                                       const Place &place,
                                       const KernelDim &along) {
  if (!prologues[operand])
    return loadElement(operand, place[0]);
  Value result = computeSource(operand, place, Value(), along, /*length=*/1);
  return {widen(vector::ExtractOp::create(builder, loc, result, 0))};
}

void KernelEmitter::prefetchSource(KernelOperand operand, const Place &place) {
  const KernelPrologue *prologue = prologues[operand];
  for (auto [number, offset] : llvm::enumerate(place))
    if (Value buffer =
            prologue ? prologue->getBuffer(number) : operands[operand].buffer)
      memref::PrefetchOp::create(builder, loc, buffer, math.toValue(offset),
                                 /*isWrite=*/false, /*localityHint=*/2,
                                 /*isDataCache=*/true);
}
