//===- ContractionMatch.cpp - Contractions up to names and order ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionMatch.h"

#include "tensornet/Analysis/ContractionGraph.h"

using namespace mlir;
using namespace mlir::tensornet;

bool mlir::tensornet::isIdentity(ArrayRef<unsigned> permutation) {
  return llvm::all_of(llvm::enumerate(permutation), [](auto entry) {
    return entry.index() == entry.value();
  });
}

llvm::hash_code mlir::tensornet::hashContraction(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<size_t> operands;
  for (auto [input, conjugated] :
       llvm::zip_equal(op.getInputs(), indexing.conjugated))
    operands.push_back(
        llvm::hash_combine(input.getAsOpaquePointer(), conjugated));
  llvm::sort(operands);
  SmallVector<int64_t> sizes(op.getResultType().getShape());
  llvm::sort(sizes);
  return llvm::hash_combine(
      llvm::hash_combine_range(operands), llvm::hash_combine_range(sizes),
      op.getResultType().getElementType(), indexing.getNumIndices());
}

namespace {

/// Looks for the bijections of operands, indices and result dimensions that
/// turn one contraction into another, by backtracking. Operands are matched in
/// an order in which most have one candidate: only the same tensor in symmetric
/// places leaves a choice.
class Matcher {
public:
  Matcher(ContractOp first, ContractOp second);
  bool run(bool identity);
  DimPermutation takePermutation() { return std::move(resultDims); }

private:
  using Continuation = llvm::function_ref<bool()>;

  /// An index of the second contraction not matched yet.
  static constexpr IndexId kNone = ~0u;
  /// Beyond this many attempts the contractions count as different.
  static constexpr unsigned kMaxAttempts = 100000;
  /// The search recurses once per operand.
  static constexpr unsigned kMaxOperands = 512;

  /// What the two contractions say, in the same words.
  struct Side {
    explicit Side(ContractOp op);
    bool isSameOperand(unsigned operand, const Side &other,
                       unsigned otherOperand) const {
      return spec.inputs[operand] == other.spec.inputs[otherOperand] &&
             indexing.conjugated[operand] ==
                 other.indexing.conjugated[otherOperand];
    }
    const Indexing &indexing;
    ContractionSpec spec;
    SmallVector<int64_t> extents;
    /// Per index, null where it has no explicit extent.
    SmallVector<OpFoldResult> explicitExtents;
  };

  bool isSameIndex(IndexId index, IndexId other) const;
  void orderOperands(bool resultFirst);
  bool matchOperands(unsigned position, Continuation next);
  bool matchResult(unsigned dim, bool identity, Continuation next);
  bool matchTensors(const Subscripts &lhs, const Subscripts &rhs, unsigned dim,
                    Continuation next);
  bool matchForms(const LinearForm &lhs, const LinearForm &rhs,
                  Continuation next);
  bool matchTerms(ArrayRef<LinearForm::Term> lhs,
                  ArrayRef<LinearForm::Term> rhs, Continuation next);

  Side first, second;
  SmallVector<unsigned> order;
  SmallVector<bool> takenOperands, takenDims;
  /// The index of the second contraction for each of the first, and back.
  SmallVector<IndexId> forward, backward;
  DimPermutation resultDims;
  unsigned attempts = 0;
};

} // namespace

Matcher::Side::Side(ContractOp op)
    : indexing(op.getIndexingValue()), spec(getContractionSpec(op)),
      extents(op.getStaticExtents()), explicitExtents(extents.size()) {
  for (auto &[index, extent] : spec.extents)
    explicitExtents[index] = extent;
}

Matcher::Matcher(ContractOp first, ContractOp second)
    : first(first), second(second) {}

bool Matcher::isSameIndex(IndexId index, IndexId other) const {
  return first.extents[index] == second.extents[other] &&
         first.explicitExtents[index] == second.explicitExtents[other];
}

/// Next comes the operand with the most indices that are matched by then; among
/// these the one whose tensor occurs least.
void Matcher::orderOperands(bool resultFirst) {
  unsigned numOperands = first.spec.inputs.size();
  SmallVector<unsigned> repeats(numOperands);
  SmallVector<IndexSet> sets;
  for (unsigned operand = 0; operand < numOperands; ++operand) {
    sets.push_back(getIndexSet(first.indexing.operands[operand]));
    for (unsigned other = 0; other < numOperands; ++other)
      repeats[operand] += first.isSameOperand(operand, first, other);
  }
  SmallVector<bool> matched(forward.size());
  if (resultFirst)
    for (IndexId index : getIndexSet(first.indexing.result))
      matched[index] = true;
  order.clear();
  SmallVector<bool> done(numOperands);
  while (order.size() < numOperands) {
    std::optional<unsigned> best;
    std::pair<int, int> bestScore;
    for (unsigned operand = 0; operand < numOperands; ++operand) {
      if (done[operand])
        continue;
      int known = llvm::count_if(sets[operand],
                                 [&](IndexId index) { return matched[index]; });
      std::pair<int, int> score(known, -static_cast<int>(repeats[operand]));
      if (!best || bestScore < score) {
        best = operand;
        bestScore = score;
      }
    }
    order.push_back(*best);
    done[*best] = true;
    for (IndexId index : sets[*best])
      matched[index] = true;
  }
}

