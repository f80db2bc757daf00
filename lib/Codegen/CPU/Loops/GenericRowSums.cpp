//===- GenericRowSums.cpp - Sums along vectors, of several rows -----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowExtreme.h"
#include "RowsTogether.h"
#include "VectorLoops.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Which rows are summed at a time
//===----------------------------------------------------------------------===//

bool GenericVectorizer::sharesVectors() {
  if (!combiner || !vectorLoop.isReduction || outer.empty())
    return false;
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    unsigned number = input->getOperandNumber();
    return isVectorInput(number) && !moves(number, outer.back());
  });
}

bool GenericVectorizer::moves(unsigned number, const Loop &loop) {
  return getConstantIntValue(loop.strides[number]) != 0;
}

bool GenericVectorizer::movesVectors(const Loop &loop) {
  return llvm::all_of(llvm::seq<unsigned>(0, op.getNumDpsInputs()),
                      [&](unsigned number) {
                        return !isVectorInput(number) || moves(number, loop);
                      });
}

bool GenericVectorizer::isVectorInput(unsigned number) {
  return number < unsigned(op.getNumDpsInputs()) && moves(number, vectorLoop);
}

bool GenericVectorizer::formBlocks(const Loop &rows, const Loop &across) {
  std::optional<int64_t> extent = getConstantIntValue(across.extent);
  if (!extent || *extent < 2 || *extent > kMostAcross)
    return false;
  bool sharesRow = false, sharesAcross = false;
  for (unsigned number = 0; number < operands.size(); ++number) {
    if (!isVectorInput(number))
      continue;
    bool alongRows = moves(number, rows), isAcross = moves(number, across);
    if (alongRows && isAcross)
      return false;
    sharesRow |= alongRows;
    sharesAcross |= isAcross;
  }
  return sharesRow && sharesAcross;
}

bool GenericVectorizer::takeAcross() {
  for (unsigned number = outer.size(); number-- > 0 && outer.size() > 1;) {
    const Loop &rows =
        outer[number + 1 == outer.size() ? number - 1 : outer.size() - 1];
    if (!formBlocks(rows, outer[number]))
      continue;
    across = outer[number];
    outer.erase(outer.begin() + number);
    return true;
  }
  return false;
}

void GenericVectorizer::chooseAcross() {
  across.reset();
  if (!combiner || !vectorLoop.isReduction || RowExtreme::matches(combiner))
    return;
  if (!takeAcross()) {
    SmallVector<Loop> before = outer;
    std::stable_partition(outer.begin(), outer.end(),
                          [&](const Loop &loop) { return movesVectors(loop); });
    if (!takeAcross())
      outer = before;
  }
  if (!sharesVectors())
    return;
  // Short loops would leave blocks of rows unfilled.
  for (unsigned number = outer.size() - 1; number-- > 0;)
    if (canMerge(outer[number], outer.back())) {
      outer.back().extent = math.mul(outer[number].extent, outer.back().extent);
      outer.erase(outer.begin() + number);
      number = outer.size() - 1;
    }
}

int64_t GenericVectorizer::countAcross() {
  if (!across)
    return 1;
  int64_t most = vectorBits >= 512 ? kAcrossAtOnce : kAcrossAtOnce / 2;
  int64_t extent = *getConstantIntValue(across->extent);
  return llvm::divideCeil(extent, llvm::divideCeil(extent, most));
}

int64_t GenericVectorizer::getSharedRows() {
  // Sums of all rows at all steps, what is read across, and a vector of a row.
  int64_t registers = vectorBits >= 512 ? 32 : 16;
  int64_t fitting = (registers - 1) / countAcross() - 1;
  return std::clamp<int64_t>(fitting, 1, getRowsTogether());
}

int64_t GenericVectorizer::getSumsPerRow() {
  // Blocks have enough sums that do not wait for each other.
  if (across)
    return 1;
  int64_t sums = sharesVectors() ? kUnroll / 4 : kUnroll;
  std::optional<int64_t> extent = getConstantIntValue(vectorLoop.extent);
  while (extent && sums > 1 && *extent < 2 * sums * length)
    sums /= 2;
  return sums;
}

