//===- GenericContraction.h - Contractions as linalg.generic ----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_GENERICCONTRACTION_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_GENERICCONTRACTION_H

#include "Contraction.h"

namespace mlir::tensornet {

/// `contraction` as one linalg.generic on tensors that are sliced and padded
/// so that every access is in bounds, rounded to the type of its result. Null,
/// and nothing is made, where only the run knows by how much a subscript
/// leaves its tensor, or where padding would dwarf the tensors.
Value createGenericContraction(OpBuilder &builder,
                               const LoweredContraction &contraction);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_GENERICCONTRACTION_H