/// Matches the terms of two subscripts, the first of `lhs` with each of `rhs`.
bool Matcher::matchTerms(ArrayRef<LinearForm::Term> lhs,
                         ArrayRef<LinearForm::Term> rhs, Continuation next) {
  if (lhs.empty())
    return next();
  auto [index, coefficient] = lhs.front();
  for (LinearForm::Term term : rhs) {
    if (term.coefficient != coefficient)
      continue;
    if (forward[index] == term.index)
      return matchTerms(lhs.drop_front(), rhs, next);
    if (forward[index] != kNone || backward[term.index] != kNone ||
        !isSameIndex(index, term.index))
      continue;
    forward[index] = term.index;
    backward[term.index] = index;
    if (matchTerms(lhs.drop_front(), rhs, next))
      return true;
    forward[index] = backward[term.index] = kNone;
  }
  return false;
}

bool Matcher::matchForms(const LinearForm &lhs, const LinearForm &rhs,
                         Continuation next) {
  return lhs.getConstant() == rhs.getConstant() &&
         lhs.getTerms().size() == rhs.getTerms().size() &&
         matchTerms(lhs.getTerms(), rhs.getTerms(), next);
}

bool Matcher::matchTensors(const Subscripts &lhs, const Subscripts &rhs,
                           unsigned dim, Continuation next) {
  if (dim == lhs.size())
    return next();
  return matchForms(lhs[dim], rhs[dim],
                    [&] { return matchTensors(lhs, rhs, dim + 1, next); });
}

bool Matcher::matchOperands(unsigned position, Continuation next) {
  if (position == order.size())
    return next();
  unsigned operand = order[position];
  for (unsigned other = 0; other < takenOperands.size(); ++other) {
    if (takenOperands[other] || !first.isSameOperand(operand, second, other))
      continue;
    if (++attempts > kMaxAttempts)
      return false;
    takenOperands[other] = true;
    if (matchTensors(first.indexing.operands[operand],
                     second.indexing.operands[other], 0,
                     [&] { return matchOperands(position + 1, next); }))
      return true;
    takenOperands[other] = false;
  }
  return false;
}

bool Matcher::matchResult(unsigned dim, bool identity, Continuation next) {
  if (dim == resultDims.size())
    return next();
  for (unsigned other = 0; other < resultDims.size(); ++other) {
    if (takenDims[other] || (identity && other != dim) ||
        first.spec.resultSizes[dim] != second.spec.resultSizes[other])
      continue;
    if (++attempts > kMaxAttempts)
      return false;
    takenDims[other] = true;
    resultDims[dim] = other;
    if (matchForms(first.indexing.result[dim], second.indexing.result[other],
                   [&] { return matchResult(dim + 1, identity, next); }))
      return true;
    takenDims[other] = false;
  }
  return false;
}

bool Matcher::run(bool identity) {
  unsigned numOperands = first.spec.inputs.size();
  unsigned rank = first.indexing.result.size();
  if (numOperands != second.spec.inputs.size() || numOperands > kMaxOperands ||
      rank != second.indexing.result.size() ||
      first.extents.size() != second.extents.size() ||
      first.spec.extents.size() != second.spec.extents.size() ||
      first.spec.elementType != second.spec.elementType)
    return false;
  takenOperands.assign(numOperands, false);
  takenDims.assign(rank, false);
  resultDims.assign(rank, 0);
  forward.assign(first.extents.size(), kNone);
  backward.assign(first.extents.size(), kNone);
  attempts = 0;
  orderOperands(/*resultFirst=*/identity);
  auto done = [] { return true; };
  if (identity)
    return matchResult(0, true, [&] { return matchOperands(0, done); });
  return matchOperands(0, [&] { return matchResult(0, false, done); });
}

std::optional<DimPermutation>
mlir::tensornet::matchContractions(ContractOp first, ContractOp second,
                                   bool identityOnly) {
  Matcher matcher(first, second);
  if (matcher.run(/*identity=*/true) ||
      (!identityOnly && matcher.run(/*identity=*/false)))
    return matcher.takePermutation();
  return std::nullopt;
}
