//===- Passes.h - Passes of tensornet: CPU code -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_PASSES_H
#define TENSORNET_CODEGEN_CPU_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"

namespace mlir::tensornet {

#define GEN_PASS_DECL
#include "tensornet/Codegen/CPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tensornet/Codegen/CPU/Passes.h.inc"

} // namespace mlir::tensornet

#endif // TENSORNET_CODEGEN_CPU_PASSES_H
