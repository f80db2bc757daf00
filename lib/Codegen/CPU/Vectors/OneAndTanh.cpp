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

static bool isSplat(Attribute value, double number) {
  return cast<SplatElementsAttr>(value).getSplatValue<APFloat>().isExactlyValue(
      number);
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
      (factor ? term != factor : !isSplat(term, 1)))
    return std::nullopt;
  return OneAndTanh{user, product, factor, isDifference};
}

arith::MulFOp OneAndTanh::getHalfBeside() const {
  auto reader = op->hasOneUse() ? dyn_cast<arith::MulFOp>(*op->user_begin())
                                : arith::MulFOp();
  if (!reader || factor)
    return {};
  bool isFirst = op->getResult(0) == reader.getLhs();
  auto product =
      reader->getOperand(isFirst ? 1 : 0).getDefiningOp<arith::MulFOp>();
  if (!product)
    return {};
  Attribute half = getSplat(product.getRhs());
  return half && isSplat(half, 0.5) ? product : arith::MulFOp();
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
