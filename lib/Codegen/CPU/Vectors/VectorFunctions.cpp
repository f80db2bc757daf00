//===- VectorFunctions.cpp - Functions as arithmetic on vectors -----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionFormat.h"
#include "OneAndTanh.h"
#include "VectorBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

#include <cmath>

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETVECTORFUNCTIONS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// Emits arithmetic on vectors of one floating-point type.
class FunctionEmitter {
public:
  FunctionEmitter(OpBuilder &builder, Location loc, VectorType type,
                  unsigned vectorBits)
      : builder(builder), loc(loc), type(type), vectorBits(vectorBits),
        format(type.getElementType().isF32() ? cpu::kFormat32
                                             : cpu::kFormat64) {}

  /// With `isBounded`, x is at most zero.
  Value emitExp(Value x, bool isBounded) {
    Value vanishes = isBelow(x, format.leastExp);
    x = fromBelow(x, format.leastExp);
    if (!isBounded)
      x = atMost(x, format.mostExp);
    Power power = split(x, format.log2e, format.log2eRest);
    return emitPower(power, vanishes);
  }

  Value emitExp2(Value x) {
    Value vanishes = isBelow(x, format.leastExp2);
    x = atMost(fromBelow(x, format.leastExp2), format.mostExp2);
    return emitPower(split(x, 1), vanishes);
  }

  /// tanh x = (e^2x - 1) / (e^2x + 1), of |x|, so that it is odd. Of the
  /// numerator, what 2^r lacks to 1 is computed, which has no error near zero.
  Value emitTanh(Value x) {
    Value size = math::AbsFOp::create(builder, loc, x);
    size = atMost(size, format.mostTanh);
    Power power =
        splitBy(format.getRounder(), size, 2 * format.log2e, /*rest=*/0);
    Value scale = emitScale(toExponent(power.shifted));
    Value rest = fma(mul(scale, power.fraction),
                     emitPolynomial(format.coefficients, power.fraction),
                     sub(scale, constant(1)));
    Value quotient =
        arith::DivFOp::create(builder, loc, rest, add(rest, constant(2)));
    return math::CopySignOp::create(builder, loc, quotient, x);
  }

  /// 1 + tanh x = 1 / (1/2 + e^-2x / 2), which cancels nowhere; 1 - tanh x
  /// where `isDifference`. It is zero where it would leave the normal range.
  /// Half of that where `isHalf`: the divisor is twice as large.
  Value emitOneAndTanh(Value x, bool isDifference, bool isHalf) {
    double sign = isDifference ? -1 : 1;
    Value vanishes = arith::CmpFOp::create(
        builder, loc,
        isDifference ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, x,
        constant(sign * format.leastLogistic));
    x = isDifference ? atLeast(x, -format.mostTanh)
                     : atMost(x, format.mostTanh);
    if (!hasScaleInstruction())
      x = isDifference ? atMost(x, -format.leastLogistic)
                       : atLeast(x, format.leastLogistic);
    Power power =
        split(x, -2 * sign * format.log2e, -2 * sign * format.log2eRest);
    Value rest =
        fma(power.fraction, emitPolynomial(getCoefficients(), power.fraction),
            constant(1));
    int exponent = isHalf ? 0 : -1;
    Value divisor = fma(emitNormalScale(power, exponent), rest,
                        constant(std::ldexp(1, exponent)));
    return arith::SelectOp::create(builder, loc, vanishes, constant(0),
                                   emitReciprocal(divisor));
  }

private:
  /// x = exponent + fraction in base 2; `shifted` is the exponent plus the
  /// rounder. The exponent is an integer and |fraction| at most 1/2, or a
  /// multiple of the steps of the table.
  struct Power {
    Value shifted, exponent, fraction;
  };

  /// x * (factor + rest) as a power of two; the rest of the factor matters as
  /// often as the exponent is large.
  Power split(Value x, double factor, double rest = 0) {
    return splitBy(hasScaleInstruction() ? format.getTableRounder()
                                         : format.getRounder(),
                   x, factor, rest);
  }

