//===- ContractionTerm.cpp - A constant times a contraction ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionTerm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Analysis/ContractionMatch.h"

using namespace mlir;
using namespace mlir::tensornet;

bool mlir::tensornet::isContractionResult(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getEncoding())
    return false;
  Type element = tensor.getElementType();
  return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element) ||
         element.isSignlessInteger(8) || element.isSignlessInteger(16) ||
         element.isSignlessInteger(32) || element.isSignlessInteger(64);
}

static bool isScalarConstant(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank() == 0 &&
         getSplatConstant(value);
}

ContractionTerm::ContractionTerm(ContractOp op)
    : op(op), factor(op.getComputeType()) {
  const Indexing &whole = op.getIndexingValue();
  indexing.result = whole.result;
  indexing.extents = whole.extents;
  for (auto [number, input] : llvm::enumerate(op.getInputs())) {
    if (isScalarConstant(input)) {
      factor.multiply(getSplatConstant(input), whole.conjugated[number]);
      continue;
    }
    operands.push_back(input);
    indexing.operands.push_back(whole.operands[number]);
    indexing.conjugated.push_back(whole.conjugated[number]);
    sortedOperands.push_back(input.getAsOpaquePointer());
  }
  llvm::sort(sortedOperands);
}

bool ContractionTerm::isMultipleOf(const ContractionTerm &other) const {
  if (sortedOperands != other.sortedOperands ||
      op.getType() != other.op.getType())
    return false;
  DenseMap<const void *, unsigned> numbers;
  auto getNumber = [&](const void *pointer) {
    return numbers.try_emplace(pointer, numbers.size()).first->second;
  };
  auto getTensors = [&](const ContractionTerm &term) {
    SmallVector<unsigned> tensors;
    for (Value operand : term.operands)
      tensors.push_back(getNumber(operand.getAsOpaquePointer()));
    return tensors;
  };
  auto getExtents = [&](const ContractionTerm &term) {
    SmallVector<unsigned> extents;
    for (const IndexExtent &extent : term.op.getMixedExplicitExtents())
      extents.push_back(getNumber(extent.second.getOpaqueValue()));
    return extents;
  };
  return areEqualUpToRenaming(
      {indexing, getTensors(*this), getExtents(*this)},
      {other.indexing, getTensors(other), getExtents(other)});
}

/// Casts to `type` where a contraction knows more sizes.
static Value castTo(OpBuilder &builder, Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return tensor::CastOp::create(builder, loc, type, value);
}

static void addConstant(OpBuilder &builder, Location loc,
                        const ScalarFactor &factor, ContractionSpec &spec) {
  spec.inputs.insert(
      spec.inputs.begin(),
      arith::ConstantOp::create(builder, loc, factor.getSplat({})));
  spec.indexing.operands.insert(spec.indexing.operands.begin(), Subscripts());
  spec.indexing.conjugated.insert(spec.indexing.conjugated.begin(), false);
}

Value ContractionTerm::build(OpBuilder &builder,
                             const ScalarFactor &newFactor) const {
  Location loc = op.getLoc();
  ContractionSpec spec;
  spec.inputs = operands;
  spec.indexing = indexing;
  spec.extents = op.getMixedExplicitExtents();
  spec.resultSizes = op.getResultSizes(builder, loc);
  spec.elementType = op.getResultType().getElementType();
  if (!newFactor.isOne())
    addConstant(builder, loc, newFactor, spec);
  return castTo(builder, loc, createContraction(builder, loc, std::move(spec)),
                op.getType());
}

Value mlir::tensornet::createScaled(OpBuilder &builder, Location loc,
                                    const ScalarFactor &factor, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  ContractionSpec spec;
  spec.inputs.push_back(value);
  for (IndexId index = 0; index < type.getRank(); ++index)
    spec.indexing.result.push_back(LinearForm::bare(index));
  spec.indexing.operands.push_back(spec.indexing.result);
  spec.indexing.conjugated.push_back(false);
  spec.elementType = type.getElementType();
  addConstant(builder, loc, factor, spec);
  return createContraction(builder, loc, std::move(spec));
}
