//===- ContractDerivative.cpp - Derivatives of the ops --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The derivative rule of contract, which is linear in every operand.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

/// `subscripts` with the batch indices, numbered from `firstBatchIndex`, in
/// front.
static Subscripts withBatch(const BatchShape &batch, IndexId firstBatchIndex,
                            const Subscripts &subscripts) {
  Subscripts all;
  for (unsigned i = 0; i < batch.getRank(); ++i)
    all.push_back(LinearForm::bare(firstBatchIndex + i));
  all.append(subscripts);
  return all;
}

/// result = contract(..., x_k, ...)  has the tangent
/// sum over k of contract(..., xdot_k, ...).
LogicalResult ContractOp::tangent(OpBuilder &builder, const BatchShape &batch,
                                  ArrayRef<Value> operandTangents,
                                  SmallVectorImpl<Value> &resultTangents) {
  const Indexing &indexing = getIndexingValue();
  IndexId firstBatchIndex = indexing.getNumIndices();
  SmallVector<OpFoldResult> sizes(batch.sizes);
  llvm::append_range(sizes, getResultSizes(builder, getLoc()));
  Value sum;
  for (unsigned k = 0; k < getInputs().size(); ++k) {
    if (!operandTangents[k])
      continue;
    ContractionSpec spec;
    spec.inputs = SmallVector<Value>(getInputs());
    spec.inputs[k] = operandTangents[k];
    spec.indexing = indexing;
    spec.indexing.operands[k] =
        withBatch(batch, firstBatchIndex, indexing.operands[k]);
    spec.indexing.result = withBatch(batch, firstBatchIndex, indexing.result);
    spec.extents = getMixedExplicitExtents();
    spec.resultSizes = sizes;
    spec.elementType = getResultType().getElementType();
    sum = addDerivatives(builder, getLoc(), sum,
                         createContraction(builder, getLoc(), std::move(spec)));
  }
  resultTangents.push_back(sum);
  return success();
}

/// The cotangent of operand k is the contraction over the same index points
/// with the cotangent of the result in the place of the result and operand k
/// in that of the result:
///
///   ybar[rho], x_m[sigma_m] (m != k) -> [sigma_k]
///
/// Complex: where operand k is not conjugated, the cotangent enters plain and
/// the flags of the others flip; where it is, the cotangent enters conjugated
/// and the others keep their flags.
static Value createAdjoint(ContractOp op, OpBuilder &builder,
                           const BatchShape &batch, Value cotangent,
                           unsigned k) {
  const Indexing &indexing = op.getIndexingValue();
  IndexId firstBatchIndex = indexing.getNumIndices();
  bool isComplex = isa<ComplexType>(op.getComputeType());
  bool conjugated = indexing.conjugated[k];
  ContractionSpec spec;
  spec.inputs.push_back(cotangent);
  spec.indexing.operands.push_back(
      withBatch(batch, firstBatchIndex, indexing.result));
  spec.indexing.conjugated.push_back(conjugated);
  for (unsigned m = 0; m < op.getInputs().size(); ++m) {
    if (m == k)
      continue;
    spec.inputs.push_back(op.getInputs()[m]);
    spec.indexing.operands.push_back(indexing.operands[m]);
    bool flip = isComplex && !conjugated;
    spec.indexing.conjugated.push_back(indexing.conjugated[m] != flip);
  }
  spec.indexing.result =
      withBatch(batch, firstBatchIndex, indexing.operands[k]);
  spec.extents = op.getMixedExplicitExtents();
  spec.resultSizes =
      getDerivativeSizes(builder, op.getLoc(), op.getInputs()[k], batch);
  spec.elementType = op.getInputType(k).getElementType();
  return createContraction(builder, op.getLoc(), std::move(spec));
}

LogicalResult ContractOp::adjoint(OpBuilder &builder, const BatchShape &batch,
                                  ArrayRef<Value> resultCotangents,
                                  const BitVector &active,
                                  SmallVectorImpl<Value> &operandCotangents) {
  unsigned numInputs = getInputs().size();
  for (unsigned k = 0; k < getNumOperands(); ++k)
    operandCotangents.push_back(
        k < numInputs && active[k] && resultCotangents[0]
            ? createAdjoint(*this, builder, batch, resultCotangents[0], k)
            : Value());
  return success();
}

//===----------------------------------------------------------------------===//
// stop_gradient
//===----------------------------------------------------------------------===//

bool StopGradientOp::hasZeroDerivative(unsigned) { return true; }

LogicalResult StopGradientOp::tangent(OpBuilder &, const BatchShape &,
                                      ArrayRef<Value>,
                                      SmallVectorImpl<Value> &resultTangents) {
  resultTangents.push_back(Value());
  return success();
}

LogicalResult
StopGradientOp::adjoint(OpBuilder &, const BatchShape &, ArrayRef<Value>,
                        const BitVector &,
                        SmallVectorImpl<Value> &operandCotangents) {
  operandCotangents.push_back(Value());
  return success();
}
