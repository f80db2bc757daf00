//===- FusedElementwise.h - Elementwise ops inside kernels ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_FUSION_FUSEDELEMENTWISE_H
#define TENSORNET_LIB_CODEGEN_CPU_FUSION_FUSEDELEMENTWISE_H

#include "Buffers/FlatView.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"

namespace mlir::tensornet::cpu {

/// True where all loops of `op`, on tensors or memrefs, are parallel, its body
/// has a form on vectors, and every operand has loops for dimensions, results
/// all of them.
bool isFusibleElementwise(linalg::GenericOp op);

/// An elementwise op that a kernel computes on vectors of a tensor
/// that the op has in common with the contraction. Other tensors of the op have
/// numbers; indices that its body asks for count as tensors too, with values
/// for offsets.
class FusedElementwise {
public:
  virtual ~FusedElementwise() = default;

  linalg::GenericOp getOp() const { return op; }
  Block &getBody() const { return *getOp().getBody(); }
  unsigned getNumTensors() const { return tensors.size(); }
  /// Makes views of the tensors.
  void createViews(OpBuilder &builder, Location loc);

  /// The buffer of tensor `number`; null for an index.
  Value getBuffer(unsigned number) const { return tensors[number].view.buffer; }
  /// The offset of the tensor's element at the origin of all indices of the
  /// contraction; the value of an index there.
  OpFoldResult getOffset(unsigned number) const {
    return tensors[number].view.offset;
  }
  /// How far a step along `dim` moves in tensor `number`.
  virtual OpFoldResult getStride(OpBuilder &builder, Location loc,
                                 unsigned number, const KernelDim &dim) const;
  /// True where the tensor does not change along `dim`.
  bool isInvariant(unsigned number, const KernelDim &dim) const {
    return getStaticStride(tensors[number], dim.source) == 0;
  }
  /// The tensor that argument `number` of the body is an element of;
  /// std::nullopt for the common one.
  std::optional<unsigned> getArgument(unsigned number) const {
    return arguments[number];
  }
  /// The tensor that holds index `dim` of the op.
  unsigned getIndex(unsigned dim) const { return indices.lookup(dim); }

protected:
  struct Tensor {
    /// The operand of `op`; null for an index.
    Value memref;
    /// The loop of `op` that each dimension runs along.
    SmallVector<unsigned> loops;
    FlatView view;
  };

  /// `isCommon` tells which operands are the tensor that the kernel has at
  /// hand, whose dimensions have `subscripts` in the contraction.
  FusedElementwise(linalg::GenericOp op, const Subscripts &subscripts,
                   llvm::function_ref<bool(OpOperand &)> isCommon);
  /// The stride of the tensor along `index` of the contraction, as far as it is
  /// static.
  int64_t getStaticStride(const Tensor &tensor, IndexId index) const;

  /// True where the indices of the contraction, of `extents`, that the plan
  /// merged into `dim` follow one another in the tensor too.
  bool hasWhole(const Tensor &tensor, const KernelDim &dim,
                ArrayRef<int64_t> extents) const;

  /// True where the tensor, of an op that has C in common, can be read along
  /// vectors of C and at the steps of `plan`, for a contraction of `extents`.
  bool suitsTiles(const Tensor &tensor, const KernelPlan &plan,
                  ArrayRef<int64_t> extents) const;

  linalg::GenericOp op;
  SmallVector<Tensor> tensors;
  Tensor common;

private:
  /// The subscript of `common` along `loop`; null where that has none.
  const LinearForm *getSubscript(unsigned loop) const;

  /// The subscripts of `common`.
  Subscripts subscripts;
  SmallVector<std::optional<unsigned>> arguments;
  llvm::SmallDenseMap<unsigned, unsigned> indices;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_FUSION_FUSEDELEMENTWISE_H
