//===- KernelReduction.h - Reductions inside kernels ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELREDUCTION_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELREDUCTION_H

#include "Fusion/FusedElementwise.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// Marks `op`, which reduces the finished result of a contraction, to be
/// computed with it. `keepsValue` tells whether others need that too.
void markReduction(linalg::GenericOp op, bool keepsValue);

/// True where markReduction was called and unmarkReduction not.
bool isReduction(Operation *op);
void unmarkReduction(linalg::GenericOp op);

/// The marked ops right behind `op` and `consumer`, its epilogue if it has one,
/// on memrefs, that read what these finish, and the fills and copies that they
/// start from, all in order. Neither `op` nor `consumer` writes over their
/// other operands.
SmallVector<Operation *> findReductions(ContractIntoOp op,
                                        linalg::GenericOp consumer);

/// Sums, maxima or minima over all rows of C of what is made of its finished
/// elements, in the place of a marked linalg.generic. Each tile of rows leaves
/// its part in a row of a buffer; the rows are then reduced in order.
class KernelReduction : public FusedElementwise {
public:
  /// True where the kernel of `op`, whose plan is `plan`, can compute
  /// `reduction`, which reads `value`, all on tensors or on memrefs.
  static bool fits(ContractIntoOp op, linalg::GenericOp reduction, Value value,
                   const KernelPlan &plan);

  /// The reductions of `op`, whose plan is `plan` and whose epilogue, if it has
  /// one, is `consumer`: none unless the plan suits all.
  static std::vector<KernelReduction>
  get(ContractIntoOp op, linalg::GenericOp consumer, const KernelPlan &plan);

  /// Makes views of the tensors and the buffer for the parts, which is one more
  /// tensor, the last one.
  void prepare(OpBuilder &builder, Location loc, const KernelPlan &plan);
  /// Reduces the parts in the place of the op, which is erased.
  void finish();

  OpFoldResult getStride(OpBuilder &builder, Location loc, unsigned number,
                         const KernelDim &dim) const override;
  /// How far the part of the next tile of rows is.
  int64_t getPartStride() const { return columns; }
  /// The tensor that has the parts.
  unsigned getParts() const { return tensors.size() - 1; }
  /// The tensor that is the op's result.
  unsigned getResult() const { return *getArgument(getOp().getNumDpsInputs()); }
  /// What a part starts from.
  TypedAttr getStart() const;
  /// What is reduced.
  Value getValue() const { return common.memref; }
  /// True where that is to be stored too.
  bool keepsValue() const;

private:
  KernelReduction(ContractIntoOp contraction, linalg::GenericOp op, Value value)
      : FusedElementwise(op, contraction.getIndexingValue().result,
                         [&](OpOperand &operand) {
                           return op.isDpsInput(&operand) &&
                                  operand.get() == value;
                         }),
        contraction(contraction) {}
  bool suits(const KernelPlan &plan);

  ContractIntoOp contraction;
  Value buffer;
  int64_t columns = 0;
  /// How far a step along other dimensions than those of rows moves among the
  /// parts.
  llvm::SmallDenseMap<IndexId, int64_t> strides;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELREDUCTION_H
