//===- KernelCandidate.h - Contractions that kernels may fit ----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELCANDIDATE_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELCANDIDATE_H

#include "tensornet/Codegen/CPU/KernelPlan.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// A contraction of two operands that a kernel may compute.
struct KernelCandidate {
  /// Numbers of the two operands that are not 0-d.
  std::array<unsigned, 2> inputs;
  /// Numbers of the 0-d operands.
  SmallVector<unsigned> scales;
  SmallVector<KernelDim> dims;

  /// Reads the subscripts of a contraction. `strides` holds the element
  /// strides of every operand, then of the result. Returns std::nullopt where
  /// there are not two operands with indices, where a subscript of the result
  /// is not bare or stands twice, where an index stands in one tensor only, or
  /// where an operand is conjugated. Unless every index point is `inBounds`,
  /// the subscripts of operands have to be like those of the result, and no
  /// index may have an explicit extent.
  static std::optional<KernelCandidate>
  get(const Indexing &indexing, ArrayRef<SmallVector<int64_t>> strides,
      ArrayRef<int64_t> extents, bool inBounds);

private:
  /// Adds what `operand`, with `subscripts` and `strides`, has of dimensions.
  void addDims(KernelOperand operand, const Subscripts &subscripts,
               ArrayRef<int64_t> strides, ArrayRef<int64_t> extents);
};

/// True for subscripts that are bare, each index once.
bool isPlain(const Subscripts &subscripts);

/// True for element types that kernels compute in.
bool isKernelType(Type type);

/// Strides of a row-major array of this shape; kDynamicExtent where a stride
/// is known only at run time or out of range.
SmallVector<int64_t> getRowMajorStrides(ArrayRef<int64_t> shape);

/// The candidate that `op`, on memrefs, is; std::nullopt where it is none.
std::optional<KernelCandidate> getCandidate(ContractIntoOp op);

/// The kernel for `op`, on memrefs: its attribute, completed by the model. With
/// `parallel`, threads may share its work. Returns std::nullopt where a loop
/// nest is as good; reports an error where the attribute is impossible.
FailureOr<std::optional<KernelPlan>>
planKernel(ContractIntoOp op, const KernelCandidate &candidate,
           unsigned vectorBits, bool parallel);

/// Fails, with an error at `op`, unless `vectorBits` is a size of registers.
LogicalResult verifyVectorBits(Operation *op, unsigned vectorBits);

/// The kernel that suits `op`, on tensors, when its destination has the
/// compute type; std::nullopt where there is none.
std::optional<KernelPlan> planContraction(ContractOp op, unsigned vectorBits);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELCANDIDATE_H
