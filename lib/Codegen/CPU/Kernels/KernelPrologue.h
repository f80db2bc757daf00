//===- KernelPrologue.h - What packing computes -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELPROLOGUE_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELPROLOGUE_H

#include "Fusion/FusedElementwise.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// Marks `producer`, whose result one operand of one contraction is, as a
/// prologue: packing that operand is to compute it.
void markPrologue(linalg::GenericOp producer);

/// True where markPrologue was called and unmarkPrologue not.
bool isPrologue(Operation *op);
void unmarkPrologue(linalg::GenericOp producer);

/// True where a marked op makes operand `input` of `op`, for that alone.
bool hasPrologue(ContractIntoOp op, unsigned input);

/// The marked op that makes operand `input` of `op`, on memrefs; null where
/// there is none. What is between the two leaves the producer's operands alone,
/// so does what `op` and `consumer`, its epilogue if it has one, write; and
/// only `op` reads the result.
linalg::GenericOp findPrologue(ContractIntoOp op, unsigned input,
                               linalg::GenericOp consumer);

/// What a kernel computes on the way into the tiles of A or B, in the place of
/// a marked linalg.generic.
class KernelPrologue : public FusedElementwise {
public:
  /// The prologue of operand `input` of `op`, which is `operand` of its plan
  /// `plan`; std::nullopt where no marked op makes it, or where the plan does
  /// not pack it, or along vectors that the op's operands do not suit: these
  /// have to be contiguous or constant.
  static std::optional<KernelPrologue> get(ContractIntoOp op, unsigned input,
                                           KernelOperand operand,
                                           const KernelPlan &plan);

  /// True where packing `operand` of `plan`, operand `input` of `op`, can
  /// compute `producer`, an elementwise op, all on tensors or on memrefs.
  static bool fits(ContractIntoOp op, unsigned input,
                   linalg::GenericOp producer, KernelOperand operand,
                   const KernelPlan &plan) {
    return KernelPrologue(op, input, producer).suits(operand, plan);
  }

  /// Erases the op and the buffer that it wrote.
  void erase();

private:
  KernelPrologue(ContractIntoOp contraction, unsigned input,
                 linalg::GenericOp op)
      : FusedElementwise(
            op, contraction.getIndexingValue().operands[input],
            [&](OpOperand &operand) { return op.isDpsInit(&operand); }),
        contraction(contraction) {}
  bool suits(KernelOperand operand, const KernelPlan &plan);
  bool suits(const Tensor &tensor, KernelOperand operand, const KernelDim &dim,
             bool fillsLanes);

  ContractIntoOp contraction;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELPROLOGUE_H
