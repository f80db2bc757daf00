//===- FiniteChecks.cpp - Are all elements finite -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FiniteChecks.h"
#include "Kernels/KernelCandidate.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// `element` times zero, in the real type `type`: zero, or not a number where
/// `element` is not finite. Without flags that would let a compiler fold it.
static Value createProbe(OpBuilder &builder, Location loc, Value element,
                         Type type) {
  if (isa<ComplexType>(element.getType())) {
    Value re = complex::ReOp::create(builder, loc, element);
    Value im = complex::ImOp::create(builder, loc, element);
    return arith::AddFOp::create(builder, loc,
                                 createProbe(builder, loc, re, type),
                                 createProbe(builder, loc, im, type));
  }
  return arith::MulFOp::create(builder, loc,
                               createElementCast(builder, loc, element, type),
                               createZeroElement(builder, loc, type));
}

/// The sum of the probes of all elements of `tensor`.
static Value createProbeSum(OpBuilder &builder, Location loc, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Type sumType =
      getPartType(getContractionComputeType({type.getElementType()}));
  if (type.getRank() == 0)
    return createProbe(
        builder, loc, tensor::ExtractOp::create(builder, loc, tensor), sumType);
  Value empty =
      tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>{}, sumType);
  Value zero =
      linalg::FillOp::create(builder, loc,
                             createZeroElement(builder, loc, sumType), empty)
          .getResult(0);
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  AffineMap none = AffineMap::get(type.getRank(), 0, builder.getContext());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::reduction);
  auto sum = linalg::GenericOp::create(
      builder, loc, zero.getType(), tensor, zero, {all, none}, iterators,
      [&](OpBuilder &nested, Location, ValueRange elements) {
        Value probe = createProbe(nested, loc, elements[0], sumType);
        linalg::YieldOp::create(
            nested, loc, createElementSum(nested, loc, elements[1], probe));
      });
  return tensor::ExtractOp::create(builder, loc, sum.getResult(0));
}

Value FiniteChecks::create(OpBuilder &builder, Location loc,
                           ArrayRef<Value> tensors) {
  Value all;
  for (Value tensor : tensors) {
    Value &isFinite = known[{builder.getInsertionBlock(), tensor}];
    if (!isFinite) {
      Value sum = createProbeSum(builder, loc, tensor);
      isFinite =
          arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, sum,
                                createZeroElement(builder, loc, sum.getType()));
    }
    all = all ? arith::AndIOp::create(builder, loc, all, isFinite).getResult()
              : isFinite;
  }
  return all;
}
