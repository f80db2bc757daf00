//===- VectorLoops.h - linalg on memrefs to vector loops --------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_VECTORLOOPS_H
#define TENSORNET_LIB_CODEGEN_CPU_VECTORLOOPS_H

#include "IndexMath.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::tensornet::cpu {

/// The coefficients of `expr` in `numDims` dimensions and its constant;
/// std::nullopt where it is not linear.
std::optional<SmallVector<int64_t>> getLinearCoefficients(AffineExpr expr,
                                                          unsigned numDims);

/// Turns one linalg.generic on memrefs into loops over vectors.
class GenericVectorizer {
public:
  /// With `parallel`, threads share large loops that are no reductions.
  GenericVectorizer(linalg::GenericOp op, unsigned vectorBits, bool parallel)
      : op(op), builder(op), loc(op.getLoc()), math(builder, loc),
        vectorBits(vectorBits), parallel(parallel) {}

  /// True where every step can be done on vectors along one loop in which each
  /// operand is contiguous or constant.
  bool canVectorize();
  /// Emits the loops in front of the op, for which canVectorize() held.
  void emit();

private:
  /// Independent sums of one row, and vectors of one block of columns.
  static constexpr int64_t kUnroll = 4;

  /// The largest number of elements between two that one vector gathers.
  static constexpr int64_t kMaxGap = 4;

  /// An operand as a flat buffer.
  struct Operand {
    Value buffer;
    OpFoldResult offset;
  };
  /// One loop; several adjacent ones may have become one.
  struct Loop {
    OpFoldResult extent;
    bool isReduction;
    /// One stride per operand, then one per index that the body asks for.
    SmallVector<OpFoldResult> strides;
  };
  /// Element offsets of all operands, then the values of indices.
  using Offsets = SmallVector<OpFoldResult>;

  // Analysis.
  bool isBodyVectorizable();
  bool matchCombiner();
  /// The strides of operand `number` along every loop of the op, as far as
  /// they are static.
  std::optional<SmallVector<int64_t>> getStaticStrides(OpOperand &operand);
  std::optional<unsigned> chooseLoop();

  // Emission.
  void collectLoops();
  /// Adds what `subscript` of operand `number` does to offset and strides.
  void addSteps(unsigned number, AffineExpr subscript, OpFoldResult stride);
  /// Forgets the indices of loops that the body does not ask for.
  void dropUnusedIndices();
  void mergeLoops();
  Offsets advance(const Offsets &offsets, const Loop &loop, OpFoldResult count);
  void loopOver(ArrayRef<Loop> loops, const Offsets &offsets,
                llvm::function_ref<void(const Offsets &)> body);
  /// Loops that carry vectors.
  SmallVector<Value>
  reduceOver(ArrayRef<Loop> loops, const Offsets &offsets,
             SmallVector<Value> sums,
             llvm::function_ref<SmallVector<Value>(const Offsets &,
                                                   SmallVector<Value>)>
                 body);
  /// Everything at one point of the outer loops.
  void emitRow(const Offsets &offsets);
  void emitElementwise(const Offsets &offsets);
  void emitColumnSums(const Offsets &offsets);
  void emitColumnBlock(const Offsets &offsets, OpFoldResult start,
                       ArrayRef<Value> masks);
  void emitRowSum(const Offsets &offsets);
  SmallVector<Value> addRow(const Offsets &offsets, SmallVector<Value> sums);

  // Threads.
  bool isWorthThreads();
  /// True where every result moves along `loop`, so that no two of its steps
  /// write one element.
  bool writesAlong(const Loop &loop);
  void emitOnThreads(const Offsets &start);
  /// Shares out points of the first `count` outer loops.
  void shareOuterLoops(unsigned count, const Offsets &start);
  /// Shares out slices of `size` elements along the vector loop.
  void shareVectorLoop(int64_t size, const Offsets &start);

  // Vectors.
  /// Runs `body(start, mask)` for every vector along the vector loop; `mask` is
  /// null for whole vectors.
  void forVectors(llvm::function_ref<void(OpFoldResult, Value)> body);
  /// Values of operands that do not change along the vector loop.
  SmallVector<Value> loadInvariants(const Offsets &offsets);
  Value load(unsigned operand, OpFoldResult offset, Value mask);
  /// A vector of elements `stride` apart.
  Value gather(unsigned operand, OpFoldResult offset, int64_t stride,
               Value mask);
  void store(unsigned operand, OpFoldResult offset, Value vector, Value mask);
  /// The body of the op on vectors; returns what it yields.
  SmallVector<Value> evaluate(ArrayRef<Value> arguments, const Offsets &at);
  /// The index of loop `dim` of the op in every lane.
  Value createIndex(unsigned dim, const Offsets &at);
  Value getVector(Value scalar, IRMapping &mapping);
  Value makeMask(OpFoldResult count);
  VectorType getVectorType(Type element) {
    return VectorType::get({length}, element);
  }

  linalg::GenericOp op;
  OpBuilder builder;
  Location loc;
  IndexMath math;
  unsigned vectorBits;
  bool parallel;
  /// Lanes of a vector.
  int64_t length = 0;
  /// The combination of a reduction; null in an elementwise op.
  Operation *combiner = nullptr;
  vector::CombiningKind kind = vector::CombiningKind::ADD;
  unsigned vectorLoopNumber = 0;
  SmallVector<Operand> operands;
  SmallVector<Loop> loops, outer, reductions;
  /// The loops of the op whose indices the body asks for.
  SmallVector<unsigned> indexDims;
  Loop vectorLoop;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_VECTORLOOPS_H
