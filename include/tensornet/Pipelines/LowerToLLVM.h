//===- LowerToLLVM.h - Buffers to the LLVM dialect --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_PIPELINES_LOWERTOLLVM_H
#define TENSORNET_PIPELINES_LOWERTOLLVM_H

#include "mlir/Pass/PassManager.h"

namespace mlir::tensornet {

/// Adds the passes from buffers (memref, linalg, affine, scf, arith, math,
/// complex, cf) to the LLVM dialect; the tail that every CPU style shares.
void buildLowerToLLVMPipeline(OpPassManager &pm);

} // namespace mlir::tensornet

#endif // TENSORNET_PIPELINES_LOWERTOLLVM_H
