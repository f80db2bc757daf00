//===- FlatView.cpp - Memrefs as flat buffers -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FlatView.h"

#include "IndexMath.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

FlatView FlatView::get(OpBuilder &builder, Location loc, Value memref) {
  IndexMath math(builder, loc);
  auto type = cast<MemRefType>(memref.getType());
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  FlatView view;
  view.strides = metadata.getConstifiedMixedStrides();
  view.offset = metadata.getConstifiedMixedOffset();
  OpFoldResult one = math.constant(1);
  OpFoldResult size = math.add(view.offset, one);
  for (auto [extent, stride] :
       llvm::zip_equal(metadata.getConstifiedMixedSizes(), view.strides))
    size = math.add(size, math.mul(math.sub(extent, one), stride));
  std::optional<int64_t> known = getConstantIntValue(size);
  // A tensor without elements has no last one.
  if (known && *known < 0)
    size = math.constant(0);
  auto flatType = MemRefType::get(
      {getConstantIntValue(size).value_or(ShapedType::kDynamic)},
      type.getElementType(), MemRefLayoutAttrInterface(),
      type.getMemorySpace());
  view.buffer = memref::ReinterpretCastOp::create(
      builder, loc, flatType, metadata.getBaseBuffer(), math.constant(0),
      ArrayRef<OpFoldResult>{size}, ArrayRef<OpFoldResult>{one});
  return view;
}

Value cpu::viewAs(OpBuilder &builder, Location loc, Value buffer, Type number) {
  auto type = cast<MemRefType>(buffer.getType());
  if (number == type.getElementType())
    return buffer;
  auto partsType =
      MemRefType::get({ShapedType::kDynamic}, number,
                      MemRefLayoutAttrInterface(), type.getMemorySpace());
  return UnrealizedConversionCastOp::create(builder, loc, partsType, buffer)
      .getResult(0);
}
