//===- LinalgProductRules.cpp - Derivatives of products -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuleRegistration.h"
#include "RuleSupport.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Subscripts from indexing maps
//===----------------------------------------------------------------------===//

/// `expr` as a linear form in the loop indices; std::nullopt where it is none.
static std::optional<LinearForm> getLinearForm(AffineExpr expr) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return LinearForm::bare(dim.getPosition());
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return LinearForm::constant(constant.getValue());
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<LinearForm> lhs = getLinearForm(binary.getLHS());
  std::optional<LinearForm> rhs = getLinearForm(binary.getRHS());
  if (!lhs || !rhs)
    return std::nullopt;
  SmallVector<LinearForm::Term> terms(lhs->getTerms());
  if (expr.getKind() == AffineExprKind::Add) {
    llvm::append_range(terms, rhs->getTerms());
    return LinearForm::get(terms, lhs->getConstant() + rhs->getConstant());
  }
  if (expr.getKind() != AffineExprKind::Mul || !rhs->isConstant())
    return std::nullopt;
  int64_t factor = rhs->getConstant();
  for (LinearForm::Term &term : terms)
    term.coefficient *= factor;
  return LinearForm::get(terms, lhs->getConstant() * factor);
}

/// The subscripts of operand `operand`. Fails, with an error, where one is not
/// linear.
static FailureOr<Subscripts> getSubscripts(linalg::LinalgOp op,
                                           OpOperand &operand) {
  Subscripts subscripts;
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults()) {
    std::optional<LinearForm> form = getLinearForm(expr);
    if (!form)
      return op.emitOpError("has no derivative: operand #")
             << operand.getOperandNumber()
             << " is not indexed by linear forms in the loop indices";
    subscripts.push_back(*form);
  }
  return subscripts;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {

/// A linalg op that is the sum over its loop indices of the product of its
/// inputs: a contraction.
struct Product {
  SmallVector<Factor> inputs;
  Subscripts result;
};

} // namespace

static FailureOr<Product> getProduct(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("has a derivative on tensors only");
  Product product;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!isDifferentiableType(input->get().getType()))
      return op.emitOpError("has no derivative: operand #")
             << input->getOperandNumber() << " has type "
             << input->get().getType();
    FailureOr<Subscripts> subscripts = getSubscripts(op, *input);
    if (failed(subscripts))
      return failure();
    product.inputs.push_back({input->get(), *subscripts});
  }
  FailureOr<Subscripts> result = getSubscripts(op, *op.getDpsInitOperand(0));
  if (failed(result))
    return failure();
  product.result = *result;
  return product;
}

/// The factors of `product` but number `k`, conjugated on request.
static SmallVector<Factor> getOtherFactors(const Product &product, unsigned k,
                                           bool conjugate) {
  SmallVector<Factor> others;
  for (auto [number, factor] : llvm::enumerate(product.inputs))
    if (number != k)
      others.push_back({factor.value, factor.subscripts, conjugate});
  return others;
}

namespace {

/// result = product of the inputs, or that added to the init.
template <typename OpTy, bool addsToInit>
struct ProductModel
    : DifferentiableOpInterface::ExternalModel<ProductModel<OpTy, addsToInit>,
                                               OpTy> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    FailureOr<Product> product = getProduct(cast<linalg::LinalgOp>(op));
    if (failed(product))
      return failure();
    Location loc = op->getLoc();
    unsigned numInputs = product->inputs.size();
    Value sum = addsToInit ? operandTangents[numInputs] : Value();
    for (unsigned k = 0; k < numInputs; ++k) {
      if (!operandTangents[k])
        continue;
      Value term = contractDerivative(
          builder, loc, batch,
          {operandTangents[k], product->inputs[k].subscripts},
          getOtherFactors(*product, k, /*conjugate=*/false), product->result,
          op->getResult(0));
      sum = addDerivatives(builder, loc, sum, term);
    }
    resultTangents.push_back(sum);
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    FailureOr<Product> product = getProduct(cast<linalg::LinalgOp>(op));
    if (failed(product))
      return failure();
    Value cotangent = resultCotangents[0];
    bool isComplex =
        isa<ComplexType>(getElementTypeOrSelf(op->getResult(0).getType()));
    unsigned numInputs = product->inputs.size();
    for (unsigned k = 0; k < numInputs; ++k)
      operandCotangents.push_back(
          cotangent && active[k]
              ? contractDerivative(
                    builder, op->getLoc(), batch, {cotangent, product->result},
                    getOtherFactors(*product, k, isComplex),
                    product->inputs[k].subscripts, op->getOperand(k))
              : Value());
    operandCotangents.push_back(addsToInit && active[numInputs] ? cotangent
                                                                : Value());
    return success();
  }

  bool hasZeroDerivative(Operation *op, unsigned operandNumber) const {
    return !addsToInit && operandNumber + 1 == op->getNumOperands();
  }
};

} // namespace

template <bool addsToInit, typename... OpTys>
static void attachProducts(MLIRContext *context) {
  (OpTys::template attachInterface<ProductModel<OpTys, addsToInit>>(*context),
   ...);
}

void mlir::tensornet::registerLinalgProductRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    attachProducts</*addsToInit=*/false, linalg::FillOp, linalg::CopyOp,
                   linalg::BroadcastOp, linalg::TransposeOp, linalg::MulOp>(
        context);
    attachProducts</*addsToInit=*/true, linalg::ContractOp, linalg::MatmulOp,
                   linalg::BatchMatmulOp, linalg::BatchReduceMatmulOp,
                   linalg::MatvecOp, linalg::BatchMatvecOp, linalg::VecmatOp,
                   linalg::BatchVecmatOp, linalg::DotOp>(context);
    attachProducts<
        /*addsToInit=*/true, linalg::Conv1DOp, linalg::Conv2DOp,
        linalg::Conv3DOp, linalg::Conv1DNwcWcfOp, linalg::Conv1DNcwFcwOp,
        linalg::Conv2DNhwcHwcfOp, linalg::Conv2DNhwcFhwcOp,
        linalg::Conv2DNchwFchwOp, linalg::Conv3DNdhwcDhwcfOp,
        linalg::Conv3DNcdhwFcdhwOp, linalg::DepthwiseConv1DNwcWcOp,
        linalg::DepthwiseConv2DNhwcHwcOp, linalg::DepthwiseConv2DNchwChwOp>(
        context);
  });
}
