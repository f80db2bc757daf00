//===- BlockGroupCost.cpp - Blocks of a group and their cost --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroup.h"

#include "Kernels/KernelPrologue.h"

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Blocks of fewer rows do not pay, unless there are no more: tiles of kernels
/// have about as many.
static constexpr int64_t kMinRows = 16;
/// The same where ops sum over the rows: what they add to is read and written
/// once per block.
static constexpr int64_t kMinSummedRows = 64;
static constexpr int64_t kManyRows = 512;
/// Blocks of more rows are whole tiles of kernels.
static constexpr int64_t kTileRows = 16;
/// What reading and packing a byte again takes that is still in a cache, in the
/// time that other bytes take.
static constexpr double kNearWeight = 0.25;
/// What one dimension has to save, in terms of what outer ones do, to be cut in
/// their place.
static constexpr double kMuchMore = 1.1;
/// Blocks become no smaller than this part of the cache, ...
static constexpr int64_t kSmallestBlock = 32;
/// ... the parts of each tensor that is larger than this part of the cache no
/// shorter pieces of memory, in elements, ...
static constexpr int64_t kSmallTensor = 8, kMinRun = 64;
/// ... and contractions no fewer multiplications.
static constexpr double kMinWork = 1 << 19;

/// The value whose memory `result` takes, as far as the group makes it.
static Value getMemory(const BlockGroup &group, OpResult result) {
  Value value = result;
  while (auto current = dyn_cast<OpResult>(value)) {
    auto op = dyn_cast<DestinationStyleOpInterface>(current.getOwner());
    if (!op || !group.contains(op))
      break;
    Value init = op.getDpsInits()[current.getResultNumber()];
    if (!group.contains(init.getDefiningOp()))
      break;
    value = init;
  }
  return value;
}

int64_t BlockGroup::countBlockBytes() const {
  llvm::SetVector<Value> memory;
  for (const auto &[op, member] : members)
    if (!member.isSum && !isPrologue(op))
      for (OpResult result : op->getResults())
        memory.insert(getMemory(*this, result));
  int64_t bytes = 0;
  for (Value value : memory) {
    auto result = cast<OpResult>(value);
    const Member &member = getMember(result.getOwner());
    SmallVector<std::optional<unsigned>> present;
    for (unsigned loop : member.loops.getResultLoops(result.getOwner(),
                                                     result.getResultNumber()))
      present.push_back(member.shared[loop]);
    bytes += getTensorBytes(value.getType()) * getPart(present);
  }
  return bytes;
}

bool BlockGroup::chooseBlocks() {
  for (auto &entry : members)
    for (auto [loop, isReduction] :
         llvm::enumerate(entry.second.loops.isReduction))
      if (isReduction && entry.second.shared[loop])
        dims[*entry.second.shared[loop]].isSummed = true;
  // Outer dimensions come first: rows stay together as long as they can.
  order.clear();
  for (unsigned number = 0; number < dims.size(); ++number)
    if (isShared(number))
      order.push_back(number);
  if (!cutDims(cacheBytes))
    return false;
  // Another one alone may leave much less to be read again.
  double saved = countSavedBytes();
  if (saved <= 0)
    return true;
  auto best = std::pair(order, dims);
  for (unsigned number : SmallVector<unsigned>(order)) {
    order = {number};
    if (dims[number].isSummed || !cutDims(cacheBytes))
      continue;
    if (double other = countSavedBytes(); other > kMuchMore * saved) {
      saved = other;
      best = {order, dims};
    }
  }
  std::tie(order, dims) = best;
  return true;
}

bool BlockGroup::cutDims(int64_t mostBytes) {
  for (SharedDim &dim : dims)
    dim.block = dim.extent;
  for (unsigned number : order) {
    SharedDim &dim = dims[number];
    int64_t least = dim.isSummed ? kMinSummedRows : kMinRows;
    if (dim.extent <= kManyRows)
      least = 1;
    while (countBlockBytes() > mostBytes && dim.block > least)
      dim.block = std::max(least, (dim.block + 1) / 2);
    if (countBlockBytes() <= mostBytes) {
      // Kernels like whole tiles of rows.
      if (dim.block < dim.extent && dim.block > kTileRows)
        dim.block = dim.block / 8 * 8;
      return true;
    }
    dim.block = 1;
  }
  return false;
}

