//===- GenericRows.cpp - Vectors along one loop of a linalg.generic -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorBody.h"
#include "VectorLoops.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/IRMapping.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void GenericVectorizer::emitRow(const Offsets &offsets) {
  if (isTiled)
    emitTiles(offsets);
  else if (!combiner)
    emitElementwise(offsets);
  else if (vectorLoop.isReduction)
    emitRowSums(offsets, 1);
  else
    emitColumnSums(offsets);
}

void GenericVectorizer::forVectors(
    llvm::function_ref<void(OpFoldResult, Value)> body) {
  OpFoldResult extent = vectorLoop.extent;
  OpFoldResult lanes = math.constant(length);
  OpFoldResult whole = math.mul(math.div(extent, lanes), lanes);
  if (getConstantIntValue(whole) != 0)
    math.loop(math.constant(0), whole, length,
              [&](OpFoldResult i) { body(i, Value()); });
  OpFoldResult rest = math.sub(extent, whole);
  if (getConstantIntValue(rest) != 0)
    body(whole, makeMask(rest));
}

//===----------------------------------------------------------------------===//
// Elementwise ops and reductions
//===----------------------------------------------------------------------===//

llvm::MapVector<Operation *, Value>
GenericVectorizer::getDivisors(ArrayRef<Value> invariants) {
  llvm::MapVector<Operation *, Value> divisors;
  // The correction is exact; a short row is not worth a test.
  if (!hasFusedMultiplyAdds(vectorBits) ||
      estimate(vectorLoop.extent) < kLeastQuotients * length)
    return divisors;
  for (auto division : op.getBody()->getOps<arith::DivFOp>()) {
    auto argument = dyn_cast<BlockArgument>(division.getRhs());
    if (!isa<Float32Type, Float64Type>(division.getType()) || !argument ||
        argument.getOwner() != op.getBody() ||
        !invariants[argument.getArgNumber()])
      continue;
    if (auto number = invariants[argument.getArgNumber()]
                          .getDefiningOp<vector::BroadcastOp>())
      divisors[division] = number.getSource();
  }
  return divisors;
}

Value GenericVectorizer::isModerate(Value number) {
  auto type = cast<FloatType>(number.getType());
  const llvm::fltSemantics &format = type.getFloatSemantics();
  // Half of the exponents leave room for the other operand.
  int limit = llvm::APFloat::semanticsMaxExponent(format) / 2;
  auto compare = [&](arith::CmpFPredicate predicate, int exponent) {
    llvm::APFloat power = llvm::scalbn(llvm::APFloat::getOne(format), exponent,
                                       llvm::APFloat::rmNearestTiesToEven);
    Value bound = arith::ConstantOp::create(builder, loc,
                                            builder.getFloatAttr(type, power));
    return arith::CmpFOp::create(builder, loc, predicate, number, bound);
  };
  return arith::AndIOp::create(builder, loc,
                               compare(arith::CmpFPredicate::OGT, -limit),
                               compare(arith::CmpFPredicate::OLT, limit));
}

void GenericVectorizer::emitElementwise(const Offsets &offsets) {
  SmallVector<Value> invariants = loadInvariants(offsets);
  auto divisors = getDivisors(invariants);
  if (divisors.empty())
    return emitElementwise(offsets, invariants, Reciprocals());
  Value areModerate;
  for (Value number : llvm::make_second_range(divisors)) {
    Value next = isModerate(number);
    areModerate = areModerate
                      ? arith::AndIOp::create(builder, loc, areModerate, next)
                      : next;
  }
  auto branches =
      scf::IfOp::create(builder, loc, areModerate, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branches.thenBlock());
  Reciprocals reciprocals;
  for (auto [division, number] : divisors) {
    Value one = arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(number.getType(), 1));
    reciprocals[division] = vector::BroadcastOp::create(
        builder, loc, getVectorType(number.getType()),
        arith::DivFOp::create(builder, loc, one, number));
  }
  emitElementwise(offsets, invariants, reciprocals);
  builder.setInsertionPointToStart(branches.elseBlock());
  emitElementwise(offsets, invariants, Reciprocals());
}

