//===- GenericGroups.cpp - Rows through several linalg.generic ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericGroups.h"

#include "RowValues.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Bytes of a block of rows: it stays in the first cache while all ops pass.
static constexpr int64_t kBlockBytes = 32 << 10;
/// A row of more bytes would leave the second cache before the next op.
static constexpr int64_t kMostRowBytes = 1 << 20;
/// Bytes of a buffer that may be on the stack.
static constexpr int64_t kMostStackBytes = 64 << 10;
/// Short rows that pass through all ops at one time.
static constexpr int64_t kMostRows = 4;
/// Rows that are whole vectors of any element type.
static constexpr int64_t kRowStep = 64;

GenericGroup::GenericGroup(const RowGroup &group, OpBuilder &builder,
                           unsigned vectorBits, bool parallel)
    : group(group), builder(builder), loc(this->group.ops.front().getLoc()),
      math(builder, loc), count(group.numLoops), parallel(parallel),
      scratchBuffers(getScratchBuffers(group)) {
  for (linalg::GenericOp op : group.ops)
    members.push_back(
        std::make_unique<GenericVectorizer>(op, builder, vectorBits, parallel));
}

bool GenericGroup::canVectorize() {
  return count > 0 && llvm::all_of(members, [&](auto &member) {
           return member->canVectorize() && member->hasRows(count);
         });
}

void GenericGroup::mergeLoops() {
  for (unsigned number = count - 1; number-- > 0;) {
    if (!llvm::all_of(members, [&](auto &member) {
          return member->canMergeWithNext(number);
        }))
      continue;
    for (auto &member : members)
      member->mergeWithNext(number);
    --count;
  }
}

/// The bytes of `type` beyond its first `count` dimensions.
static std::optional<int64_t> getRowBytes(MemRefType type, unsigned count) {
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t extent : type.getShape().drop_front(count))
    if (ShapedType::isDynamic(extent) ||
        llvm::MulOverflow(bytes, extent, bytes))
      return std::nullopt;
  return bytes;
}

std::optional<int64_t> GenericGroup::getRowBytes() {
  llvm::SmallSetVector<Value, 8> buffers;
  for (linalg::GenericOp op : group.ops)
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      if (llvm::any_of(map.getResults(),
                       [](AffineExpr expr) { return expr.isFunctionOfDim(0); }))
        buffers.insert(operand.get());
    }
  int64_t sum = 0;
  for (Value buffer : buffers) {
    auto type = cast<MemRefType>(buffer.getType());
    std::optional<int64_t> bytes =
        ::getRowBytes(type, std::min<unsigned>(group.numLoops, type.getRank()));
    if (!bytes || llvm::AddOverflow(sum, *bytes, sum))
      return std::nullopt;
  }
  return sum;
}

std::optional<int64_t> GenericGroup::chooseRows() {
  std::optional<int64_t> bytes = getRowBytes();
  if (bytes && *bytes > kMostRowBytes)
    return std::nullopt;
  int64_t rows =
      bytes ? std::max<int64_t>(kBlockBytes / std::max<int64_t>(*bytes, 1), 1)
            : 1;
  if (rows > kRowStep)
    rows = rows / kRowStep * kRowStep;
  ArrayRef<GenericVectorizer::Loop> loops =
      members.front()->getLoops().take_front(count);
  int64_t points = 1;
  for (const GenericVectorizer::Loop &loop : loops) {
    std::optional<int64_t> extent = getConstantIntValue(loop.extent);
    if (!extent)
      return rows;
    points *= *extent;
  }
  // Few long rows are better cut across.
  if (points < kMinPieces && bytes.value_or(0) * points > kMostRowBytes)
    return std::nullopt;
  int64_t all = *getConstantIntValue(loops.back().extent);
  rows = std::min(rows, all);
  if (bytes.value_or(kMostRowBytes) * points >= kMinThreadedCost)
    rows = std::min(
        rows, std::max<int64_t>(llvm::divideCeil(points, kManyPieces), 1));
  // Blocks of equal size need no code for the last one; whole vectors of rows
  // need no masks.
  for (int64_t step : {kRowStep, int64_t(1)})
    for (int64_t size = rows / step * step; size > rows / 2; size -= step)
      if (all % size == 0)
        return size;
  return rows;
}

