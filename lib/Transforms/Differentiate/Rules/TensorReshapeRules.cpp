//===- TensorReshapeRules.cpp - Derivatives of reshapes -------------------===//
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

using namespace mlir;
using namespace mlir::tensornet;

/// The reassociation of a derivative: one group per batch dimension, then the
/// groups of the primal op. The unit dimensions that have no group because the
/// collapsed value is 0-d join the last batch dimension.
static SmallVector<ReassociationIndices>
addBatchGroups(unsigned batchRank, ArrayRef<ReassociationIndices> groups,
               int64_t expandedRank) {
  SmallVector<ReassociationIndices> all;
  for (unsigned i = 0; i < batchRank; ++i)
    all.push_back({i});
  for (const ReassociationIndices &group : groups) {
    ReassociationIndices &shifted = all.emplace_back();
    for (int64_t dim : group)
      shifted.push_back(batchRank + dim);
  }
  if (groups.empty() && batchRank > 0)
    for (int64_t dim = 0; dim < expandedRank; ++dim)
      all.back().push_back(batchRank + dim);
  return all;
}

/// `derivative` expanded to a derivative of the ranked tensor `expanded`.
static Value expand(const RuleContext &context, Value derivative,
                    ArrayRef<ReassociationIndices> groups, Value expanded) {
  auto [builder, loc, batch] = context;
  RankedTensorType type = getDerivativeType(expanded.getType(), batch);
  return tensor::ExpandShapeOp::create(
      builder, loc, type, derivative,
      addBatchGroups(batch.getRank(), groups, type.getRank() - batch.getRank()),
      getDerivativeSizes(builder, loc, expanded, batch));
}

/// `derivative`, a derivative of a value of rank `expandedRank`, collapsed to a
/// derivative of a value of type `collapsed`.
static Value collapse(const RuleContext &context, Value derivative,
                      ArrayRef<ReassociationIndices> groups,
                      int64_t expandedRank, Type collapsed) {
  auto [builder, loc, batch] = context;
  return tensor::CollapseShapeOp::create(
      builder, loc, getDerivativeType(collapsed, batch), derivative,
      addBatchGroups(batch.getRank(), groups, expandedRank));
}

namespace {

struct ExpandShapeModel : LinearModel<ExpandShapeModel, tensor::ExpandShapeOp> {
  static Value push(const RuleContext &context, tensor::ExpandShapeOp op,
                    Value tangent) {
    return expand(context, tangent, op.getReassociationIndices(),
                  op.getResult());
  }
  static Value pull(const RuleContext &context, tensor::ExpandShapeOp op,
                    Value cotangent) {
    return collapse(context, cotangent, op.getReassociationIndices(),
                    op.getResultType().getRank(), op.getSrcType());
  }
};

struct CollapseShapeModel
    : LinearModel<CollapseShapeModel, tensor::CollapseShapeOp> {
  static Value push(const RuleContext &context, tensor::CollapseShapeOp op,
                    Value tangent) {
    return collapse(context, tangent, op.getReassociationIndices(),
                    op.getSrcType().getRank(), op.getResultType());
  }
  static Value pull(const RuleContext &context, tensor::CollapseShapeOp op,
                    Value cotangent) {
    return expand(context, cotangent, op.getReassociationIndices(),
                  op.getSrc());
  }
};

/// tensor.cast: the derivative is cast likewise.
struct CastModel : LinearModel<CastModel, tensor::CastOp> {
  static Value push(const RuleContext &context, tensor::CastOp op,
                    Value tangent) {
    return castTo(context, tangent, op.getType());
  }
  static Value pull(const RuleContext &context, tensor::CastOp op,
                    Value cotangent) {
    return castTo(context, cotangent, op.getSource().getType());
  }

private:
  static Value castTo(const RuleContext &context, Value derivative,
                      Type primal) {
    return fromTensor(context.builder, context.loc, derivative,
                      getDerivativeType(primal, context.batch));
  }
};

/// tensor.reshape: the derivative is reshaped to batch sizes and the other
/// side's sizes.
struct ReshapeModel : LinearModel<ReshapeModel, tensor::ReshapeOp> {
  static Value push(const RuleContext &context, tensor::ReshapeOp op,
                    Value tangent) {
    return reshapeLike(context, tangent, op.getResult());
  }
  static Value pull(const RuleContext &context, tensor::ReshapeOp op,
                    Value cotangent) {
    return reshapeLike(context, cotangent, op.getSource());
  }

private:
  static Value reshapeLike(const RuleContext &context, Value derivative,
                           Value primal) {
    auto [builder, loc, batch] = context;
    SmallVector<Value> sizes = getValueOrCreateConstantIndexOp(
        builder, loc, getDerivativeSizes(builder, loc, primal, batch));
    auto shapeType = RankedTensorType::get({static_cast<int64_t>(sizes.size())},
                                           builder.getIndexType());
    Value shape =
        tensor::FromElementsOp::create(builder, loc, shapeType, sizes);
    return tensor::ReshapeOp::create(builder, loc,
                                     getDerivativeType(primal.getType(), batch),
                                     derivative, shape);
  }
};

} // namespace

void mlir::tensornet::registerTensorReshapeRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::ExpandShapeOp::attachInterface<ExpandShapeModel>(*context);
    tensor::CollapseShapeOp::attachInterface<CollapseShapeModel>(*context);
    tensor::CastOp::attachInterface<CastModel>(*context);
    tensor::ReshapeOp::attachInterface<ReshapeModel>(*context);
  });
}
