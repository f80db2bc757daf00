//===- KernelEpilogue.h - What follows a contraction ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELEPILOGUE_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELEPILOGUE_H

#include "FlatView.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "tensornet/Codegen/CPU/KernelPlan.h"
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
/// marked linalg.generic. The tensors of that op beside C have numbers; indices
/// that its body asks for count as tensors too, with values for offsets.
class KernelEpilogue {
public:
  /// The epilogue of `op`, whose plan is `plan`; std::nullopt where the op
  /// after `op` is not marked, or where the plan's loops do not suit its
  /// operands: these have to be contiguous or constant along vectors of C.
  static std::optional<KernelEpilogue> get(ContractIntoOp op,
                                           const KernelPlan &plan);

  linalg::GenericOp getOp() const { return op; }
  Block &getBody() const { return *getOp().getBody(); }
  unsigned getNumTensors() const { return tensors.size(); }
  /// Makes views of the tensors.
  void createViews(OpBuilder &builder, Location loc);

  /// The buffer of tensor `number`; null for an index.
  Value getBuffer(unsigned number) const { return tensors[number].view.buffer; }
  /// The offset of the tensor's first element; the first value of an index.
  OpFoldResult getOffset(unsigned number) const {
    return tensors[number].view.offset;
  }
  /// How far a step along `dim` moves in tensor `number`.
  OpFoldResult getStride(OpBuilder &builder, unsigned number,
                         const KernelDim &dim) const;
  /// True where the tensor does not change along the vectors of C.
  bool isInvariant(unsigned number) const {
    return tensors[number].isInvariant;
  }
  /// The tensor that argument `number` of the body is an element of;
  /// std::nullopt for C.
  std::optional<unsigned> getArgument(unsigned number) const {
    return arguments[number];
  }
  /// The tensor that holds index `dim` of the op.
  unsigned getIndex(unsigned dim) const { return indices.lookup(dim); }
  /// True where C is to be stored, though no result of the op goes there.
  bool storesSum() const;

private:
  struct Tensor {
    /// The operand of `op`; null for an index.
    Value memref;
    /// The loop of `op` that each dimension runs along.
    SmallVector<unsigned> loops;
    FlatView view;
    bool isInvariant = false;
  };

  KernelEpilogue(ContractIntoOp contraction, linalg::GenericOp op);
  bool suits(const KernelPlan &plan);
  /// The stride of the tensor along `index` of the contraction, as far as it is
  /// static.
  int64_t getStaticStride(const Tensor &tensor, IndexId index) const;

  linalg::GenericOp op;
  SmallVector<Tensor> tensors;
  /// C.
  Tensor sum;
  SmallVector<std::optional<unsigned>> arguments;
  llvm::SmallDenseMap<unsigned, unsigned> indices;
  /// The loop of `op` for every index of the contraction's result.
  llvm::SmallDenseMap<IndexId, unsigned> loopOfIndex;
  SmallVector<int64_t> extents;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELEPILOGUE_H
