//===- RunTimeChecks.cpp - Checks that types leave open -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/Utils/RunTimeChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::tensornet;

/// True where `values` are arguments of the function whose entry block holds
/// `op`, which therefore always runs.
static bool dependsOnArgumentsOnly(Operation *op, ValueRange values) {
  auto function = dyn_cast<FunctionOpInterface>(op->getParentOp());
  if (!function || op->getBlock() != &function.getFunctionBody().front())
    return false;
  return llvm::all_of(values, [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner() == op->getBlock();
  });
}

/// Runs `create` where a check of `op` on `values` stands.
static void createCheck(OpBuilder &builder, Operation *op, ValueRange values,
                        function_ref<void()> create) {
  OpBuilder::InsertionGuard guard(builder);
  if (dependsOnArgumentsOnly(op, values))
    builder.setInsertionPointToStart(op->getBlock());
  create();
}

static std::string getTensorWord(ContractOp op, unsigned tensor) {
  return tensor == op.getInputs().size() ? "the result"
                                         : "operand #" + std::to_string(tensor);
}

/// Checks that dimension `place` of an operand has the size of `reference`.
static void createSizeCheck(OpBuilder &builder, ContractOp op, IndexId index,
                            SubscriptPlace reference, SubscriptPlace place) {
  Location loc = op.getLoc();
  bool hasOperand = reference.tensor != op.getInputs().size();
  SmallVector<Value> tensors{op.getInputs()[place.tensor]};
  if (hasOperand)
    tensors.push_back(op.getInputs()[reference.tensor]);
  createCheck(builder, op, tensors, [&] {
    Value expected = getValueOrCreateConstantIndexOp(
        builder, loc,
        hasOperand
            ? tensor::getMixedSize(builder, loc, tensors[1], reference.dim)
            : builder.getIndexAttr(
                  op.getResultType().getDimSize(reference.dim)));
    Value found = getValueOrCreateConstantIndexOp(
        builder, loc,
        tensor::getMixedSize(builder, loc, tensors[0], place.dim));
    Value equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        expected, found);
    // The words of the verifier.
    CheckOp::create(builder, loc, equal,
                    "index '" + getIndexName(index) + "' has extent {0} in " +
                        getTensorWord(op, reference.tensor) + " but {1} in " +
                        getTensorWord(op, place.tensor),
                    {expected, found});
  });
}

/// Checks every bare subscript of `index` against one of them: the first with
/// a static size, else the first of an operand. Dynamic sizes of the result
/// follow the operands and need no check.
static void createIndexChecks(OpBuilder &builder, ContractOp op, IndexId index,
                              ArrayRef<SubscriptPlace> places) {
  ContractionShapes shapes = op.getShapes();
  unsigned result = op.getInputs().size();
  auto isDynamic = [&](SubscriptPlace place) {
    return ShapedType::isDynamic(shapes[place.tensor][place.dim]);
  };
  const SubscriptPlace *reference =
      llvm::find_if(places, [&](SubscriptPlace p) { return !isDynamic(p); });
  if (reference == places.end())
    reference = places.begin();
  for (const SubscriptPlace &place : places)
    if (&place != reference && place.tensor != result && isDynamic(place))
      createSizeCheck(builder, op, index, *reference, place);
}

/// Checks that `value`, which `name` names, is not negative.
static void createSignCheck(OpBuilder &builder, ContractOp op, Value value,
                            const Twine &name) {
  if (std::optional<int64_t> constant = getConstantIntValue(value);
      constant && *constant >= 0)
    return;
  createCheck(builder, op, value, [&] {
    Location loc = op.getLoc();
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value valid = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                        value, zero);
    CheckOp::create(builder, loc, valid, (name + " is {0}").str(), value);
  });
}

static void createSignChecks(OpBuilder &builder, ContractOp op) {
  for (auto [index, extent] : op.getMixedExplicitExtents())
    if (auto value = dyn_cast<Value>(extent))
      createSignCheck(builder, op, value,
                      "negative size: the extent of index '" +
                          getIndexName(index) + "'");
  SmallVector<bool> undetermined =
      getUndeterminedResultDims(op.getIndexingValue(), op.getShapes());
  auto size = op.getSizes().begin();
  for (auto [dim, isUndetermined] : llvm::enumerate(undetermined))
    if (isUndetermined)
      createSignCheck(builder, op, *size++,
                      "negative size: dimension " + Twine(dim) +
                          " of the result");
}

void mlir::tensornet::createRunTimeChecks(OpBuilder &builder, ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  for (auto [index, places] : llvm::enumerate(getBarePlaces(indexing)))
    if (!indexing.getExplicitExtent(index))
      createIndexChecks(builder, op, index, places);
  createSignChecks(builder, op);
}
