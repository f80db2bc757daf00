//===- Passes.td - Passes of tensornet: CPU code -----------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_PASSES
#define TENSORNET_CODEGEN_CPU_PASSES

include "tensornet/Codegen/CPU/BufferPasses.td"
include "tensornet/Codegen/CPU/TensorPasses.td"

#endif // TENSORNET_CODEGEN_CPU_PASSES
