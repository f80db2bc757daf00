//===- BoundExponentials.cpp - Exponentials that are at most one ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForwardCopies.h"
#include "Vectors/VectorBody.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETBOUNDEXPONENTIALS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// True where `op` combines elements of `tensor` by a `Combiner`, with `read`
/// becoming the map from these to the result that has them.
template <typename Combiner>
static bool combinesRows(linalg::GenericOp op, Value tensor, AffineMap &read) {
  auto combiner = dyn_cast_or_null<Combiner>(cpu::getCombiner(op));
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

/// The op that `results` are copied from, if it combines rows of `x`: each
/// element of `x` stands where the result of its row does, to which `read`
/// becomes the map.
template <typename Combiner>
static linalg::GenericOp findCombinedRows(Value x, Value results,
                                          AffineMap &read) {
  auto type = dyn_cast<RankedTensorType>(x.getType());
  if (!type)
    return {};
  cpu::ElementRead place = {results, AffineMap::getMultiDimIdentityMap(
                                         type.getRank(), x.getContext())};
  while (std::optional<cpu::ElementRead> copied = cpu::getCopied(place))
    place = *copied;
  auto reduction = place.tensor.getDefiningOp<linalg::GenericOp>();
  bool isFound = reduction && combinesRows<Combiner>(reduction, x, read) &&
                 read == place.map;
  return isFound ? reduction : linalg::GenericOp();
}

/// The maxima of rows of x, of exp(x - maxima): no element of x is above that
/// of its row, unless one is NaN.
static linalg::GenericOp findMaxima(math::ExpOp exp, AffineMap &rows) {
  auto difference = exp.getOperand().getDefiningOp<arith::SubFOp>();
  if (!difference)
    return {};
  return findCombinedRows<arith::MaximumFOp>(difference.getLhs(),
                                             difference.getRhs(), rows);
}

/// True where exponentials of a row with NaN matter in a sum of the row only,
/// and in quotients by that: these are NaN, whatever the others are.
static bool endsInSums(math::ExpOp exp, AffineMap rows) {
  return llvm::all_of(exp->getUsers(), [&](Operation *user) {
    AffineMap own;
    if (auto sum = dyn_cast<linalg::GenericOp>(user))
      return combinesRows<arith::AddFOp>(sum, exp, own) && own == rows;
    auto quotient = dyn_cast<arith::DivFOp>(user);
    return quotient && quotient.getLhs() == exp &&
           findCombinedRows<arith::AddFOp>(exp, quotient.getRhs(), own) &&
           own == rows;
  });
}

/// True where `op` copies or broadcasts.
static bool isCopy(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumResults() != 1)
    return false;
  AffineMap map = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  return cpu::getCopied({generic.getResult(0), map}).has_value();
}

/// True where `maxima` are subtracted in exponents alone, all of which end in
/// sums.
static bool mayIgnoreNaN(linalg::GenericOp maxima) {
  SmallVector<Operation *> users(maxima->getUsers());
  while (!users.empty()) {
    Operation *user = users.pop_back_val();
    AffineMap rows;
    if (auto exp = dyn_cast<math::ExpOp>(user)) {
      if (findMaxima(exp, rows) != maxima || !endsInSums(exp, rows))
        return false;
      continue;
    }
    if (!isCopy(user) && !isa<arith::SubFOp>(user))
      return false;
    llvm::append_range(users, user->getUsers());
  }
  return true;
}

namespace {

struct BoundExponentials
    : tensornet::impl::TensorNetBoundExponentialsBase<BoundExponentials> {
  void runOnOperation() override {
    auto mark = UnitAttr::get(&getContext());
    getOperation()->walk([&](math::ExpOp exp) {
      AffineMap rows;
      linalg::GenericOp maxima = findMaxima(exp, rows);
      if (!maxima)
        return;
      exp->setAttr(cpu::kBoundedAttribute, mark);
      for (OpOperand &use : exp->getUses())
        if (isa<arith::DivFOp>(use.getOwner()) && use.getOperandNumber() == 0)
          use.getOwner()->setAttr(cpu::kBoundedAttribute, mark);
      if (mayIgnoreNaN(maxima))
        cpu::getCombiner(maxima)->setAttr(cpu::kIgnoresNaNAttribute, mark);
    });
  }
};

} // namespace
