//===- TensorLoops.cpp - Contractions as loops on tensors -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Conversion/TensorNetToDestination.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"

using namespace mlir;
using namespace mlir::tensornet;

using Condition = LoweredContraction::Condition;

/// Adds the conditions under which `subscripts` lie inside `tensor`.
static void addBounds(OpBuilder &builder, const LoweredContraction &contraction,
                      Value tensor, const Subscripts &subscripts,
                      SmallVectorImpl<Condition> &conditions) {
  Location loc = tensor.getLoc();
  for (auto [dim, form] : llvm::enumerate(subscripts))
    if (!contraction.isExact(form))
      contraction.addBounds(
          form, tensor::getMixedSize(builder, loc, tensor, dim), conditions);
}

static SmallVector<Value> createSubscripts(OpBuilder &builder, Location loc,
                                           const Subscripts &subscripts,
                                           ValueRange indices) {
  SmallVector<Value> values;
  for (const LinearForm &form : subscripts)
    values.push_back(
        LoweredContraction::createSubscript(builder, loc, form, indices));
  return values;
}

/// `sum` plus the product at the index point `indices`, which is in bounds.
static Value createUpdate(OpBuilder &builder, Location loc,
                          const LoweredContraction &contraction,
                          ValueRange indices, Value sum) {
  SmallVector<Value> elements;
  for (const LoweredContraction::Factor &factor : contraction.factors)
    elements.push_back(tensor::ExtractOp::create(
        builder, loc, factor.tensor,
        createSubscripts(builder, loc, factor.subscripts, indices)));
  Value product = contraction.createProduct(builder, loc, elements);
  if (Value isPoint = contraction.createCountGuard(builder, loc, elements))
    product = arith::SelectOp::create(
        builder, loc, isPoint, product,
        createZeroElement(builder, loc, contraction.computeType));
  SmallVector<Value> place =
      createSubscripts(builder, loc, contraction.result, indices);
  Value old = tensor::ExtractOp::create(builder, loc, sum, place);
  return tensor::InsertOp::create(
      builder, loc, createElementSum(builder, loc, old, product), sum, place);
}

/// createUpdate where `conditions` hold, else `sum`.
static Value createGuardedUpdate(OpBuilder &builder, Location loc,
                                 const LoweredContraction &contraction,
                                 ArrayRef<Condition> conditions,
                                 ValueRange indices, Value sum) {
  Value guard =
      LoweredContraction::createGuard(builder, loc, conditions, indices);
  if (!guard)
    return createUpdate(builder, loc, contraction, indices, sum);
  auto choice = scf::IfOp::create(
      builder, loc, guard,
      [&](OpBuilder &nested, Location loc) {
        scf::YieldOp::create(
            nested, loc, createUpdate(nested, loc, contraction, indices, sum));
      },
      [&](OpBuilder &nested, Location loc) {
        scf::YieldOp::create(nested, loc, sum);
      });
  return choice.getResult(0);
}

Value mlir::tensornet::createTensorLoops(
    OpBuilder &builder, const LoweredContraction &contraction) {
  Location loc = contraction.op.getLoc();
  Value zeros =
      createZeroResult(builder, contraction.op, contraction.computeType);
  SmallVector<Condition> conditions(contraction.conditions);
  for (const LoweredContraction::Factor &factor : contraction.factors)
    addBounds(builder, contraction, factor.tensor, factor.subscripts,
              conditions);
  addBounds(builder, contraction, zeros, contraction.result, conditions);

  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> upper =
      getValueOrCreateConstantIndexOp(builder, loc, contraction.extents);
  SmallVector<Value> lower(upper.size(), zero), steps(upper.size(), one);
  if (upper.empty())
    return createGuardedUpdate(builder, loc, contraction, conditions, {},
                               zeros);
  scf::LoopNest nest = scf::buildLoopNest(
      builder, loc, lower, upper, steps, zeros,
      [&](OpBuilder &nested, Location loc, ValueRange indices,
          ValueRange sums) -> scf::ValueVector {
        return {createGuardedUpdate(nested, loc, contraction, conditions,
                                    indices, sums[0])};
      });
  return nest.results[0];
}