  Power splitBy(double rounderValue, Value x, double factor, double rest) {
    Value scale = constant(factor), rounder = constant(rounderValue);
    Value shifted = factor == 1 ? add(x, rounder) : fma(x, scale, rounder);
    Value exponent = sub(shifted, rounder);
    Value fraction =
        factor == 1 ? sub(x, exponent) : fma(x, scale, negate(exponent));
    if (rest != 0)
      fraction = fma(x, constant(rest), fraction);
    return {shifted, exponent, fraction};
  }

  /// What split() leaves fractions for.
  ArrayRef<double> getCoefficients() {
    return hasScaleInstruction() ? format.tableCoefficients
                                 : format.coefficients;
  }

  /// (2^r - 1) / r
  Value emitPolynomial(ArrayRef<double> coefficients, Value r) {
    Value sum = constant(coefficients.back());
    for (double next : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, r, constant(next));
    return sum;
  }

  /// 2^(exponent + fraction), but zero where it `vanishes`: processors take
  /// many times as long to find that a result is below the range.
  Value emitPower(const Power &power, Value vanishes) {
    Value rest = emitPolynomial(getCoefficients(), power.fraction);
    Value zero = constant(0);
    if (hasScaleInstruction()) {
      // The scaling rounds the exponent down, to what the table leaves of it.
      Value root = lookUp(power, /*exponent=*/0);
      Value value = fma(root, mul(power.fraction, rest), root);
      value = arith::SelectOp::create(builder, loc, vanishes, zero, value);
      return emitScaleInstruction(value, power.exponent);
    }
    Value value = fma(power.fraction, rest, constant(1));
    value = arith::SelectOp::create(builder, loc, vanishes, zero, value);
    // In two steps, as no number of the type may be as small or large as the
    // power; the first one is exact.
    Value exponent = toExponent(power.shifted);
    Value half = arith::ShRSIOp::create(builder, loc, exponent, integer(1));
    Value other = arith::SubIOp::create(builder, loc, exponent, half);
    return mul(mul(value, emitScale(half)), emitScale(other));
  }

