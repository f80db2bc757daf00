//===- GenericRows.cpp - Vectors along one loop of a linalg.generic -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowExtreme.h"
#include "RowsTogether.h"
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

Value GenericVectorizer::reduceVector(Value sum) {
  return vector::ReductionOp::create(builder, loc, kind, sum,
                                     arith::FastMathFlags::reassoc);
}

bool GenericVectorizer::sharesVectors() {
  if (!combiner || !vectorLoop.isReduction || outer.empty())
    return false;
  auto isShared = [&](OpOperand *input) {
    unsigned number = input->getOperandNumber();
    return getConstantIntValue(outer.back().strides[number]) == 0 &&
           getConstantIntValue(vectorLoop.strides[number]) != 0;
  };
  return llvm::any_of(op.getDpsInputOperands(), isShared);
}

int64_t GenericVectorizer::getSumsPerRow() {
  int64_t sums = sharesVectors() ? kUnroll / 4 : kUnroll;
  std::optional<int64_t> extent = getConstantIntValue(vectorLoop.extent);
  while (extent && sums > 1 && *extent < 2 * sums * length)
    sums /= 2;
  return sums;
}

std::optional<RowExtreme> GenericVectorizer::getExtreme() {
  if (!RowExtreme::matches(combiner))
    return std::nullopt;
  return RowExtreme(builder, loc, combiner,
                    getVectorType(combiner->getResult(0).getType()),
                    vectorBits);
}

SmallVector<Value> GenericVectorizer::getRowStart() {
  if (std::optional<RowExtreme> extreme = getExtreme())
    return extreme->getStart(getSumsPerRow());
  return getNeutralVectors(getSumsPerRow());
}

Value GenericVectorizer::reduceRow(ArrayRef<Value> state) {
  if (std::optional<RowExtreme> extreme = getExtreme())
    return extreme->reduce(state);
  return reduceVector(combineHalves(state));
}

Value GenericVectorizer::combineHalves(ArrayRef<Value> state) {
  SmallVector<Value> sums(state);
  for (; sums.size() > 1; sums.truncate(sums.size() / 2))
    for (size_t v = 0; v < sums.size() / 2; ++v)
      sums[v] = combine(sums[v], sums[v + sums.size() / 2]);
  return sums[0];
}

void GenericVectorizer::emitRowSums(const Offsets &offsets, int64_t count) {
  SmallVector<Value> states, start = getRowStart();
  for (int64_t row = 0; row < count; ++row)
    states.append(start);
  states = reduceOver(reductions, offsets, states,
                      [&](const Offsets &at, SmallVector<Value> carried) {
                        return addRows(at, count, std::move(carried));
                      });
  if (sharesVectors() && !getExtreme()) {
    int64_t together = std::min(getSharedRows(), length);
    for (int64_t row = 0; row < count; row += together) {
      int64_t number = std::min(together, count - row);
      storeRowSums(
          moveToRow(offsets, row), number,
          ArrayRef(states).slice(row * start.size(), number * start.size()));
    }
    return;
  }
  unsigned result = op.getNumDpsInputs();
  for (int64_t row = 0; row < count; ++row) {
    Value element =
        reduceRow(ArrayRef(states).slice(row * start.size(), start.size()));
    Value place = math.toValue(moveToRow(offsets, row)[result]);
    Value buffer = operands[result].buffer;
    Value previous = memref::LoadOp::create(builder, loc, buffer, place);
    memref::StoreOp::create(builder, loc, combine(previous, element), buffer,
                            place);
  }
}

void GenericVectorizer::storeRowSums(const Offsets &offsets, int64_t count,
                                     ArrayRef<Value> states) {
  // Fewer rows stand several times: each is added up in the same order,
  // wherever threads cut.
  int64_t perRow = states.size() / count;
  SmallVector<Value> sums;
  for (int64_t row = 0; row < std::min(getSharedRows(), length); ++row)
    sums.push_back(combineHalves(states.slice(row % count * perRow, perRow)));
  Value all = reduceTogether(builder, loc, sums,
                             [&](Value a, Value b) { return combine(a, b); });
  auto type = cast<VectorType>(all.getType());
  unsigned result = op.getNumDpsInputs();
  Value buffer = operands[result].buffer;
  if (getConstantIntValue(outer.back().strides[result]) == 1) {
    Value at = math.toValue(offsets[result]);
    Value mask;
    if (count < type.getNumElements())
      mask = vector::ConstantMaskOp::create(builder, loc,
                                            type.clone(builder.getI1Type()),
                                            ArrayRef<int64_t>{count});
    Value previous = loadVector(builder, loc, type, buffer, at, mask);
    return storeVector(builder, loc, combine(previous, all), buffer, at, mask);
  }
  for (int64_t row = 0; row < count; ++row) {
    Value place = math.toValue(moveToRow(offsets, row)[result]);
    Value previous = memref::LoadOp::create(builder, loc, buffer, place);
    Value element = vector::ExtractOp::create(builder, loc, all, row);
    memref::StoreOp::create(builder, loc, combine(previous, element), buffer,
                            place);
  }
}

