//===- GenericRows.cpp - Vectors along one loop of a linalg.generic -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "Vectors/VectorBody.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/IRMapping.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void GenericVectorizer::emitRow(const Offsets &offsets) {
  if (stages)
    emitStages(offsets);
  else if (isTiled)
    emitTiles(offsets);
  else if (!combiner)
    emitElementwise(offsets);
  else if (vectorLoop.isReduction)
    emitRowSums(offsets, 1);
  else
    emitColumnSums(offsets);
}

void GenericVectorizer::forVectors(
    int64_t atOnce,
    llvm::function_ref<void(OpFoldResult, int64_t, Value)> body) {
  OpFoldResult extent = vectorLoop.extent, done = math.constant(0);
  for (int64_t count = atOnce;; count = 1) {
    OpFoldResult step = math.constant(count * length);
    OpFoldResult end = math.mul(math.div(extent, step), step);
    if (getConstantIntValue(math.sub(end, done)) != 0)
      math.loop(done, end, count * length,
                [&](OpFoldResult i) { body(i, count, Value()); });
    done = end;
    if (count == 1)
      break;
  }
  OpFoldResult rest = math.sub(extent, done);
  if (getConstantIntValue(rest) != 0)
    body(done, 1, makeMask(rest));
}

//===----------------------------------------------------------------------===//
// Elementwise ops and reductions
//===----------------------------------------------------------------------===//

void GenericVectorizer::emitElementwise(const Offsets &offsets) {
  SmallVector<Value> invariants = loadInvariants(offsets);
  Divisors divisors = getDivisors(invariants);
  if (divisors.empty())
    return emitElementwise(offsets, invariants, Reciprocals());
  auto branches = scf::IfOp::create(builder, loc, areModerate(divisors),
                                    /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branches.thenBlock());
  emitElementwise(offsets, invariants, makeReciprocals(divisors).front());
  builder.setInsertionPointToStart(branches.elseBlock());
  emitElementwise(offsets, invariants, Reciprocals());
}

void GenericVectorizer::emitElementwise(const Offsets &offsets,
                                        ArrayRef<Value> invariants,
                                        const Reciprocals &reciprocals) {
  forVectors(countVectorsAtOnce(), [&](OpFoldResult i, int64_t count,
                                       Value mask) {
    SmallVector<RowVector> vectors;
    for (int64_t v = 0; v < count; ++v) {
      Offsets at =
          advance(offsets, vectorLoop, math.add(i, math.constant(v * length)));
      vectors.push_back({loadElements(at, invariants, mask), at, mask});
    }
    unsigned first = op.getNumDpsInputs();
    for (auto [vector, results] :
         llvm::zip_equal(vectors, evaluate(vectors, reciprocals)))
      for (auto [number, result] : llvm::enumerate(results))
        store(first + number, vector.at[first + number], result, mask);
  });
}

int64_t GenericVectorizer::countVectorsAtOnce() {
  bool waits =
      hasFusedMultiplyAdds(vectorBits) && hasVectorFunction(*op.getBody());
  return waits ? getHeldVectors() / 2 : 1;
}

SmallVector<Value> GenericVectorizer::loadElements(const Offsets &at,
                                                   ArrayRef<Value> invariants,
                                                   Value mask) {
  SmallVector<Value> arguments(invariants);
  for (auto [number, argument] : llvm::enumerate(arguments))
    if (!argument && !op.getBody()->getArgument(number).use_empty())
      argument = load(number, at[number], mask);
  return arguments;
}

SmallVector<Value> GenericVectorizer::getNeutralVectors(unsigned number) {
  TypedAttr neutral = *arith::getNeutralElement(combiner);
  Value vector = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(getVectorType(neutral.getType()),
                             Attribute(neutral)));
  return SmallVector<Value>(number, vector);
}