  /// 2^(n / 16 + exponent) for the last bits of what `power` was shifted to,
  /// from a register.
  Value lookUp(const Power &power, int exponent) {
    auto element = cast<FloatType>(type.getElementType());
    SmallVector<APFloat> entries;
    for (int64_t n = 0; n < type.getNumElements(); ++n) {
      APFloat entry(std::ldexp(std::exp2(std::ldexp(n, -int(format.tableBits))),
                               exponent));
      bool losesInfo;
      entry.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
      entries.push_back(entry);
    }
    Value table = arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, entries));
    Value places =
        arith::BitcastOp::create(builder, loc, getIntegers(), power.shifted);
    return callIntrinsic(format.permute, {table, places});
  }

  /// 2^(exponent of `power` + `exponent`), of which it leaves the fraction, for
  /// a normal result.
  Value emitNormalScale(const Power &power, int exponent) {
    if (hasScaleInstruction())
      return emitScaleInstruction(lookUp(power, exponent), power.exponent);
    Value scale = emitScale(toExponent(power.shifted));
    return exponent == 0 ? scale
                         : mul(constant(std::ldexp(1, exponent)), scale);
  }

  /// 1 / x for a normal result. Newton's steps take as long as one division on
  /// the vectors of AVX-512, but not in its unit.
  Value emitReciprocal(Value x) {
    Value one = constant(1);
    if (!hasScaleInstruction())
      return arith::DivFOp::create(builder, loc, one, x);
    int64_t lanes = type.getNumElements();
    Value all = arith::ConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(builder.getIntegerType(lanes), -1));
    Value result = callIntrinsic(format.reciprocal, {x, constant(0), all});
    for (unsigned step = 0; step < format.newtonSteps; ++step)
      result = fma(result, fma(negate(x), result, one), result);
    return result;
  }

  Value callIntrinsic(StringRef name, ValueRange arguments) {
    return LLVM::CallIntrinsicOp::create(builder, loc, type,
                                         builder.getStringAttr(name), arguments)
        .getResults();
  }

  /// The exponent as an integer.
  Value toExponent(Value shifted) {
    Value bits = arith::BitcastOp::create(builder, loc, getIntegers(), shifted);
    APFloat rounder(format.getRounder());
    bool losesInfo;
    rounder.convert(cast<FloatType>(type.getElementType()).getFloatSemantics(),
                    APFloat::rmNearestTiesToEven, &losesInfo);
    return arith::SubIOp::create(
        builder, loc, bits, integer(rounder.bitcastToAPInt().getSExtValue()));
  }

  /// 2^exponent for a normal result.
  Value emitScale(Value exponent) {
    Value biased =
        arith::AddIOp::create(builder, loc, exponent, integer(format.bias));
    Value bits =
        arith::ShLIOp::create(builder, loc, biased, integer(format.fraction));
    return arith::BitcastOp::create(builder, loc, type, bits);
  }

  bool hasScaleInstruction() {
    return vectorBits == 512 && type.getNumElements() * format.bits == 512;
  }

  Value emitScaleInstruction(Value value, Value exponent) {
    int64_t lanes = type.getNumElements();
    Value all = arith::ConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(builder.getIntegerType(lanes), -1));
    Value rounding =
        arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(4));
    // The last vector is for lanes without a mask bit.
    return x86vector::MaskScaleFOp::create(builder, loc, type, value, exponent,
                                           value, all, rounding);
  }

  Value isBelow(Value x, double limit) {
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, x,
                                 constant(limit));
  }
  /// Comparisons are such that NaN stays.
  Value atMost(Value x, double limit) {
    return choose(arith::CmpFPredicate::OLT, constant(limit), x);
  }
  Value atLeast(Value x, double limit) {
    return choose(arith::CmpFPredicate::OGT, constant(limit), x);
  }
  /// The exponents that bounds have stay in the range of integers; the
  /// instruction that scales by them takes any below it.
  Value fromBelow(Value x, double least) {
    return hasScaleInstruction() ? x : atLeast(x, least);
  }
  Value choose(arith::CmpFPredicate predicate, Value a, Value b) {
    Value isFirst = arith::CmpFOp::create(builder, loc, predicate, a, b);
    return arith::SelectOp::create(builder, loc, isFirst, a, b);
  }

  Value constant(double value) {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(
            type, builder.getFloatAttr(type.getElementType(), value)));
  }
  VectorType getIntegers() {
    return type.clone(builder.getIntegerType(format.bits));
  }
  Value integer(int64_t value) {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(
            getIntegers(),
            builder.getIntegerAttr(getIntegers().getElementType(), value)));
  }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value sub(Value a, Value b) {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value mul(Value a, Value b) {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  Value negate(Value a) { return arith::NegFOp::create(builder, loc, a); }
  Value fma(Value a, Value b, Value c) {
    return math::FmaOp::create(builder, loc, a, b, c);
  }

  OpBuilder &builder;
  Location loc;
  VectorType type;
  unsigned vectorBits;
  const cpu::FunctionFormat &format;
};

/// `emit` for `x`, filled up to a whole register where that has instructions
/// which shorter ones lack: results do not depend on the length of vectors, and
/// so not on where an op is computed.
Value onWholeVectors(OpBuilder &builder, Location loc, Value x,
                     unsigned vectorBits, function_ref<Value(Value)> emit) {
  auto type = cast<VectorType>(x.getType());
  int64_t length = type.getNumElements(),
          lanes = vectorBits / type.getElementTypeBitWidth();
  if (vectorBits != 512 || length >= lanes)
    return emit(x);
  auto whole = VectorType::get({lanes}, type.getElementType());
  Value zeros =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(whole));
  x = vector::InsertStridedSliceOp::create(
      builder, loc, x, zeros, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{1});
  return vector::ExtractStridedSliceOp::create(
      builder, loc, emit(x), ArrayRef<int64_t>{0}, ArrayRef<int64_t>{length},
      ArrayRef<int64_t>{1});
}

