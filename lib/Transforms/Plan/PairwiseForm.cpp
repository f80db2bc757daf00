//===- PairwiseForm.cpp - Contractions of at most two operands ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Plan/ContractionOrder.h"

using namespace mlir;
using namespace mlir::tensornet;

OperandKind mlir::tensornet::getOperandKind(ContractOp op, unsigned operand) {
  auto producer = op.getInputs()[operand].getDefiningOp<ContractOp>();
  if (producer && producer.isVirtual())
    return OperandKind::Virtual;
  return getIndexSet(op.getIndexingValue().operands[operand]).empty()
             ? OperandKind::Scalar
             : OperandKind::Leaf;
}

static std::string quote(IndexId index) {
  return "index '" + getIndexName(index) + "'";
}

namespace {

/// The index sets of the tensors of a contraction, by what they are.
struct IndexSets {
  explicit IndexSets(ContractOp op);

  SmallVector<unsigned> leafNumbers;
  SmallVector<IndexSet> leaves;
  SmallVector<IndexSet> virtuals;
  IndexSet result;
};

} // namespace

IndexSets::IndexSets(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  for (unsigned operand = 0; operand < op.getInputs().size(); ++operand) {
    IndexSet indices = getIndexSet(indexing.operands[operand]);
    OperandKind kind = getOperandKind(op, operand);
    if (kind == OperandKind::Virtual)
      virtuals.push_back(std::move(indices));
    if (kind != OperandKind::Leaf)
      continue;
    leafNumbers.push_back(operand);
    leaves.push_back(std::move(indices));
  }
  result = getIndexSet(indexing.result);
}

/// The first index that `leaf` alone holds, if any.
static std::optional<IndexId> findPrivateIndex(const IndexSets &sets,
                                               const IndexSet &leaf,
                                               const IndexSet &otherLeaf) {
  for (IndexId index : leaf) {
    bool isShared =
        llvm::is_contained(otherLeaf, index) ||
        llvm::is_contained(sets.result, index) ||
        llvm::any_of(sets.virtuals, [&](const IndexSet &set) {
          return llvm::is_contained(set, index) && !isSubset(set, leaf);
        });
    if (!isShared)
      return index;
  }
  return std::nullopt;
}

/// What forbids a contraction of one leaf: it would run over the product of
/// what it sums and what it broadcasts.
static std::string getUnaryViolation(const IndexSets &sets) {
  std::optional<IndexId> summed =
      findPrivateIndex(sets, sets.leaves[0], IndexSet());
  if (!summed)
    return "";
  for (IndexId index : sets.result)
    if (!llvm::is_contained(sets.leaves[0], index))
      return quote(index) +
             " is only in the result of a contraction that sums " +
             quote(*summed);
  return "";
}

std::string mlir::tensornet::getPairwiseViolation(ContractOp op) {
  IndexSets sets(op);
  if (sets.leaves.size() > 2)
    return "it has " + std::to_string(sets.leaves.size()) +
           " operands, 0-d and virtual ones not counted, but at most 2 are "
           "allowed";
  if (sets.leaves.empty())
    return "";
  if (sets.leaves.size() == 1)
    return getUnaryViolation(sets);
  for (unsigned leaf = 0; leaf < 2; ++leaf)
    if (auto index =
            findPrivateIndex(sets, sets.leaves[leaf], sets.leaves[1 - leaf]))
      return quote(*index) + " is private to operand #" +
             std::to_string(sets.leafNumbers[leaf]) +
             " of a binary contraction";
  IndexSet spanned = unite(sets.leaves[0], sets.leaves[1]);
  for (IndexId index : sets.result)
    if (!llvm::is_contained(spanned, index))
      return quote(index) + " is on neither operand of a binary contraction, "
                            "only in its result";
  for (const IndexSet &set : sets.virtuals)
    for (IndexId index : set)
      if (!llvm::is_contained(spanned, index))
        return quote(index) + " is on neither operand of a binary "
                              "contraction, only on virtual ones";
  return "";
}

bool mlir::tensornet::isPairwise(ContractOp op) {
  return getPairwiseViolation(op).empty();
}

bool mlir::tensornet::hasBinaryAdjoints(ContractOp op,
                                        const BitVector &active) {
  unsigned leaves = 0, activeScalars = 0;
  for (unsigned operand = 0; operand < op.getInputs().size(); ++operand) {
    OperandKind kind = getOperandKind(op, operand);
    leaves += kind == OperandKind::Leaf;
    activeScalars += kind == OperandKind::Scalar && active[operand];
  }
  return isPairwise(op) && (activeScalars == 0 || leaves + activeScalars <= 2);
}
