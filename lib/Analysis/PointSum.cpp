//===- PointSum.cpp - Contractions as sums over points --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PointSum.h"
#include "tensornet/Analysis/IndexAlgebra.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <numeric>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

static const SizeId kUnknown = ~0u;

/// Gives the indices of `contraction` new numbers from the one returned on.
/// Bare subscripts of an index without explicit extent record equal sizes.
IndexId PointSum::importIndices(const SizedContraction &contraction) {
  IndexId first = extents.size();
  const Indexing &indexing = contraction.indexing;
  unsigned numIndices = indexing.getNumIndices();
  extents.append(numIndices, kUnknown);
  solutions.resize(extents.size());
  llvm::SmallVector<bool> isExplicit(numIndices);
  for (auto [entry, size] :
       llvm::zip_equal(indexing.extents, contraction.explicitExtents)) {
    extents[first + entry.index] = size;
    isExplicit[entry.index] = true;
  }
  auto recordSizes = [&](const Subscripts &subscripts, const SizeIds &dims) {
    for (auto [form, size] : llvm::zip_equal(subscripts, dims)) {
      if (!form.isBare() || isExplicit[form.getBareIndex()])
        continue;
      SizeId &extent = extents[first + form.getBareIndex()];
      if (extent == kUnknown)
        extent = size;
      else
        sizes.merge(extent, size);
    }
  };
  for (auto [subscripts, dims] :
       llvm::zip(indexing.operands, contraction.sizes))
    recordSizes(subscripts, dims);
  recordSizes(indexing.result, contraction.sizes.back());
  return first;
}

static Subscripts shiftIndices(const Subscripts &subscripts, IndexId first) {
  Subscripts shifted;
  for (const LinearForm &form : subscripts)
    shifted.push_back(
        form.rename([&](IndexId index) { return first + index; }));
  return shifted;
}

static llvm::SmallVector<TensorRead>
getReads(const SizedContraction &contraction, IndexId first, bool conjugated) {
  llvm::SmallVector<TensorRead> reads;
  const Indexing &indexing = contraction.indexing;
  for (unsigned t = 0; t < indexing.operands.size(); ++t)
    reads.push_back(
        {contraction.tensors[t], shiftIndices(indexing.operands[t], first),
         contraction.sizes[t], indexing.conjugated[t] != conjugated});
  return reads;
}

llvm::SmallVector<TensorRead> PointSum::addRoot(const SizedContraction &root) {
  IndexId first = importIndices(root);
  result = root.indexing.result;
  resultSizes = root.sizes.back();
  return getReads(root, first, /*conjugated=*/false);
}

llvm::SmallVector<TensorRead>
PointSum::substitute(const TensorRead &read, const SizedContraction &producer) {
  IndexId first = importIndices(producer);
  for (auto [written, wanted, size] :
       llvm::zip_equal(shiftIndices(producer.indexing.result, first),
                       read.subscripts, read.sizes))
    equations.push_back({wanted, written, size});
  addBounds(read);
  return getReads(producer, first, read.conjugated);
}

void PointSum::addBounds(const TensorRead &read) {
  for (auto [form, size] : llvm::zip_equal(read.subscripts, read.sizes))
    bounds.push_back({form, size});
}

//===----------------------------------------------------------------------===//
// Equations
//===----------------------------------------------------------------------===//

/// `form` without eliminated indices.
LinearForm PointSum::resolve(const LinearForm &form) {
  auto resolved = form.substitute([&](IndexId index) {
    if (!solutions[index])
      return LinearForm::bare(index);
    solutions[index] = resolve(*solutions[index]);
    return *solutions[index];
  });
  overflow |= !resolved;
  return resolved.value_or(LinearForm());
}

/// The index takes the values of `form`, as far as they are in its range.
void PointSum::eliminate(IndexId index, LinearForm form) {
  bounds.push_back({form, extents[index]});
  solutions[index] = std::move(form);
}

/// lhs - rhs divided by the greatest common divisor of its coefficients;
/// std::nullopt on overflow or where the constant is no multiple of it.
static std::optional<LinearForm> getDifference(const LinearForm &lhs,
                                               const LinearForm &rhs) {
  llvm::SmallVector<LinearForm::Term> terms(lhs.getTerms());
  for (LinearForm::Term term : rhs.getTerms()) {
    if (term.coefficient == INT64_MIN)
      return std::nullopt;
    terms.push_back({term.index, -term.coefficient});
  }
  int64_t constant;
  if (llvm::SubOverflow(lhs.getConstant(), rhs.getConstant(), constant))
    return std::nullopt;
  std::optional<LinearForm> difference = LinearForm::get(terms, constant);
  if (!difference || difference->isConstant())
    return difference;
  int64_t divisor = 0;
  for (LinearForm::Term term : difference->getTerms()) {
    if (term.coefficient == INT64_MIN)
      return std::nullopt;
    divisor = std::gcd(divisor, term.coefficient);
  }
  if (constant % divisor != 0)
    return std::nullopt;
  terms.assign(difference->getTerms().begin(), difference->getTerms().end());
  for (LinearForm::Term &term : terms)
    term.coefficient /= divisor;
  return LinearForm::get(terms, constant / divisor);
}

