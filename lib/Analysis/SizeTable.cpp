//===- SizeTable.cpp - Sizes that are known or equal ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/SizeTable.h"

#include "tensornet/Analysis/Indexing.h"

using namespace mlir::tensornet;

SizeId SizeTable::getStatic(int64_t value) {
  auto [entry, isNew] = statics.try_emplace(value, parents.size());
  if (isNew) {
    parents.push_back(parents.size());
    values.push_back(value);
  }
  return entry->second;
}

SizeId SizeTable::addDynamic() {
  parents.push_back(parents.size());
  values.push_back(kDynamicExtent);
  return parents.back();
}

SizeId SizeTable::getRepresentative(SizeId size) const {
  while (parents[size] != size)
    size = parents[size] = parents[parents[size]];
  return size;
}

void SizeTable::merge(SizeId a, SizeId b) {
  a = getRepresentative(a);
  b = getRepresentative(b);
  if (a == b || (values[a] != kDynamicExtent && values[b] != kDynamicExtent))
    return;
  // A number stands for its run-time equals; else the older size does.
  if (values[a] == kDynamicExtent && (values[b] != kDynamicExtent || b < a))
    std::swap(a, b);
  parents[b] = a;
}

bool SizeTable::isAtMost(SizeId a, SizeId b) const {
  int64_t aValue = getValue(a), bValue = getValue(b);
  return areEqual(a, b) || (aValue != kDynamicExtent &&
                            bValue != kDynamicExtent && aValue <= bValue);
}