Value GenericVectorizer::combine(Value lhs, Value rhs) {
  return mlir::clone(builder, combiner, lhs.getType(), {lhs, rhs})
      ->getResult(0);
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

SmallVector<Value> GenericVectorizer::loadInvariants(const Offsets &offsets) {
  SmallVector<Value> values(operands.size());
  for (auto [number, operand] : llvm::enumerate(operands)) {
    Value argument = op.getBody()->getArgument(number);
    if (getConstantIntValue(vectorLoop.strides[number]) != 0 ||
        !op.isDpsInput(&op->getOpOperand(number)) || argument.use_empty())
      continue;
    Value element = memref::LoadOp::create(builder, loc, operand.buffer,
                                           math.toValue(offsets[number]));
    values[number] = vector::BroadcastOp::create(
        builder, loc, getVectorType(element.getType()), element);
  }
  return values;
}

SmallVector<Value> GenericVectorizer::loadArguments(const Offsets &at,
                                                    ArrayRef<Value> invariants,
                                                    Value mask, Value sum) {
  unsigned result = op.getNumDpsInputs();
  SmallVector<Value> arguments(invariants);
  for (unsigned number = 0; number < result; ++number)
    if (!arguments[number] && !op.getBody()->getArgument(number).use_empty())
      arguments[number] = load(number, at[number], mask);
  arguments[result] = sum;
  return arguments;
}

bool GenericVectorizer::readsVectors(unsigned number) {
  return op.isDpsInput(&op->getOpOperand(number)) &&
         !op.getBody()->getArgument(number).use_empty() &&
         getConstantIntValue(loops[vectorLoopNumber].strides[number]) == 1;
}

Value GenericVectorizer::gather(unsigned number, OpFoldResult offset,
                                int64_t stride, Value mask) {
  Value buffer = operands[number].buffer;
  VectorType type =
      getVectorType(cast<MemRefType>(buffer.getType()).getElementType());
  SmallVector<int32_t> lanes;
  for (int64_t lane = 0; lane < length; ++lane)
    lanes.push_back(lane * stride);
  Value places = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(getVectorType(builder.getI32Type()),
                             ArrayRef(lanes)));
  if (!mask)
    mask = makeMask(math.constant(length));
  Value nothing =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return vector::GatherOp::create(builder, loc, type, buffer,
                                  math.toValue(offset), places, mask, nothing);
}

Value GenericVectorizer::load(unsigned number, OpFoldResult offset,
                              Value mask) {
  std::optional<int64_t> stride =
      getConstantIntValue(vectorLoop.strides[number]);
  if (stride && *stride != 1)
    return gather(number, offset, *stride, mask);
  const Operand &operand = operands[number];
  if (operand.ahead)
    memref::PrefetchOp::create(builder, loc, operand.buffer,
                               math.toValue(math.add(offset, operand.ahead)),
                               /*isWrite=*/false,
                               /*localityHint=*/3, /*isDataCache=*/true);
  if (operand.written)
    memref::PrefetchOp::create(builder, loc, operand.written,
                               math.toValue(offset), /*isWrite=*/true,
                               /*localityHint=*/3, /*isDataCache=*/true);
  if (operand.source)
    return loadContiguous(operand.source, math.add(offset, operand.shift),
                          mask);
  return loadContiguous(operand.buffer, offset, mask);
}

Value GenericVectorizer::loadContiguous(Value buffer, OpFoldResult offset,
                                        Value mask) {
  VectorType type =
      getVectorType(cast<MemRefType>(buffer.getType()).getElementType());
  return loadVector(builder, loc, type, buffer, math.toValue(offset), mask);
}

void GenericVectorizer::store(unsigned number, OpFoldResult offset,
                              Value vector, Value mask) {
  Value at = math.toValue(offset);
  Value buffer = operands[number].buffer;
  if (streams && !mask)
    vector::StoreOp::create(builder, loc, vector, buffer, at,
                            /*nontemporal=*/true,
                            llvm::MaybeAlign(getVectorBytes(number)));
  else
    storeVector(builder, loc, vector, buffer, at, mask);
}

Value GenericVectorizer::makeMask(OpFoldResult count) {
  auto type = VectorType::get({length}, builder.getI1Type());
  if (std::optional<int64_t> lanes = getConstantIntValue(count))
    return vector::ConstantMaskOp::create(
        builder, loc, type, ArrayRef<int64_t>{std::min(*lanes, length)});
  return vector::CreateMaskOp::create(builder, loc, type,
                                      math.countLanes(count, length));
}

Value GenericVectorizer::createIndex(unsigned dim, const Offsets &at) {
  unsigned number =
      operands.size() + (llvm::find(indexDims, dim) - indexDims.begin());
  VectorType type = getVectorType(builder.getIndexType());
  Value first =
      vector::BroadcastOp::create(builder, loc, type, math.toValue(at[number]));
  if (getConstantIntValue(vectorLoop.strides[number]) == 0)
    return first;
  Value lanes = vector::StepOp::create(builder, loc, type);
  return arith::AddIOp::create(builder, loc, first, lanes);
}

SmallVector<Value> GenericVectorizer::evaluate(ArrayRef<Value> arguments,
                                               const Offsets &at,
                                               const Reciprocals &reciprocals) {
  RowVector vector = {SmallVector<Value>(arguments), at, Value()};
  return evaluate(vector, reciprocals).front();
}

SmallVector<SmallVector<Value>>
GenericVectorizer::evaluate(ArrayRef<RowVector> vectors,
                            const Reciprocals &reciprocals) {
  SmallVector<IRMapping> mappings(vectors.size());
  for (auto [vector, mapping] : llvm::zip_equal(vectors, mappings)) {
    for (auto [argument, value] :
         llvm::zip_equal(op.getBody()->getArguments(), vector.arguments))
      if (value)
        mapping.map(argument, value);
    for (auto index : op.getBody()->getOps<linalg::IndexOp>())
      mapping.map(index.getResult(), createIndex(index.getDim(), vector.at));
  }
  return evaluateOnVectors(builder, loc, *op.getBody(), length, mappings,
                           reciprocals);
}
