//===- ConditionBounds.h - Conditions as bounds of a kernel -----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_CONDITIONBOUNDS_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_CONDITIONBOUNDS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"

namespace mlir::tensornet::cpu {

/// True where the kernel of a contraction with subscripts `indexing` can leave
/// out the points of its sum that do not satisfy `condition`, and finds most of
/// them without a test of each.
bool canLimitSum(const LoweredContraction::Condition &condition,
                 const Indexing &indexing);

/// The points that satisfy all of `conditions`, as far as those are static,
/// with index i as dimension `numbers[i]` of `numDims`; null where that is all.
IntegerSetAttr getBounds(MLIRContext *context,
                         ArrayRef<LoweredContraction::Condition> conditions,
                         ArrayRef<std::optional<IndexId>> numbers,
                         unsigned numDims);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_CONDITIONBOUNDS_H