/// The index to eliminate from `difference` = 0: the one that stands alone on a
/// side, else the last one with coefficient 1 or -1. Producers' indices have
/// higher numbers and go first.
static std::optional<IndexId> getIndexToEliminate(const LinearForm &difference,
                                                  const LinearForm &lhs,
                                                  const LinearForm &rhs) {
  std::optional<IndexId> chosen;
  for (const LinearForm *side : {&lhs, &rhs})
    if (side->isBare() && difference.uses(side->getBareIndex()))
      chosen = std::max(chosen.value_or(0), side->getBareIndex());
  auto isUnit = [&](LinearForm::Term term) {
    return term.coefficient == 1 || term.coefficient == -1;
  };
  for (LinearForm::Term term : difference.getTerms())
    if (chosen && term.index == *chosen && isUnit(term))
      return chosen;
  chosen.reset();
  for (LinearForm::Term term : difference.getTerms())
    if (isUnit(term))
      chosen = term.index;
  return chosen;
}

/// Eliminates an index with `equation`. True where the equation says nothing
/// beyond that.
bool PointSum::solve(const Equation &equation) {
  LinearForm lhs = resolve(equation.lhs), rhs = resolve(equation.rhs);
  if (lhs == rhs)
    return true;
  std::optional<LinearForm> difference = getDifference(lhs, rhs);
  if (!difference)
    return false;
  std::optional<IndexId> index = getIndexToEliminate(*difference, lhs, rhs);
  if (!index)
    return false;
  // coefficient * index + rest = 0
  llvm::SmallVector<LinearForm::Term> rest;
  int64_t sign = 0;
  for (LinearForm::Term term : difference->getTerms()) {
    if (term.index == *index)
      sign = -term.coefficient;
    else
      rest.push_back(term);
  }
  for (LinearForm::Term &term : rest)
    if (llvm::MulOverflow(term.coefficient, sign, term.coefficient))
      return false;
  int64_t constant;
  if (llvm::MulOverflow(difference->getConstant(), sign, constant))
    return false;
  std::optional<LinearForm> form = LinearForm::get(rest, constant);
  if (!form)
    return false;
  eliminate(*index, *form);
  return true;
}

/// Solves what can be solved; an equation may become solvable by others.
void PointSum::solveEquations() {
  size_t before = equations.size() + 1;
  while (equations.size() < before) {
    before = equations.size();
    llvm::erase_if(equations,
                   [&](const Equation &equation) { return solve(equation); });
  }
}

void PointSum::resolveAll() {
  auto resolveInPlace = [&](LinearForm &form) { form = resolve(form); };
  for (TensorRead &read : reads)
    llvm::for_each(read.subscripts, resolveInPlace);
  llvm::for_each(result, resolveInPlace);
  for (Bound &bound : bounds)
    resolveInPlace(bound.form);
  for (Equation &equation : equations) {
    resolveInPlace(equation.lhs);
    resolveInPlace(equation.rhs);
  }
}

//===----------------------------------------------------------------------===//
// Bounds and unused indices
//===----------------------------------------------------------------------===//

/// A bound of a bare index with a smaller number is a smaller extent.
void PointSum::shrinkExtents() {
  for (const Bound &bound : bounds) {
    if (!bound.form.isBare())
      continue;
    SizeId &extent = extents[bound.form.getBareIndex()];
    if (sizes.getValue(extent) != kDynamicExtent &&
        sizes.isAtMost(bound.size, extent))
      extent = bound.size;
  }
}

/// True where extents alone imply the bound.
bool PointSum::isTriviallyTrue(const Bound &bound) const {
  if (bound.form.isBare())
    return sizes.isAtMost(extents[bound.form.getBareIndex()], bound.size);
  // The range only looks at the indices of the form.
  llvm::SmallVector<LinearForm::Term> terms;
  llvm::SmallVector<int64_t> values;
  for (LinearForm::Term term : bound.form.getTerms()) {
    terms.push_back({static_cast<IndexId>(values.size()), term.coefficient});
    values.push_back(sizes.getValue(extents[term.index]));
  }
  auto form = LinearForm::get(terms, bound.form.getConstant());
  std::optional<Interval> range = getRange(*form, values);
  int64_t size = sizes.getValue(bound.size);
  return range && size != kDynamicExtent && range->min >= 0 &&
         range->max < size;
}

