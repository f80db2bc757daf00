//===- LayoutCost.cpp - What orders of dimensions cost --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayoutCost.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir::tensornet;

/// Elements that one vector holds.
static constexpr double kLanes = 16;
/// Per element: to gather or scatter it instead of moving vectors.
static constexpr double kGather = 8;
/// Per element: rows that are visited in another order than they lie.
static constexpr double kOtherOrder = 1;
/// Per element: one more loop where two dimensions could be walked as one, or
/// lanes that nothing fills.
static constexpr double kSplit = 0.5;
/// Per element: batches between what belongs to one of them.
static constexpr double kInnerBatch = 0.1;

static double countElements(const IndexOrder &order,
                            llvm::ArrayRef<double> extents) {
  double elements = 1;
  for (IndexId index : order)
    elements *= extents[index];
  return elements;
}

static bool hasAll(const IndexOrder &tensor, const IndexOrder &other) {
  return llvm::all_of(
      other, [&](IndexId index) { return llvm::is_contained(tensor, index); });
}

//===----------------------------------------------------------------------===//
// Elementwise work and sums
//===----------------------------------------------------------------------===//

/// True where the indices of `part` come in the order that they have in
/// `whole`.
static bool isSubsequence(const IndexOrder &part, const IndexOrder &whole) {
  const IndexId *place = whole.begin();
  for (IndexId index : part) {
    place = std::find(place, whole.end(), index);
    if (place == whole.end())
      return false;
  }
  return true;
}

/// Loops walk along `largest`, which has all indices.
static double getWalkCost(llvm::ArrayRef<IndexOrder> tensors,
                          const IndexOrder &largest,
                          llvm::ArrayRef<double> extents) {
  if (largest.empty())
    return 0;
  double penalty = 0;
  for (const IndexOrder &tensor : tensors) {
    IndexId last = largest.back();
    if (llvm::is_contained(tensor, last) && tensor.back() != last)
      penalty += kGather;
    if (!isSubsequence(tensor, largest))
      penalty += kOtherOrder;
  }
  return penalty * countElements(largest, extents);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

namespace {

/// A contraction of two operands that sums products.
class KernelLayout {
public:
  KernelLayout(llvm::ArrayRef<IndexOrder> tensors,
               llvm::ArrayRef<double> extents)
      : tensors(tensors), extents(extents) {}

  double getCost() const;

private:
  /// Which tensors have the index.
  unsigned getRole(IndexId index) const {
    unsigned role = 0;
    for (auto [number, tensor] : llvm::enumerate(tensors))
      role |= unsigned(llvm::is_contained(tensor, index)) << number;
    return role;
  }
  /// True where `index` follows `before` in every tensor that has both.
  bool areOne(IndexId before, IndexId index) const;
  double getSplitPenalty(const IndexOrder &tensor) const;
  double getVectorPenalty() const;

  static constexpr unsigned kBatch = 7;
  llvm::ArrayRef<IndexOrder> tensors;
  llvm::ArrayRef<double> extents;
};

} // namespace

bool KernelLayout::areOne(IndexId before, IndexId index) const {
  return getRole(before) == getRole(index) &&
         llvm::all_of(tensors, [&](const IndexOrder &tensor) {
           const IndexId *place = llvm::find(tensor, before);
           return place == tensor.end() ||
                  (place + 1 != tensor.end() && place[1] == index);
         });
}

/// Neighbours of one role that are apart elsewhere (batches are loops of their
/// own anyway), and batches inside of what is no batch.
double KernelLayout::getSplitPenalty(const IndexOrder &tensor) const {
  double penalty = 0;
  for (unsigned dim = 1; dim < tensor.size(); ++dim) {
    unsigned before = getRole(tensor[dim - 1]), role = getRole(tensor[dim]);
    if (before == role && role != kBatch &&
        !areOne(tensor[dim - 1], tensor[dim]))
      penalty += kSplit;
    if (before != role && role == kBatch)
      penalty += kInnerBatch;
  }
  return penalty;
}

/// Vectors run along the last dimensions of the result, as far as one operand
/// has them in this order.
double KernelLayout::getVectorPenalty() const {
  const IndexOrder &result = tensors.back();
  if (result.empty())
    return 0;
  if (getRole(result.back()) == kBatch)
    return kGather;
  double run = extents[result.back()];
  for (unsigned dim = result.size();
       --dim > 0 && areOne(result[dim - 1], result[dim]);)
    run *= extents[result[dim - 1]];
  return kSplit * (std::ceil(run / kLanes) * kLanes / run - 1);
}

double KernelLayout::getCost() const {
  double cost = getVectorPenalty() * countElements(tensors.back(), extents);
  for (const IndexOrder &tensor : tensors)
    cost += getSplitPenalty(tensor) * countElements(tensor, extents);
  return cost;
}

double mlir::tensornet::getLayoutCost(llvm::ArrayRef<IndexOrder> tensors,
                                      llvm::ArrayRef<double> extents) {
  // The result first: what is written decides where loops could go along two.
  for (const IndexOrder &largest : llvm::reverse(tensors))
    if (llvm::all_of(tensors, [&](const IndexOrder &tensor) {
          return hasAll(largest, tensor);
        }))
      return getWalkCost(tensors, largest, extents);
  return KernelLayout(tensors, extents).getCost();
}
