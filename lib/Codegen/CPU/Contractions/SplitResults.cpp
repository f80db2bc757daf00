//===- SplitResults.cpp - Sums behind scattering results ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitResults.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Diagonals
//===----------------------------------------------------------------------===//

/// True where the contraction adds up points.
static bool sums(const Indexing &indexing) {
  llvm::SmallBitVector inResult(indexing.getNumIndices());
  for (const LinearForm &form : indexing.result)
    for (LinearForm::Term term : form.getTerms())
      inResult.set(term.index);
  return !inResult.all();
}

static bool splitDiagonal(RewriterBase &rewriter, ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  if (!indexing.extents.empty() || !sums(indexing) ||
      !llvm::all_of(indexing.result, std::mem_fn(&LinearForm::isBare)))
    return false;
  Subscripts distinct;
  SmallVector<int64_t> shape;
  for (auto [form, size] :
       llvm::zip_equal(indexing.result, op.getResultType().getShape())) {
    if (llvm::is_contained(distinct, form))
      continue;
    distinct.push_back(form);
    shape.push_back(size);
  }
  if (distinct.size() == indexing.result.size())
    return false;
  ContractionSpec sum;
  sum.inputs.assign(op.getInputs().begin(), op.getInputs().end());
  sum.indexing = indexing;
  sum.indexing.result = distinct;
  sum.resultSizes = getAsIndexOpFoldResult(rewriter.getContext(), shape);
  sum.elementType = op.getResultType().getElementType();
  ContractionSpec diagonal;
  diagonal.inputs = {createContraction(rewriter, op.getLoc(), sum)};
  diagonal.indexing.operands = {distinct};
  diagonal.indexing.result = indexing.result;
  diagonal.resultSizes = getAsIndexOpFoldResult(rewriter.getContext(),
                                                op.getResultType().getShape());
  diagonal.elementType = sum.elementType;
  rewriter.replaceOp(op, createContraction(rewriter, op.getLoc(), diagonal));
  return true;
}

//===----------------------------------------------------------------------===//
// Strides
//===----------------------------------------------------------------------===//

namespace {

/// A dimension of the result with subscript stride * outer + inner + constant.
struct StridedDim {
  unsigned dim;
  int64_t stride;
  IndexId outer, inner;
};

/// Gives every residue class of strided dimensions of the result an index.
class ResidueSplitter {
public:
  ResidueSplitter(RewriterBase &rewriter, ContractOp op)
      : rewriter(rewriter), op(op), indexing(op.getIndexingValue()),
        extents(op.getStaticExtents()), shape(op.getResultType().getShape()) {
    inputs.assign(op.getInputs().begin(), op.getInputs().end());
    for (const ExplicitExtent &entry : indexing.extents)
      written.insert(entry.index);
  }

  bool run();

private:
  std::optional<StridedDim> find() const;
  void split(const StridedDim &strided);
  /// Lets points drop out unless `index` is below its extent, where operands do
  /// not see to that.
  void keepBound(IndexId index);
  IndexId addIndex(int64_t extent);
  Value createResult();

  /// Where elements of the result lie in a dimension that was split in two.
  struct Piece {
    unsigned dim;
    int64_t offset, size;
  };

  RewriterBase &rewriter;
  ContractOp op;
  Indexing indexing;
  SmallVector<int64_t> extents;
  SmallVector<int64_t> shape;
  SmallVector<Value> inputs;
  /// Indices whose extents have to be written.
  llvm::SetVector<IndexId> written;
  SmallVector<Piece> pieces;
};

} // namespace

std::optional<StridedDim> ResidueSplitter::find() const {
  auto isElsewhere = [&](IndexId index, unsigned dim) {
    return llvm::any_of(llvm::enumerate(indexing.result), [&](auto place) {
      return place.index() != dim && place.value().uses(index);
    });
  };
  for (auto [dim, form] : llvm::enumerate(indexing.result)) {
    ArrayRef<LinearForm::Term> terms = form.getTerms();
    if (terms.size() != 2 || terms[0].coefficient == terms[1].coefficient)
      continue;
    bool isFirst = terms[0].coefficient > 1;
    LinearForm::Term outer = terms[isFirst ? 0 : 1],
                     inner = terms[isFirst ? 1 : 0];
    constexpr int64_t largest = 1 << 20;
    if (outer.coefficient < 2 || outer.coefficient > largest ||
        inner.coefficient != 1 || std::abs(form.getConstant()) > largest ||
        isElsewhere(outer.index, dim) || isElsewhere(inner.index, dim))
      continue;
    // A sum over the window costs less where the window is most of the result.
    if (shape[dim] / 2 > extents[inner.index])
      return StridedDim{static_cast<unsigned>(dim), outer.coefficient,
                        outer.index, inner.index};
  }
  return std::nullopt;
}

