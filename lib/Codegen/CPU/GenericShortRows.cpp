//===- GenericShortRows.cpp - Rows that fit in registers ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowValues.h"
#include "VectorLoops.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void GenericVectorizer::withRow(unsigned count,
                                llvm::function_ref<void()> body) {
  SmallVector<Loop> allLoops = loops;
  unsigned allVectorLoop = vectorLoopNumber;
  loops.erase(loops.begin(), loops.begin() + count);
  vectorLoopNumber -= count;
  arrangeLoops();
  body();
  loops = std::move(allLoops);
  vectorLoopNumber = allVectorLoop;
}

/// True where every op of `body` is a few instructions on one number.
static bool isScalarBody(Block &body) {
  return llvm::all_of(body.without_terminator(), [](Operation &op) {
    return isa<arith::ArithDialect>(op.getDialect()) ||
           isa<linalg::IndexOp, math::SqrtOp, math::RsqrtOp, math::AbsFOp,
               math::FmaOp, math::CopySignOp>(op);
  });
}

bool GenericVectorizer::fitsRegisters(unsigned count) {
  if (loops.size() == count)
    return !combiner && isScalarBody(*op.getBody());
  if (vectorLoopNumber < count)
    return false;
  bool fits = false;
  withRow(count, [&] {
    std::optional<int64_t> extent = getConstantIntValue(vectorLoop.extent);
    fits = outer.empty() && reductions.empty() && extent &&
           *extent <= kMostRowVectors * length;
    for (unsigned number = 0; number < operands.size(); ++number) {
      auto stride = getConstantIntValue(vectorLoop.strides[number]);
      bool isOneNumber = stride == 0 && (number < op.getNumDpsInputs() ||
                                         vectorLoop.isReduction);
      fits &= stride == 1 || isOneNumber;
    }
  });
  return fits;
}

void GenericVectorizer::emitRowInRegisters(unsigned count, const Offsets &at,
                                           RowValues &row) {
  if (loops.size() == count)
    return emitNumbers(at, row);
  withRow(count, [&] {
    if (combiner)
      emitRowSum(at, row);
    else
      emitElementwise(at, row);
  });
}

Value GenericVectorizer::readNumber(unsigned number, const Offsets &at,
                                    RowValues &row) {
  Value memref = op->getOperand(number);
  Value value = row.lookup(memref, 0);
  if (!value) {
    value = memref::LoadOp::create(builder, loc, operands[number].buffer,
                                   math.toValue(at[number]));
    row.setRead(memref, 0, value);
  }
  return value;
}

void GenericVectorizer::writeNumber(unsigned number, const Offsets &at,
                                    Value value, RowValues &row) {
  Value buffer = operands[number].buffer;
  row.setWritten(op->getOperand(number), 0, value,
                 [this, buffer, place = at[number]](Value last) {
                   memref::StoreOp::create(builder, loc, last, buffer,
                                           math.toValue(place));
                 });
}

void GenericVectorizer::emitNumbers(const Offsets &at, RowValues &row) {
  IRMapping mapping;
  for (BlockArgument argument : op.getBody()->getArguments())
    if (!argument.use_empty())
      mapping.map(argument, readNumber(argument.getArgNumber(), at, row));
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      auto *found = llvm::find(indexDims, index.getDim());
      unsigned number = operands.size() + (found - indexDims.begin());
      mapping.map(index.getResult(), math.toValue(at[number]));
      continue;
    }
    builder.clone(inner, mapping);
  }
  for (auto [number, result] :
       llvm::enumerate(op.getBody()->getTerminator()->getOperands()))
    writeNumber(op.getNumDpsInputs() + number, at,
                mapping.lookupOrDefault(result), row);
}

SmallVector<Value> GenericVectorizer::readArguments(int64_t vector,
                                                    const Offsets &at,
                                                    Value mask,
                                                    RowValues &row) {
  SmallVector<Value> arguments(operands.size());
  for (unsigned number = 0; number < operands.size(); ++number) {
    bool isSum = combiner && number == op.getNumDpsInputs();
    if (isSum || op.getBody()->getArgument(number).use_empty())
      continue;
    Value memref = op->getOperand(number);
    if (getConstantIntValue(vectorLoop.strides[number]) == 0) {
      Value value = readNumber(number, at, row);
      arguments[number] = vector::BroadcastOp::create(
          builder, loc, getVectorType(value.getType()), value);
      continue;
    }
    arguments[number] = row.lookup(memref, vector);
    if (arguments[number])
      continue;
    arguments[number] =
        loadContiguous(operands[number].buffer, at[number], mask);
    row.setRead(memref, vector, arguments[number]);
  }
  return arguments;
}

void GenericVectorizer::forRowVectors(
    const Offsets &at,
    llvm::function_ref<void(int64_t, const Offsets &, Value)> body) {
  int64_t extent = *getConstantIntValue(vectorLoop.extent);
  for (int64_t first = 0; first < extent; first += length) {
    int64_t lanes = std::min(length, extent - first);
    Value mask = lanes == length ? Value() : makeMask(math.constant(lanes));
    body(first / length, advance(at, vectorLoop, math.constant(first)), mask);
  }
}

void GenericVectorizer::emitElementwise(const Offsets &at, RowValues &row) {
  forRowVectors(at, [&](int64_t vector, const Offsets &place, Value mask) {
    SmallVector<Value> results =
        evaluate(readArguments(vector, place, mask, row), place);
    for (auto [result, value] : llvm::enumerate(results)) {
      unsigned number = op.getNumDpsInputs() + result;
      OpFoldResult to = place[number];
      row.setWritten(op->getOperand(number), vector, value,
                     [this, number, mask, to](Value last) {
                       store(number, to, last, mask);
                     });
    }
  });
}

void GenericVectorizer::emitRowSum(const Offsets &at, RowValues &row) {
  unsigned result = op.getNumDpsInputs();
  Value sum = getNeutralVectors(1).front();
  forRowVectors(at, [&](int64_t vector, const Offsets &place, Value mask) {
    SmallVector<Value> arguments = readArguments(vector, place, mask, row);
    arguments[result] = sum;
    Value next = evaluate(arguments, place)[0];
    sum = mask ? arith::SelectOp::create(builder, loc, mask, next, sum) : next;
  });
  Value number = combine(readNumber(result, at, row), reduceVector(sum));
  writeNumber(result, at, number, row);
}