bool GenericVectorizer::storesEachSumOnce() {
  return combiner && vectorLoop.isReduction && !chooseChunkedLoop() &&
         llvm::all_of(outer,
                      [&](const Loop &loop) { return writesAlong(loop); });
}

bool GenericVectorizer::rowsAreNear() {
  unsigned result = op.getNumDpsInputs();
  return !outer.empty() &&
         getConstantIntValue(outer.back().strides[result]) == 1;
}

SmallVector<GenericVectorizer::BlockRow>
GenericVectorizer::getBlockRows(int64_t count, int64_t width) {
  SmallVector<BlockRow> rows;
  for (int64_t number = 0; number < count * width; ++number)
    rows.push_back(rowsAreNear() ? BlockRow{number % count, number / count}
                                 : BlockRow{number / width, number % width});
  return rows;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value GenericVectorizer::reduceVector(Value sum) {
  return vector::ReductionOp::create(builder, loc, kind, sum,
                                     arith::FastMathFlags::reassoc);
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

GenericVectorizer::Offsets GenericVectorizer::moveToRow(const Offsets &offsets,
                                                        const BlockRow &row) {
  Offsets at = offsets;
  if (row.along != 0)
    at = advance(at, outer.back(), math.constant(row.along));
  if (row.across != 0)
    at = advance(at, *across, math.constant(row.across));
  return at;
}

void GenericVectorizer::emitRowSums(const Offsets &offsets, int64_t count) {
  if (!across)
    return emitBlockSums(offsets, count, 1);
  forBlocks(*across, countAcross(), offsets,
            [&](const Offsets &at, int64_t width) {
              emitBlockSums(at, count, width);
            });
}

void GenericVectorizer::emitBlockSums(const Offsets &offsets, int64_t count,
                                      int64_t width) {
  SmallVector<BlockRow> rows = getBlockRows(count, width);
  SmallVector<Value> states, start = getRowStart();
  for (size_t row = 0; row < rows.size(); ++row)
    states.append(start);
  states = reduceOver(reductions, offsets, states,
                      [&](const Offsets &at, SmallVector<Value> carried) {
                        return addRows(at, rows, std::move(carried));
                      });
  if (sharesVectors() && !getExtreme())
    return storeRowSums(offsets, rows, states);
  unsigned result = op.getNumDpsInputs();
  for (auto [number, row] : llvm::enumerate(rows))
    addToResult(
        moveToRow(offsets, row)[result],
        reduceRow(ArrayRef(states).slice(number * start.size(), start.size())));
}

void GenericVectorizer::addToResult(OpFoldResult place, Value sum) {
  Value buffer = operands[op.getNumDpsInputs()].buffer;
  Value at = math.toValue(place);
  Value previous =
      filled ? filled
             : memref::LoadOp::create(builder, loc, buffer, at).getResult();
  memref::StoreOp::create(builder, loc, combine(previous, sum), buffer, at);
}

Value GenericVectorizer::reduceRows(ArrayRef<Value> states, int64_t count,
                                    int64_t together) {
  // Fewer rows stand several times: each is added up in the same order,
  // wherever threads cut.
  int64_t perRow = states.size() / count;
  SmallVector<Value> sums;
  for (int64_t row = 0; row < together; ++row)
    sums.push_back(combineHalves(states.slice(row % count * perRow, perRow)));
  return reduceTogether(builder, loc, sums,
                        [&](Value a, Value b) { return combine(a, b); });
}

int64_t GenericVectorizer::countNearRows(ArrayRef<BlockRow> rows) {
  unsigned result = op.getNumDpsInputs();
  int64_t along = rows.back().along + 1, width = rows.back().across + 1;
  if (rowsAreNear())
    return along;
  if (!across || getConstantIntValue(across->strides[result]) != 1)
    return 1;
  return getConstantIntValue(outer.back().strides[result]) == width
             ? along * width
             : width;
}

void GenericVectorizer::storeRowSums(const Offsets &offsets,
                                     ArrayRef<BlockRow> rows,
                                     ArrayRef<Value> states) {
  unsigned result = op.getNumDpsInputs();
  int64_t most = rowsAreNear() ? getSharedRows() : getRowsTogether();
  int64_t together = std::min<int64_t>(llvm::bit_ceil(uint64_t(most)), length);
  int64_t near = countNearRows(rows), run = near > 1 ? near : rows.size();
  int64_t perRow = states.size() / rows.size();
  for (int64_t from = 0, number; from < int64_t(rows.size()); from += number) {
    number = std::min(together, run - from % run);
    Value sums = reduceRows(states.slice(from * perRow, number * perRow),
                            number, together);
    if (near > 1) {
      addToResult(moveToRow(offsets, rows[from])[result], sums, number);
      continue;
    }
    for (int64_t row = 0; row < number; ++row)
      addToResult(moveToRow(offsets, rows[from + row])[result],
                  vector::ExtractOp::create(builder, loc, sums, row));
  }
}

void GenericVectorizer::addToResult(OpFoldResult place, Value sums,
                                    int64_t count) {
  auto type = cast<VectorType>(sums.getType());
  Value buffer = operands[op.getNumDpsInputs()].buffer;
  Value at = math.toValue(place), mask;
  if (count < type.getNumElements())
    mask = vector::ConstantMaskOp::create(builder, loc,
                                          type.clone(builder.getI1Type()),
                                          ArrayRef<int64_t>{count});
  Value previous =
      filled
          ? vector::BroadcastOp::create(builder, loc, type, filled).getResult()
          : loadVector(builder, loc, type, buffer, at, mask);
  storeVector(builder, loc, combine(previous, sums), buffer, at, mask);
}

Value GenericVectorizer::evaluateTerm(ArrayRef<Value> arguments,
                                      const Offsets &at) {
  Operation *combined = evaluate(arguments, at)[0].getDefiningOp();
  bool isFirst = combiner->getOperand(0) == op.getBody()->getArguments().back();
  Value term = combined->getOperand(isFirst ? 1 : 0);
  combined->erase();
  return term;
}

SmallVector<Value>
GenericVectorizer::shareArguments(ArrayRef<BlockRow> rows, unsigned number,
                                  ArrayRef<SmallVector<Value>> loaded,
                                  ArrayRef<Value> invariants) {
  SmallVector<Value> known(invariants);
  const BlockRow &row = rows[number];
  auto take = [&](const BlockRow &from, const Loop &loop) {
    const auto *found = llvm::find_if(rows, [&](const BlockRow &other) {
      return other.along == from.along && other.across == from.across;
    });
    for (unsigned input = 0; input < unsigned(op.getNumDpsInputs()); ++input)
      if (!moves(input, loop))
        known[input] = loaded[found - rows.begin()][input];
  };
  if (row.along > 0)
    take({0, row.across}, outer.back());
  if (row.across > 0)
    take({row.along, 0}, *across);
  return known;
}

void GenericVectorizer::addVectors(ArrayRef<BlockRow> rows,
                                   MutableArrayRef<RowState> states,
                                   OpFoldResult i, int64_t count, Value mask) {
  std::optional<RowExtreme> extreme = getExtreme();
  SmallVector<SmallVector<Value>> terms(rows.size());
  for (int64_t v = 0; v < count; ++v) {
    SmallVector<SmallVector<Value>> loaded;
    for (auto [row, state] : llvm::enumerate(states)) {
      Offsets at =
          advance(state.at, vectorLoop, math.add(i, math.constant(v * length)));
      Value &sum = state.values[v];
      SmallVector<Value> known =
          shareArguments(rows, row, loaded, state.invariants);
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
      loaded.push_back(std::move(arguments));
    }
  }
  if (extreme)
    for (auto [row, state] : llvm::enumerate(states))
      extreme->add(terms[row], state.values);
}

SmallVector<Value> GenericVectorizer::addRows(const Offsets &offsets,
                                              ArrayRef<BlockRow> rows,
                                              SmallVector<Value> sums) {
  size_t perRow = sums.size() / rows.size();
  SmallVector<RowState> states(rows.size());
  for (auto [row, state] : llvm::zip_equal(rows, states)) {
    state.at = moveToRow(offsets, row);
    state.invariants = loadInvariants(state.at);
  }
  // Runs addVectors() on `sums`, which loops carry.
  auto add = [&](OpFoldResult i, int64_t vectors, Value mask) {
    for (auto [row, state] : llvm::enumerate(states))
      state.values = MutableArrayRef(sums).slice(row * perRow, perRow);
    addVectors(rows, states, i, vectors, mask);
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