bool GenericGroup::sumsColumns() {
  return llvm::any_of(group.ops, isColumnSum);
}

Value GenericGroup::createBuffer(int64_t elements, Type type) {
  auto memrefType = MemRefType::get({elements}, type);
  IntegerAttr alignment = builder.getI64IntegerAttr(64);
  if (elements * type.getIntOrFloatBitWidth() / 8 <= kMostStackBytes)
    return memref::AllocaOp::create(builder, loc, memrefType, alignment);
  Value buffer = memref::AllocOp::create(builder, loc, memrefType, alignment);
  allocated.push_back(buffer);
  return buffer;
}

bool GenericGroup::isScratchBuffer(Value memref) {
  auto buffer = memref.getDefiningOp<memref::AllocOp>();
  return buffer && llvm::is_contained(scratchBuffers, buffer);
}

bool GenericGroup::isOnlyWritten(Value memref, unsigned writer) {
  bool isFirst = true;
  for (auto [position, op] : llvm::enumerate(group.ops)) {
    if (!llvm::is_contained(op->getOperands(), memref))
      continue;
    bool isRead = llvm::is_contained(op.getInputs(), memref) ||
                  op.getNumReductionLoops() > 0 ||
                  members[position]->readsResult();
    if (position > writer || (isFirst && isRead))
      return false;
    isFirst = false;
  }
  return true;
}

void GenericGroup::findStreamed() {
  for (auto [position, op] : llvm::enumerate(group.ops)) {
    if (op.getNumDpsInits() != 1 || !members[position]->canStreamRows(count))
      continue;
    Value memref = op.getDpsInits()[0];
    if (cast<MemRefType>(memref.getType()).getLayout().isIdentity() &&
        !isScratchBuffer(memref) && isOnlyWritten(memref, position))
      streamed.push_back({memref, unsigned(position)});
  }
}

const GenericGroup::Streamed *
GenericGroup::getStreamed(OpOperand &operand) const {
  if (!streams)
    return nullptr;
  const Streamed *found = llvm::find_if(streamed, [&](const Streamed &last) {
    return last.memref == operand.get();
  });
  return found == streamed.end() ? nullptr : found;
}

void GenericGroup::redirect(int64_t rows, int64_t slots, bool large) {
  llvm::MapVector<Value, std::pair<Value, int64_t>> scratch;
  auto getScratch = [&](Value memref) {
    auto &[buffer, size] = scratch[memref];
    if (buffer)
      return scratch[memref];
    auto type = cast<MemRefType>(memref.getType());
    size = rows;
    for (int64_t extent : type.getShape().drop_front(group.numLoops))
      size *= extent;
    // Slots of different threads have no cache line in common.
    size = llvm::alignTo(size, 64);
    buffer = createBuffer(slots * size, type.getElementType());
    return scratch[memref];
  };
  for (auto [position, op] : llvm::enumerate(group.ops))
    for (OpOperand &operand : op->getOpOperands()) {
      GenericVectorizer *member = members[position].get();
      unsigned number = operand.getOperandNumber();
      Private place;
      place.member = member;
      place.operand = number;
      place.original = member->getBuffer(number);
      const Streamed *last = getStreamed(operand);
      place.isSource =
          last && last->writer == position && op.isDpsInit(&operand);
      if (place.isSource && !member->readsResult())
        continue;
      if (last || isScratchBuffer(operand.get())) {
        std::tie(place.buffer, place.size) = getScratch(operand.get());
      } else if (large && isColumnSum(op) && op.isDpsInit(&operand)) {
        auto type = cast<MemRefType>(operand.get().getType());
        place.isSum = true;
        place.size = type.getNumElements();
        place.buffer =
            createBuffer(kManyPieces * place.size, type.getElementType());
      } else {
        continue;
      }
      if (!place.isSource)
        member->setBuffer(number, place.buffer);
      redirected.push_back(place);
    }
}

void GenericGroup::restore(OpFoldResult pieces) {
  for (const Private &place : redirected) {
    place.member->setBuffer(place.operand, place.original);
    if (place.isSource)
      place.member->setSource(place.operand, Value(), OpFoldResult());
    if (place.isSum)
      place.member->combineChunks(place.buffer, pieces, place.size);
  }
  redirected.clear();
  for (Value buffer : allocated)
    memref::DeallocOp::create(builder, loc, buffer);
  allocated.clear();
}

