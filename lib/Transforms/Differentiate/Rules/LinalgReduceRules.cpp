//===- LinalgReduceRules.cpp - Derivatives of reductions ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuleRegistration.h"
#include "RuleSupport.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// What is reduced, and how
//===----------------------------------------------------------------------===//

/// The op that combines an element with the reduction so far, if that is all
/// the body of `op` does; null otherwise.
static Operation *getCombiner(linalg::ReduceOp op) {
  Block &body = *op.getBody();
  if (body.getNumArguments() != 2 || body.getOperations().size() != 2)
    return nullptr;
  Operation &combiner = body.front();
  Operation *yield = body.getTerminator();
  if (combiner.getNumOperands() != 2 || combiner.getNumResults() != 1 ||
      yield->getOperand(0) != combiner.getResult(0))
    return nullptr;
  auto combines = [&](unsigned first, unsigned second) {
    return combiner.getOperand(0) == body.getArgument(first) &&
           combiner.getOperand(1) == body.getArgument(second);
  };
  return combines(0, 1) || combines(1, 0) ? &combiner : nullptr;
}

namespace {

enum class Reduction { sum, maximum, minimum };

/// A reduction of one tensor with a derivative rule.
struct ReduceParts {
  Reduction kind;
  Value input, init, result;
  Subscripts inputSubscripts, resultSubscripts;
};

} // namespace

static std::optional<Reduction> getReduction(linalg::ReduceOp op) {
  Operation *combiner = getCombiner(op);
  if (isa_and_nonnull<arith::AddFOp, complex::AddOp>(combiner))
    return Reduction::sum;
  if (isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp>(combiner))
    return Reduction::maximum;
  if (isa_and_nonnull<arith::MinimumFOp, arith::MinNumFOp>(combiner))
    return Reduction::minimum;
  return std::nullopt;
}

static FailureOr<ReduceParts> getParts(linalg::ReduceOp op) {
  std::optional<Reduction> kind = getReduction(op);
  if (!kind || op.getNumResults() != 1)
    return op.emitOpError(
        "has a derivative only for one tensor combined by one arith.addf, "
        "maximumf, minimumf, maxnumf or minnumf; write other reductions as "
        "these and elementwise ops");
  ReduceParts parts{
      *kind, op.getInputs()[0], op.getInits()[0], op.getResult(0), {}, {}};
  parts.inputSubscripts = getIdentitySubscripts(parts.input);
  for (auto [dim, subscript] : llvm::enumerate(parts.inputSubscripts))
    if (!llvm::is_contained(op.getDimensions(), static_cast<int64_t>(dim)))
      parts.resultSubscripts.push_back(subscript);
  return parts;
}

//===----------------------------------------------------------------------===//
// Extremes
//===----------------------------------------------------------------------===//

namespace {

/// How an extreme is shared: the masks are 1 where an element is the extreme,
/// `weight` is 1 / the number of these.
struct ExtremeShares {
  Value inputMask;
  /// Null where the init never is the extreme.
  Value initMask;
  Value weight;
};

} // namespace

/// True where `init` is the neutral element everywhere: -inf for a maximum.
static bool isNeutral(const ReduceParts &parts) {
  Value init = parts.init;
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    init = fill.getInputs()[0];
  FloatAttr number;
  DenseElementsAttr elements;
  APFloat value(0.0);
  if (matchPattern(init, m_Constant(&number)))
    value = number.getValue();
  else if (matchPattern(init, m_Constant(&elements)) && elements.isSplat())
    value = elements.getSplatValue<APFloat>();
  else
    return false;
  return value.isInfinity() &&
         value.isNegative() == (parts.kind == Reduction::maximum);
}

/// 1 where `a` equals `b`, 0 elsewhere, as a tensor of the type of `a`.
static Value createEqualMask(OpBuilder &builder, Location loc, Value a,
                             Value b) {
  Value equal =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, a, b);
  return arith::UIToFPOp::create(builder, loc, a.getType(), equal);
}