GenericVectorizer::Offsets GenericVectorizer::moveToRow(const Offsets &offsets,
                                                        int64_t row) {
  return row == 0 ? offsets
                  : advance(offsets, outer.back(), math.constant(row));
}

Value GenericVectorizer::evaluateTerm(ArrayRef<Value> arguments,
                                      const Offsets &at) {
  Operation *combined = evaluate(arguments, at)[0].getDefiningOp();
  bool isFirst = combiner->getOperand(0) == op.getBody()->getArguments().back();
  Value term = combined->getOperand(isFirst ? 1 : 0);
  combined->erase();
  return term;
}

void GenericVectorizer::addVectors(MutableArrayRef<RowState> rows,
                                   OpFoldResult i, int64_t count, Value mask) {
  std::optional<RowExtreme> extreme = getExtreme();
  SmallVector<SmallVector<Value>> terms(rows.size());
  for (int64_t v = 0; v < count; ++v) {
    SmallVector<Value> first;
    for (auto [row, state] : llvm::enumerate(rows)) {
      Offsets at =
          advance(state.at, vectorLoop, math.add(i, math.constant(v * length)));
      SmallVector<Value> known = state.invariants;
      for (unsigned input = 0; row > 0 && input < op.getNumDpsInputs(); ++input)
        if (getConstantIntValue(outer.back().strides[input]) == 0)
          known[input] = first[input];
      Value &sum = state.values[v];
      SmallVector<Value> arguments = loadArguments(at, known, mask, sum);
      if (extreme) {
        Value term = evaluateTerm(arguments, at);
        terms[row].push_back(mask ? extreme->select(mask, term) : term);
      } else {
        Value total = evaluate(arguments, at)[0];
        sum = mask ? arith::SelectOp::create(builder, loc, mask, total, sum)
                         .getResult()
                   : total;
      }
      if (row == 0)
        first = std::move(arguments);
    }
  }
  if (extreme)
    for (auto [row, state] : llvm::enumerate(rows))
      extreme->add(terms[row], state.values);
}

SmallVector<Value> GenericVectorizer::addRows(const Offsets &offsets,
                                              int64_t count,
                                              SmallVector<Value> sums) {
  size_t perRow = sums.size() / count;
  SmallVector<RowState> rows(count);
  for (auto [row, state] : llvm::enumerate(rows)) {
    state.at = moveToRow(offsets, row);
    state.invariants = loadInvariants(state.at);
  }
  // Runs addVectors() on `sums`, which loops carry.
  auto add = [&](OpFoldResult i, int64_t vectors, Value mask) {
    for (auto [row, state] : llvm::enumerate(rows))
      state.values = MutableArrayRef(sums).slice(row * perRow, perRow);
    addVectors(rows, i, vectors, mask);
  };
  OpFoldResult extent = vectorLoop.extent, done = math.constant(0);
  // Whole vectors, several at a time and then one at a time.
  for (int64_t unroll : {getSumsPerRow(), int64_t(1)}) {
    OpFoldResult step = math.constant(unroll * length);
    OpFoldResult end = math.mul(math.div(extent, step), step);
    if (getConstantIntValue(math.sub(end, done)) != 0) {
      auto loop = scf::ForOp::create(
          builder, loc, math.toValue(done), math.toValue(end),
          math.toValue(step), sums,
          [&](OpBuilder &, Location, Value i, ValueRange carried) {
            sums.assign(carried.begin(), carried.end());
            add(i, unroll, Value());
            scf::YieldOp::create(builder, loc, sums);
          });
      sums.assign(loop.getResults().begin(), loop.getResults().end());
    }
    done = end;
  }
  OpFoldResult rest = math.sub(extent, done);
  if (getConstantIntValue(rest) != 0)
    add(done, 1, makeMask(rest));
  return sums;
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
