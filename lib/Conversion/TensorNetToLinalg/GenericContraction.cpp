//===- GenericContraction.cpp - Contractions as linalg.generic ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericContraction.h"

#include "ShapedTensors.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Conversion/TensorNetToDestination.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::tensornet;

using Condition = LoweredContraction::Condition;

namespace {

/// The loops of one linalg.generic: the indices of the result in its order,
/// then those that are summed.
class GenericBuilder {
public:
  GenericBuilder(OpBuilder &builder, const LoweredContraction &contraction,
                 ArrayRef<ShapedOperand> operands, const ShapedResult &result)
      : builder(builder), loc(contraction.op.getLoc()),
        contraction(contraction), operands(operands), result(result),
        conditions(contraction.conditions) {
    orderLoops();
    findSequentialIndices();
    addPaddingConditions();
  }

  /// Makes the op and returns its result, sliced and padded to the shape of
  /// the contraction's result and rounded to its type.
  Value create();

private:
  void orderLoops();
  void findSequentialIndices();
  void addPaddingConditions();
  /// True where every point has an element of the result of its own and every
  /// element a point.
  bool isElementwise() const {
    return sequential.none() &&
           llvm::all_of(result.forms, std::mem_fn(&LinearForm::isBare));
  }
  AffineMap getMap(ArrayRef<LinearForm> forms) const;
  SmallVector<utils::IteratorType> getIterators() const;
  void addShapeOperand(SmallVectorImpl<Value> &inputs,
                       SmallVectorImpl<AffineMap> &maps);
  void createBody(OpBuilder &nested, ValueRange elements, Type elementType);

  OpBuilder &builder;
  Location loc;
  const LoweredContraction &contraction;
  ArrayRef<ShapedOperand> operands;
  const ShapedResult &result;
  SmallVector<Condition> conditions;
  /// For every index the expression of its loop.
  SmallVector<AffineExpr> dims;
  /// Indices whose loops may update one element of the result twice.
  llvm::SmallBitVector sequential;
};

} // namespace

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void GenericBuilder::orderLoops() {
  dims.resize(contraction.extents.size());
  unsigned next = 0;
  auto place = [&](IndexId index) {
    if (!dims[index])
      dims[index] = builder.getAffineDimExpr(next++);
  };
  for (const LinearForm &form : result.forms)
    for (LinearForm::Term term : form.getTerms())
      place(term.index);
  for (IndexId index = 0; index < dims.size(); ++index)
    place(index);
}

/// An index is parallel where it is a dimension of the result and stands in no
/// other subscript of it: then different values update different elements.
/// Everything else keeps sequential semantics.
void GenericBuilder::findSequentialIndices() {
  sequential.resize(dims.size(), true);
  llvm::SmallBitVector seen(dims.size());
  for (const LinearForm &form : result.forms)
    for (LinearForm::Term term : form.getTerms()) {
      sequential[term.index] = seen[term.index] || !form.isBare();
      seen.set(term.index);
    }
}

/// A point that leaves an operand contributes nothing even where the other
/// factors are infinite, so zeros from padding do not suffice beside them.
void GenericBuilder::addPaddingConditions() {
  if (operands.size() < 2 || isa<IntegerType>(contraction.computeType))
    return;
  for (auto [factor, operand] :
       llvm::zip_equal(contraction.factors, operands)) {
    auto type = cast<RankedTensorType>(factor.tensor.getType());
    for (const ShapedDim &dim : operand.dims) {
      const LinearForm &form = factor.subscripts[dim.dim];
      if (dim.low > 0)
        conditions.push_back({Condition::nonNegative, form});
      if (dim.high > 0)
        conditions.push_back({Condition::below, form,
                              builder.getIndexAttr(type.getDimSize(dim.dim))});
    }
  }
}

SmallVector<utils::IteratorType> GenericBuilder::getIterators() const {
  SmallVector<utils::IteratorType> iterators(dims.size());
  for (auto [index, dim] : llvm::enumerate(dims))
    iterators[cast<AffineDimExpr>(dim).getPosition()] =
        sequential[index] ? utils::IteratorType::reduction
                          : utils::IteratorType::parallel;
  return iterators;
}

