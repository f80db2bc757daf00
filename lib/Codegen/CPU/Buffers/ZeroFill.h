//===- ZeroFill.h - Fills that a kernel makes needless ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_ZEROFILL_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_ZEROFILL_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// True for the constant zero of any type.
bool isZero(Value value);

/// The linalg.fill with zero that writes the destination of `op` and that
/// nothing reads or writes before `op` does; null if there is none. `op` works
/// on memrefs.
Operation *findZeroFill(ContractIntoOp op);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_ZEROFILL_H
