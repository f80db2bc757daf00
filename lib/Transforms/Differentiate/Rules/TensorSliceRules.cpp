//===- TensorSliceRules.cpp - Derivatives of slices -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearModel.h"
#include "RuleRegistration.h"
#include "RuleSupport.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace mlir::tensornet;

template <typename OpTy>
static SliceBounds getBounds(OpTy op) {
  return {op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides()};
}

namespace {

/// tensor.extract_slice: the cotangent goes to its place in zeros.
struct ExtractSliceModel
    : LinearModel<ExtractSliceModel, tensor::ExtractSliceOp> {
  static Value push(const RuleContext &context, tensor::ExtractSliceOp op,
                    Value tangent) {
    return extractPart(context.builder, context.loc, context.batch, tangent,
                       getBounds(op), op.getResult());
  }
  static Value pull(const RuleContext &context, tensor::ExtractSliceOp op,
                    Value cotangent) {
    auto [builder, loc, batch] = context;
    Value zero = createZeroDerivative(builder, loc, op.getSource(), batch);
    return insertPart(builder, loc, batch, cotangent, zero, getBounds(op));
  }
};

/// tensor.pad by a constant.
struct PadModel : LinearModel<PadModel, tensor::PadOp> {
  static LogicalResult check(tensor::PadOp op) {
    Value padding = op.getConstantPaddingValue();
    if (padding && matchPattern(padding, m_Constant()))
      return success();
    return op.emitOpError("has a derivative only where the padding value is a "
                          "constant; insert the source into a tensor.splat of "
                          "the value instead");
  }