static ExtremeShares createShares(OpBuilder &builder, Location loc,
                                  const ReduceParts &parts) {
  auto flags = getDerivativeFastMath(builder.getContext());
  ExtremeShares shares;
  Value extreme =
      contractLike(builder, loc, {{parts.result, parts.resultSubscripts}},
                   parts.inputSubscripts, parts.input);
  shares.inputMask = createEqualMask(builder, loc, parts.input, extreme);
  Value count =
      contractLike(builder, loc, {{shares.inputMask, parts.inputSubscripts}},
                   parts.resultSubscripts, parts.result);
  if (!isNeutral(parts)) {
    shares.initMask = createEqualMask(builder, loc, parts.init, parts.result);
    count = arith::AddFOp::create(builder, loc, count, shares.initMask, flags);
  }
  Value one = createConstantLike(builder, loc, 1, parts.init,
                                 getElementTypeOrSelf(parts.result));
  shares.weight = arith::DivFOp::create(builder, loc, one, count, flags);
  return shares;
}

//===----------------------------------------------------------------------===//
// The rule
//===----------------------------------------------------------------------===//

namespace {

/// result = init combined with all elements of the input along the reduced
/// dimensions. Tied extremes, the init among them, share the derivative
/// equally.
struct ReduceModel
    : DifferentiableOpInterface::ExternalModel<ReduceModel, linalg::ReduceOp> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    FailureOr<ReduceParts> parts = getParts(cast<linalg::ReduceOp>(op));
    if (failed(parts))
      return failure();
    Location loc = op->getLoc();
    SmallVector<Factor> inputFactors, initFactors;
    getFactors(builder, loc, *parts, inputFactors, initFactors);
    Value input, init = operandTangents[1];
    if (operandTangents[0])
      input = contractDerivative(
          builder, loc, batch, {operandTangents[0], parts->inputSubscripts},
          inputFactors, parts->resultSubscripts, parts->result);
    if (init && parts->kind != Reduction::sum)
      init = applyToInit(builder, loc, batch, *parts, initFactors, init);
    resultTangents.push_back(addDerivatives(builder, loc, input, init));
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    FailureOr<ReduceParts> parts = getParts(cast<linalg::ReduceOp>(op));
    if (failed(parts))
      return failure();
    Location loc = op->getLoc();
    SmallVector<Factor> inputFactors, initFactors;
    getFactors(builder, loc, *parts, inputFactors, initFactors);
    Value cotangent = resultCotangents[0];
    operandCotangents.push_back(
        cotangent && active[0]
            ? contractDerivative(
                  builder, loc, batch, {cotangent, parts->resultSubscripts},
                  inputFactors, parts->inputSubscripts, parts->input)
            : Value());
    Value init = active[1] ? cotangent : Value();
    if (init && parts->kind != Reduction::sum)
      init = applyToInit(builder, loc, batch, *parts, initFactors, init);
    operandCotangents.push_back(init);
    return success();
  }

private:
  /// Appends what the derivatives of input and init are multiplied by. No
  /// factor for the init of an extreme means zero.
  static void getFactors(OpBuilder &builder, Location loc,
                         const ReduceParts &parts,
                         SmallVectorImpl<Factor> &inputFactors,
                         SmallVectorImpl<Factor> &initFactors) {
    if (parts.kind == Reduction::sum)
      return;
    ExtremeShares shares = createShares(builder, loc, parts);
    Factor weight{shares.weight, parts.resultSubscripts};
    inputFactors.append({{shares.inputMask, parts.inputSubscripts}, weight});
    if (shares.initMask)
      initFactors.append({{shares.initMask, parts.resultSubscripts}, weight});
  }

  /// The share that the init of an extreme has in `derivative`.
  static Value applyToInit(OpBuilder &builder, Location loc,
                           const BatchShape &batch, const ReduceParts &parts,
                           ArrayRef<Factor> factors, Value derivative) {
    if (factors.empty())
      return Value();
    return contractDerivative(builder, loc, batch,
                              {derivative, parts.resultSubscripts}, factors,
                              parts.resultSubscripts, parts.init);
  }
};

} // namespace

void mlir::tensornet::registerLinalgReduceRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    linalg::ReduceOp::attachInterface<ReduceModel>(*context);
  });
}
