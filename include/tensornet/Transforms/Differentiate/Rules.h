//===- Rules.h - Derivative rules of upstream ops ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_DIFFERENTIATE_RULES_H
#define TENSORNET_TRANSFORMS_DIFFERENTIATE_RULES_H

namespace mlir {
class DialectRegistry;

namespace tensornet {

/// Attaches the derivative rules of upstream ops (arith, math, tensor, linalg,
/// complex) as models of DifferentiableOpInterface, when their dialects load.
void registerDerivativeRules(DialectRegistry &registry);

} // namespace tensornet
} // namespace mlir

#endif // TENSORNET_TRANSFORMS_DIFFERENTIATE_RULES_H
