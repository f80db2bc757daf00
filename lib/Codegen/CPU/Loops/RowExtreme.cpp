//===- RowExtreme.cpp - The largest or smallest element of a row ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowExtreme.h"

#include "RowsTogether.h"
#include "Vectors/VectorBody.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Neither of the two is asked for: NaN and signs of zeros are looked after.
static constexpr auto kOnlyNumbers =
    arith::FastMathFlags::nnan | arith::FastMathFlags::nsz;

bool RowExtreme::matches(Operation *combiner) {
  return isa_and_nonnull<arith::MaximumFOp, arith::MinimumFOp>(combiner) &&
         isa<Float32Type, Float64Type>(combiner->getResult(0).getType());
}

RowExtreme::RowExtreme(OpBuilder &builder, Location loc, Operation *combiner,
                       VectorType type, unsigned vectorBits)
    : builder(builder), loc(loc), isMaximum(isa<arith::MaximumFOp>(combiner)),
      ignoresNaN(combiner->hasAttr(kIgnoresNaNAttribute)), type(type),
      bits(type.clone(builder.getIntegerType(type.getElementTypeBitWidth()))),
      flag(vectorBits == 512 ? builder.getI1Type() : bits.getElementType()) {}

Value RowExtreme::splat(Type element, Attribute value) {
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type.clone(element), value));
}

SmallVector<Value> RowExtreme::getStart(int64_t count) {
  Type element = type.getElementType(), integer = bits.getElementType();
  double lowest = -std::numeric_limits<double>::infinity();
  Value extreme = splat(
      element, builder.getFloatAttr(element, isMaximum ? lowest : -lowest));
  SmallVector<Value> state(count, extreme);
  if (ignoresNaN)
    return state;
  state.push_back(
      splat(integer, builder.getIntegerAttr(integer, isMaximum ? -1 : 0)));
  state.append(2, splat(flag, builder.getIntegerAttr(flag, -1)));
  return state;
}

Value RowExtreme::select(Value mask, Value vector) {
  return arith::SelectOp::create(builder, loc, mask, vector,
                                 getStart(1).front());
}

Value RowExtreme::combine(Value a, Value b) {
  if (ignoresNaN) {
    // One instruction of x86, which takes `a` where `b` is NaN.
    Value isBeyond = arith::CmpFOp::create(
        builder, loc,
        isMaximum ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, b,
        a);
    return arith::SelectOp::create(builder, loc, isBeyond, b, a);
  }
  if (isMaximum)
    return arith::MaximumFOp::create(builder, loc, a, b, kOnlyNumbers);
  return arith::MinimumFOp::create(builder, loc, a, b, kOnlyNumbers);
}

Value RowExtreme::combineAll(ArrayRef<Value> vectors) {
  SmallVector<Value> extremes(vectors);
  for (; extremes.size() > 1; extremes.resize((extremes.size() + 1) / 2))
    for (size_t v = 0; v < extremes.size() / 2; ++v)
      extremes[v] =
          combine(extremes[v], extremes[v + (extremes.size() + 1) / 2]);
  return extremes.front();
}

Value RowExtreme::areNumbers(Value a, Value b) {
  Value both =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ORD, a, b);
  if (flag.isInteger(1))
    return both;
  return arith::ExtSIOp::create(builder, loc, bits, both);
}

void RowExtreme::add(ArrayRef<Value> vectors, MutableArrayRef<Value> state) {
  MutableArrayRef<Value> extremes = state.drop_back(getExtra());
  if (ignoresNaN) {
    for (auto [extreme, vector] : llvm::zip(extremes, vectors))
      extreme = combine(extreme, vector);
    return;
  }
  Value &signs = state[extremes.size()];
  MutableArrayRef<Value> numbers = state.take_back(2);
  for (auto [number, vector] : llvm::enumerate(vectors)) {
    extremes[number] = combine(extremes[number], vector);
    Value own = arith::BitcastOp::create(builder, loc, bits, vector);
    signs = isMaximum
                ? arith::AndIOp::create(builder, loc, signs, own).getResult()
                : arith::OrIOp::create(builder, loc, signs, own).getResult();
  }
  // One comparison tests two vectors.
  for (size_t first = 0; first < vectors.size(); first += 2) {
    Value &known = numbers[first / 2 % 2];
    Value second = vectors[std::min(first + 1, vectors.size() - 1)];
    known = arith::AndIOp::create(builder, loc, known,
                                  areNumbers(vectors[first], second));
  }
}

