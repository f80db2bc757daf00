//===- Bufferize.h - Tensors to buffers -------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_PIPELINES_BUFFERIZE_H
#define TENSORNET_PIPELINES_BUFFERIZE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::tensornet {

/// Adds the passes from tensors to buffers, with contractions still whole;
/// every CPU style has them.
void buildBufferizePipeline(OpPassManager &pm);

} // namespace mlir::tensornet

#endif // TENSORNET_PIPELINES_BUFFERIZE_H