IndexId ResidueSplitter::addIndex(int64_t extent) {
  extents.push_back(extent);
  return extents.size() - 1;
}

void ResidueSplitter::keepBound(IndexId index) {
  bool isBare = llvm::any_of(indexing.operands, [&](const auto &subscripts) {
    return llvm::is_contained(subscripts, LinearForm::bare(index));
  });
  bool isWritten = written.remove(index);
  if (isBare && !isWritten)
    return;
  ContractionSpec ones;
  ones.indexing.result = bareSubscripts({0});
  ones.resultSizes = {rewriter.getIndexAttr(extents[index])};
  ones.elementType = op.getComputeType();
  inputs.push_back(createContraction(rewriter, op.getLoc(), ones));
  indexing.operands.push_back(bareSubscripts({index}));
  indexing.conjugated.push_back(false);
}

/// With stride * outer + inner + constant = stride * q + c - offset, where
/// 0 <= offset: inner = stride * s + c and outer = q - s - shift.
void ResidueSplitter::split(const StridedDim &strided) {
  keepBound(strided.outer);
  keepBound(strided.inner);
  unsigned dim = strided.dim;
  int64_t stride = strided.stride;
  int64_t constant = indexing.result[dim].getConstant();
  int64_t shift = constant > 0 ? llvm::divideCeil(constant, stride) : 0;
  int64_t offset = shift * stride - constant;
  int64_t blocks = llvm::divideCeil(shape[dim] + offset, stride);
  IndexId q = addIndex(blocks), c = addIndex(stride),
          s = addIndex(llvm::divideCeil(extents[strided.inner], stride));
  written.insert(s);
  LinearForm newOuter = *LinearForm::get({{q, 1}, {s, -1}}, -shift);
  LinearForm newInner = *LinearForm::get({{s, stride}, {c, 1}}, 0);
  for (Subscripts &operand : indexing.operands)
    for (LinearForm &form : operand)
      form = *form.substitute([&](IndexId index) {
        return index == strided.outer   ? newOuter
               : index == strided.inner ? newInner
                                        : LinearForm::bare(index);
      });
  pieces.push_back({dim, offset, shape[dim]});
  indexing.result[dim] = LinearForm::bare(q);
  indexing.result.insert(indexing.result.begin() + dim + 1,
                         LinearForm::bare(c));
  shape[dim] = blocks;
  shape.insert(shape.begin() + dim + 1, stride);
}

Value ResidueSplitter::createResult() {
  ContractionSpec spec;
  spec.inputs = inputs;
  spec.indexing = indexing;
  for (IndexId index : written)
    spec.extents.push_back({index, rewriter.getIndexAttr(extents[index])});
  spec.resultSizes = getAsIndexOpFoldResult(rewriter.getContext(), shape);
  spec.elementType = op.getResultType().getElementType();
  Location loc = op.getLoc();
  Value result = createContraction(rewriter, loc, spec);
  // The last piece was split last: its place is that of the final shape.
  for (const Piece &piece : llvm::reverse(pieces)) {
    SmallVector<ReassociationIndices> groups;
    for (unsigned dim = 0; dim < shape.size(); ++dim) {
      if (dim != piece.dim + 1)
        groups.emplace_back();
      groups.back().push_back(dim);
    }
    result = tensor::CollapseShapeOp::create(rewriter, loc, result, groups);
    shape[piece.dim] *= shape[piece.dim + 1];
    shape.erase(shape.begin() + piece.dim + 1);
    SmallVector<int64_t> offsets(shape.size(), 0), strides(shape.size(), 1);
    if (shape[piece.dim] == piece.size)
      continue;
    offsets[piece.dim] = piece.offset;
    shape[piece.dim] = piece.size;
    result = tensor::ExtractSliceOp::create(
        rewriter, loc, result,
        getAsIndexOpFoldResult(rewriter.getContext(), offsets),
        getAsIndexOpFoldResult(rewriter.getContext(), shape),
        getAsIndexOpFoldResult(rewriter.getContext(), strides));
  }
  return result;
}

bool ResidueSplitter::run() {
  while (std::optional<StridedDim> strided = find())
    split(*strided);
  if (pieces.empty())
    return false;
  rewriter.replaceOp(op, createResult());
  return true;
}

bool cpu::splitResult(RewriterBase &rewriter, ContractOp op) {
  rewriter.setInsertionPoint(op);
  if (splitDiagonal(rewriter, op))
    return true;
  // A broadcast, as in the adjoint of a mean over windows, is faster in one
  // piece: no kernel would compute its parts.
  bool hasProduct = llvm::count_if(op.getInputs(), [](Value input) {
                      return cast<RankedTensorType>(input.getType()).getRank();
                    }) > 1;
  return hasProduct && ResidueSplitter(rewriter, op).run();
}