SmallVector<OpFoldResult> GenericGroup::getSteps(OpFoldResult number,
                                                 OpFoldResult extent) {
  SmallVector<OpFoldResult> steps(count);
  for (unsigned loop = count; loop-- > 0;) {
    if (loop + 1 < count)
      extent = members.front()->getLoops()[loop].extent;
    steps[loop] = loop == 0 ? number : math.rem(number, extent);
    if (loop > 0)
      number = math.div(number, extent);
  }
  return steps;
}

void GenericGroup::emitBlock(OpFoldResult number, int64_t rows,
                             OpFoldResult slot, OpFoldResult piece) {
  OpFoldResult all = members.front()->getLoops()[count - 1].extent;
  Pieces blocks = {math.ceilDiv(all, rows), math.constant(rows)};
  SmallVector<OpFoldResult> steps = getSteps(number, blocks.count);
  steps.back() = math.mul(steps.back(), blocks.size);
  OpFoldResult extent = math.getPieceExtent(all, blocks, steps.back());
  for (auto [member, start] : llvm::zip_equal(members, starts)) {
    GenericVectorizer::Offsets at = start;
    for (unsigned loop = 0; loop < count; ++loop)
      at = member->advance(at, member->getLoops()[loop], steps[loop]);
    for (const Private &place : redirected) {
      if (place.member != member.get())
        continue;
      OpFoldResult own =
          math.mul(place.isSum ? piece : slot, math.constant(place.size));
      if (place.isSource)
        member->setSource(place.operand, place.buffer,
                          math.sub(own, at[place.operand]));
      else
        at[place.operand] = own;
    }
    member->emitRows(count, at, extent);
  }
}

void GenericGroup::emitBlocks(int64_t rows, bool large) {
  ArrayRef<GenericVectorizer::Loop> shared =
      members.front()->getLoops().take_front(count);
  OpFoldResult blocks = math.ceilDiv(shared.back().extent, rows);
  for (const GenericVectorizer::Loop &loop : shared.drop_back())
    blocks = math.mul(blocks, loop.extent);
  Pieces pieces = large ? math.cut(blocks, kManyPieces, 1)
                        : Pieces{math.constant(1), blocks};
  bool onThreads = large && parallel;
  readAhead(rows);
  writeAhead();
  redirect(rows, onThreads ? kManyPieces : 1, large);
  auto emitPiece = [&](OpFoldResult piece) {
    for (const Private &place : redirected)
      if (place.isSum)
        place.member->fillNeutral(place.buffer,
                                  math.mul(piece, math.constant(place.size)),
                                  place.size);
    OpFoldResult from = math.mul(piece, pieces.size);
    OpFoldResult extent = math.getPieceExtent(blocks, pieces, from);
    math.loop(math.constant(0), extent, 1, [&](OpFoldResult i) {
      emitBlock(math.add(from, i), rows, onThreads ? piece : math.constant(0),
                piece);
    });
  };
  if (onThreads)
    math.parallelLoop(math.constant(0), pieces.count, 1, emitPiece);
  else
    math.loop(math.constant(0), pieces.count, 1, emitPiece);
  restore(pieces.count);
}

bool GenericGroup::fitsRegisters() {
  if (sumsColumns())
    return false;
  int64_t length = members.front()->getLength();
  if (!llvm::all_of(members, [&](auto &member) {
        return member->getLength() == length && member->fitsRegisters(count);
      }))
    return false;
  // One element has one place.
  llvm::DenseMap<Value, SmallVector<AffineExpr>> subscripts;
  for (linalg::GenericOp op : group.ops)
    for (OpOperand &operand : op->getOpOperands()) {
      ArrayRef<AffineExpr> found =
          op.getMatchingIndexingMap(&operand).getResults();
      auto known = subscripts.try_emplace(operand.get(), found).first;
      if (ArrayRef(known->second) != found)
        return false;
    }
  return true;
}

