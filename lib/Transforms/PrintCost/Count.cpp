//===- Count.cpp - Numbers that may not fit or not be known ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/PrintCost/FunctionCost.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::tensornet;

Count Count::unknown() {
  Count count;
  count.known = false;
  return count;
}

Count Count::product(llvm::ArrayRef<int64_t> extents) {
  Count points(1);
  for (int64_t extent : extents)
    points = points * (extent == kDynamicExtent ? unknown() : Count(extent));
  return points;
}

std::optional<uint64_t> Count::getExact() const {
  return known && fits ? std::optional<uint64_t>(exact) : std::nullopt;
}

Count Count::operator+(const Count &other) const {
  Count sum;
  sum.known = known && other.known;
  sum.approximate = approximate + other.approximate;
  bool overflows = false;
  sum.exact = llvm::SaturatingAdd(exact, other.exact, &overflows);
  sum.fits = fits && other.fits && !overflows;
  return sum;
}

Count Count::operator*(const Count &other) const {
  if (getExact() == 0 || other.getExact() == 0)
    return Count(0);
  Count result;
  result.known = known && other.known;
  result.approximate = approximate * other.approximate;
  bool overflows = false;
  result.exact = llvm::SaturatingMultiply(exact, other.exact, &overflows);
  result.fits = fits && other.fits && !overflows;
  return result;
}

Count Count::min(const Count &lhs, const Count &rhs) {
  if (lhs.getExact() == 0 || rhs.getExact() == 0)
    return Count(0);
  if (!lhs.known || !rhs.known)
    return unknown();
  return lhs.approximate < rhs.approximate ? lhs : rhs;
}

Count Count::max(const Count &lhs, const Count &rhs) {
  if (!lhs.known || !rhs.known)
    return unknown();
  if (lhs.fits && rhs.fits)
    return lhs.exact < rhs.exact ? rhs : lhs;
  return lhs.approximate < rhs.approximate ? rhs : lhs;
}

void Count::print(llvm::raw_ostream &os) const {
  if (!known)
    os << '?';
  else if (fits)
    os << exact;
  else
    os << llvm::format("%e", approximate);
}

llvm::raw_ostream &mlir::tensornet::operator<<(llvm::raw_ostream &os,
                                               const Count &count) {
  count.print(os);
  return os;
}
