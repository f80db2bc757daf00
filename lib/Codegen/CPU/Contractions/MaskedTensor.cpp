//===- MaskedTensor.cpp - Tensors with absent elements --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskedTensor.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"

using namespace mlir;
using namespace mlir::tensornet;

using Condition = LoweredContraction::Condition;

/// `conditions` in the dimensions of a tensor instead of the indices `forms`
/// under them.
static SmallVector<Condition> renameToDims(ArrayRef<Condition> conditions,
                                           ArrayRef<LinearForm> forms) {
  auto getDim = [&](IndexId index) -> IndexId {
    return llvm::find(forms, LinearForm::bare(index)) - forms.begin();
  };
  SmallVector<Condition> renamed(conditions);
  for (Condition &condition : renamed) {
    condition.form = condition.form.rename(getDim);
    condition.other = condition.other.rename(getDim);
  }
  return renamed;
}

Value cpu::createMasked(OpBuilder &builder, Location loc, Value tensor,
                        ArrayRef<LinearForm> forms,
                        ArrayRef<Condition> conditions) {
  if (conditions.empty())
    return tensor;
  SmallVector<Condition> tests = renameToDims(conditions, forms);
  Type type = getElementTypeOrSelf(tensor);
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, tensor), type);
  AffineMap identity = builder.getMultiDimIdentityMap(forms.size());
  SmallVector<utils::IteratorType> iterators(forms.size(),
                                             utils::IteratorType::parallel);
  auto body = [&](OpBuilder &nested, Location, ValueRange elements) {
    SmallVector<Value> indices;
    for (unsigned dim = 0; dim < forms.size(); ++dim)
      indices.push_back(linalg::IndexOp::create(nested, loc, dim));
    Value isPresent =
        LoweredContraction::createGuard(nested, loc, tests, indices);
    Value zero = createZeroElement(nested, loc, type);
    linalg::YieldOp::create(
        nested, loc,
        arith::SelectOp::create(nested, loc, isPresent, elements[0], zero)
            .getResult());
  };
  return linalg::GenericOp::create(builder, loc, empty.getType(), tensor, empty,
                                   {identity, identity}, iterators, body)
      .getResult(0);
}
