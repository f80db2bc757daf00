//===- TunedKernels.h - Kernels found by timing -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_KERNELS_TUNEDKERNELS_H
#define TENSORNET_CODEGEN_CPU_KERNELS_TUNEDKERNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// What a kernel computes, whatever the program that it is part of.
struct KernelSignature {
  /// The ops and types of the outlined function, without its name.
  std::string work;
  /// Bits of a vector register.
  unsigned vectorBits = 0;
};

/// Kernels that were found by timing. Any thread may ask for them.
class TunedKernels {
public:
  virtual ~TunedKernels();

  /// The text of the `#tensornet.kernel` for `signature`, which may have become
  /// impossible; std::nullopt where nothing is known. There is one for all
  /// numbers of threads, because results do not depend on these.
  virtual std::optional<std::string>
  find(const KernelSignature &signature) const = 0;

  /// Says that what find() returned is no kernel that is possible.
  virtual void refuse(const KernelSignature &signature) const = 0;
};

/// The contraction of `function`, outlined, whose kernel is not stated; null
/// where there is none.
ContractIntoOp getOpenContraction(func::FuncOp function);

/// The signature of `function`, outlined; `vectorWidth` of 0 asks the host.
KernelSignature getKernelSignature(func::FuncOp function, unsigned vectorWidth);

/// Elements that a vector of the kernels for `op` holds; `vectorWidth` of 0
/// asks the host.
int64_t getKernelVectorLength(ContractIntoOp op, unsigned vectorWidth);

/// A pass on modules with outlined functions, before kernels are chosen: gives
/// every contraction without kernel the one that `kernels`, which must outlive
/// the pass, has for it. The cost model shares its work out to threads where
/// the kernel does not say how.
std::unique_ptr<Pass> createTunedKernelsPass(const TunedKernels &kernels,
                                             unsigned vectorWidth,
                                             bool parallel);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_CODEGEN_CPU_KERNELS_TUNEDKERNELS_H