AffineMap GenericBuilder::getMap(ArrayRef<LinearForm> forms) const {
  SmallVector<AffineExpr> exprs;
  for (const LinearForm &form : forms)
    exprs.push_back(getAffineExpr(form, dims, builder.getContext()));
  return AffineMap::get(dims.size(), 0, exprs, builder.getContext());
}

//===----------------------------------------------------------------------===//
// Operands and body
//===----------------------------------------------------------------------===//

/// linalg takes the extents of loops from shapes: an index that is a dimension
/// of no tensor gets one without data.
void GenericBuilder::addShapeOperand(SmallVectorImpl<Value> &inputs,
                                     SmallVectorImpl<AffineMap> &maps) {
  llvm::SmallBitVector unknown(dims.size(), true);
  for (AffineMap map : maps)
    for (AffineExpr expr : map.getResults())
      for (auto [index, dim] : llvm::enumerate(dims))
        if (expr == dim)
          unknown.reset(index);
  if (unknown.none())
    return;
  Subscripts forms;
  SmallVector<OpFoldResult> sizes;
  for (unsigned index : unknown.set_bits()) {
    forms.push_back(LinearForm::bare(index));
    sizes.push_back(contraction.extents[index]);
  }
  inputs.push_back(
      tensor::EmptyOp::create(builder, loc, sizes, contraction.computeType));
  maps.insert(std::prev(maps.end()), getMap(forms));
}

void GenericBuilder::createBody(OpBuilder &nested, ValueRange elements,
                                Type elementType) {
  SmallVector<Value> indices;
  if (!conditions.empty())
    for (AffineExpr dim : dims)
      indices.push_back(linalg::IndexOp::create(
          nested, loc, cast<AffineDimExpr>(dim).getPosition()));
  Value value = contraction.createProduct(
      nested, loc, elements.take_front(contraction.factors.size()));
  if (Value guard =
          LoweredContraction::createGuard(nested, loc, conditions, indices)) {
    Value zero = createZeroElement(nested, loc, contraction.computeType);
    value = arith::SelectOp::create(nested, loc, guard, value, zero);
  }
  if (!isElementwise())
    value = createElementSum(nested, loc, elements.back(), value);
  linalg::YieldOp::create(nested, loc,
                          createElementCast(nested, loc, value, elementType));
}

Value GenericBuilder::create() {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (auto [factor, operand] :
       llvm::zip_equal(contraction.factors, operands)) {
    inputs.push_back(operand.create(builder, loc, factor.tensor));
    maps.push_back(getMap(operand.getForms()));
  }
  maps.push_back(getMap(result.forms));
  addShapeOperand(inputs, maps);

  // Elementwise work needs no accumulator and rounds on the way.
  ContractOp op = contraction.op;
  Type elementType = isElementwise() ? op.getResultType().getElementType()
                                     : contraction.computeType;
  Value init = result.createDestination(builder, op, elementType,
                                        /*zero=*/!isElementwise());
  auto generic = linalg::GenericOp::create(
      builder, loc, init.getType(), inputs, init, maps, getIterators(),
      [&](OpBuilder &nested, Location, ValueRange elements) {
        createBody(nested, elements, elementType);
      });
  Value shaped = result.createFinalShape(builder, op, generic.getResult(0));
  return createRounding(builder, op, shaped);
}

Value mlir::tensornet::createGenericContraction(
    OpBuilder &builder, const LoweredContraction &contraction) {
  SmallVector<ShapedOperand> operands;
  for (const LoweredContraction::Factor &factor : contraction.factors) {
    std::optional<ShapedOperand> operand =
        ShapedOperand::get(contraction, factor);
    if (!operand)
      return {};
    operands.push_back(*operand);
  }
  std::optional<ShapedResult> result = ShapedResult::get(contraction);
  if (!result)
    return {};
  return GenericBuilder(builder, contraction, operands, *result).create();
}