  static Value push(const RuleContext &context, tensor::PadOp op,
                    Value tangent) {
    auto [builder, loc, batch] = context;
    Value zero = createZeroDerivative(builder, loc, op.getResult(), batch);
    return insertPart(builder, loc, batch, tangent, zero,
                      getSourceBounds(context, op));
  }
  static Value pull(const RuleContext &context, tensor::PadOp op,
                    Value cotangent) {
    return extractPart(context.builder, context.loc, context.batch, cotangent,
                       getSourceBounds(context, op), op.getSource());
  }

private:
  /// Where the source lies in the result.
  static SliceBounds getSourceBounds(const RuleContext &context,
                                     tensor::PadOp op) {
    SliceBounds bounds;
    bounds.offsets = op.getMixedLowPad();
    bounds.sizes =
        tensor::getMixedSizes(context.builder, context.loc, op.getSource());
    bounds.strides.assign(bounds.sizes.size(), context.builder.getIndexAttr(1));
    return bounds;
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Writing a part of a tensor
//===----------------------------------------------------------------------===//

static SliceBounds getWrittenBounds(OpBuilder &, tensor::InsertSliceOp op) {
  return getBounds(op);
}
static SliceBounds getWrittenBounds(OpBuilder &builder, tensor::InsertOp op) {
  return getElementBounds(builder, getAsOpFoldResult(op.getIndices()));
}

/// `a + b`, a constant where both are.
static OpFoldResult addSizes(OpBuilder &builder, Location loc, OpFoldResult a,
                             OpFoldResult b) {
  std::optional<int64_t> constantA = getConstantIntValue(a);
  std::optional<int64_t> constantB = getConstantIntValue(b);
  if (constantA && constantB)
    return builder.getIndexAttr(*constantA + *constantB);
  Value sum = arith::AddIOp::create(
      builder, loc, getValueOrCreateConstantIndexOp(builder, loc, a),
      getValueOrCreateConstantIndexOp(builder, loc, b));
  return sum;
}

namespace {

/// tensor.insert_slice and tensor.insert: operand 0 is written over a part of
/// operand 1.
template <typename OpTy>
struct InsertModel
    : DifferentiableOpInterface::ExternalModel<InsertModel<OpTy>, OpTy> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    Value part = operandTangents[0], whole = operandTangents[1];
    if (!part && !whole) {
      resultTangents.push_back(Value());
      return success();
    }
    Location loc = op->getLoc();
    if (!part)
      part = createZeroDerivative(builder, loc, op->getOperand(0), batch);
    if (!whole)
      whole = createZeroDerivative(builder, loc, op->getOperand(1), batch);
    resultTangents.push_back(
        insertPart(builder, loc, batch, part, whole,
                   getWrittenBounds(builder, cast<OpTy>(op))));
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    Location loc = op->getLoc();
    Value cotangent = resultCotangents[0];
    Value part, whole;
    SliceBounds bounds = getWrittenBounds(builder, cast<OpTy>(op));
    if (cotangent && active[0])
      part = extractPart(builder, loc, batch, cotangent, bounds,
                         op->getOperand(0));
    if (cotangent && active[1])
      whole = insertPart(
          builder, loc, batch,
          createZeroDerivative(builder, loc, op->getOperand(0), batch),
          cotangent, bounds);
    operandCotangents.append({part, whole});
    operandCotangents.append(op->getNumOperands() - 2, Value());
    return success();
  }

  bool hasZeroDerivative(Operation *, unsigned operandNumber) const {
    return operandNumber > 1;
  }
};

} // namespace

/// Refuses a result without a last element: MLIR's verifier adds sizes up
/// modulo 2^64.
static LogicalResult checkSize(tensor::ConcatOp op) {
  int64_t dim = op.getDim();
  std::optional<int64_t> sum = 0;
  for (Value input : op.getInputs()) {
    int64_t size = cast<RankedTensorType>(input.getType()).getDimSize(dim);
    if (sum && !ShapedType::isDynamic(size))
      sum = llvm::checkedAdd(*sum, size);
  }
  if (!sum)
    return op.emitOpError("has inputs of more than 2^63 - 1 elements together "
                          "along dimension ")
           << dim;
  return success();
}

namespace {

/// tensor.concat: every operand is a slice of the result.
struct ConcatModel
    : DifferentiableOpInterface::ExternalModel<ConcatModel, tensor::ConcatOp> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    auto concat = cast<tensor::ConcatOp>(op);
    if (failed(checkSize(concat)))
      return failure();
    SmallVector<Value> parts;
    for (auto [operand, tangent] :
         llvm::zip_equal(concat.getInputs(), operandTangents))
      parts.push_back(tangent ? tangent
                              : createZeroDerivative(builder, op->getLoc(),
                                                     operand, batch));
    resultTangents.push_back(tensor::ConcatOp::create(
        builder, op->getLoc(), getDerivativeType(concat.getResultType(), batch),
        batch.getRank() + concat.getDim(), parts));
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    auto concat = cast<tensor::ConcatOp>(op);
    if (failed(checkSize(concat)))
      return failure();
    Location loc = op->getLoc();
    int64_t dim = concat.getDim();
    OpFoldResult offset = builder.getIndexAttr(0);
    for (auto [number, operand] : llvm::enumerate(concat.getInputs())) {
      SliceBounds bounds;
      bounds.sizes = tensor::getMixedSizes(builder, loc, operand);
      bounds.offsets.assign(bounds.sizes.size(), builder.getIndexAttr(0));
      bounds.strides.assign(bounds.sizes.size(), builder.getIndexAttr(1));
      bounds.offsets[dim] = offset;
      operandCotangents.push_back(resultCotangents[0] && active[number]
                                      ? extractPart(builder, loc, batch,
                                                    resultCotangents[0], bounds,
                                                    operand)
                                      : Value());
      offset = addSizes(builder, loc, offset, bounds.sizes[dim]);
    }
    return success();
  }
};

} // namespace

void mlir::tensornet::registerTensorSliceRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::ExtractSliceOp::attachInterface<ExtractSliceModel>(*context);
    tensor::PadOp::attachInterface<PadModel>(*context);
    tensor::InsertSliceOp::attachInterface<InsertModel<tensor::InsertSliceOp>>(
        *context);
    tensor::InsertOp::attachInterface<InsertModel<tensor::InsertOp>>(*context);
    tensor::ConcatOp::attachInterface<ConcatModel>(*context);
  });
}
