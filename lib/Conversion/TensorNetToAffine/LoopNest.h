//===- LoopNest.h - Guarded loop nest ---------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOAFFINE_LOOPNEST_H
#define TENSORNET_CONVERSION_TENSORNETTOAFFINE_LOOPNEST_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IntegerSet.h"
#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// One loop per index, the guard inside, and the accesses inside the guard.
/// The loops are affine where every extent and size is a valid affine symbol;
/// else (sizes computed inside other loops) they are scf loops.
class LoopNest {
public:
  /// A condition on index points: form >= 0, or form < bound where there is
  /// one.
  struct Condition {
    LinearForm form;
    std::optional<OpFoldResult> bound;
  };

  /// Constraints on index points, `set` without equations, whose symbols have
  /// the values `symbols`; a null set has none.
  struct Bounds {
    IntegerSet set;
    ValueRange symbols;
  };

  /// Makes the loops and the guard, and sets `builder` to insert inside.
  LoopNest(OpBuilder &builder, Location loc, ArrayRef<OpFoldResult> extents,
           ArrayRef<Condition> conditions, Bounds bounds = {});

  /// The element of `buffer` at `subscripts` of the current index point.
  Value createLoad(Value buffer, ArrayRef<LinearForm> subscripts);
  void createStore(Value value, Value buffer, ArrayRef<LinearForm> subscripts);

private:
  void createAffineLoop(OpFoldResult extent);
  void createLoop(OpFoldResult extent);
  void createAffineGuard(ArrayRef<Condition> conditions);
  void createGuard(ArrayRef<Condition> conditions);
  void createBoundsGuard(const Bounds &bounds);
  AffineExpr getExpr(const LinearForm &form) const;
  AffineMap getMap(ArrayRef<LinearForm> subscripts) const;
  SmallVector<Value> createSubscripts(ArrayRef<LinearForm> subscripts);

  OpBuilder &builder;
  Location loc;
  bool isAffine;
  SmallVector<Value> inductionVars;
};

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOAFFINE_LOOPNEST_H
