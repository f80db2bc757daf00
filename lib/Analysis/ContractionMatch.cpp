//===- ContractionMatch.cpp - Equality up to renaming ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ContractionMatch.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::tensornet;

namespace {

/// Searches the renaming of indices of a to those of b, operand by operand.
class Matcher {
public:
  Matcher(const NamedContraction &a, const NamedContraction &b)
      : a(a), b(b), toB(a.indexing.getNumIndices()),
        toA(b.indexing.getNumIndices()), isTaken(b.indexing.operands.size()) {}

  bool match() {
    return a.indexing.operands.size() == b.indexing.operands.size() &&
           toB.size() == toA.size() &&
           a.indexing.extents.size() == b.indexing.extents.size() &&
           unify(a.indexing.result, b.indexing.result) && matchOperands(0);
  }

private:
  bool matchOperands(unsigned operand);
  bool isSameTensor(unsigned operandOfA, unsigned operandOfB) const {
    return a.tensors[operandOfA] == b.tensors[operandOfB] &&
           a.indexing.conjugated[operandOfA] ==
               b.indexing.conjugated[operandOfB];
  }
  bool unify(const Subscripts &ofA, const Subscripts &ofB);
  bool unify(const LinearForm &ofA, const LinearForm &ofB);
  bool agreesEverywhere() const;
  void undoTo(size_t numBound);

  const NamedContraction &a;
  const NamedContraction &b;
  llvm::SmallVector<std::optional<IndexId>> toB, toA;
  /// Indices of a with a partner, in the order in which they got it.
  llvm::SmallVector<IndexId> bound;
  llvm::SmallVector<bool> isTaken;
  llvm::SmallVector<unsigned> partners;
  unsigned stepsLeft = 10000;
};

} // namespace

/// Pairs indices with equal coefficients. Where several terms have the same
/// coefficient the order of their numbers decides; a wrong guess is found out
/// by agreesEverywhere.
bool Matcher::unify(const LinearForm &ofA, const LinearForm &ofB) {
  if (ofA.getConstant() != ofB.getConstant() ||
      ofA.getTerms().size() != ofB.getTerms().size())
    return false;
  for (LinearForm::Term term : ofA.getTerms()) {
    if (toB[term.index]) {
      if (!ofB.uses(*toB[term.index]))
        return false;
      continue;
    }
    const auto *partner =
        llvm::find_if(ofB.getTerms(), [&](LinearForm::Term other) {
          return other.coefficient == term.coefficient && !toA[other.index];
        });
    if (partner == ofB.getTerms().end())
      return false;
    toB[term.index] = partner->index;
    toA[partner->index] = term.index;
    bound.push_back(term.index);
  }
  return true;
}

bool Matcher::unify(const Subscripts &ofA, const Subscripts &ofB) {
  return ofA.size() == ofB.size() &&
         llvm::all_of(llvm::zip_equal(ofA, ofB), [&](auto pair) {
           return unify(std::get<0>(pair), std::get<1>(pair));
         });
}

void Matcher::undoTo(size_t numBound) {
  while (bound.size() > numBound) {
    IndexId index = bound.pop_back_val();
    toA[*toB[index]].reset();
    toB[index].reset();
  }
}

bool Matcher::matchOperands(unsigned operand) {
  if (operand == a.indexing.operands.size())
    return agreesEverywhere();
  for (unsigned other = 0; other < isTaken.size(); ++other) {
    if (isTaken[other] || !isSameTensor(operand, other))
      continue;
    if (stepsLeft == 0)
      return false;
    --stepsLeft;
    size_t numBound = bound.size();
    isTaken[other] = true;
    partners.push_back(other);
    if (unify(a.indexing.operands[operand], b.indexing.operands[other]) &&
        matchOperands(operand + 1))
      return true;
    partners.pop_back();
    isTaken[other] = false;
    undoTo(numBound);
  }
  return false;
}

/// The proof: the renaming makes every subscript and extent of a one of b.
bool Matcher::agreesEverywhere() const {
  auto isRenamed = [&](const Subscripts &ofA, const Subscripts &ofB) {
    return llvm::all_of(llvm::zip_equal(ofA, ofB), [&](auto pair) {
      return std::get<0>(pair).rename([&](IndexId index) {
        return *toB[index];
      }) == std::get<1>(pair);
    });
  };
  for (unsigned operand = 0; operand < partners.size(); ++operand)
    if (!isRenamed(a.indexing.operands[operand],
                   b.indexing.operands[partners[operand]]))
      return false;
  for (unsigned n = 0; n < a.extents.size(); ++n) {
    IndexId renamed = *toB[a.indexing.extents[n].index];
    const auto *other = llvm::find_if(
        b.indexing.extents, [renamed](const ExplicitExtent &candidate) {
          return candidate.index == renamed;
        });
    if (other == b.indexing.extents.end() ||
        b.extents[other - b.indexing.extents.begin()] != a.extents[n])
      return false;
  }
  return isRenamed(a.indexing.result, b.indexing.result);
}

bool mlir::tensornet::areEqualUpToRenaming(const NamedContraction &a,
                                           const NamedContraction &b) {
  return Matcher(a, b).match();
}
