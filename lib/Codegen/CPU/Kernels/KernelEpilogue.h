//===- KernelEpilogue.h - What follows a contraction ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELEPILOGUE_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELEPILOGUE_H

#include "Fusion/FusedElementwise.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// The elementwise op that may be computed on each element of the result of
/// `op`, on memrefs, as soon as that is summed: the next op that touches the
/// result, on the same index points, which writes nothing that `op` reads.
/// Null where there is none.
linalg::GenericOp findEpilogue(ContractIntoOp op);

/// Marks `consumer` as the epilogue of the contraction right before it.
/// `keepsSum` tells whether others need the sum too.
void markEpilogue(linalg::GenericOp consumer, bool keepsSum);

/// What a kernel does with an element of C once it is summed, in the place of a
/// marked linalg.generic.
class KernelEpilogue : public FusedElementwise {
public:
  /// The epilogue of `op`, whose plan is `plan`; std::nullopt where the op
  /// after `op` is not marked, or where the plan's loops do not suit its
  /// operands: these have to be contiguous or constant along vectors of C.
  static std::optional<KernelEpilogue> get(ContractIntoOp op,
                                           const KernelPlan &plan);

  /// True where C is to be stored, though no result of the op goes there.
  bool storesSum() const;

private:
  KernelEpilogue(ContractIntoOp contraction, linalg::GenericOp op)
      : FusedElementwise(op, contraction.getIndexingValue().result,
                         [&](OpOperand &operand) {
                           return operand.get() == contraction.getInit();
                         }),
        contraction(contraction) {}
  bool suits(const KernelPlan &plan);

  ContractIntoOp contraction;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELEPILOGUE_H
