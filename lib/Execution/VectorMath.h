//===- VectorMath.h - Vector functions of the C library ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which vector functions the C library of this host has.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_VECTORMATH_H
#define TENSORNET_LIB_EXECUTION_VECTORMATH_H

#include "tensornet/Codegen/CPU/CpuTarget.h"

#include "llvm/Analysis/TargetLibraryInfo.h"

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::tensornet {

/// Tells `library` of every function of glibc's libmvec that the process can
/// load and `target` can call: exp, log, tanh and so on in f32 and
/// f64, four to sixteen at a time. (LLVM's own table knows six functions, and
/// none for 512-bit vectors.)
void addVectorMath(llvm::TargetLibraryInfoImpl &library,
                   const cpu::CpuTarget &target);

/// Marks the declarations of math functions in `module` as pure. The programs
/// that we compile read neither errno nor the rounding mode, and only pure
/// calls are vectorised.
void markMathPure(llvm::Module &module);

/// Makes the vector functions known to the process; compiled code may call
/// them. False where the C library has none.
bool loadVectorMath();

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_VECTORMATH_H
