//===- RuleRegistration.h - Rules of each dialect ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_RULEREGISTRATION_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_RULEREGISTRATION_H

namespace mlir {
class DialectRegistry;

namespace tensornet {

/// Each attaches the rules of one family of ops when their dialect loads. Who
/// calls the rules loads the dialects that they build ops of: arith, complex,
/// linalg, math, tensor and tensornet.
void registerArithRules(DialectRegistry &registry);
void registerComplexRules(DialectRegistry &registry);
void registerLinalgElementwiseRules(DialectRegistry &registry);
void registerLinalgProductRules(DialectRegistry &registry);
void registerLinalgReduceRules(DialectRegistry &registry);
void registerMathRules(DialectRegistry &registry);
void registerTensorElementRules(DialectRegistry &registry);
void registerTensorReshapeRules(DialectRegistry &registry);
void registerTensorSliceRules(DialectRegistry &registry);

} // namespace tensornet
} // namespace mlir

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_RULEREGISTRATION_H
