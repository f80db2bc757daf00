//===- Rules.cpp - Registration of derivative rules -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Differentiate/Rules.h"

#include "RuleRegistration.h"

void mlir::tensornet::registerDerivativeRules(DialectRegistry &registry) {
  registerArithRules(registry);
  registerComplexRules(registry);
  registerLinalgElementwiseRules(registry);
  registerLinalgProductRules(registry);
  registerLinalgReduceRules(registry);
  registerMathRules(registry);
  registerTensorElementRules(registry);
  registerTensorReshapeRules(registry);
  registerTensorSliceRules(registry);
}
