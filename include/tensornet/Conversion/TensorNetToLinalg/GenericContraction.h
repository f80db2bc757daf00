//===- GenericContraction.h - Contractions as linalg.generic ----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_GENERICCONTRACTION_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_GENERICCONTRACTION_H

#include "tensornet/Conversion/TensorNetToLinalg/ShapedTensors.h"

namespace mlir::tensornet {

/// `contraction` as one linalg.generic on tensors that are sliced and padded
/// so that every access is in bounds, rounded to the type of its result. Null,
/// and nothing is made, where `ShapedContraction::get` finds no shapes.
Value createGenericContraction(OpBuilder &builder,
                               const LoweredContraction &contraction);

/// The same for operands `tensors` that are shaped as `shapes` say.
Value createGenericContraction(OpBuilder &builder,
                               const LoweredContraction &contraction,
                               const ShapedContraction &shapes,
                               ValueRange tensors);

/// The linalg.generic that adds `contraction`, whose operands shaped as
/// `shapes` say are `tensors`, to the accumulator `init`; where every point has
/// an element of the result of its own, it sets all of them instead.
Value createGenericSum(OpBuilder &builder,
                       const LoweredContraction &contraction,
                       const ShapedContraction &shapes, ValueRange tensors,
                       Value init);

/// An accumulator filled with zeros.
Value createZeroSum(OpBuilder &builder, const LoweredContraction &contraction,
                    const ShapedContraction &shapes);

/// The result of `contraction` from its accumulator: in its shape, rounded, of
/// its type.
Value createResult(OpBuilder &builder, const LoweredContraction &contraction,
                   const ShapedContraction &shapes, Value sum);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_GENERICCONTRACTION_H
