//===- Signature.cpp - What a function takes and returns ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Signature.h"

using namespace mlir;
using namespace mlir::tensornet;

bool ValueType::accepts(ElementKind otherKind,
                        ArrayRef<int64_t> otherShape) const {
  if (kind != otherKind || shape.size() != otherShape.size())
    return false;
  return llvm::all_of(llvm::zip_equal(shape, otherShape), [](auto extents) {
    auto [expected, found] = extents;
    return ShapedType::isDynamic(expected) || expected == found;
  });
}

std::string mlir::tensornet::formatValueType(const ValueType &type) {
  std::string text;
  for (int64_t extent : type.shape)
    text +=
        (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent)) + "x";
  return text + getElementKindName(type.kind).str();
}

static std::optional<ElementKind> getElementKind(Type type) {
  if (type.isIndex())
    return ElementKind::Index;
  if (type.isF16())
    return ElementKind::F16;
  if (type.isBF16())
    return ElementKind::BF16;
  if (type.isF32())
    return ElementKind::F32;
  if (type.isF64())
    return ElementKind::F64;
  if (auto complex = dyn_cast<ComplexType>(type)) {
    if (complex.getElementType().isF32())
      return ElementKind::C64;
    if (complex.getElementType().isF64())
      return ElementKind::C128;
  }
  if (type.isSignlessInteger(1))
    return ElementKind::I1;
  if (type.isSignlessInteger(8))
    return ElementKind::I8;
  if (type.isSignlessInteger(16))
    return ElementKind::I16;
  if (type.isSignlessInteger(32))
    return ElementKind::I32;
  if (type.isSignlessInteger(64))
    return ElementKind::I64;
  return std::nullopt;
}

std::optional<ValueType> mlir::tensornet::getValueType(Type type) {
  ValueType result;
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (tensor.getEncoding())
      return std::nullopt;
    result.isTensor = true;
    llvm::append_range(result.shape, tensor.getShape());
    type = tensor.getElementType();
  }
  std::optional<ElementKind> kind = getElementKind(type);
  if (!kind)
    return std::nullopt;
  result.kind = *kind;
  return result;
}

/// No host addresses more bytes than this.
constexpr uint64_t kLargestMemory = uint64_t(1) << 47;

static LogicalResult append(func::FuncOp function, StringRef word,
                            TypeRange types,
                            SmallVectorImpl<ValueType> &values) {
  for (auto [number, type] : llvm::enumerate(types)) {
    std::optional<ValueType> value = getValueType(type);
    if (!value)
      return function.emitError()
             << word << " #" << number << " of @" << function.getName()
             << " has type " << type
             << "; expected a scalar or ranked tensor of i1, i8, i16, i32, "
                "i64, index, f16, bf16, f32, f64 or complex";
    std::optional<uint64_t> size =
        value->isStatic() ? getDataSize(value->kind, value->shape) : 0;
    if (!size || *size > kLargestMemory)
      return function.emitError()
             << word << " #" << number << " of @" << function.getName()
             << " has type " << type << ", which no memory holds";
    values.push_back(std::move(*value));
  }
  return success();
}

FailureOr<Signature> mlir::tensornet::getSignature(func::FuncOp function) {
  Signature signature;
  if (failed(append(function, "argument", function.getArgumentTypes(),
                    signature.inputs)) ||
      failed(append(function, "result", function.getResultTypes(),
                    signature.results)))
    return failure();
  return signature;
}