Value RowExtreme::reduceVector(Value extremes) {
  return vector::ReductionOp::create(builder, loc,
                                     isMaximum
                                         ? vector::CombiningKind::MAXIMUMF
                                         : vector::CombiningKind::MINIMUMF,
                                     extremes, kOnlyNumbers);
}

Value RowExtreme::reduce(ArrayRef<Value> state) {
  if (ignoresNaN)
    return reduceVector(combineAll(state));
  auto isNegative = [&](Value lanes) {
    Value zero = splat(bits.getElementType(),
                       builder.getZeroAttr(bits.getElementType()));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, lanes,
                                 zero)
        .getResult();
  };
  Value numbers =
      arith::AndIOp::create(builder, loc, state.end()[-2], state.back());
  Value areNumbers = areAllTrue(
      builder, loc, flag.isInteger(1) ? numbers : isNegative(numbers));
  Value sign = vector::ReductionOp::create(
      builder, loc,
      isMaximum ? vector::CombiningKind::AND : vector::CombiningKind::OR,
      isNegative(state.end()[-getExtra()]));
  Value size = math::AbsFOp::create(
      builder, loc, reduceVector(combineAll(state.drop_back(getExtra()))));
  Value extreme = arith::SelectOp::create(
      builder, loc, sign, arith::NegFOp::create(builder, loc, size), size);
  auto element = cast<FloatType>(type.getElementType());
  Value nan = arith::ConstantOp::create(
      builder, loc,
      builder.getFloatAttr(
          element, llvm::APFloat::getQNaN(element.getFloatSemantics())));
  return arith::SelectOp::create(builder, loc, areNumbers, extreme, nan);
}

Value RowExtreme::areAllNumbers(ArrayRef<SmallVector<Value>> rows) {
  Value all;
  for (ArrayRef<Value> vectors : rows)
    for (size_t first = 0; first < vectors.size(); first += 2) {
      Value second = vectors[std::min(first + 1, vectors.size() - 1)];
      Value both = arith::CmpFOp::create(
          builder, loc, arith::CmpFPredicate::ORD, vectors[first], second);
      all = all ? arith::AndIOp::create(builder, loc, all, both) : both;
    }
  return areAllTrue(builder, loc, all);
}

Value RowExtreme::reduceRows(ArrayRef<SmallVector<Value>> rows) {
  SmallVector<Value> extremes;
  for (ArrayRef<Value> vectors : rows)
    extremes.push_back(combineAll(vectors));
  Value all = reduceTogether(builder, loc, extremes,
                             [&](Value a, Value b) { return combine(a, b); });
  if (ignoresNaN)
    return all;
  Value zero = arith::ConstantOp::create(builder, loc,
                                         builder.getZeroAttr(all.getType()));
  Value hasSigns =
      areAllTrue(builder, loc,
                 arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE,
                                       all, zero));
  // Not a conjunction: what knows no NaN may say anything where there is one.
  Value no =
      arith::ConstantOp::create(builder, loc, builder.getBoolAttr(false));
  Value isPlain =
      arith::SelectOp::create(builder, loc, areAllNumbers(rows), hasSigns, no);
  auto yield = [](OpBuilder &builder, Location loc, Value value) {
    scf::YieldOp::create(builder, loc, value);
  };
  return scf::IfOp::create(
             builder, loc, isPlain,
             [&](OpBuilder &, Location) { yield(builder, loc, all); },
             [&](OpBuilder &, Location) {
               SmallVector<Value> numbers;
               for (ArrayRef<Value> vectors : rows) {
                 SmallVector<Value> state =
                     getStart(llvm::PowerOf2Ceil(vectors.size()));
                 add(vectors, state);
                 numbers.push_back(reduce(state));
               }
               yield(builder, loc, toVector(builder, loc, numbers));
             })
      .getResult(0);
}
