//===- ScalarFactor.cpp - Products of scalar constants --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarFactor.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tensornet;

Attribute mlir::tensornet::getSplatConstant(Value value) {
  DenseElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)))
    return elements.isSplat() ? elements.getSplatValue<Attribute>()
                              : Attribute();
  Attribute scalar;
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    if (matchPattern(splat.getInput(), m_Constant(&scalar)))
      return scalar;
  return {};
}

static double toDouble(Attribute attribute) {
  APFloat value = cast<FloatAttr>(attribute).getValue();
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

/// a * b; componentwise where one of them is real, so that infinite parts stay
/// as they are.
static std::complex<double> multiplied(std::complex<double> a,
                                       std::complex<double> b) {
  if (b.imag() == 0)
    return {a.real() * b.real(), a.imag() * b.real()};
  if (a.imag() == 0)
    return {a.real() * b.real(), a.real() * b.imag()};
  return a * b;
}

void ScalarFactor::multiply(Attribute element, bool conjugated) {
  if (auto attribute = dyn_cast<IntegerAttr>(element)) {
    integer *= attribute.getValue().sextOrTrunc(64).getZExtValue();
    return;
  }
  std::complex<double> value;
  if (auto parts = dyn_cast<ArrayAttr>(element))
    value = {toDouble(parts[0]), toDouble(parts[1])};
  else
    value = toDouble(element);
  number = multiplied(number, conjugated ? std::conj(value) : value);
}

void ScalarFactor::multiply(int64_t value) {
  integer *= static_cast<uint64_t>(value);
  number = multiplied(number, static_cast<double>(value));
}

void ScalarFactor::multiply(const ScalarFactor &other) {
  integer *= other.integer;
  number = multiplied(number, other.number);
}

ScalarFactor ScalarFactor::operator+(const ScalarFactor &other) const {
  ScalarFactor sum(type);
  sum.integer = integer + other.integer;
  sum.number = number + other.number;
  return sum;
}

bool ScalarFactor::isEqualTo(int64_t value) const {
  if (!isa<IntegerType>(type))
    return number == static_cast<double>(value);
  unsigned width = type.getIntOrFloatBitWidth();
  return APInt(64, integer).trunc(width) ==
         APInt(64, static_cast<uint64_t>(value)).trunc(width);
}

bool ScalarFactor::isOne() const { return isEqualTo(1); }
bool ScalarFactor::isMinusOne() const { return isEqualTo(-1); }
bool ScalarFactor::isZero() const { return isEqualTo(0); }

static APFloat toFloat(double value, Type type) {
  APFloat result(value);
  bool losesInfo;
  result.convert(cast<FloatType>(type).getFloatSemantics(),
                 APFloat::rmNearestTiesToEven, &losesInfo);
  return result;
}

DenseElementsAttr ScalarFactor::getSplat(ArrayRef<int64_t> shape) const {
  auto tensorType = RankedTensorType::get(shape, type);
  if (isa<IntegerType>(type))
    return DenseElementsAttr::get(
        tensorType, APInt(64, integer).trunc(type.getIntOrFloatBitWidth()));
  if (auto complex = dyn_cast<ComplexType>(type)) {
    Type part = complex.getElementType();
    return DenseElementsAttr::get(
        tensorType, std::complex<APFloat>(toFloat(number.real(), part),
                                          toFloat(number.imag(), part)));
  }
  return DenseElementsAttr::get(tensorType, toFloat(number.real(), type));
}
