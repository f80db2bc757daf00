//===- VectorBody.cpp - Elementwise work on vectors -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tensornet;

bool cpu::isVectorElement(Type type) {
  return isa<FloatType>(type) || type.isInteger(8) || type.isInteger(16) ||
         type.isInteger(32) || type.isInteger(64);
}

/// True for math that has a vector form (an LLVM intrinsic).
static bool isVectorMath(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::AcosOp, math::AsinOp,
             math::AtanOp, math::Atan2Op, math::CeilOp, math::CopySignOp,
             math::CosOp, math::CoshOp, math::ExpOp, math::Exp2Op,
             math::FloorOp, math::FmaOp, math::LogOp, math::Log10Op,
             math::Log2Op, math::PowFOp, math::RoundOp, math::RoundEvenOp,
             math::RsqrtOp, math::SinOp, math::SinhOp, math::SqrtOp,
             math::TanOp, math::TanhOp, math::TruncOp>(op);
}

bool cpu::isVectorBody(Block &body) {
  return llvm::all_of(body.without_terminator(), [](Operation &op) {
    bool known = isa<arith::ArithDialect>(op.getDialect())
                     ? OpTrait::hasElementwiseMappableTraits(&op)
                     : isVectorMath(&op);
    return (known || isa<arith::ConstantOp, linalg::IndexOp>(op)) &&
           llvm::all_of(op.getResultTypes(), [](Type type) {
             return isVectorElement(type) || type.isInteger(1) ||
                    type.isIndex();
           });
  });
}

Operation *cpu::getCombiner(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1)
    return nullptr;
  Operation *combiner =
      op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  BlockArgument total = op.getRegionOutputArgs()[0];
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp, arith::MaximumFOp,
                       arith::MinimumFOp, arith::MaxSIOp, arith::MinSIOp>(
          combiner) ||
      !total.hasOneUse() || *total.user_begin() != combiner ||
      !arith::getNeutralElement(combiner))
    return nullptr;
  if (auto sum = dyn_cast<arith::AddFOp>(combiner))
    if (!bitEnumContainsAll(sum.getFastmath(), arith::FastMathFlags::reassoc))
      return nullptr;
  return combiner;
}

bool cpu::hasVectorFunction(Block &body) {
  return llvm::any_of(body.without_terminator(), [](Operation &op) {
    return isa<math::ExpOp, math::Exp2Op, math::TanhOp>(op);
  });
}

bool cpu::isExpensiveBody(Block &body) {
  return llvm::any_of(body.without_terminator(), [](Operation &op) {
    return isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp>(op) ||
           (isa<math::MathDialect>(op.getDialect()) &&
            !isa<math::AbsFOp, math::FmaOp, math::CopySignOp>(op));
  });
}

Value cpu::loadVector(OpBuilder &builder, Location loc, VectorType type,
                      Value buffer, Value at, Value mask) {
  if (!mask)
    return vector::LoadOp::create(builder, loc, type, buffer, at);
  Value nothing =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return vector::MaskedLoadOp::create(builder, loc, type, buffer, at, mask,
                                      nothing);
}

void cpu::storeVector(OpBuilder &builder, Location loc, Value vector,
                      Value buffer, Value at, Value mask) {
  if (mask)
    vector::MaskedStoreOp::create(builder, loc, buffer, at, mask, vector);
  else
    vector::StoreOp::create(builder, loc, vector, buffer, at);
}

/// a / b by the reciprocal r of b: the quotient a * r, corrected by what it
/// leaves of a (Markstein 1990). A quotient that is not finite has no such
/// rest.
static Value divideBy(OpBuilder &builder, Location loc, Value a, Value b,
                      Value r, bool isFinite) {
  Value quotient = arith::MulFOp::create(builder, loc, a, r);
  Value surplus = math::FmaOp::create(builder, loc, quotient, b,
                                      arith::NegFOp::create(builder, loc, a));
  Value corrected = math::FmaOp::create(
      builder, loc, arith::NegFOp::create(builder, loc, surplus), r, quotient);
  if (isFinite)
    return corrected;
  Value isNaN = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                      corrected, corrected);
  return arith::SelectOp::create(builder, loc, isNaN, quotient, corrected);
}

/// True where `op` may be rounded together with what it is part of.
static bool contracts(Operation *op) {
  auto flags = cast<arith::ArithFastMathInterface>(op).getFastMathFlagsAttr();
  Type type = op->getResult(0).getType();
  return bitEnumContainsAll(flags.getValue(), arith::FastMathFlags::contract) &&
         (type.isF32() || type.isF64());
}

