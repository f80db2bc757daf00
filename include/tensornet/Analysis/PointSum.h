//===- PointSum.h - Contractions as sums over points ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contraction in a form that is easy to transform: a sum over the integer
// points that satisfy bounds and equations, of a product of tensor reads. Ones
// and deltas are no operands here but bounds and equations, and substituting a
// producer into its consumer is an equation per dimension.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_POINTSUM_H
#define TENSORNET_ANALYSIS_POINTSUM_H

#include "tensornet/Analysis/Indexing.h"
#include "tensornet/Analysis/SizeTable.h"

namespace mlir::tensornet {

/// A tensor under subscripts. `tensor` is a number of the caller's choice.
struct TensorRead {
  unsigned tensor;
  Subscripts subscripts;
  SizeIds sizes;
  bool conjugated;
};

/// The condition 0 <= form < size.
struct Bound {
  LinearForm form;
  SizeId size;
};

/// The condition lhs = rhs, both sides in 0 .. size-1.
struct Equation {
  LinearForm lhs;
  LinearForm rhs;
  SizeId size;
};

/// A contraction with the sizes of its tensors. Operand t of `indexing` is the
/// tensor with number `tensors[t]`.
struct SizedContraction {
  const Indexing &indexing;
  llvm::ArrayRef<unsigned> tensors;
  /// The sizes of the operands, then of the result.
  llvm::ArrayRef<SizeIds> sizes;
  /// The explicit extents, in the order of `indexing.extents`.
  llvm::ArrayRef<SizeId> explicitExtents;
};

/// The contraction that a point sum amounts to. Its operands are reads, then
/// one vector of ones per remaining bound, then one delta per remaining
/// equation.
struct FlatContraction {
  llvm::SmallVector<TensorRead> reads;
  llvm::SmallVector<Bound> ones;
  llvm::SmallVector<Equation> deltas;
  /// Subscripts and conjugation; its `extents` are empty.
  Indexing indexing;
  /// The extents to state, sorted by index.
  llvm::SmallVector<std::pair<IndexId, SizeId>, 0> extents;
  /// A factor of every term.
  int64_t factor = 1;
};

/// Builds the sum
///
///   result[e] = factor * sum over { d : rho(d) = e, bounds, equations, reads
///                                   in range }  of  product of the reads
///
/// from one contraction by substituting producers for reads, and solves its
/// equations. Usage: `addRoot`, then `substitute`, `keep` or `dropOnes` once
/// for every read that it and `substitute` return, then `finish`.
class PointSum {
public:
  explicit PointSum(SizeTable &sizes) : sizes(sizes) {}

  /// Starts with `root`; returns the reads of its operands.
  llvm::SmallVector<TensorRead> addRoot(const SizedContraction &root);
  /// Puts `producer` in the place of `read`, which reads its result; returns
  /// the reads of its operands.
  llvm::SmallVector<TensorRead> substitute(const TensorRead &read,
                                           const SizedContraction &producer);
  /// Keeps `read` as it is.
  void keep(const TensorRead &read) { reads.push_back(read); }
  /// Drops `read`, whose elements are all 1.
  void dropOnes(const TensorRead &read) { addBounds(read); }
  /// Solves equations, drops implied bounds and turns indices that nothing
  /// uses into a factor; std::nullopt where a subscript overflows 64 bits.
  std::optional<FlatContraction> finish();

private:
  IndexId importIndices(const SizedContraction &contraction);
  void addBounds(const TensorRead &read);
  LinearForm resolve(const LinearForm &form);
  void solveEquations();
  bool solve(const Equation &equation);
  void eliminate(IndexId index, LinearForm form);
  void resolveAll();
  void shrinkExtents();
  void dropImpliedBounds();
  bool isTriviallyTrue(const Bound &bound) const;
  int64_t countUnusedIndices();
  FlatContraction toContraction(int64_t factor);

  SizeTable &sizes;
  /// The extent of every index.
  SizeIds extents;
  /// What stands for an index that an equation eliminated.
  llvm::SmallVector<std::optional<LinearForm>, 0> solutions;
  llvm::SmallVector<TensorRead> reads;
  llvm::SmallVector<Bound> bounds;
  llvm::SmallVector<Equation> equations;
  Subscripts result;
  SizeIds resultSizes;
  bool overflow = false;
};

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_POINTSUM_H