int64_t GenericGroup::countRowsAtATime() {
  int64_t most = 1;
  for (auto &member : members)
    most = std::max(most, member->countRowVectors(count));
  bool waits = llvm::any_of(group.ops, [](linalg::GenericOp op) {
    return op.getNumReductionLoops();
  });
  int64_t held = members.front()->getHeldRowVectors();
  return waits
             ? llvm::bit_floor(std::clamp<uint64_t>(held / most, 1, kMostRows))
             : 1;
}

void GenericGroup::emitRowsInRegisters(OpFoldResult first, int64_t rows) {
  OpFoldResult extent = members.front()->getLoops()[count - 1].extent;
  SmallVector<SmallVector<OpFoldResult>> steps;
  for (int64_t row = 0; row < rows; ++row)
    steps.push_back(getSteps(math.add(first, math.constant(row)), extent));
  SmallVector<RowValues> values(rows);
  for (auto [member, start] : llvm::zip_equal(members, starts)) {
    SmallVector<GenericVectorizer::Offsets> ats(rows, start);
    for (auto [at, own] : llvm::zip_equal(ats, steps))
      for (unsigned loop = 0; loop < count; ++loop)
        at = member->advance(at, member->getLoops()[loop], own[loop]);
    member->emitRowsInRegisters(count, ats, values);
  }
  for (const RowValues &row : values)
    row.storeAll([&](Value memref) { return !isScratchBuffer(memref); });
}

void GenericGroup::emitShortRows(bool large) {
  OpFoldResult rows = math.constant(1);
  for (const GenericVectorizer::Loop &loop :
       members.front()->getLoops().take_front(count))
    rows = math.mul(rows, loop.extent);
  int64_t atATime = countRowsAtATime();
  auto emitFrom = [&](OpFoldResult from, OpFoldResult extent) {
    OpFoldResult whole = math.mul(math.div(extent, math.constant(atATime)),
                                  math.constant(atATime));
    auto emitSteps = [&](OpFoldResult begin, OpFoldResult end, int64_t step) {
      if (getConstantIntValue(math.sub(end, begin)) != 0)
        math.loop(begin, end, step, [&](OpFoldResult i) {
          emitRowsInRegisters(math.add(from, i), step);
        });
    };
    emitSteps(math.constant(0), whole, atATime);
    if (atATime > 1)
      emitSteps(whole, extent, 1);
  };
  if (!large || !parallel)
    return emitFrom(math.constant(0), rows);
  Pieces pieces = math.cut(rows, kManyPieces, atATime);
  math.parallelLoop(math.constant(0), pieces.count, 1, [&](OpFoldResult piece) {
    OpFoldResult from = math.mul(piece, pieces.size);
    emitFrom(from, math.getPieceExtent(rows, pieces, from));
  });
}

bool GenericGroup::emit() {
  for (auto &member : members)
    starts.push_back(member->prepare());
  mergeLoops();
  std::optional<int64_t> rows;
  bool inRegisters = fitsRegisters();
  if (!inRegisters) {
    rows = chooseRows();
    if (!rows)
      return false;
  }
  findStreamed();
  auto emitRows = [&](bool large) {
    if (inRegisters)
      emitShortRows(large);
    else
      emitBlocks(*rows, large);
  };
  if (streamed.empty()) {
    emitAll(emitRows);
    return true;
  }
  Value misalignment = math.toValue(math.constant(0));
  for (const Streamed &last : streamed)
    misalignment = arith::OrIOp::create(
        builder, loc, misalignment,
        math.toValue(members[last.writer]->getMisalignment()));
  math.branch(
      misalignment, 1, [&] { emitAll(emitRows); },
      [&] {
        setStreams(true);
        emitAll(emitRows);
        setStreams(false);
      });
  return true;
}

void GenericGroup::setStreams(bool isTrue) {
  streams = isTrue;
  for (const Streamed &last : streamed)
    members[last.writer]->setStreams(isTrue);
}

void GenericGroup::emitAll(llvm::function_ref<void(bool)> emitRows) {
  if (!parallel && !sumsColumns())
    return emitRows(/*large=*/false);
  OpFoldResult cost = math.constant(0);
  for (auto &member : members)
    cost = math.add(cost, member->getCost());
  math.branch(
      cost, kMinThreadedCost, [&] { emitRows(/*large=*/true); },
      [&] { emitRows(/*large=*/false); });
}
