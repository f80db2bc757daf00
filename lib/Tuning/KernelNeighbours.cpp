//===- KernelNeighbours.cpp - Kernels like another ------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/KernelNeighbours.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir::tensornet;

/// Rows of the largest register tiles of one to six vectors per row, for 32
/// registers; smaller machines and the cost model refuse what does not fit.
constexpr int64_t kMostRows[] = {28, 14, 9, 7, 5, 4};

/// Register tiles of other shapes. Blocks hold whole tiles, so they go along.
static void addTiles(const KernelChoice &choice, int64_t vectorLength,
                     std::vector<KernelChoice> &result) {
  auto add = [&](int64_t rows, int64_t columns) {
    if (rows < 1 || columns < vectorLength)
      return;
    KernelChoice other = choice;
    other.rowTile->back() = rows;
    other.columnTile->back() = columns;
    other.block.reset();
    other.rowGroup.reset();
    result.push_back(std::move(other));
  };
  int64_t rows = choice.rowTile->back(), columns = choice.columnTile->back();
  for (int64_t change : {-2, -1, 1, 2})
    add(rows + change, columns);
  for (auto [number, most] : llvm::enumerate(kMostRows))
    for (int64_t part : {1, 2})
      add(most / part, static_cast<int64_t>(number + 1) * vectorLength);
  add(6, 4 * vectorLength);
  add(8, 3 * vectorLength);
  add(12, 2 * vectorLength);
}

static void addBlocks(const KernelChoice &choice,
                      std::vector<KernelChoice> &result) {
  int64_t tile[] = {choice.rowTile->back(), choice.columnTile->back(), 1};
  for (size_t dim = 0; dim < choice.block->size(); ++dim) {
    for (double factor : {0.25, 0.5, 2.0, 4.0}) {
      int64_t size = (*choice.block)[dim];
      auto tiles =
          static_cast<int64_t>(static_cast<double>(size / tile[dim]) * factor);
      KernelChoice other = choice;
      (*other.block)[dim] = std::max<int64_t>(tiles, 1) * tile[dim];
      result.push_back(std::move(other));
    }
  }
}

/// Sizes of the groups of row tiles that a tile of columns passes by.
static void addGroups(const KernelChoice &choice,
                      std::vector<KernelChoice> &result) {
  int64_t tile = choice.rowTile->back(), size = choice.rowGroup->back();
  for (int64_t other : {tile, size / 2 / tile * tile, 2 * size}) {
    if (other < tile)
      continue;
    result.push_back(choice);
    result.back().rowGroup = {other};
  }
}

static void addPackings(const KernelChoice &choice,
                        std::vector<KernelChoice> &result) {
  for (auto entry : {&KernelChoice::packA, &KernelChoice::packB})
    for (bool keepsBlock : {true, false}) {
      KernelChoice other = choice;
      other.*entry = !*(choice.*entry);
      if (!keepsBlock) {
        other.block.reset();
        other.rowGroup.reset();
      }
      result.push_back(std::move(other));
    }
}

/// Tiles of columns that run on from one point to the next, or do not.
static void addJoining(const KernelChoice &choice,
                       std::vector<KernelChoice> &result) {
  if (choice.columns->size() < 2)
    return;
  KernelChoice other = choice;
  other.joinColumns = !choice.joinColumns.value_or(false);
  other.rowTile.reset();
  other.columnTile.reset();
  other.block.reset();
  other.rowGroup.reset();
  other.packB.reset();
  result.push_back(std::move(other));
}

/// Up to this many indices of a role take all orders, more take those that move
/// one index to the end.
constexpr size_t kMostPermuted = 3;

/// Orders of `indices`, of which the last `numFixed` keep their places.
static std::vector<KernelChoice::Indices>
getOrders(const KernelChoice::Indices &all, size_t numFixed) {
  std::vector<KernelChoice::Indices> orders;
  numFixed = std::min(numFixed, all.size());
  auto fixed = llvm::ArrayRef(all).take_back(numFixed);
  KernelChoice::Indices indices(llvm::ArrayRef(all).drop_back(numFixed));
  auto add = [&](KernelChoice::Indices order) {
    llvm::append_range(order, fixed);
    orders.push_back(std::move(order));
  };
  KernelChoice::Indices other = indices;
  if (indices.size() <= kMostPermuted) {
    llvm::sort(other);
    do
      add(other);
    while (std::next_permutation(other.begin(), other.end()));
    return orders;
  }
  for (size_t place = 0; place + 1 < indices.size(); ++place) {
    other = indices;
    std::rotate(other.begin() + place, other.begin() + place + 1, other.end());
    add(other);
  }
  return orders;
}

/// Other orders of loops. Vectors run along the last of the columns.
static void addOrders(const KernelChoice &choice,
                      std::vector<KernelChoice> &result) {
  for (auto role : {&KernelChoice::rows, &KernelChoice::sum,
                    &KernelChoice::columns, &KernelChoice::batch})
    for (const KernelChoice::Indices &order :
         getOrders(*(choice.*role), role == &KernelChoice::columns)) {
      if (order == *(choice.*role))
        continue;
      KernelChoice other = choice;
      other.*role = order;
      if (role == &KernelChoice::rows)
        other.rowTile.reset();
      other.block.reset();
      other.rowGroup.reset();
      other.packA.reset();
      other.packB.reset();
      result.push_back(std::move(other));
    }
}

static void addDistributions(const KernelChoice &choice,
                             std::vector<KernelChoice> &result) {
  for (Distribution distribution :
       {Distribution::none, Distribution::batch, Distribution::rows,
        Distribution::columns, Distribution::sum})
    for (bool keepsBlock : {true, false}) {
      KernelChoice other = choice;
      other.distribute = distribution;
      if (!keepsBlock) {
        other.block.reset();
        other.rowGroup.reset();
      }
      result.push_back(std::move(other));
    }
}

std::vector<KernelChoice>
mlir::tensornet::getNeighbours(const KernelChoice &choice, int64_t vectorLength,
                               bool threads) {
  std::vector<KernelChoice> all;
  // Where time ends the search, the models of tiles and blocks are those to
  // trust.
  addPackings(choice, all);
  addJoining(choice, all);
  addOrders(choice, all);
  if (threads)
    addDistributions(choice, all);
  addTiles(choice, vectorLength, all);
  addBlocks(choice, all);
  addGroups(choice, all);
  // Each once, and not the one that they are neighbours of.
  std::vector<KernelChoice> result;
  for (KernelChoice &other : all)
    if (other != choice && !llvm::is_contained(result, other))
      result.push_back(std::move(other));
  return result;
}
