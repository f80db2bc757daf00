//===- GenericAhead.cpp - What rows ask the caches for --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericGroups.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Bytes of a tensor that the second cache does not keep until it is read.
static constexpr int64_t kMinFetchedBytes = 256 << 10;

/// Bytes between what the product of a large matrix with a vector reads of a
/// row and what that asks the caches for: it walks along more rows at a time
/// than the hardware foresees in time.
static constexpr int64_t kProductAhead = 512;

/// True for a tensor that the second cache may not keep.
static bool isLarge(MemRefType type) {
  return !type.hasStaticShape() ||
         type.getNumElements() * type.getElementTypeBitWidth() >=
             kMinFetchedBytes * 8;
}

void GenericVectorizer::readAhead() {
  if (!combiner || op.getNumDpsInputs() < 2)
    return;
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto type = cast<MemRefType>(input->get().getType());
    int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    if (type.hasStaticShape() &&
        type.getNumElements() > kLargeMatrixBytes / bytes &&
        readsVectors(input->getOperandNumber()))
      setReadAhead(input->getOperandNumber(),
                   math.constant(kProductAhead / bytes));
  }
}

void GenericGroup::readAhead(int64_t rows) {
  llvm::MapVector<Value, SmallVector<OpOperand *>> readers;
  for (auto [position, op] : llvm::enumerate(group.ops))
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (isLarge(cast<MemRefType>(input->get().getType())) &&
          !isScratchBuffer(input->get()) &&
          members[position]->readsVectors(input->getOperandNumber()))
        readers[input->get()].push_back(input);
    }
  for (ArrayRef<OpOperand *> all : llvm::make_second_range(readers)) {
    if (all.size() == 1)
      continue;
    OpOperand *last = all.back();
    const auto *position = llvm::find(group.ops, last->getOwner());
    GenericVectorizer &member = *members[position - group.ops.begin()];
    unsigned number = last->getOperandNumber();
    member.setReadAhead(number,
                        math.mul(math.constant(rows),
                                 member.getLoops()[count - 1].strides[number]));
  }
}

bool GenericGroup::isTouchedFirst(OpOperand &result) const {
  for (linalg::GenericOp op : group.ops) {
    if (op == result.getOwner())
      return !llvm::is_contained(op.getInputs(), result.get());
    if (llvm::is_contained(op->getOperands(), result.get()))
      return false;
  }
  llvm_unreachable("the owner is a member");
}

void GenericGroup::writeAhead() {
  for (auto &member : members)
    member->clearWriteAhead();
  for (auto [position, op] : llvm::enumerate(group.ops)) {
    if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() > 0)
      continue;
    OpOperand &result = op.getDpsInitsMutable()[0];
    auto type = cast<MemRefType>(result.get().getType());
    if (!isLarge(type) || !type.getLayout().isIdentity() ||
        isScratchBuffer(result.get()) || getStreamed(result) ||
        !isTouchedFirst(result))
      continue;
    // Of the ops before it, the one that has what memory is then asked for
    // soonest.
    for (unsigned earlier = position; earlier-- > 0;)
      if (OpOperand *guide = findGuide(group.ops[earlier], result)) {
        members[earlier]->setWriteAhead(
            guide->getOperandNumber(),
            members[position]->getBuffer(result.getOperandNumber()));
        break;
      }
  }
}

OpOperand *GenericGroup::findGuide(linalg::GenericOp op, OpOperand &result) {
  auto writer = cast<linalg::GenericOp>(result.getOwner());
  const auto *position = llvm::find(group.ops, op);
  GenericVectorizer &member = *members[position - group.ops.begin()];
  for (OpOperand *input : op.getDpsInputOperands())
    if (input->get().getType() == result.get().getType() &&
        op.getMatchingIndexingMap(input) ==
            writer.getMatchingIndexingMap(&result) &&
        member.readsVectors(input->getOperandNumber()))
      return input;
  return nullptr;
}
