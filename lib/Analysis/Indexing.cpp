//===- Indexing.cpp - Subscripts of a contraction -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/Indexing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// LinearForm
//===----------------------------------------------------------------------===//

LinearForm LinearForm::bare(IndexId index) {
  LinearForm form;
  form.terms.push_back({index, 1});
  return form;
}

LinearForm LinearForm::constant(int64_t value) {
  LinearForm form;
  form.offset = value;
  return form;
}

std::optional<LinearForm> LinearForm::get(llvm::ArrayRef<Term> terms,
                                          int64_t constant) {
  LinearForm form;
  form.offset = constant;
  llvm::SmallVector<Term> sorted(terms);
  llvm::stable_sort(
      sorted, [](const Term &a, const Term &b) { return a.index < b.index; });
  for (const Term &term : sorted) {
    if (form.terms.empty() || form.terms.back().index != term.index) {
      form.terms.push_back(term);
      continue;
    }
    int64_t &sum = form.terms.back().coefficient;
    if (llvm::AddOverflow(sum, term.coefficient, sum))
      return std::nullopt;
  }
  llvm::erase_if(form.terms,
                 [](const Term &term) { return term.coefficient == 0; });
  return form;
}

IndexId LinearForm::getBareIndex() const {
  assert(isBare() && "only a bare subscript names one index");
  return terms[0].index;
}

bool LinearForm::uses(IndexId index) const {
  return llvm::any_of(terms,
                      [&](const Term &term) { return term.index == index; });
}

std::optional<LinearForm>
LinearForm::substitute(llvm::function_ref<LinearForm(IndexId)> form) const {
  llvm::SmallVector<Term> newTerms;
  int64_t newOffset = offset;
  for (const Term &term : terms) {
    LinearForm replacement = form(term.index);
    int64_t product;
    if (llvm::MulOverflow(replacement.offset, term.coefficient, product) ||
        llvm::AddOverflow(newOffset, product, newOffset))
      return std::nullopt;
    for (const Term &inner : replacement.terms) {
      if (llvm::MulOverflow(inner.coefficient, term.coefficient, product))
        return std::nullopt;
      newTerms.push_back({inner.index, product});
    }
  }
  return get(newTerms, newOffset);
}

std::optional<LinearForm> LinearForm::plus(const LinearForm &other,
                                           int64_t factor) const {
  llvm::SmallVector<Term> sum(terms.begin(), terms.end());
  int64_t constant;
  if (llvm::MulOverflow(other.offset, factor, constant) ||
      llvm::AddOverflow(offset, constant, constant))
    return std::nullopt;
  for (const Term &term : other.terms) {
    int64_t product;
    if (llvm::MulOverflow(term.coefficient, factor, product))
      return std::nullopt;
    sum.push_back({term.index, product});
  }
  return get(sum, constant);
}

LinearForm
LinearForm::rename(llvm::function_ref<IndexId(IndexId)> newIndex) const {
  return *substitute([&](IndexId index) { return bare(newIndex(index)); });
}

bool LinearForm::operator<(const LinearForm &other) const {
  if (terms != other.terms)
    return std::lexicographical_compare(terms.begin(), terms.end(),
                                        other.terms.begin(), other.terms.end());
  return offset < other.offset;
}

llvm::hash_code mlir::tensornet::hash_value(const LinearForm &form) {
  llvm::hash_code code = llvm::hash_value(form.getConstant());
  for (const LinearForm::Term &term : form.getTerms())
    code = llvm::hash_combine(code, term.index, term.coefficient);
  return code;
}

Subscripts mlir::tensornet::bareSubscripts(llvm::ArrayRef<IndexId> indices) {
  return llvm::to_vector_of<LinearForm, 4>(
      llvm::map_range(indices, LinearForm::bare));
}

llvm::hash_code mlir::tensornet::hash_value(const ExplicitExtent &extent) {
  return llvm::hash_combine(extent.index, extent.extent);
}

//===----------------------------------------------------------------------===//
// Indexing
//===----------------------------------------------------------------------===//

