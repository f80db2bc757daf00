//===- MaskedTensor.h - Tensors with absent elements ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_MASKEDTENSOR_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_MASKEDTENSOR_H

#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"

namespace mlir::tensornet::cpu {

/// `tensor`, whose dimensions have the bare subscripts `forms`, with zeros
/// where a condition does not hold: one elementwise linalg.generic, or `tensor`
/// itself where there is no condition. The indices of all conditions are among
/// `forms`.
Value createMasked(OpBuilder &builder, Location loc, Value tensor,
                   ArrayRef<LinearForm> forms,
                   ArrayRef<LoweredContraction::Condition> conditions);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_MASKEDTENSOR_H
