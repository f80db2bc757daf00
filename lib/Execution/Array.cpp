//===- Array.cpp - Arrays in and out --------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Array.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
struct KindInfo {
  unsigned byteWidth;
  llvm::StringLiteral name;
};
} // namespace

static KindInfo getKindInfo(ElementKind kind) {
  switch (kind) {
  case ElementKind::I1:
    return {1, "i1"};
  case ElementKind::I8:
    return {1, "i8"};
  case ElementKind::I16:
    return {2, "i16"};
  case ElementKind::I32:
    return {4, "i32"};
  case ElementKind::I64:
    return {8, "i64"};
  case ElementKind::Index:
    return {8, "index"};
  case ElementKind::F16:
    return {2, "f16"};
  case ElementKind::BF16:
    return {2, "bf16"};
  case ElementKind::F32:
    return {4, "f32"};
  case ElementKind::F64:
    return {8, "f64"};
  case ElementKind::C64:
    return {8, "complex<f32>"};
  case ElementKind::C128:
    return {16, "complex<f64>"};
  }
  llvm_unreachable("every kind has a width");
}

unsigned mlir::tensornet::getByteWidth(ElementKind kind) {
  return getKindInfo(kind).byteWidth;
}

llvm::StringRef mlir::tensornet::getElementKindName(ElementKind kind) {
  return getKindInfo(kind).name;
}

bool mlir::tensornet::isComplexKind(ElementKind kind) {
  return kind == ElementKind::C64 || kind == ElementKind::C128;
}

bool mlir::tensornet::isFloatingKind(ElementKind kind) {
  return kind >= ElementKind::F16 && kind <= ElementKind::F64;
}

std::optional<uint64_t>
mlir::tensornet::getDataSize(ElementKind kind, llvm::ArrayRef<int64_t> shape) {
  // Zero extents do not hide an overflow of the others.
  uint64_t product = getByteWidth(kind);
  bool isEmpty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    isEmpty |= extent == 0;
    if (extent != 0 &&
        product > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) /
                      static_cast<uint64_t>(extent))
      return std::nullopt;
    product *= extent ? extent : 1;
  }
  return isEmpty ? 0 : product;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

