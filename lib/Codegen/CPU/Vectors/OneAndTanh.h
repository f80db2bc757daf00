//===- OneAndTanh.h - One plus or minus tanh --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_VECTORS_ONEANDTANH_H
#define TENSORNET_LIB_CODEGEN_CPU_VECTORS_ONEANDTANH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tensornet::cpu {

/// What becomes of tanh x where it is only added to one and subtracted from
/// it, or all of that times a number: `factor` (1 + tanh x), or with a minus.
struct OneAndTanh {
  Operation *op;
  /// What `op` reads instead of tanh x, if anything.
  Operation *product;
  Attribute factor;
  bool isDifference;

  /// Half of a number, a product that the only reader of `op` multiplies by
  /// it; or null.
  arith::MulFOp getHalfBeside() const;
};

/// All that `tanh`, on vectors, is read for, where every reader is such a sum;
/// empty otherwise.
SmallVector<OneAndTanh> findOneAndTanh(math::TanhOp tanh);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_VECTORS_ONEANDTANH_H
