//===- OneAndTanh.cpp - One plus or minus tanh ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OneAndTanh.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static bool isOne(Attribute value) {
  return cast<SplatElementsAttr>(value).getSplatValue<APFloat>().isExactlyValue(
      1);
}

/// `value`, where it is one finite number in all lanes.
static Attribute getSplat(Value value) {
  SplatElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) ||
      !constant.getSplatValue<APFloat>().isFinite())
    return {};
  return constant;
}

/// The form of `user`, which reads `tanh`, if it has it.
///   1 + t   t + 1   1 - t   f + f t   fma(f, t, f)
static std::optional<OneAndTanh> matchOneAndTanh(Operation *user, Value tanh) {
  Attribute factor;
  auto product = dyn_cast<arith::MulFOp>(user);
  if (product) {
    factor = getSplat(product.getLhs() == tanh ? product.getRhs()
                                               : product.getLhs());
    if (!factor || !product->hasOneUse())
      return std::nullopt;
    tanh = product;
    user = *product->user_begin();
  }
  if (isa<vector::FMAOp, math::FmaOp>(user)) {
    factor = getSplat(user->getOperand(user->getOperand(0) == tanh ? 1 : 0));
    if (product || !factor || getSplat(user->getOperand(2)) != factor)
      return std::nullopt;
    return OneAndTanh{user, nullptr, factor, false};
  }
  if (!isa<arith::AddFOp, arith::SubFOp>(user))
    return std::nullopt;
  bool isFirst = user->getOperand(0) == tanh;
  Attribute term = getSplat(user->getOperand(isFirst ? 1 : 0));
  bool isDifference = isa<arith::SubFOp>(user);
  if (!term || (isDifference && isFirst) ||
      (factor ? term != factor : !isOne(term)))
    return std::nullopt;
  return OneAndTanh{user, product, factor, isDifference};
}

SmallVector<OneAndTanh> cpu::findOneAndTanh(math::TanhOp tanh) {
  SmallVector<OneAndTanh> found;
  for (Operation *user : tanh->getUsers()) {
    std::optional<OneAndTanh> sum = matchOneAndTanh(user, tanh);
    if (!sum)
      return {};
    found.push_back(*sum);
  }
  return found;
}