/// `op`, a function, of `x`, which may have another type.
Value compute(Operation *op, OpBuilder &builder, Value x, unsigned vectorBits) {
  if (!cpu::hasFusedMultiplyAdds(vectorBits)) {
    Operation *call = builder.clone(*op);
    call->setOperand(0, x);
    call->getResult(0).setType(x.getType());
    return call->getResult(0);
  }
  auto getEmitter = [&](Value x) {
    return FunctionEmitter(builder, op->getLoc(), cast<VectorType>(x.getType()),
                           vectorBits);
  };
  if (isa<math::TanhOp>(op))
    return getEmitter(x).emitTanh(x);
  return onWholeVectors(builder, op->getLoc(), x, vectorBits, [&](Value x) {
    return isa<math::Exp2Op>(op)
               ? getEmitter(x).emitExp2(x)
               : getEmitter(x).emitExp(x, op->hasAttr(cpu::kBoundedAttribute));
  });
}

/// math.exp %x : vector<16xbf16> -> extended to f32, computed and rounded
Value expand(Operation *op, OpBuilder &builder, unsigned vectorBits) {
  Location loc = op->getLoc();
  Value x = op->getOperand(0);
  auto type = cast<VectorType>(x.getType());
  Type element = type.getElementType();
  bool isHalf = element.isF16() || element.isBF16();
  VectorType wide = isHalf ? type.clone(builder.getF32Type()) : type;
  if (isHalf)
    x = arith::ExtFOp::create(builder, loc, wide, x);
  Value result = compute(op, builder, x, vectorBits);
  return isHalf ? arith::TruncFOp::create(builder, loc, type, result) : result;
}

/// Replaces `sum`, of the tanh of `x`. (z / 2) sum becomes z (sum / 2), which
/// is the same, but rounded once, where z / 2 is below the normal range.
void replaceOneAndTanh(const cpu::OneAndTanh &sum, Value x,
                       IRRewriter &rewriter, unsigned vectorBits) {
  Location loc = sum.op->getLoc();
  rewriter.setInsertionPoint(sum.op);
  arith::MulFOp half = sum.getHalfBeside();
  Value result = onWholeVectors(rewriter, loc, x, vectorBits, [&](Value x) {
    return FunctionEmitter(rewriter, loc, cast<VectorType>(x.getType()),
                           vectorBits)
        .emitOneAndTanh(x, sum.isDifference, /*isHalf=*/bool(half));
  });
  if (sum.factor)
    result = arith::MulFOp::create(
        rewriter, loc, result,
        arith::ConstantOp::create(rewriter, loc, cast<TypedAttr>(sum.factor)));
  if (half) {
    (*sum.op->user_begin())->replaceUsesOfWith(half, half.getLhs());
    if (half->use_empty())
      rewriter.eraseOp(half);
  }
  rewriter.replaceOp(sum.op, result);
  if (sum.product)
    rewriter.eraseOp(sum.product);
}

/// Replaces the sums of `tanh` and one, if there are no other users.
bool replaceOneAndTanh(math::TanhOp tanh, IRRewriter &rewriter,
                       unsigned vectorBits) {
  auto type = cast<VectorType>(tanh.getType());
  if (!cpu::hasFusedMultiplyAdds(vectorBits) ||
      type.getElementTypeBitWidth() == 16)
    return false;
  SmallVector<cpu::OneAndTanh> found = cpu::findOneAndTanh(tanh);
  for (const cpu::OneAndTanh &sum : found)
    replaceOneAndTanh(sum, tanh.getOperand(), rewriter, vectorBits);
  if (found.empty())
    return false;
  rewriter.eraseOp(tanh);
  return true;
}

struct VectorFunctions
    : tensornet::impl::TensorNetVectorFunctionsBase<VectorFunctions> {
  using TensorNetVectorFunctionsBase::TensorNetVectorFunctionsBase;

  void runOnOperation() override {
    unsigned bits = cpu::getVectorBits(vectorWidth);
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (!isa<math::ExpOp, math::Exp2Op, math::TanhOp>(op))
        return;
      auto type = dyn_cast<VectorType>(op->getOperand(0).getType());
      if (!type || type.getRank() != 1 || type.isScalable() ||
          !isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(
              type.getElementType()))
        return;
      if (cpu::hasFusedMultiplyAdds(bits) ||
          type.getElementTypeBitWidth() == 16)
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (auto tanh = dyn_cast<math::TanhOp>(op);
          tanh && replaceOneAndTanh(tanh, rewriter, bits))
        continue;
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, expand(op, rewriter, bits));
    }
  }
};

} // namespace
