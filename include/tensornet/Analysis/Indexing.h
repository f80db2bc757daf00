//===- Indexing.h - Subscripts of a contraction ----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The indices and subscripts of one contraction as plain C++ values, without
// IR. An index is a number 0..numIndices-1; a subscript is an integer-linear
// form in the indices plus a constant.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_INDEXING_H
#define TENSORNET_ANALYSIS_INDEXING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::tensornet {

/// Number of an index of a contraction.
using IndexId = unsigned;

/// Extent that is known only at run time; equals mlir::ShapedType::kDynamic.
inline constexpr int64_t kDynamicExtent = INT64_MIN;

/// An integer-linear form in the indices: sum of coefficient * index, plus a
/// constant. Terms are sorted by index and have non-zero coefficients.
class LinearForm {
public:
  struct Term {
    IndexId index;
    int64_t coefficient;
    bool operator==(const Term &other) const {
      return index == other.index && coefficient == other.coefficient;
    }
    bool operator<(const Term &other) const {
      return index != other.index ? index < other.index
                                  : coefficient < other.coefficient;
    }
  };

  LinearForm() = default;

  /// The bare subscript `index`.
  static LinearForm bare(IndexId index);
  /// The subscript that is `value` at every index point.
  static LinearForm constant(int64_t value);
  /// The form with these terms (in any order, repeats are added up, zeros are
  /// dropped) and constant; std::nullopt where a sum overflows 64 bits.
  static std::optional<LinearForm> get(llvm::ArrayRef<Term> terms,
                                       int64_t constant);

  llvm::ArrayRef<Term> getTerms() const { return terms; }
  int64_t getConstant() const { return offset; }

  /// True for a single index with coefficient 1 and no constant.
  bool isBare() const {
    return offset == 0 && terms.size() == 1 && terms[0].coefficient == 1;
  }
  bool isConstant() const { return terms.empty(); }
  /// The index of a bare subscript, which this must be.
  IndexId getBareIndex() const;
  bool uses(IndexId index) const;

  /// This form with every index replaced by `form(index)`; std::nullopt where
  /// a coefficient overflows 64 bits.
  std::optional<LinearForm>
  substitute(llvm::function_ref<LinearForm(IndexId)> form) const;
  /// This form plus `factor` times `other`; std::nullopt on overflow.
  std::optional<LinearForm> plus(const LinearForm &other,
                                 int64_t factor = 1) const;
  /// This form with every index i renamed to `newIndex(i)`.
  LinearForm rename(llvm::function_ref<IndexId(IndexId)> newIndex) const;

  bool operator==(const LinearForm &other) const {
    return offset == other.offset && terms == other.terms;
  }
  bool operator!=(const LinearForm &other) const { return !(*this == other); }
  bool operator<(const LinearForm &other) const;

private:
  llvm::SmallVector<Term, 1> terms;
  int64_t offset = 0;
};

llvm::hash_code hash_value(const LinearForm &form);

/// The subscripts of one tensor, one per dimension.
using Subscripts = llvm::SmallVector<LinearForm, 4>;

/// Bare subscripts from index numbers.
Subscripts bareSubscripts(llvm::ArrayRef<IndexId> indices);

/// The extent that the program states for an index: `extents(i = 6, j = %n)`.
struct ExplicitExtent {
  IndexId index;
  int64_t extent; ///< kDynamicExtent where an operand gives it.
  bool operator==(const ExplicitExtent &other) const {
    return index == other.index && extent == other.extent;
  }
};

llvm::hash_code hash_value(const ExplicitExtent &extent);

/// All that `tensornet.contract` says about indices: the subscripts of every
/// operand and of the result, explicit extents, conjugation flags.
struct Indexing {
  llvm::SmallVector<Subscripts, 2> operands;
  Subscripts result;
  /// Sorted by index, one entry per index at most.
  llvm::SmallVector<ExplicitExtent, 0> extents;
  /// One flag per operand: its conjugate enters the product.
  llvm::SmallVector<bool, 2> conjugated;

  bool operator==(const Indexing &other) const {
    return operands == other.operands && result == other.result &&
           extents == other.extents && conjugated == other.conjugated;
  }
  bool operator!=(const Indexing &other) const { return !(*this == other); }

  /// One more than the largest index number that occurs; 0 without indices.
  unsigned getNumIndices() const;
  /// Calls `callback` on every subscript: operands in order, then the result.
  void walk(llvm::function_ref<void(const LinearForm &)> callback) const;
  /// True where indices are numbered 0, 1, ... in order of first appearance
  /// (operands in order, then the result).
  bool isNumberedByAppearance() const;
  /// Renumbers indices by first appearance. Returns for each old number its
  /// new one (std::nullopt for numbers that occur in no subscript); explicit
  /// extents of the latter are dropped.
  llvm::SmallVector<std::optional<IndexId>> renumberByAppearance();
  /// The explicit extent of `index`, if it has one.
  std::optional<int64_t> getExplicitExtent(IndexId index) const;
  bool anyConjugated() const;
  /// True where every subscript of operands and result is bare.
  bool isAllBare() const;
};

llvm::hash_code hash_value(const Indexing &indexing);

/// The name that the printer gives to index number `index`: i, j, ..., z, a,
/// ..., h, then i1, j1 and so on.
std::string getIndexName(IndexId index);
/// The index number to which the printer gives `name`, if any.
std::optional<IndexId> getIndexNumber(llvm::StringRef name);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_INDEXING_H
