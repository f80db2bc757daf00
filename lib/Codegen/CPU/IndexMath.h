//===- IndexMath.h - Index arithmetic that folds ----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_INDEXMATH_H
#define TENSORNET_LIB_CODEGEN_CPU_INDEXMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace mlir::tensornet::cpu {

/// A range in pieces of one size, of which the last may be shorter.
struct Pieces {
  OpFoldResult count, size;
};

/// Makes index arithmetic at the insertion point of a builder; what is static
/// is computed at once, and wraps around as the ops do.
class IndexMath {
public:
  IndexMath(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  OpFoldResult constant(int64_t value) { return builder.getIndexAttr(value); }
  /// `value` as an SSA value.
  Value toValue(OpFoldResult value) {
    if (auto attr = dyn_cast<Attribute>(value))
      return arith::ConstantIndexOp::create(builder, loc,
                                            cast<IntegerAttr>(attr).getInt());
    return cast<Value>(value);
  }

  OpFoldResult add(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (int64_t sum; x && y) {
      llvm::AddOverflow(*x, *y, sum);
      return constant(sum);
    }
    if (x == 0)
      return b;
    if (y == 0)
      return a;
    return arith::AddIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  OpFoldResult sub(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (int64_t difference; x && y) {
      llvm::SubOverflow(*x, *y, difference);
      return constant(difference);
    }
    if (y == 0)
      return a;
    return arith::SubIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  OpFoldResult mul(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (int64_t product; x && y) {
      llvm::MulOverflow(*x, *y, product);
      return constant(product);
    }
    if (x == 0 || y == 0)
      return constant(0);
    if (x == 1)
      return b;
    if (y == 1)
      return a;
    return arith::MulIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  OpFoldResult min(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (x && y)
      return constant(std::min(*x, *y));
    return arith::MinSIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  /// `count`, but at most `length`, as the operand of a mask: masks compare
  /// numbers of 32 bits, which an extent may exceed.
  Value countLanes(OpFoldResult count, int64_t length) {
    return toValue(min(count, constant(length)));
  }
  OpFoldResult max(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (x && y)
      return constant(std::max(*x, *y));
    return arith::MaxSIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  /// x where a < b, else y.
  OpFoldResult selectLess(OpFoldResult a, OpFoldResult b, OpFoldResult x,
                          OpFoldResult y) {
    std::optional<int64_t> first = getConstantIntValue(a),
                           second = getConstantIntValue(b);
    if (first && second)
      return *first < *second ? x : y;
    Value less = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                       toValue(a), toValue(b));
    return arith::SelectOp::create(builder, loc, less, toValue(x), toValue(y))
        .getResult();
  }
  /// a / b and a % b for a >= 0 and b > 0, rounded down.
  OpFoldResult div(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (x && y)
      return constant(*x / *y);
    if (y == 1)
      return a;
    return arith::DivUIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  OpFoldResult rem(OpFoldResult a, OpFoldResult b) {
    std::optional<int64_t> x = getConstantIntValue(a),
                           y = getConstantIntValue(b);
    if (x && y)
      return constant(*x % *y);
    if (y == 1)
      return constant(0);
    return arith::RemUIOp::create(builder, loc, toValue(a), toValue(b))
        .getResult();
  }
  /// a / b for a >= 0, rounded up.
  OpFoldResult ceilDiv(OpFoldResult a, int64_t b) {
    return div(add(a, constant(b - 1)), constant(b));
  }

  /// Cuts a range into at most `most` pieces, of a multiple of `step` each; two
  /// threads get equal halves where at least half as many pieces can be so.
  Pieces cut(OpFoldResult extent, int64_t most, int64_t step) {
    // One more than enough where a range could be empty.
    std::optional<int64_t> known = getConstantIntValue(extent);
    OpFoldResult steps =
        known ? constant(cutEvenly(llvm::divideCeil(*known, step), most))
              : add(div(extent, constant(most * step)), constant(1));
    OpFoldResult size = mul(steps, constant(step));
    return {div(add(extent, sub(size, constant(1))), size), size};
  }
  /// The extent of the piece that starts at `from`.
  OpFoldResult getPieceExtent(OpFoldResult extent, const Pieces &pieces,
                              OpFoldResult from) {
    std::optional<int64_t> x = getConstantIntValue(extent),
                           y = getConstantIntValue(pieces.size);
    if (x && y && *x % *y == 0)
      return pieces.size;
    return min(pieces.size, sub(extent, from));
  }

  /// Runs `large` where `value` is at least `limit`, else `small`; a branch
  /// where only the run knows.
  template <typename Large, typename Small>
  void branch(OpFoldResult value, int64_t limit, Large large, Small small) {
    if (std::optional<int64_t> known = getConstantIntValue(value))
      return *known >= limit ? large() : small();
    Value isLarge =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                              toValue(value), toValue(constant(limit)));
    auto branches =
        scf::IfOp::create(builder, loc, isLarge, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branches.thenBlock());
    large();
    builder.setInsertionPointToStart(branches.elseBlock());
    small();
  }

  /// Runs `body` for every step from `from` up to `to`, in a loop unless there
  /// is exactly one.
  template <typename Body>
  void loop(OpFoldResult from, OpFoldResult to, int64_t step, Body body) {
    std::optional<int64_t> x = getConstantIntValue(from),
                           y = getConstantIntValue(to);
    if (x && y && *x < *y && step >= *y - *x)
      return body(from);
    auto forOp = scf::ForOp::create(builder, loc, toValue(from), toValue(to),
                                    toValue(constant(step)));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(forOp.getBody());
    body(OpFoldResult(forOp.getInductionVar()));
  }

  /// `values` after `body(number, values)` has replaced them for every number
  /// from `from` up to `to`, in a loop unless these are few.
  template <typename Body>
  SmallVector<Value> accumulate(int64_t from, int64_t to,
                                SmallVector<Value> values, Body body) {
    constexpr int64_t kFew = 4;
    if (to - from <= kFew) {
      for (int64_t number = from; number < to; ++number)
        values = body(constant(number), values);
      return values;
    }
    auto forOp =
        scf::ForOp::create(builder, loc, toValue(constant(from)),
                           toValue(constant(to)), toValue(constant(1)), values);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(forOp.getBody());
    scf::YieldOp::create(
        builder, loc,
        body(OpFoldResult(forOp.getInductionVar()), forOp.getRegionIterArgs()));
    return llvm::to_vector_of<Value>(forOp.getResults());
  }

  /// Runs `body` for every step from `from` up to `to`, on several threads.
  template <typename Body>
  void parallelLoop(OpFoldResult from, OpFoldResult to, int64_t step,
                    Body body) {
    auto loop = scf::ParallelOp::create(builder, loc, ValueRange{toValue(from)},
                                        ValueRange{toValue(to)},
                                        ValueRange{toValue(constant(step))});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    body(OpFoldResult(loop.getInductionVars()[0]));
  }

private:
  /// The steps of one of at most `most` pieces, and at least half as many, with
  /// which the first half of the pieces has as few of `steps` as possible.
  static int64_t cutEvenly(int64_t steps, int64_t most) {
    int64_t least = std::max<int64_t>(llvm::divideCeil(steps, most), 1);
    auto getHalf = [steps](int64_t size) {
      return llvm::divideCeil(llvm::divideCeil(steps, size), 2) * size;
    };
    int64_t best = least;
    for (int64_t size = least; size < 2 * least; ++size)
      if (getHalf(size) < getHalf(best))
        best = size;
    return best;
  }

  OpBuilder &builder;
  Location loc;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_INDEXMATH_H