void GenericVectorizer::emitElementwise(const Offsets &offsets,
                                        ArrayRef<Value> invariants,
                                        const Reciprocals &reciprocals) {
  forVectors([&](OpFoldResult i, Value mask) {
    Offsets at = advance(offsets, vectorLoop, i);
    SmallVector<Value> arguments;
    for (unsigned number = 0; number < operands.size(); ++number) {
      Value argument = invariants[number];
      if (!argument && !op.getBody()->getArgument(number).use_empty())
        argument = load(number, at[number], mask);
      arguments.push_back(argument);
    }
    unsigned first = op.getNumDpsInputs();
    for (auto [number, result] :
         llvm::enumerate(evaluate(arguments, at, reciprocals)))
      store(first + number, at[first + number], result, mask);
  });
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

void GenericVectorizer::emitRowSums(const Offsets &offsets, int64_t count) {
  int64_t perRow = getSumsPerRow();
  SmallVector<Value> sums = getNeutralVectors(count * perRow);
  sums = reduceOver(reductions, offsets, sums,
                    [&](const Offsets &at, SmallVector<Value> carried) {
                      return addRows(at, count, std::move(carried));
                    });
  unsigned result = op.getNumDpsInputs();
  for (int64_t row = 0; row < count; ++row) {
    auto rowSums = MutableArrayRef(sums).slice(row * perRow, perRow);
    // Halves are added until one is left.
    for (; rowSums.size() > 1; rowSums = rowSums.drop_back(rowSums.size() / 2))
      for (size_t v = 0; v < rowSums.size() / 2; ++v)
        rowSums[v] = combine(rowSums[v], rowSums[v + rowSums.size() / 2]);
    Value element = reduceVector(rowSums[0]);
    Value place = math.toValue(moveToRow(offsets, row)[result]);
    Value buffer = operands[result].buffer;
    Value previous = memref::LoadOp::create(builder, loc, buffer, place);
    memref::StoreOp::create(builder, loc, combine(previous, element), buffer,
                            place);
  }
}

GenericVectorizer::Offsets GenericVectorizer::moveToRow(const Offsets &offsets,
                                                        int64_t row) {
  return row == 0 ? offsets
                  : advance(offsets, outer.back(), math.constant(row));
}

SmallVector<Value> GenericVectorizer::addRows(const Offsets &offsets,
                                              int64_t count,
                                              SmallVector<Value> sums) {
  int64_t perRow = sums.size() / count;
  SmallVector<Offsets> rows;
  SmallVector<SmallVector<Value>> invariants;
  for (int64_t row = 0; row < count; ++row) {
    rows.push_back(moveToRow(offsets, row));
    invariants.push_back(loadInvariants(rows.back()));
  }
  // Adds one vector of every row to sum `number` of the row.
  auto addVectors = [&](OpFoldResult i, Value mask, int64_t number,
                        MutableArrayRef<Value> next) {
    SmallVector<Value> first;
    for (int64_t row = 0; row < count; ++row) {
      Offsets at = advance(rows[row], vectorLoop, i);
      SmallVector<Value> known = invariants[row];
      for (unsigned input = 0; row > 0 && input < op.getNumDpsInputs(); ++input)
        if (getConstantIntValue(outer.back().strides[input]) == 0)
          known[input] = first[input];
      Value &sum = next[row * perRow + number];
      SmallVector<Value> arguments = loadArguments(at, known, mask, sum);
      Value total = evaluate(arguments, at)[0];
      sum = mask ? arith::SelectOp::create(builder, loc, mask, total, sum)
                       .getResult()
                 : total;
      if (row == 0)
        first = std::move(arguments);
    }
  };
  OpFoldResult extent = vectorLoop.extent, done = math.constant(0);
  // Whole vectors, several at a time and then one at a time.
  for (int64_t unroll : {perRow, int64_t(1)}) {
    OpFoldResult step = math.constant(unroll * length);
    OpFoldResult end = math.mul(math.div(extent, step), step);
    if (getConstantIntValue(math.sub(end, done)) != 0) {
      auto loop = scf::ForOp::create(
          builder, loc, math.toValue(done), math.toValue(end),
          math.toValue(step), sums,
          [&](OpBuilder &, Location, Value i, ValueRange carried) {
            SmallVector<Value> next(carried);
            for (int64_t v = 0; v < unroll; ++v)
              addVectors(math.add(i, math.constant(v * length)), Value(), v,
                         next);
            scf::YieldOp::create(builder, loc, next);
          });
      sums.assign(loop.getResults().begin(), loop.getResults().end());
    }
    done = end;
  }
  OpFoldResult rest = math.sub(extent, done);
  if (getConstantIntValue(rest) != 0)
    addVectors(done, makeMask(rest), 0, sums);
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
  IRMapping mapping;
  for (auto [argument, value] :
       llvm::zip_equal(op.getBody()->getArguments(), arguments))
    if (value)
      mapping.map(argument, value);
  for (auto index : op.getBody()->getOps<linalg::IndexOp>())
    mapping.map(index.getResult(), createIndex(index.getDim(), at));
  return evaluateOnVectors(builder, loc, *op.getBody(), length, mapping,
                           reciprocals);
}
