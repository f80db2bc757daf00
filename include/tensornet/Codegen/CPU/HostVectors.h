//===- HostVectors.h - Vector registers of this machine ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_HOSTVECTORS_H
#define TENSORNET_CODEGEN_CPU_HOSTVECTORS_H

namespace mlir::tensornet::cpu {

/// What multiplies bf16 matrices.
enum class MatrixUnit {
  host, ///< the matrix unit of this machine, if it has one that may be used
  none, ///< vector registers
  amx,  ///< Intel's AMX
};

/// The bits of the vector registers that kernels use on this machine: 512, 256
/// or 128.
unsigned getHostVectorBits();

/// True where this machine has a matrix unit for bf16 (Intel's AMX) that the
/// system lets this process use; asks the system for it.
bool hasHostMatrixUnit();

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_CODEGEN_CPU_HOSTVECTORS_H