template <typename T>
static T load(const std::byte *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <typename T>
static void store(std::byte *bytes, T value) {
  std::memcpy(bytes, &value, sizeof(T));
}

static double decodeHalf(uint16_t bits, const llvm::fltSemantics &semantics) {
  llvm::APFloat value(semantics, llvm::APInt(16, bits));
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

static uint16_t encodeHalf(double value, const llvm::fltSemantics &semantics) {
  llvm::APFloat result(value);
  bool losesInfo;
  result.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint16_t>(result.bitcastToAPInt().getZExtValue());
}

static int64_t decodeInteger(ElementKind kind, const std::byte *bytes) {
  switch (kind) {
  case ElementKind::I1:
    return load<uint8_t>(bytes) & 1;
  case ElementKind::I8:
    return load<int8_t>(bytes);
  case ElementKind::I16:
    return load<int16_t>(bytes);
  case ElementKind::I32:
    return load<int32_t>(bytes);
  case ElementKind::I64:
  case ElementKind::Index:
    return load<int64_t>(bytes);
  default:
    llvm_unreachable("the element is an integer");
  }
}

std::complex<double> mlir::tensornet::decodeElement(ElementKind kind,
                                                    const std::byte *bytes) {
  switch (kind) {
  case ElementKind::F16:
    return decodeHalf(load<uint16_t>(bytes), llvm::APFloat::IEEEhalf());
  case ElementKind::BF16:
    return decodeHalf(load<uint16_t>(bytes), llvm::APFloat::BFloat());
  case ElementKind::F32:
    return load<float>(bytes);
  case ElementKind::F64:
    return load<double>(bytes);
  case ElementKind::C64:
    return load<std::complex<float>>(bytes);
  case ElementKind::C128:
    return load<std::complex<double>>(bytes);
  default:
    return static_cast<double>(decodeInteger(kind, bytes));
  }
}

void mlir::tensornet::encodeElement(ElementKind kind, std::byte *bytes,
                                    std::complex<double> value) {
  double real = value.real();
  switch (kind) {
  case ElementKind::I1:
    return store<uint8_t>(bytes, real != 0);
  case ElementKind::I8:
    return store(bytes, static_cast<int8_t>(real));
  case ElementKind::I16:
    return store(bytes, static_cast<int16_t>(real));
  case ElementKind::I32:
    return store(bytes, static_cast<int32_t>(real));
  case ElementKind::I64:
  case ElementKind::Index:
    return store(bytes, static_cast<int64_t>(real));
  case ElementKind::F16:
    return store(bytes, encodeHalf(real, llvm::APFloat::IEEEhalf()));
  case ElementKind::BF16:
    return store(bytes, encodeHalf(real, llvm::APFloat::BFloat()));
  case ElementKind::F32:
    return store(bytes, static_cast<float>(real));
  case ElementKind::F64:
    return store(bytes, real);
  case ElementKind::C64:
    return store(bytes, std::complex<float>(value));
  case ElementKind::C128:
    return store(bytes, value);
  }
}

int64_t Array::getInteger(int64_t position) const {
  return decodeInteger(kind, data.data() + position * getByteWidth(kind));
}

std::complex<double> Array::get(int64_t position) const {
  return decodeElement(kind, data.data() + position * getByteWidth(kind));
}

void Array::set(int64_t position, std::complex<double> value) {
  encodeElement(kind, data.data() + position * getByteWidth(kind), value);
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

llvm::Expected<Array> Array::allocate(ElementKind kind,
                                      llvm::ArrayRef<int64_t> shape) {
  Array array;
  array.kind = kind;
  array.shape.assign(shape.begin(), shape.end());
  std::optional<uint64_t> size = getDataSize(kind, shape);
  if (!size)
    return llvm::createStringError(
        std::make_error_code(std::errc::not_enough_memory),
        "the size of " + formatArrayType(kind, shape) + " is out of range");
  llvm::Expected<AlignedBuffer> data = AlignedBuffer::allocate(*size);
  if (!data)
    return llvm::createStringError(
        std::make_error_code(std::errc::not_enough_memory),
        "cannot allocate " + formatArrayType(kind, shape) + ": " +
            llvm::toString(data.takeError()));
  array.data = std::move(*data);
  return array;
}

llvm::Expected<Array> Array::clone() const {
  llvm::Expected<Array> copy = allocate(kind, shape);
  if (copy)
    std::memcpy(copy->data.data(), data.data(), data.size());
  return copy;
}

int64_t Array::getNumElements() const {
  return static_cast<int64_t>(data.size() / getByteWidth(kind));
}

llvm::Expected<Array> mlir::tensornet::convertArray(const Array &array,
                                                    ElementKind kind) {
  llvm::Expected<Array> result = Array::allocate(kind, array.shape);
  if (!result)
    return result;
  for (int64_t i = 0, e = array.getNumElements(); i < e; ++i)
    result->set(i, array.get(i));
  return result;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string mlir::tensornet::formatArrayType(ElementKind kind,
                                             llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + getElementKindName(kind).str();
}

static void formatElement(llvm::raw_ostream &os, const Array &array,
                          int64_t position) {
  if (isFloatingKind(array.kind)) {
    os << llvm::format("%.6g", array.get(position).real());
  } else if (isComplexKind(array.kind)) {
    std::complex<double> value = array.get(position);
    os << llvm::format("%.6g%+.6gi", value.real(), value.imag());
  } else {
    os << array.getInteger(position);
  }
}

std::string mlir::tensornet::formatElements(const Array &array, int64_t limit) {
  std::string text;
  llvm::raw_string_ostream os(text);
  int64_t numElements = array.getNumElements();
  os << "[";
  for (int64_t i = 0; i < std::min(numElements, limit); ++i) {
    os << (i ? ", " : "");
    formatElement(os, array, i);
  }
  os << (numElements > limit ? ", ...]" : "]");
  if (numElements > limit) {
    double sum = 0;
    for (int64_t i = 0; i < numElements; ++i)
      sum += std::norm(array.get(i));
    os << llvm::format(" norm %.6g", std::sqrt(sum));
  }
  return text;
}
