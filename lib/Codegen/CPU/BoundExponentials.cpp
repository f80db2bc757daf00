//===- BoundExponentials.cpp - Exponentials that are at most one ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForwardCopies.h"
#include "VectorBody.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETBOUNDEXPONENTIALS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// True where `op` reduces to maxima of elements of `tensor`, with `read`
/// becoming the map from these to the maximum that has them.
static bool takesMaxima(linalg::GenericOp op, Value tensor, AffineMap &read) {
  auto combiner = dyn_cast_or_null<arith::MaximumFOp>(cpu::getCombiner(op));
  if (!combiner)
    return false;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (input->get() != tensor || !map.isPermutation() ||
        !llvm::is_contained(combiner->getOperands(),
                            op.getMatchingBlockArgument(input)))
      continue;
    read = op.getMatchingIndexingMap(op.getDpsInitOperand(0))
               .compose(inversePermutation(map));
    return true;
  }
  return false;
}

/// True where no element of `x` is above that of `maxima`, unless one is NaN:
/// the latter are the maxima of rows of `x`.
static bool isAtMost(Value x, Value maxima) {
  auto type = dyn_cast<RankedTensorType>(x.getType());
  if (!type)
    return false;
  cpu::ElementRead read = {maxima, AffineMap::getMultiDimIdentityMap(
                                       type.getRank(), x.getContext())};
  while (std::optional<cpu::ElementRead> copied = cpu::getCopied(read))
    read = *copied;
  auto reduction = read.tensor.getDefiningOp<linalg::GenericOp>();
  AffineMap found;
  return reduction && takesMaxima(reduction, x, found) && found == read.map;
}

namespace {

struct BoundExponentials
    : tensornet::impl::TensorNetBoundExponentialsBase<BoundExponentials> {
  void runOnOperation() override {
    auto mark = UnitAttr::get(&getContext());
    getOperation()->walk([&](math::ExpOp exp) {
      auto difference = exp.getOperand().getDefiningOp<arith::SubFOp>();
      if (!difference || !isAtMost(difference.getLhs(), difference.getRhs()))
        return;
      exp->setAttr(cpu::kBoundedAttribute, mark);
      for (OpOperand &use : exp->getUses())
        if (isa<arith::DivFOp>(use.getOwner()) && use.getOperandNumber() == 0)
          use.getOwner()->setAttr(cpu::kBoundedAttribute, mark);
    });
  }
};

} // namespace
