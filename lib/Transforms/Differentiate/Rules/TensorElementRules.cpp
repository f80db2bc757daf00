//===- TensorElementRules.cpp - Derivatives of element access -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearModel.h"
#include "RuleRegistration.h"
#include "RuleSupport.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// tensor.extract: the cotangent goes to its place in zeros.
struct ExtractModel : LinearModel<ExtractModel, tensor::ExtractOp> {
  static Value push(const RuleContext &context, tensor::ExtractOp op,
                    Value tangent) {
    auto [builder, loc, batch] = context;
    if (op.getIndices().empty())
      return tangent;
    return extractPart(builder, loc, batch, tangent, getBounds(context, op),
                       op.getResult());
  }
  static Value pull(const RuleContext &context, tensor::ExtractOp op,
                    Value cotangent) {
    auto [builder, loc, batch] = context;
    if (op.getIndices().empty())
      return cotangent;
    Value zero = createZeroDerivative(builder, loc, op.getTensor(), batch);
    return insertPart(builder, loc, batch, cotangent, zero,
                      getBounds(context, op));
  }

private:
  static SliceBounds getBounds(const RuleContext &context,
                               tensor::ExtractOp op) {
    return getElementBounds(context.builder,
                            getAsOpFoldResult(op.getIndices()));
  }
};

/// tensor.splat: the cotangent is summed.
struct SplatModel : LinearModel<SplatModel, tensor::SplatOp> {
  static Value push(const RuleContext &context, tensor::SplatOp op,
                    Value tangent) {
    Value result = op.getResult();
    return contractDerivative(context.builder, context.loc, context.batch,
                              {tangent, {}}, {}, getIdentitySubscripts(result),
                              result);
  }
  static Value pull(const RuleContext &context, tensor::SplatOp op,
                    Value cotangent) {
    return contractDerivative(
        context.builder, context.loc, context.batch,
        {cotangent, getIdentitySubscripts(op.getResult())}, {}, {},
        op.getInput());
  }
};

/// tensor.from_elements: element by element.
struct FromElementsModel
    : DifferentiableOpInterface::ExternalModel<FromElementsModel,
                                               tensor::FromElementsOp> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    Location loc = op->getLoc();
    Value result = op->getResult(0);
    Value tangent;
    if (cast<RankedTensorType>(result.getType()).getRank() == 0)
      tangent = operandTangents[0];
    else
      for (auto [number, part] : llvm::enumerate(operandTangents)) {
        if (!part)
          continue;
        if (!tangent)
          tangent = createZeroDerivative(builder, loc, result, batch);
        tangent = insertPart(builder, loc, batch, part, tangent,
                             getBounds(builder, op, number));
      }
    resultTangents.push_back(tangent);
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    Value cotangent = resultCotangents[0];
    bool isScalar =
        cast<RankedTensorType>(op->getResult(0).getType()).getRank() == 0;
    for (auto [number, operand] : llvm::enumerate(op->getOperands())) {
      if (!cotangent || !active[number])
        operandCotangents.push_back(Value());
      else if (isScalar)
        operandCotangents.push_back(cotangent);
      else
        operandCotangents.push_back(
            extractPart(builder, op->getLoc(), batch, cotangent,
                        getBounds(builder, op, number), operand));
    }
    return success();
  }

private:
  /// The place of operand `number`; elements are in row-major order.
  static SliceBounds getBounds(OpBuilder &builder, Operation *op,
                               unsigned number) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    SmallVector<OpFoldResult> indices(type.getRank());
    int64_t rest = number;
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      indices[dim] = builder.getIndexAttr(rest % type.getDimSize(dim));
      rest /= type.getDimSize(dim);
    }
    return getElementBounds(builder, indices);
  }
};

} // namespace

void mlir::tensornet::registerTensorElementRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::ExtractOp::attachInterface<ExtractModel>(*context);
    tensor::SplatOp::attachInterface<SplatModel>(*context);
    tensor::FromElementsOp::attachInterface<FromElementsModel>(*context);
  });
}
