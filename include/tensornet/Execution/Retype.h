//===- Retype.h - Programs in double precision ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program in double precision.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_RETYPE_H
#define TENSORNET_EXECUTION_RETYPE_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::tensornet {

/// Turns every floating type of `module` into f64 and every complex type into
/// complex<f64>: in values, functions, constants and all other attributes.
/// Conversions between floating types become identities and are removed. The
/// numbers of constants are kept. Fails, after reporting, where an op does not
/// exist in double precision.
LogicalResult retypeToDouble(ModuleOp module);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_RETYPE_H
