//===- ContractIntoOp.cpp - Contraction with a destination ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "tensornet/Dialect/TensorNet/IR/ContractVerifier.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

ContractionShapes ContractIntoOp::getShapes() {
  ContractionShapes shapes;
  for (unsigned operand = 0; operand < getInputs().size(); ++operand)
    shapes.emplace_back(getInputType(operand).getShape());
  shapes.emplace_back(getInitType().getShape());
  return shapes;
}

SmallVector<int64_t> ContractIntoOp::getStaticExtents() {
  return tensornet::getStaticExtents(getIndexingValue(), getShapes());
}

OpFoldResult ContractIntoOp::getExtent(OpBuilder &builder, Location loc,
                                       IndexId index) {
  int64_t extent = getStaticExtents()[index];
  if (extent != kDynamicExtent)
    return builder.getIndexAttr(extent);
  auto next = getExtents().begin();
  for (const ExplicitExtent &entry : getIndexingValue().extents) {
    if (entry.extent != kDynamicExtent)
      continue;
    if (entry.index == index)
      return OpFoldResult(*next);
    ++next;
  }
  SubscriptPlace place = getBarePlaces(getIndexingValue())[index].front();
  Value tensor = place.tensor == getInputs().size() ? getInit()
                                                    : getInputs()[place.tensor];
  if (isa<RankedTensorType>(tensor.getType()))
    return tensor::getMixedSize(builder, loc, tensor, place.dim);
  return memref::getMixedSize(builder, loc, tensor, place.dim);
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

void ContractIntoOp::setBoundedPoints(IntegerSetAttr bounds, ValueRange origin,
                                      bool strict) {
  if (bounds)
    setBoundsAttr(bounds);
  else
    removeBoundsAttr();
  getOriginMutable().assign(origin);
  setStrictBounds(bounds && strict);
}

IntegerSetAttr
ContractIntoOp::getShiftedBounds(OpBuilder &builder,
                                 ArrayRef<OpFoldResult> offsets,
                                 SmallVectorImpl<Value> &origin) {
  if (!getBoundsAttr())
    return IntegerSetAttr();
  IntegerSet set = *getBounds();
  llvm::append_range(origin, getOrigin());
  SmallVector<AffineExpr> shifted;
  for (unsigned dim = 0; dim < set.getNumDims(); ++dim) {
    AffineExpr expr = builder.getAffineDimExpr(dim);
    if (auto value = dyn_cast<Value>(offsets[dim])) {
      if (llvm::any_of(set.getConstraints(), [&](AffineExpr constraint) {
            return constraint.isFunctionOfDim(dim);
          })) {
        expr = expr + builder.getAffineSymbolExpr(origin.size());
        origin.push_back(value);
      }
    } else {
      expr = expr + *getConstantIntValue(offsets[dim]);
    }
    shifted.push_back(expr);
  }
  SmallVector<AffineExpr> constraints;
  for (AffineExpr constraint : set.getConstraints())
    constraints.push_back(constraint.replaceDims(shifted));
  return IntegerSetAttr::get(IntegerSet::get(set.getNumDims(), origin.size(),
                                             constraints, set.getEqFlags()));
}

static LogicalResult verifyBounds(ContractIntoOp op) {
  if (!op.getBoundsAttr()) {
    if (op.getStrictBounds() || !op.getOrigin().empty())
      return op.emitOpError("has ")
             << (op.getStrictBounds() ? "strict_bounds" : "an origin")
             << " but no bounds";
    return success();
  }
  IntegerSet set = *op.getBounds();
  unsigned numIndices = op.getIndexingValue().getNumIndices();
  if (set.getNumDims() != numIndices)
    return op.emitOpError("has bounds of ")
           << set.getNumDims() << " dimensions but " << numIndices
           << " indices";
  if (set.getNumSymbols() != op.getOrigin().size())
    return op.emitOpError("has bounds of ")
           << set.getNumSymbols() << " symbols but " << op.getOrigin().size()
           << " operands of its origin";
  if (llvm::is_contained(set.getEqFlags(), true))
    return op.emitOpError("has an equation in its bounds, expected "
                          "constraints of the form '... >= 0'");
  return success();
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult ContractIntoOp::verify() {
  bool onTensors = isa<RankedTensorType>(getInitType());
  for (auto [number, input] : llvm::enumerate(getInputs()))
    if (isa<RankedTensorType>(input.getType()) != onTensors)
      return emitOpError("mixes tensors and memrefs: operand #")
             << number << " has type " << input.getType()
             << " but the destination has type " << getInitType();
  if (getOutputs().size() != (onTensors ? 1 : 0) ||
      (onTensors && getOutputs()[0].getType() != getInitType()))
    return emitOpError("returns ")
           << getOutputs().getTypes()
           << (onTensors ? " but its destination has type "
                         : " but has nothing to return on type ")
           << getInitType();
  if (failed(verifyContraction(*this, getIndexingValue(), getInputs(),
                               getExtents(), getInitType())))
    return failure();
  for (int64_t operand : getCounts())
    if (operand < 0 || operand >= int64_t(getInputs().size()))
      return emitOpError("lets operand #")
             << operand << " count points but has " << getInputs().size()
             << " operands";
  if (failed(verifyBounds(*this)))
    return failure();
  Type initElement = getInitType().getElementType();
  for (auto [number, input] : llvm::enumerate(getInputs())) {
    Type element = getElementTypeOrSelf(input);
    if (getContractionComputeType({element, initElement}) !=
        getContractionComputeType({initElement}))
      return emitOpError("accumulates operand #")
             << number << " of element type " << element
             << " in the narrower type " << initElement;
  }
  return success();
}

void ContractIntoOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (isa<RankedTensorType>(getInitType()))
    return;
  for (OpOperand &input : getInputsMutable())
    effects.emplace_back(MemoryEffects::Read::get(), &input);
  effects.emplace_back(MemoryEffects::Read::get(), &getInitMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getInitMutable());
}

//===----------------------------------------------------------------------===//
// Bufferization
//===----------------------------------------------------------------------===//

bool ContractIntoOp::bufferizesToMemoryRead(
    OpOperand &, const bufferization::AnalysisState &) {
  return true;
}

bool ContractIntoOp::bufferizesToMemoryWrite(
    OpOperand &operand, const bufferization::AnalysisState &) {
  return isDpsInit(&operand);
}

bufferization::AliasingValueList
ContractIntoOp::getAliasingValues(OpOperand &operand,
                                  const bufferization::AnalysisState &) {
  if (!isDpsInit(&operand))
    return {};
  return {{getOutputs()[0], bufferization::BufferRelation::Equivalent}};
}

LogicalResult
ContractIntoOp::bufferize(RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) {
  SmallVector<Value> inputs;
  for (Value input : getInputs()) {
    FailureOr<Value> buffer =
        bufferization::getBuffer(rewriter, input, options, state);
    if (failed(buffer))
      return failure();
    inputs.push_back(*buffer);
  }
  FailureOr<Value> init =
      bufferization::getBuffer(rewriter, getInit(), options, state);
  if (failed(init))
    return failure();
  auto op = ContractIntoOp::create(rewriter, getLoc(), TypeRange(), inputs,
                                   getExtents(), *init, getIndexing(),
                                   getInBounds(), getCounts(), getKernelAttr());
  op.setBoundedPoints(getBoundsAttr(), getOrigin(), getStrictBounds());
  // Hints for code generation.
  op->setDiscardableAttrs(getOperation()->getDiscardableAttrDictionary());
  bufferization::replaceOpWithBufferizedValues(rewriter, getOperation(), *init);
  return success();
}