void Indexing::walk(
    llvm::function_ref<void(const LinearForm &)> callback) const {
  for (const Subscripts &subscripts : operands)
    llvm::for_each(subscripts, callback);
  llvm::for_each(result, callback);
}

unsigned Indexing::getNumIndices() const {
  unsigned count = 0;
  walk([&](const LinearForm &form) {
    if (!form.getTerms().empty())
      count = std::max(count, form.getTerms().back().index + 1);
  });
  return count;
}

bool Indexing::isNumberedByAppearance() const {
  unsigned next = 0;
  llvm::SmallVector<bool> seen;
  bool inOrder = true;
  walk([&](const LinearForm &form) {
    for (const LinearForm::Term &term : form.getTerms()) {
      if (term.index < next)
        continue;
      inOrder &= term.index == next;
      ++next;
    }
  });
  return inOrder;
}

llvm::SmallVector<std::optional<IndexId>> Indexing::renumberByAppearance() {
  llvm::SmallVector<std::optional<IndexId>> newNumber(getNumIndices());
  IndexId next = 0;
  walk([&](const LinearForm &form) {
    for (const LinearForm::Term &term : form.getTerms())
      if (!newNumber[term.index])
        newNumber[term.index] = next++;
  });
  auto rename = [&](LinearForm &form) {
    form = form.rename([&](IndexId index) { return *newNumber[index]; });
  };
  for (Subscripts &subscripts : operands)
    llvm::for_each(subscripts, rename);
  llvm::for_each(result, rename);
  llvm::erase_if(extents, [&](const ExplicitExtent &entry) {
    return entry.index >= newNumber.size() || !newNumber[entry.index];
  });
  for (ExplicitExtent &entry : extents)
    entry.index = *newNumber[entry.index];
  llvm::sort(extents, [](const ExplicitExtent &a, const ExplicitExtent &b) {
    return a.index < b.index;
  });
  return newNumber;
}

std::optional<int64_t> Indexing::getExplicitExtent(IndexId index) const {
  for (const ExplicitExtent &entry : extents)
    if (entry.index == index)
      return entry.extent;
  return std::nullopt;
}

bool Indexing::anyConjugated() const {
  return llvm::is_contained(conjugated, true);
}

bool Indexing::isAllBare() const {
  bool allBare = true;
  walk([&](const LinearForm &form) { allBare &= form.isBare(); });
  return allBare;
}

llvm::hash_code mlir::tensornet::hash_value(const Indexing &indexing) {
  llvm::hash_code code = llvm::hash_combine(
      indexing.operands.size(),
      llvm::hash_combine_range(indexing.result.begin(), indexing.result.end()),
      llvm::hash_combine_range(indexing.extents.begin(),
                               indexing.extents.end()),
      llvm::hash_combine_range(indexing.conjugated.begin(),
                               indexing.conjugated.end()));
  for (const Subscripts &subscripts : indexing.operands)
    code = llvm::hash_combine(
        code, subscripts.size(),
        llvm::hash_combine_range(subscripts.begin(), subscripts.end()));
  return code;
}

static constexpr unsigned kLetters = 26;

std::string mlir::tensornet::getIndexName(IndexId index) {
  char letter = static_cast<char>('a' + ('i' - 'a' + index) % kLetters);
  std::string name(1, letter);
  if (index >= kLetters)
    name += std::to_string(index / kLetters);
  return name;
}

std::optional<IndexId> mlir::tensornet::getIndexNumber(llvm::StringRef name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z')
    return std::nullopt;
  IndexId round = 0;
  if (name.size() > 1 && name.drop_front().getAsInteger(10, round))
    return std::nullopt;
  constexpr IndexId kMostRounds = 1 << 20;
  if (round > kMostRounds)
    return std::nullopt;
  IndexId index = round * kLetters + (name[0] - 'i' + kLetters) % kLetters;
  if (getIndexName(index) != name)
    return std::nullopt;
  return index;
}
