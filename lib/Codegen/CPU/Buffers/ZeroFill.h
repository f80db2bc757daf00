//===- ZeroFill.h - Fills that a kernel makes needless ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_ZEROFILL_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_ZEROFILL_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// True for the constant zero of any type.
bool isZero(Value value);

/// The linalg.fill with zero that writes the destination of `op` and that
/// nothing reads or writes before `op` does; null if there is none. `op` works
/// on memrefs.
Operation *findZeroFill(ContractIntoOp op);

/// The number of which a linalg.fill, or a linalg.generic that does the same,
/// makes every element of its result; null for other ops.
Value getFillNumber(Operation *op);

/// The fill of the result that `op`, a reduction on memrefs, adds to, of which
/// nothing is read or written before `op`; null if there is none.
Operation *findFill(linalg::GenericOp op);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_ZEROFILL_H
