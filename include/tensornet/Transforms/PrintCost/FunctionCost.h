//===- FunctionCost.h - What a function costs -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PRINTCOST_FUNCTIONCOST_H
#define TENSORNET_TRANSFORMS_PRINTCOST_FUNCTIONCOST_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// A number of things: exact where it fits 64 bits, else a double; or unknown.
class Count {
public:
  Count(uint64_t value = 0) : exact(value), approximate(value) {}
  static Count unknown();
  /// The number of points of a box; extents may be kDynamicExtent.
  static Count product(llvm::ArrayRef<int64_t> extents);

  bool isKnown() const { return known; }
  /// The value where it is known and fits 64 bits.
  std::optional<uint64_t> getExact() const;

  Count operator+(const Count &other) const;
  /// 0 where a factor is 0, even if the other one is unknown.
  Count operator*(const Count &other) const;
  /// The smaller count; 0 where one is, else unknown where one is.
  static Count min(const Count &lhs, const Count &rhs);
  /// The larger count; unknown where one is.
  static Count max(const Count &lhs, const Count &rhs);

  /// Prints an integer, 1.234560e+30 where it does not fit, or ?.
  void print(llvm::raw_ostream &os) const;

private:
  bool known = true;
  bool fits = true;
  uint64_t exact;
  double approximate;
};

llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Count &count);

/// What one call of a function costs; see the pass tensornet-print-cost.
struct FunctionCost {
  /// Index points of binary contractions in pairwise form, scalings among them.
  Count multiplications;
  /// Elements of the largest tensor that the function makes.
  Count largest;
  /// The most elements of such tensors alive at once.
  Count peak;
  /// Contractions whose results several ops read.
  unsigned shared = 0;
};

/// The cost of `function`, which must have a body and stays as it is: counted
/// on a copy in which contractions are ordered one by one and equal ops are
/// merged. Where `planned`, contractions are also planned together, as by
/// --tensornet-plan.
FunctionCost computeFunctionCost(FunctionOpInterface function,
                                 bool planned = false);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PRINTCOST_FUNCTIONCOST_H