arith::MulFOp cpu::getFusedProduct(Operation *op) {
  if (!isa<arith::AddFOp, arith::SubFOp>(op) || !contracts(op))
    return {};
  for (Value operand : op->getOperands())
    if (auto product = operand.getDefiningOp<arith::MulFOp>();
        product && product->hasOneUse() && contracts(product) &&
        product->getBlock() == op->getBlock())
      return product;
  return {};
}

namespace {

/// Computes the ops of a body on vectors.
class BodyEvaluator {
public:
  BodyEvaluator(OpBuilder &builder, Location loc, int64_t length,
                IRMapping &mapping, const cpu::Reciprocals &reciprocals)
      : builder(builder), loc(loc), length(length), mapping(mapping),
        reciprocals(reciprocals) {}

  /// The vector of `scalar`, which is computed, outside of the body or a
  /// constant.
  Value getVector(Value scalar) {
    if (Value vector = mapping.lookupOrNull(scalar))
      return vector;
    VectorType type = getVectorType(scalar.getType());
    Attribute constant;
    Value vector =
        matchPattern(scalar, m_Constant(&constant))
            ? arith::ConstantOp::create(builder, loc,
                                        DenseElementsAttr::get(type, constant))
                  .getResult()
            : vector::BroadcastOp::create(builder, loc, type, scalar);
    mapping.map(scalar, vector);
    return vector;
  }

  void evaluate(Operation &op) {
    if (isa<arith::ConstantOp, linalg::IndexOp>(op))
      return;
    if (isa<arith::MulFOp>(op) && op.hasOneUse() &&
        cpu::getFusedProduct(*op.user_begin()).getOperation() == &op)
      return;
    if (arith::MulFOp product = cpu::getFusedProduct(&op))
      return fuse(op, product);
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(getVector(operand));
    if (Value reciprocal = reciprocals.lookup(&op)) {
      mapping.map(op.getResult(0),
                  divideBy(builder, loc, operands[0], operands[1], reciprocal,
                           op.hasAttr(cpu::kBoundedAttribute)));
      return;
    }
    SmallVector<Type> types =
        llvm::map_to_vector(op.getResultTypes(), [&](Type type) -> Type {
          return getVectorType(type);
        });
    Operation *onVectors = mlir::clone(builder, &op, types, operands);
    mapping.map(op.getResults(), onVectors->getResults());
  }

private:
  VectorType getVectorType(Type element) {
    return VectorType::get({length}, element);
  }

  /// Fused here, because later it would depend on how code around is compiled:
  /// the last lanes of a row, or threads, would round in another way.
  void fuse(Operation &op, arith::MulFOp product) {
    bool isFirst = op.getOperand(0) == product.getResult();
    Value factor = getVector(product.getLhs());
    Value term = getVector(op.getOperand(isFirst ? 1 : 0));
    if (isa<arith::SubFOp>(op)) {
      Value &negated = isFirst ? term : factor;
      negated = arith::NegFOp::create(builder, loc, negated);
    }
    mapping.map(op.getResult(0),
                vector::FMAOp::create(builder, loc, factor,
                                      getVector(product.getRhs()), term)
                    .getResult());
  }

  OpBuilder &builder;
  Location loc;
  int64_t length;
  IRMapping &mapping;
  const cpu::Reciprocals &reciprocals;
};

} // namespace

SmallVector<SmallVector<Value>>
cpu::evaluateOnVectors(OpBuilder &builder, Location loc, Block &body,
                       int64_t length, MutableArrayRef<IRMapping> mappings,
                       const Reciprocals &reciprocals) {
  SmallVector<BodyEvaluator> evaluators;
  for (IRMapping &mapping : mappings)
    evaluators.emplace_back(builder, loc, length, mapping, reciprocals);
  for (Operation &op : body.without_terminator())
    for (BodyEvaluator &evaluator : evaluators)
      evaluator.evaluate(op);
  return llvm::map_to_vector(evaluators, [&](BodyEvaluator &evaluator) {
    return llvm::map_to_vector(
        body.getTerminator()->getOperands(),
        [&](Value result) { return evaluator.getVector(result); });
  });
}

SmallVector<Value> cpu::evaluateOnVectors(OpBuilder &builder, Location loc,
                                          Block &body, int64_t length,
                                          IRMapping &mapping,
                                          const Reciprocals &reciprocals) {
  return evaluateOnVectors(builder, loc, body, length, MutableArrayRef(mapping),
                           reciprocals)
      .front();
}
