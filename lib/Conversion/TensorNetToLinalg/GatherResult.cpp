//===- GatherResult.cpp - Sums that gather instead of scatter -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// Works on a copy of a contraction.
class Gatherer {
public:
  explicit Gatherer(LoweredContraction contraction)
      : contraction(std::move(contraction)),
        isPlaced(this->contraction.extents.size()) {}

  bool run();

  LoweredContraction contraction;

private:
  /// Bare subscripts of exact extents stay, each index once.
  void keepBareSubscripts();
  bool gather(unsigned dim);
  /// The term of `form` whose index is best replaced by the result's.
  std::optional<LinearForm::Term> chooseTerm(const LinearForm &form,
                                             int64_t size) const;
  /// Gives the index of `term` the meaning of dimension `dim` of the result.
  bool replaceIndex(unsigned dim, LinearForm::Term term);
  /// Lets dimension `dim` run over an index of its own.
  void addIndex(unsigned dim);
  bool sums() const;

  llvm::SmallBitVector isPlaced, settled;
};

} // namespace

void Gatherer::keepBareSubscripts() {
  settled.resize(contraction.result.size());
  for (auto [dim, form] : llvm::enumerate(contraction.result)) {
    if (!contraction.isResultExact(dim) || isPlaced[form.getBareIndex()])
      continue;
    isPlaced.set(form.getBareIndex());
    settled.set(dim);
  }
}

/// True where an index is neither in a settled dimension nor in another
/// subscript of the result.
bool Gatherer::sums() const {
  llvm::SmallBitVector inResult(contraction.extents.size());
  for (const LinearForm &form : contraction.result)
    for (LinearForm::Term term : form.getTerms())
      inResult.set(term.index);
  return !inResult.all();
}

std::optional<LinearForm::Term> Gatherer::chooseTerm(const LinearForm &form,
                                                     int64_t size) const {
  std::optional<LinearForm::Term> best;
  constexpr int64_t typicalExtent = 512;
  auto estimate = [](int64_t extent) {
    return extent == kDynamicExtent ? typicalExtent : extent;
  };
  for (LinearForm::Term term : form.getTerms()) {
    if (std::abs(term.coefficient) != 1 || isPlaced[term.index])
      continue;
    if (best && estimate(contraction.staticExtents[term.index]) <=
                    estimate(contraction.staticExtents[best->index]))
      continue;
    best = term;
  }
  // Every point of the old sum is one of the new one; not many more are.
  if (best &&
      estimate(size) / 2 > estimate(contraction.staticExtents[best->index]))
    return std::nullopt;
  return best;
}

bool Gatherer::replaceIndex(unsigned dim, LinearForm::Term term) {
  // result = coefficient * t + rest, so t = coefficient * (result - rest).
  const LinearForm form = contraction.result[dim];
  LinearForm bare = LinearForm::bare(term.index);
  std::optional<LinearForm> rest = form.plus(bare, -term.coefficient);
  std::optional<LinearForm> offset = rest ? bare.plus(*rest, -1) : std::nullopt;
  std::optional<LinearForm> old =
      offset ? LinearForm().plus(*offset, term.coefficient) : std::nullopt;
  if (!old)
    return false;
  bool overflows = false, hasBounds = false;
  auto replace = [&](LinearForm &subscript) {
    std::optional<LinearForm> changed =
        subscript.substitute([&](IndexId index) {
          return index == term.index ? *old : LinearForm::bare(index);
        });
    overflows |= !changed;
    subscript = changed.value_or(subscript);
  };
  for (LoweredContraction::Factor &factor : contraction.factors)
    for (LinearForm &subscript : factor.subscripts) {
      hasBounds |= contraction.isExact(subscript) && subscript == bare;
      replace(subscript);
    }
  for (LoweredContraction::Condition &condition : contraction.conditions) {
    replace(condition.form);
    replace(condition.other);
  }
  for (LinearForm &subscript : contraction.result)
    replace(subscript);
  OpFoldResult extent = contraction.extents[term.index];
  OpFoldResult size = contraction.resultSizes[dim];
  contraction.extents[term.index] = size;
  contraction.staticExtents[term.index] =
      getConstantIntValue(size).value_or(kDynamicExtent);
  contraction.isFree.set(term.index);
  isPlaced.set(term.index);
  if (!hasBounds)
    contraction.addBounds(*old, extent, contraction.conditions);
  return !overflows;
}

void Gatherer::addIndex(unsigned dim) {
  OpFoldResult size = contraction.resultSizes[dim];
  LinearForm bare = LinearForm::bare(contraction.extents.size());
  contraction.extents.push_back(size);
  contraction.staticExtents.push_back(
      getConstantIntValue(size).value_or(kDynamicExtent));
  contraction.isFree.resize(contraction.extents.size(), true);
  isPlaced.resize(contraction.extents.size(), true);
  contraction.conditions.push_back({LoweredContraction::Condition::equal,
                                    bare,
                                    {},
                                    contraction.result[dim]});
  contraction.result[dim] = bare;
}

bool Gatherer::gather(unsigned dim) {
  const LinearForm &form = contraction.result[dim];
  bool isGiven = llvm::all_of(form.getTerms(), [&](LinearForm::Term term) {
    return isPlaced[term.index];
  });
  if (isGiven) {
    if (sums())
      return false;
    addIndex(dim);
    return true;
  }
  int64_t size = getConstantIntValue(contraction.resultSizes[dim])
                     .value_or(kDynamicExtent);
  std::optional<LinearForm::Term> term = chooseTerm(form, size);
  return term && replaceIndex(dim, *term);
}

bool Gatherer::run() {
  keepBareSubscripts();
  for (unsigned dim = 0; dim < contraction.result.size(); ++dim)
    if (!settled[dim] && !gather(dim))
      return false;
  return true;
}

LogicalResult mlir::tensornet::gatherResult(LoweredContraction &contraction) {
  Gatherer gatherer(contraction);
  if (!gatherer.run())
    return failure();
  contraction = std::move(gatherer.contraction);
  return success();
}
