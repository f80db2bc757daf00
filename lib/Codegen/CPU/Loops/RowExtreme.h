//===- RowExtreme.h - The largest or smallest element of a row --*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWEXTREME_H
#define TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWEXTREME_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tensornet::cpu {

/// The largest or the smallest element of a row of vectors, by maximumf or
/// minimumf: NaN wins, and zeros have an order. Processors have an instruction
/// that knows neither. So NaN is looked for beside it, and the sign of the
/// result is found apart: the largest number has the sign bits that all have
/// in common, the smallest those that any has.
///
/// The state of a row is a list of vectors, which loops carry: some extremes,
/// and what is known of signs and NaN, unless the op says that these do not
/// matter.
class RowExtreme {
public:
  /// True where `combiner` is such an op on elements that this knows.
  static bool matches(Operation *combiner);

  /// Rows consist of vectors of `type`; registers have `vectorBits`.
  RowExtreme(OpBuilder &builder, Location loc, Operation *combiner,
             VectorType type, unsigned vectorBits);

  /// The state of a row without elements; it has `count` extremes.
  SmallVector<Value> getStart(int64_t count);
  /// `vector` with elements that change no state where `mask` is false.
  Value select(Value mask, Value vector);
  /// Adds to the first extremes one of `vectors` each.
  void add(ArrayRef<Value> vectors, MutableArrayRef<Value> state);
  /// The extreme of the row as a scalar.
  Value reduce(ArrayRef<Value> state);
  /// A vector of the extremes of `rows`, of which all vectors are there. Signs
  /// are looked at where one of them is zero, rows one by one where there is
  /// NaN.
  Value reduceRows(ArrayRef<SmallVector<Value>> rows);

private:
  /// Vectors of a state beside its extremes.
  int64_t getExtra() { return ignoresNaN ? 0 : 3; }
  Value combine(Value a, Value b);
  /// All of `vectors` combined, by halves.
  Value combineAll(ArrayRef<Value> vectors);
  /// The extreme of numbers as a scalar.
  Value reduceVector(Value extremes);
  /// True at the run where no element of `rows` is NaN.
  Value areAllNumbers(ArrayRef<SmallVector<Value>> rows);
  Value splat(Type element, Attribute value);
  /// Lanes in which neither is NaN.
  Value areNumbers(Value a, Value b);

  OpBuilder &builder;
  Location loc;
  bool isMaximum;
  /// NaN is passed over, zeros have any sign.
  bool ignoresNaN;
  VectorType type, bits;
  /// What tells that lanes are numbers: single bits where masks have registers
  /// of their own.
  Type flag;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWEXTREME_H