/// Drops bounds that extents, reads, the result, equations or earlier bounds
/// imply.
void PointSum::dropImpliedBounds() {
  llvm::erase_if(bounds,
                 [&](const Bound &bound) { return isTriviallyTrue(bound); });
  if (bounds.empty())
    return;
  std::map<LinearForm, llvm::SmallVector<SizeId, 1>> implied;
  auto record = [&](const Subscripts &subscripts, const SizeIds &dims) {
    for (auto [form, size] : llvm::zip_equal(subscripts, dims))
      implied[form].push_back(size);
  };
  for (const TensorRead &read : reads)
    record(read.subscripts, read.sizes);
  record(result, resultSizes);
  for (const Equation &equation : equations) {
    implied[equation.lhs].push_back(equation.size);
    implied[equation.rhs].push_back(equation.size);
  }
  llvm::erase_if(bounds, [&](const Bound &bound) {
    llvm::SmallVector<SizeId, 1> &known = implied[bound.form];
    bool isImplied = llvm::any_of(
        known, [&](SizeId size) { return sizes.isAtMost(size, bound.size); });
    known.push_back(bound.size);
    return isImplied;
  });
}

/// The number of values of all indices that nothing uses. One whose number only
/// the run knows gets a bound instead, so that a vector of ones counts it.
int64_t PointSum::countUnusedIndices() {
  llvm::SmallVector<bool> used(extents.size());
  auto mark = [&](const LinearForm &form) {
    for (LinearForm::Term term : form.getTerms())
      used[term.index] = true;
  };
  for (const TensorRead &read : reads)
    llvm::for_each(read.subscripts, mark);
  llvm::for_each(result, mark);
  for (const Bound &bound : bounds)
    mark(bound.form);
  for (const Equation &equation : equations) {
    mark(equation.lhs);
    mark(equation.rhs);
  }
  int64_t count = 1;
  for (IndexId index = 0; index < extents.size(); ++index) {
    if (used[index] || solutions[index])
      continue;
    int64_t extent = sizes.getValue(extents[index]), product;
    if (extent == kDynamicExtent || llvm::MulOverflow(count, extent, product))
      bounds.push_back({LinearForm::bare(index), extents[index]});
    else
      count = product;
  }
  return count;
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

namespace {
/// What the bare subscripts of an index say about its extent.
struct BareUses {
  bool any = false;
  bool allAgree = true;
};
} // namespace

FlatContraction PointSum::toContraction(int64_t factor) {
  FlatContraction flat;
  flat.factor = factor;
  llvm::SmallVector<BareUses> bareUses(extents.size());
  llvm::SmallVector<bool> used(extents.size());
  auto look = [&](const LinearForm &form, SizeId size) {
    for (LinearForm::Term term : form.getTerms())
      used[term.index] = true;
    if (!form.isBare())
      return;
    BareUses &uses = bareUses[form.getBareIndex()];
    uses.any = true;
    uses.allAgree &= sizes.areEqual(size, extents[form.getBareIndex()]);
  };
  auto addOperand = [&](const Subscripts &subscripts, const SizeIds &dims,
                        bool conjugated) {
    for (auto [form, size] : llvm::zip_equal(subscripts, dims))
      look(form, size);
    flat.indexing.operands.push_back(subscripts);
    flat.indexing.conjugated.push_back(conjugated);
  };
  for (const TensorRead &read : reads)
    addOperand(read.subscripts, read.sizes, read.conjugated);
  for (const Bound &bound : bounds)
    addOperand({bound.form}, {bound.size}, /*conjugated=*/false);
  for (const Equation &equation : equations)
    addOperand({equation.lhs, equation.rhs}, {equation.size, equation.size},
               /*conjugated=*/false);
  for (auto [form, size] : llvm::zip_equal(result, resultSizes))
    look(form, size);
  for (IndexId index = 0; index < extents.size(); ++index)
    if (used[index] && !(bareUses[index].any && bareUses[index].allAgree))
      flat.extents.push_back({index, extents[index]});
  flat.indexing.result = result;
  flat.reads.assign(reads.begin(), reads.end());
  flat.ones.assign(bounds.begin(), bounds.end());
  flat.deltas.assign(equations.begin(), equations.end());
  return flat;
}

std::optional<FlatContraction> PointSum::finish() {
  solveEquations();
  resolveAll();
  if (overflow)
    return std::nullopt;
  shrinkExtents();
  dropImpliedBounds();
  return toContraction(countUnusedIndices());
}
