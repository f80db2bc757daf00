//===- Retype.cpp - Programs in double precision --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Retype.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace mlir::tensornet;

static APFloat toDouble(APFloat value) {
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value;
}

/// `type` with f64 in the place of its floating element type.
static ShapedType retype(ShapedType type) {
  Type f64 = Float64Type::get(type.getContext());
  if (isa<ComplexType>(type.getElementType()))
    return type.clone(ComplexType::get(f64));
  return type.clone(f64);
}

static DenseElementsAttr retypeElements(DenseElementsAttr elements) {
  ShapedType type = retype(elements.getType());
  if (isa<ComplexType>(type.getElementType())) {
    SmallVector<std::complex<APFloat>> values;
    auto append = [&](const std::complex<APFloat> &value) {
      values.emplace_back(toDouble(value.real()), toDouble(value.imag()));
    };
    if (elements.isSplat())
      append(elements.getSplatValue<std::complex<APFloat>>());
    else
      for (std::complex<APFloat> value :
           elements.getValues<std::complex<APFloat>>())
        append(value);
    return DenseElementsAttr::get(type, ArrayRef(values));
  }
  SmallVector<APFloat> values;
  if (elements.isSplat())
    values.push_back(toDouble(elements.getSplatValue<APFloat>()));
  else
    for (const APFloat &value : elements.getValues<APFloat>())
      values.push_back(toDouble(value));
  return DenseElementsAttr::get(type, ArrayRef(values));
}

/// True for types whose elements are floating or complex numbers of a width
/// other than f64's.
static bool isNarrow(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (auto complex = dyn_cast<ComplexType>(element))
    element = complex.getElementType();
  return isa<FloatType>(element) && !element.isF64();
}

/// The elements of a resource as ordinary ones; null where its bytes are not
/// at hand.
static DenseElementsAttr readResource(DenseResourceElementsAttr resource) {
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  bool isSplat;
  if (!blob || !DenseElementsAttr::isValidRawBuffer(resource.getType(),
                                                    blob->getData(), isSplat))
    return {};
  return DenseElementsAttr::getFromRawBuffer(resource.getType(),
                                             blob->getData());
}

static AttrTypeReplacer makeReplacer() {
  AttrTypeReplacer replacer;
  replacer.addReplacement([](FloatType type) -> Type {
    return Float64Type::get(type.getContext());
  });
  replacer.addReplacement([](FloatAttr attr) -> Attribute {
    return FloatAttr::get(Float64Type::get(attr.getContext()),
                          toDouble(attr.getValue()));
  });
  replacer.addReplacement(
      [](DenseElementsAttr attr)
          -> std::optional<std::pair<Attribute, WalkResult>> {
        if (!isNarrow(attr.getType()))
          return std::pair<Attribute, WalkResult>(attr, WalkResult::skip());
        return std::pair<Attribute, WalkResult>(retypeElements(attr),
                                                WalkResult::skip());
      });
  replacer.addReplacement(
      [](DenseResourceElementsAttr attr)
          -> std::optional<std::pair<Attribute, WalkResult>> {
        DenseElementsAttr elements = readResource(attr);
        if (!isNarrow(attr.getType()) || !elements)
          return std::pair<Attribute, WalkResult>(attr, WalkResult::skip());
        return std::pair<Attribute, WalkResult>(retypeElements(elements),
                                                WalkResult::skip());
      });
  return replacer;
}

/// extf, truncf: f64 -> f64 is no op at all
static void eraseIdentityCasts(ModuleOp module) {
  module.walk([](Operation *op) {
    if (!isa<arith::ExtFOp, arith::TruncFOp>(op) ||
        op->getOperand(0).getType() != op->getResult(0).getType())
      return;
    op->getResult(0).replaceAllUsesWith(op->getOperand(0));
    op->erase();
  });
}

LogicalResult mlir::tensornet::retypeToDouble(ModuleOp module) {
  AttrTypeReplacer replacer = makeReplacer();
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  eraseIdentityCasts(module);
  return verify(module);
}