void BlockGroup::shrinkBlocks() {
  SmallVector<SharedDim> best = dims;
  double gain = countSavedBytes() - countLostBytes();
  for (int64_t bytes = cacheBytes / 2; bytes >= cacheBytes / kSmallestBlock;
       bytes /= 2) {
    if (!cutDims(bytes) || !hasLargePieces())
      break;
    if (double other = countSavedBytes() - countLostBytes(); other > gain) {
      gain = other;
      best = dims;
    }
  }
  dims = best;
}

int64_t BlockGroup::countRun(RankedTensorType type,
                             ArrayRef<std::optional<unsigned>> present) const {
  int64_t run = 1;
  for (auto [extent, dim] :
       llvm::reverse(llvm::zip_equal(type.getShape(), present))) {
    run *= dim ? dims[*dim].block : extent;
    if (dim && dims[*dim].countBlocks() > 1)
      break;
  }
  return run;
}

bool BlockGroup::hasLargePieces() const {
  auto isLarge = [&](RankedTensorType type,
                     ArrayRef<std::optional<unsigned>> present) {
    return getTensorBytes(type) <= cacheBytes / kSmallTensor ||
           countRun(type, present) >= kMinRun;
  };
  for (const auto &[op, member] : members) {
    for (OpOperand &operand : op->getOpOperands())
      if (auto type = dyn_cast<RankedTensorType>(operand.get().getType()))
        if (!isLarge(type, getOperandDims(operand)))
          return false;
    if (!isa<ContractIntoOp>(op))
      continue;
    double work = 1;
    for (auto [extent, shared] :
         llvm::zip_equal(member.loops.extents, member.shared))
      work *= double(shared ? dims[*shared].block : extent);
    if (work < kMinWork)
      return false;
  }
  return true;
}

double BlockGroup::countHandedBytes() const {
  double handed = 0;
  for (const auto &[op, member] : members)
    for (OpResult result : op->getResults()) {
      int64_t bytes = getTensorBytes(result.getType());
      if (bytes <= cacheBytes || member.isSum || isPrologue(op))
        continue;
      // Each reader in the group, and the writer unless others read too.
      handed += escapes(result) ? 0.0 : double(bytes);
      DenseSet<Operation *> readers(result.user_begin(), result.user_end());
      for (Operation *reader : readers)
        handed += contains(reader) ? double(bytes) : 0.0;
    }
  return handed;
}

double BlockGroup::getPart(ArrayRef<std::optional<unsigned>> present) const {
  double part = 1;
  for (std::optional<unsigned> dim : present)
    if (dim)
      part *= double(dims[*dim].block) / double(dims[*dim].extent);
  return part;
}

double BlockGroup::countRereadBytes() const {
  double reread = 0;
  for (const auto &entry : members)
    for (OpOperand &operand : entry.first->getOpOperands()) {
      if (contains(operand.get().getDefiningOp()))
        continue;
      // What lacks a shared dimension is read anew for each of its blocks; a
      // sum is written too.
      double visits = 1;
      SmallVector<std::optional<unsigned>> present = getOperandDims(operand);
      for (auto [number, dim] : llvm::enumerate(dims))
        if (!llvm::is_contained(present, number))
          visits *= double(dim.countBlocks());
      double bytes = double(getTensorBytes(operand.get().getType()));
      // What one thread reads again soon is in its cache.
      double weight =
          bytes * getPart(present) <= double(cacheBytes) ? kNearWeight : 1;
      bool isInit =
          cast<DestinationStyleOpInterface>(entry.first).isDpsInit(&operand);
      reread += (visits - 1) * weight * bytes * (isInit ? 2 : 1);
    }
  return reread;
}

double BlockGroup::countLostBytes() const {
  double touched = double(countBlockBytes());
  llvm::SmallSetVector<Value, 8> operands;
  for (const auto &entry : members)
    for (OpOperand &operand : entry.first->getOpOperands())
      if (!contains(operand.get().getDefiningOp()) &&
          (entry.second.isSum || !cast<DestinationStyleOpInterface>(entry.first)
                                      .isDpsInit(&operand)) &&
          operands.insert(operand.get()))
        touched += double(getTensorBytes(operand.get().getType())) *
                   getPart(getOperandDims(operand));
  return kNearWeight * countHandedBytes() *
         std::min(1.0, touched / double(cacheBytes));
}
