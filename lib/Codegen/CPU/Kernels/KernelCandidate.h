//===- KernelCandidate.h - Contractions that kernels may fit ----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELCANDIDATE_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELCANDIDATE_H

#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// A contraction of two operands that a kernel may compute.
struct KernelCandidate {
  /// Numbers of the two operands that are not 0-d.
  std::array<unsigned, 2> inputs;
  /// Numbers of the 0-d operands.
  SmallVector<unsigned> scales;
  SmallVector<KernelDim> dims;
  /// Which of the two operands is conjugated.
  std::array<bool, 2> conjugated = {false, false};
  SmallVector<KernelBound> bounds;

  /// Lets the kernel leave out the points outside the bounds of `op`; false
  /// where it would have to, and cannot.
  bool addBounds(ContractIntoOp op);

  /// Reads the subscripts of a contraction. `strides` holds the element
  /// strides of every operand, then of the result. Returns std::nullopt where
  /// there are not two operands with indices, where a subscript of the result
  /// is not bare or stands twice, or where an index stands in one tensor only.
  /// Unless every index point is `inBounds`,
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

/// The type of the real and the imaginary part of a complex type; every other
/// type itself.
Type getPartType(Type type);

/// True for element types of the results of kernels.
bool isKernelType(Type type);

/// The type that a kernel computes in whose result has elements of `type`: a
/// wider integer where vectors of `type` cannot be multiplied.
Type getSumType(Type type);

/// The target for results of `type`, a kernel type.
KernelTarget getKernelTarget(Type type, unsigned vectorBits);

/// Strides of a row-major array of this shape; kDynamicExtent where a stride
/// is known only at run time or out of range.
SmallVector<int64_t> getRowMajorStrides(ArrayRef<int64_t> shape);

/// The candidate that `op`, on memrefs, is; std::nullopt where it is none.
std::optional<KernelCandidate> getCandidate(ContractIntoOp op);

/// The candidate that `op`, on tensors, will be on memrefs of their own.
std::optional<KernelCandidate> getTensorCandidate(ContractIntoOp op);

/// True where `unit` may compute the products of `op`.
bool fitsMatrixUnit(ContractIntoOp op, const KernelCandidate &candidate,
                    MatrixUnit unit);

/// The kernel for `op`, on memrefs: its attribute, completed by the model. With
/// `parallel`, threads may share its work. Returns std::nullopt where a loop
/// nest is as good; reports an error where the attribute is impossible.
FailureOr<std::optional<KernelPlan>>
planKernel(ContractIntoOp op, const KernelCandidate &candidate,
           unsigned vectorBits, bool parallel);

/// The same on tensors, before layouts are known; std::nullopt also where the
/// attribute is impossible. Packing is to compute operand `prologue`, if that
/// is given.
std::optional<KernelPlan>
planOnTensors(ContractIntoOp op, const KernelCandidate &candidate,
              unsigned vectorBits, bool parallel,
              std::optional<unsigned> prologue = std::nullopt);

/// Fails, with an error at `op`, unless `vectorBits` is a size of registers.
LogicalResult verifyVectorBits(Operation *op, unsigned vectorBits);

/// The kernel for products of row-major tensors of `type`, the result last, and
/// an index space of `extents`; std::nullopt where a loop nest is as good.
std::optional<KernelPlan> planProducts(Type type, const Indexing &indexing,
                                       const ContractionShapes &shapes,
                                       ArrayRef<int64_t> extents,
                                       unsigned vectorBits);

/// True where `plan`, of what `op` computes, multiplies a matrix with one or
/// few vectors, which a kernel would walk tile by tile, vector loops walk along
/// their memory. They know no complex numbers.
bool suitsVectorLoops(ContractOp op, const KernelPlan &plan,
                      unsigned vectorBits);

/// The kernel that suits `op`, on tensors, when its destination has the
/// compute type; std::nullopt where there is none.
std::optional<KernelPlan> planContraction(ContractOp op, unsigned vectorBits);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELCANDIDATE_H
