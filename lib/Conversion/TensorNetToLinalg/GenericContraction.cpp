//===- GenericContraction.cpp - Contractions as linalg.generic ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToLinalg/GenericContraction.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
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
                 const ShapedContraction &shapes)
      : builder(builder), loc(contraction.op.getLoc()),
        contraction(contraction), operands(shapes.operands),
        result(shapes.result), isReversed(shapes.isReversed),
        conditions(contraction.conditions) {
    orderLoops();
    findSequentialIndices();
    addPaddingConditions();
  }

  /// True where every point has an element of the result of its own and every
  /// element a point.
  bool isElementwise() const {
    return sequential.none() &&
           llvm::all_of(result.forms, std::mem_fn(&LinearForm::isBare));
  }
  /// Makes the op on shaped operands and returns its result.
  Value create(ValueRange tensors, Value init);

private:
  void orderLoops();
  void findSequentialIndices();
  void addPaddingConditions();
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
  const llvm::SmallBitVector &isReversed;
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
    for (const ShapedDim &dim : operand.dims)
      if (!dim.isDropped && operand.isPadded())
        contraction.addBounds(
            factor.subscripts[dim.dim],
            tensor::getMixedSize(builder, loc, factor.tensor, dim.dim),
            conditions);
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
    for (auto [number, dim] : llvm::enumerate(dims)) {
      Value index = linalg::IndexOp::create(
          nested, loc, cast<AffineDimExpr>(dim).getPosition());
      indices.push_back(
          isReversed[number]
              ? createFromFar(nested, loc, index, contraction.extents[number])
              : index);
    }
  ValueRange factors = elements.take_front(contraction.factors.size());
  Value value = contraction.createProduct(nested, loc, factors);
  for (Value guard :
       {LoweredContraction::createGuard(nested, loc, conditions, indices),
        contraction.createCountGuard(nested, loc, factors)})
    if (guard)
      value = arith::SelectOp::create(
          nested, loc, guard, value,
          createZeroElement(nested, loc, contraction.computeType));
  if (!isElementwise())
    value = createElementSum(nested, loc, elements.back(), value);
  linalg::YieldOp::create(nested, loc,
                          createElementCast(nested, loc, value, elementType));
}

Value GenericBuilder::create(ValueRange tensors, Value init) {
  SmallVector<Value> inputs(tensors);
  SmallVector<AffineMap> maps;
  for (const ShapedOperand &operand : operands)
    maps.push_back(getMap(operand.getForms()));
  maps.push_back(getMap(result.forms));
  addShapeOperand(inputs, maps);
  Type elementType = getElementTypeOrSelf(init);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), inputs, init, maps, getIterators(),
             [&](OpBuilder &nested, Location, ValueRange elements) {
               createBody(nested, elements, elementType);
             })
      .getResult(0);
}

Value mlir::tensornet::createZeroSum(OpBuilder &builder,
                                     const LoweredContraction &contraction,
                                     const ShapedContraction &shapes) {
  Location loc = contraction.op.getLoc();
  Value empty =
      shapes.result.createEmpty(builder, loc, contraction.computeType);
  Value zero = createZeroElement(builder, loc, contraction.computeType);
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

Value mlir::tensornet::createGenericSum(OpBuilder &builder,
                                        const LoweredContraction &contraction,
                                        const ShapedContraction &shapes,
                                        ValueRange tensors, Value init) {
  return GenericBuilder(builder, contraction, shapes).create(tensors, init);
}

Value mlir::tensornet::createGenericContraction(
    OpBuilder &builder, const LoweredContraction &contraction) {
  std::optional<ShapedContraction> shapes =
      ShapedContraction::get(builder, contraction);
  if (!shapes)
    return {};
  return createGenericContraction(builder, contraction, *shapes,
                                  shapes->createOperands(builder, contraction));
}

Value mlir::tensornet::createGenericContraction(
    OpBuilder &builder, const LoweredContraction &contraction,
    const ShapedContraction &shapes, ValueRange tensors) {
  ContractOp op = contraction.op;
  GenericBuilder loops(builder, contraction, shapes);
  // Elementwise work needs no accumulator and rounds on the way.
  Value init =
      loops.isElementwise()
          ? shapes.result.createEmpty(builder, op.getLoc(),
                                      op.getResultType().getElementType())
          : createZeroSum(builder, contraction, shapes);
  Value sum = loops.create(tensors, init);
  return createResult(builder, contraction, shapes, sum);
}

Value mlir::tensornet::createResult(OpBuilder &builder,
                                    const LoweredContraction &contraction,
                                    const ShapedContraction &shapes,
                                    Value sum) {
  ContractOp op = contraction.op;
  Location loc = op.getLoc();
  sum = shapes.result.createFinalShape(builder, loc, sum);
  sum = createRounding(builder, op, sum);
  // Sizes may be known that the type leaves open.
  if (sum.getType() != op.getType())
    sum = tensor::CastOp::create(builder, loc, op.getType(), sum);
  return sum;
}
