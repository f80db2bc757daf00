//===- Sweeps.h - Values and derivatives ------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The value of a prepared function and its derivatives, made at one point of
// the calling function: forward sweep for tangents, reverse for cotangents.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_SWEEPS_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_SWEEPS_H

#include "Prepare.h"
#include "SlicedContraction.h"
#include "tensornet/Dialect/TensorNet/IR/Derivative.h"

namespace mlir::tensornet {

/// Derivatives by value of the prepared function; no entry stands for zero.
using DerivativeMap = llvm::DenseMap<Value, Value>;

/// Adds to the cotangents of the active operands of `op` what its rule makes of
/// those of its results. Keys are values of `op`; the rule runs on `copy`,
/// which is `op` or its copy elsewhere.
LogicalResult sweepReverse(OpBuilder &builder, const BatchShape &batch,
                           Operation &op, Operation *copy,
                           llvm::function_ref<bool(Value)> isActive,
                           DerivativeMap &cotangents);
/// Enters the tangents of the results of `op` that its rule makes of those of
/// its operands, in the same terms.
LogicalResult sweepForward(OpBuilder &builder, const BatchShape &batch,
                           Operation &op, Operation *copy,
                           DerivativeMap &tangents);

/// One evaluation of a prepared function in a caller. Sweeps may run several
/// times over the same evaluation (one per result of a Jacobian).
class Evaluation {
public:
  /// Copies the ops of `function` to the insertion point of `builder`, with
  /// `arguments` for its arguments. Sweeps in the direction of `mode` follow.
  Evaluation(OpBuilder &builder, PreparedFunction &function,
             ValueRange arguments, SweepMode mode);
  ~Evaluation();

  /// The caller's value of result `number`.
  Value getResult(unsigned number) const;
  unsigned getNumResults() const { return results.size(); }
  /// The caller's value of argument `number`.
  Value getArgument(unsigned number) const { return arguments[number]; }

  /// Adds `cotangent` to the cotangent of result `number`.
  void seedCotangent(OpBuilder &builder, DerivativeMap &cotangents,
                     unsigned number, Value cotangent) const;
  /// Completes `cotangents`, which holds those of results, down to arguments.
  LogicalResult sweepReverse(OpBuilder &builder, const BatchShape &batch,
                             DerivativeMap &cotangents);
  /// Completes `tangents`, which holds those of arguments, up to results.
  LogicalResult sweepForward(OpBuilder &builder, const BatchShape &batch,
                             DerivativeMap &tangents);

  /// The key of an argument or result in derivative maps.
  Value getArgumentKey(unsigned number) const {
    return function.getBody().getArgument(number);
  }
  Value getResultKey(unsigned number) const {
    return function.getReturn().getOperand(number);
  }

private:
  LogicalResult sweepSlicesReverse(OpBuilder &builder, const BatchShape &batch,
                                   Operation &op, DerivativeMap &cotangents);
  LogicalResult sweepSlicesForward(OpBuilder &builder, const BatchShape &batch,
                                   Operation &op, DerivativeMap &tangents);
  /// Puts `after`, which replaced `before` in the caller, in its place here.
  void substitute(Value before, Value after, DerivativeMap &derivatives);

  PreparedFunction &function;
  SmallVector<Value> arguments;
  SmallVector<Value> results;
  /// The copy in the caller of each op of the prepared function.
  llvm::DenseMap<Operation *, Operation *> copies;
  /// What stands in the caller for each sliced contraction.
  llvm::DenseMap<Operation *, std::unique_ptr<SlicedContraction>> sliced;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_SWEEPS_H
