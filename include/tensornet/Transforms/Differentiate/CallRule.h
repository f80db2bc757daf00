//===- CallRule.h - Derivative of func.call ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_DIFFERENTIATE_CALLRULE_H
#define TENSORNET_TRANSFORMS_DIFFERENTIATE_CALLRULE_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::tensornet {

/// Gives func.call its derivative rule: a call of a derivative function, one
/// per callee and set of active arguments, which holds a derivative request of
/// the callee. It serves calls that are not inlined.
void registerCallRule(DialectRegistry &registry);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_DIFFERENTIATE_CALLRULE_H
