//===- GenericShortRows.cpp - Rows that fit in registers ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowExtreme.h"
#include "RowValues.h"
#include "RowsTogether.h"
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

int64_t GenericVectorizer::countRowVectors(unsigned count) {
  if (loops.size() == count)
    return 1;
  int64_t vectors = 1;
  withRow(count, [&] {
    vectors = llvm::divideCeil(*getConstantIntValue(vectorLoop.extent), length);
  });
  return vectors;
}

void GenericVectorizer::emitRowsInRegisters(unsigned count,
                                            ArrayRef<Offsets> ats,
                                            MutableArrayRef<RowValues> rows) {
  if (loops.size() == count) {
    for (auto [at, row] : llvm::zip_equal(ats, rows))
      emitNumbers(at, row);
    return;
  }
  withRow(count, [&] {
    if (!combiner)
      return emitElementwise(ats, rows);
    emitRowSums(ats, rows);
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

SmallVector<SmallVector<Value>>
GenericVectorizer::evaluateRows(ArrayRef<SmallVector<RowVector>> rows) {
  SmallVector<llvm::MapVector<Operation *, Value>> divisors;
  for (ArrayRef<RowVector> row : rows) {
    SmallVector<Value> numbers = row.front().arguments;
    for (auto [number, argument] : llvm::enumerate(numbers))
      if (getConstantIntValue(vectorLoop.strides[number]) != 0)
        argument = Value();
    divisors.push_back(getDivisors(numbers));
  }
  auto evaluateAll = [&](bool divide) {
    SmallVector<Reciprocals> reciprocals(rows.size());
    if (!divide)
      reciprocals = makeReciprocals(divisors);
    SmallVector<Value> results;
    for (auto [row, known] : llvm::zip_equal(rows, reciprocals))
      for (ArrayRef<Value> values : evaluate(row, known))
        results.append(values.begin(), values.end());
    return results;
  };
  SmallVector<Value> results;
  if (divisors.front().empty()) {
    results = evaluateAll(/*divide=*/true);
  } else {
    // One test for all rows: behind a branch none can start before the others
    // are done.
    Value moderate = areModerate(divisors);
    auto emitBranch = [&](bool divide) {
      return [&evaluateAll, divide, this](OpBuilder &, Location) {
        scf::YieldOp::create(builder, loc, evaluateAll(divide));
      };
    };
    results = scf::IfOp::create(builder, loc, moderate, emitBranch(false),
                                emitBranch(true))
                  .getResults();
  }
  SmallVector<SmallVector<Value>> perRow;
  for (size_t size = results.size() / rows.size(), row = 0; row < rows.size();
       ++row)
    perRow.emplace_back(ArrayRef(results).slice(row * size, size));
  return perRow;
}

void GenericVectorizer::emitElementwise(ArrayRef<Offsets> ats,
                                        MutableArrayRef<RowValues> rows) {
  SmallVector<SmallVector<RowVector>> vectors(rows.size());
  for (auto [at, row, own] : llvm::zip_equal(ats, rows, vectors))
    forRowVectors(at, [&row = row, &own = own,
                       this](int64_t vector, const Offsets &place, Value mask) {
      own.push_back({readArguments(vector, place, mask, row), place, mask});
    });
  SmallVector<SmallVector<Value>> results = evaluateRows(vectors);
  for (auto [row, own, values] : llvm::zip_equal(rows, vectors, results)) {
    unsigned perVector = values.size() / own.size();
    for (auto [position, value] : llvm::enumerate(values)) {
      unsigned number = op.getNumDpsInputs() + position % perVector;
      const RowVector &vector = own[position / perVector];
      OpFoldResult to = vector.at[number];
      row.setWritten(op->getOperand(number), position / perVector, value,
                     [this, number, mask = vector.mask, to](Value last) {
                       store(number, to, last, mask);
                     });
    }
  }
}

Value GenericVectorizer::sumRows(ArrayRef<Offsets> ats,
                                 MutableArrayRef<RowValues> rows) {
  SmallVector<Value> sums;
  for (auto [at, row] : llvm::zip_equal(ats, rows)) {
    Value sum = getNeutralVectors(1)[0];
    forRowVectors(at, [&, &row = row](int64_t vector, const Offsets &place,
                                      Value mask) {
      SmallVector<Value> arguments = readArguments(vector, place, mask, row);
      arguments[op.getNumDpsInputs()] = sum;
      Value next = evaluate(arguments, place)[0];
      sum = mask ? arith::SelectOp::create(builder, loc, mask, next, sum)
                       .getResult()
                 : next;
    });
    sums.push_back(sum);
  }
  return reduceTogether(builder, loc, sums,
                        [&](Value a, Value b) { return combine(a, b); });
}

Value GenericVectorizer::findRowExtremes(ArrayRef<Offsets> ats,
                                         MutableArrayRef<RowValues> rows,
                                         RowExtreme &extreme) {
  SmallVector<SmallVector<Value>> terms(rows.size());
  for (auto [at, row, own] : llvm::zip_equal(ats, rows, terms))
    forRowVectors(at, [&, &row = row, &own = own](
                          int64_t vector, const Offsets &place, Value mask) {
      SmallVector<Value> arguments = readArguments(vector, place, mask, row);
      arguments[op.getNumDpsInputs()] = getNeutralVectors(1)[0];
      Value term = evaluateTerm(arguments, place);
      own.push_back(mask ? extreme.select(mask, term) : term);
    });
  return extreme.reduceRows(terms);
}

void GenericVectorizer::emitRowSums(ArrayRef<Offsets> ats,
                                    MutableArrayRef<RowValues> rows) {
  unsigned result = op.getNumDpsInputs();
  std::optional<RowExtreme> extreme = getExtreme();
  Value all =
      extreme ? findRowExtremes(ats, rows, *extreme) : sumRows(ats, rows);
  SmallVector<Value> starts;
  for (auto [at, row] : llvm::zip_equal(ats, rows))
    starts.push_back(readNumber(result, at, row));
  all = combine(toVector(builder, loc, starts), all);
  for (auto [number, at] : llvm::enumerate(ats))
    writeNumber(result, at,
                vector::ExtractOp::create(builder, loc, all, number),
                rows[number]);
}
