//===- ComplexRules.cpp - Derivatives of complex ops ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseModel.h"
#include "LinearModel.h"
#include "RuleRegistration.h"
#include "RuleSupport.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace mlir::tensornet {

// clang-format off
template <> Partials getPartials<complex::AddOp>() { return {1, 1}; }
template <> Partials getPartials<complex::SubOp>() { return {1, -1}; }
template <> Partials getPartials<complex::MulOp>() { return {x1, x0}; }
template <> Partials getPartials<complex::NegOp>() { return {-1}; }
// clang-format on

} // namespace mlir::tensornet

//===----------------------------------------------------------------------===//
// Between real and complex
//===----------------------------------------------------------------------===//

/// Makes the scalar that corresponds to a scalar.
using ScalarMaker =
    llvm::function_ref<Value(OpBuilder &, Location, Value scalar)>;

/// `derivative` with `makeScalar` applied to every element: a derivative of
/// `primal`. Complex ops take scalars only.
static Value mapElements(const RuleContext &context, Value derivative,
                         Value primal, ScalarMaker makeScalar) {
  auto [builder, loc, batch] = context;
  RankedTensorType type = getDerivativeType(primal.getType(), batch);
  if (type.getRank() == 0) {
    Value scalar =
        tensor::ExtractOp::create(builder, loc, derivative, ValueRange());
    return toTensor(builder, loc, makeScalar(builder, loc, scalar));
  }
  Value init = tensor::EmptyOp::create(
      builder, loc, getDerivativeSizes(builder, loc, primal, batch),
      type.getElementType());
  auto map = linalg::MapOp::create(
      builder, loc, derivative, init,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange elements) {
        Value element = makeScalar(nested, nestedLoc, elements[0]);
        linalg::YieldOp::create(nested, nestedLoc, element);
      });
  return map->getResult(0);
}

static Value getRealPart(OpBuilder &builder, Location loc, Value scalar) {
  return complex::ReOp::create(builder, loc, scalar);
}

static Value getImaginaryPart(OpBuilder &builder, Location loc, Value scalar) {
  return complex::ImOp::create(builder, loc, scalar);
}

static Value createComplex(OpBuilder &builder, Location loc, Value real,
                           Value imaginary) {
  return complex::CreateOp::create(
      builder, loc, ComplexType::get(real.getType()), real, imaginary);
}

static Value createZero(OpBuilder &builder, Location loc, Value like) {
  return createConstantLike(builder, loc, 0, like, like.getType());
}

static Value fromRealPart(OpBuilder &builder, Location loc, Value scalar) {
  return createComplex(builder, loc, scalar, createZero(builder, loc, scalar));
}

static Value fromImaginaryPart(OpBuilder &builder, Location loc, Value scalar) {
  return createComplex(builder, loc, createZero(builder, loc, scalar), scalar);
}

namespace {

struct ReModel : LinearModel<ReModel, complex::ReOp> {
  static Value push(const RuleContext &context, complex::ReOp op,
                    Value tangent) {
    return mapElements(context, tangent, op.getResult(), getRealPart);
  }
  static Value pull(const RuleContext &context, complex::ReOp op,
                    Value cotangent) {
    return mapElements(context, cotangent, op.getComplex(), fromRealPart);
  }
};

struct ImModel : LinearModel<ImModel, complex::ImOp> {
  static Value push(const RuleContext &context, complex::ImOp op,
                    Value tangent) {
    return mapElements(context, tangent, op.getResult(), getImaginaryPart);
  }
  static Value pull(const RuleContext &context, complex::ImOp op,
                    Value cotangent) {
    return mapElements(context, cotangent, op.getComplex(), fromImaginaryPart);
  }
};

/// complex.conj: the derivative is conjugated, in either direction.
struct ConjModel : LinearModel<ConjModel, complex::ConjOp> {
  static Value push(const RuleContext &context, complex::ConjOp op,
                    Value tangent) {
    return conjugate(context, tangent, op.getResult());
  }
  static Value pull(const RuleContext &context, complex::ConjOp op,
                    Value cotangent) {
    return conjugate(context, cotangent, op.getComplex());
  }

private:
  static Value conjugate(const RuleContext &context, Value derivative,
                         Value primal) {
    return contractDerivative(context.builder, context.loc, context.batch,
                              {derivative, {}, /*conjugated=*/true}, {}, {},
                              primal);
  }
};

/// complex.create: real and imaginary part are operands 0 and 1.
struct CreateModel
    : DifferentiableOpInterface::ExternalModel<CreateModel, complex::CreateOp> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    RuleContext context{builder, op->getLoc(), batch};
    Value sum;
    for (unsigned k = 0; k < 2; ++k)
      if (operandTangents[k])
        sum = addDerivatives(builder, op->getLoc(), sum,
                             mapElements(context, operandTangents[k],
                                         op->getResult(0),
                                         k ? fromImaginaryPart : fromRealPart));
    resultTangents.push_back(sum);
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    RuleContext context{builder, op->getLoc(), batch};
    for (unsigned k = 0; k < 2; ++k)
      operandCotangents.push_back(
          resultCotangents[0] && active[k]
              ? mapElements(context, resultCotangents[0], op->getOperand(k),
                            k ? getImaginaryPart : getRealPart)
              : Value());
    return success();
  }
};

} // namespace

void mlir::tensornet::registerComplexRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, complex::ComplexDialect *) {
    attachElementwise<complex::AddOp, complex::SubOp, complex::MulOp,
                      complex::NegOp>(context);
    complex::ReOp::attachInterface<ReModel>(*context);
    complex::ImOp::attachInterface<ImModel>(*context);
    complex::ConjOp::attachInterface<ConjModel>(*context);
    complex::CreateOp::attachInterface<CreateModel>(*context);
  });
}
