//===- IndexAlgebra.cpp - Extents and bounds of contractions --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/IndexAlgebra.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>

using namespace mlir::tensornet;

static const Subscripts &getSubscripts(const Indexing &indexing,
                                       unsigned tensor) {
  return tensor < indexing.operands.size() ? indexing.operands[tensor]
                                           : indexing.result;
}

llvm::SmallVector<llvm::SmallVector<SubscriptPlace, 2>>
mlir::tensornet::getBarePlaces(const Indexing &indexing) {
  llvm::SmallVector<llvm::SmallVector<SubscriptPlace, 2>> places(
      indexing.getNumIndices());
  for (unsigned tensor = 0; tensor <= indexing.operands.size(); ++tensor)
    for (auto [dim, form] : llvm::enumerate(getSubscripts(indexing, tensor)))
      if (form.isBare())
        places[form.getBareIndex()].push_back(
            {tensor, static_cast<unsigned>(dim)});
  return places;
}

llvm::SmallVector<int64_t>
mlir::tensornet::getStaticExtents(const Indexing &indexing,
                                  const ContractionShapes &shapes) {
  llvm::SmallVector<int64_t> extents;
  for (auto [index, places] : llvm::enumerate(getBarePlaces(indexing))) {
    int64_t extent = kDynamicExtent;
    if (auto stated = indexing.getExplicitExtent(index)) {
      extent = *stated;
    } else {
      for (SubscriptPlace place : places)
        if (extent == kDynamicExtent)
          extent = shapes[place.tensor][place.dim];
    }
    extents.push_back(extent);
  }
  return extents;
}

llvm::SmallVector<bool>
mlir::tensornet::getUndeterminedResultDims(const Indexing &indexing,
                                           const ContractionShapes &shapes) {
  auto places = getBarePlaces(indexing);
  unsigned resultNumber = indexing.operands.size();
  llvm::SmallVector<bool> undetermined;
  for (auto [dim, form] : llvm::enumerate(indexing.result)) {
    bool dynamic = shapes[resultNumber][dim] == kDynamicExtent;
    bool determined = false;
    if (form.isBare() && !indexing.getExplicitExtent(form.getBareIndex())) {
      unsigned thisDim = dim;
      determined =
          llvm::any_of(places[form.getBareIndex()], [&](SubscriptPlace place) {
            return place.tensor != resultNumber || place.dim < thisDim ||
                   shapes[resultNumber][place.dim] != kDynamicExtent;
          });
    }
    undetermined.push_back(dynamic && !determined);
  }
  return undetermined;
}

std::optional<Interval>
mlir::tensornet::getRange(const LinearForm &form,
                          llvm::ArrayRef<int64_t> extents) {
  Interval range{form.getConstant(), form.getConstant()};
  for (const LinearForm::Term &term : form.getTerms()) {
    int64_t extent = extents[term.index];
    if (extent == kDynamicExtent || extent == 0)
      return std::nullopt;
    int64_t reach;
    if (llvm::MulOverflow(term.coefficient, extent - 1, reach))
      return std::nullopt;
    int64_t &end = reach < 0 ? range.min : range.max;
    if (llvm::AddOverflow(end, reach, end))
      return std::nullopt;
  }
  return range;
}

bool mlir::tensornet::isNeverNegative(const LinearForm &form) {
  return form.getConstant() >= 0 &&
         llvm::all_of(form.getTerms(), [](LinearForm::Term term) {
           return term.coefficient >= 0;
         });
}

bool mlir::tensornet::isProvablyInBounds(const LinearForm &form, int64_t size,
                                         const Indexing &indexing,
                                         llvm::ArrayRef<int64_t> extents) {
  if (form.isBare() && !indexing.getExplicitExtent(form.getBareIndex()))
    return true;
  std::optional<Interval> range = getRange(form, extents);
  return range && size != kDynamicExtent && range->min >= 0 &&
         range->max < size;
}

bool mlir::tensornet::isProvablyOutOfBounds(const LinearForm &form,
                                            int64_t size,
                                            llvm::ArrayRef<int64_t> extents) {
  std::optional<Interval> range = getRange(form, extents);
  return range &&
         (range->max < 0 || (size != kDynamicExtent && range->min >= size));
}

bool mlir::tensornet::isTensorInBounds(const Indexing &indexing,
                                       unsigned tensor,
                                       const ContractionShapes &shapes,
                                       llvm::ArrayRef<int64_t> extents) {
  return llvm::all_of(
      llvm::zip_equal(getSubscripts(indexing, tensor), shapes[tensor]),
      [&](auto pair) {
        return isProvablyInBounds(std::get<0>(pair), std::get<1>(pair),
                                  indexing, extents);
      });
}

std::optional<int64_t>
mlir::tensornet::getNumIndexPoints(llvm::ArrayRef<int64_t> extents) {
  if (llvm::is_contained(extents, kDynamicExtent))
    return std::nullopt;
  if (llvm::is_contained(extents, 0))
    return 0;
  int64_t points = 1;
  for (int64_t extent : extents)
    if (llvm::MulOverflow(points, extent, points))
      return std::nullopt;
  return points;
}
