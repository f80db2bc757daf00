//===- SplitWindows.cpp - Windows side by side ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitWindows.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The indices of `form`, outermost first, where their points are those of a
/// dimension of `size`, each once and in order; empty otherwise. A bare index
/// is one of them.
static SmallVector<IndexId> getDigits(const LinearForm &form, int64_t size,
                                      ArrayRef<int64_t> extents) {
  SmallVector<LinearForm::Term> terms = llvm::to_vector(form.getTerms());
  llvm::stable_sort(terms, [](LinearForm::Term a, LinearForm::Term b) {
    return a.coefficient > b.coefficient;
  });
  SmallVector<IndexId> digits;
  int64_t points = 1;
  for (LinearForm::Term term : llvm::reverse(terms)) {
    if (term.coefficient != points || extents[term.index] <= 0 ||
        extents[term.index] > size / points)
      return {};
    points *= extents[term.index];
    digits.insert(digits.begin(), term.index);
  }
  return form.getConstant() == 0 && points == size ? digits
                                                   : SmallVector<IndexId>();
}

namespace {

/// A tensor whose dimensions are those of its bare subscripts.
struct SplitTensor {
  Subscripts subscripts;
  SmallVector<int64_t> shape;
  /// The new dimensions of each old one.
  SmallVector<ReassociationIndices> groups;

  bool isSplit() const { return groups.size() < shape.size(); }
};

} // namespace

static SplitTensor split(const Subscripts &subscripts, ArrayRef<int64_t> shape,
                         ArrayRef<int64_t> extents) {
  SplitTensor result;
  for (auto [form, size] : llvm::zip_equal(subscripts, shape)) {
    ReassociationIndices &group = result.groups.emplace_back();
    SmallVector<IndexId> digits = getDigits(form, size, extents);
    if (digits.size() < 2) {
      group.push_back(result.shape.size());
      result.subscripts.push_back(form);
      result.shape.push_back(size);
      continue;
    }
    for (IndexId digit : digits) {
      group.push_back(result.shape.size());
      result.subscripts.push_back(LinearForm::bare(digit));
      result.shape.push_back(extents[digit]);
    }
  }
  return result;
}

ContractOp cpu::splitWindows(RewriterBase &rewriter, ContractOp op) {
  if (op.getKernelAttr())
    return op;
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<int64_t> extents = op.getStaticExtents();
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  ContractionSpec spec;
  spec.indexing.conjugated = indexing.conjugated;
  spec.elementType = op.getResultType().getElementType();
  bool changes = false;
  for (auto [input, subscripts] :
       llvm::zip_equal(op.getInputs(), indexing.operands)) {
    auto type = cast<RankedTensorType>(input.getType());
    SplitTensor tensor = split(subscripts, type.getShape(), extents);
    changes |= tensor.isSplit();
    spec.inputs.push_back(
        tensor.isSplit()
            ? tensor::ExpandShapeOp::create(
                  rewriter, loc, type.clone(tensor.shape), input, tensor.groups)
            : input);
    spec.indexing.operands.push_back(tensor.subscripts);
  }
  SplitTensor result =
      split(indexing.result, op.getResultType().getShape(), extents);
  if (!changes && !result.isSplit())
    return op;
  spec.indexing.result = result.subscripts;
  spec.resultSizes =
      getAsIndexOpFoldResult(rewriter.getContext(), result.shape);
  for (const ExplicitExtent &entry : indexing.extents)
    spec.extents.push_back(
        {entry.index, rewriter.getIndexAttr(extents[entry.index])});
  Value sum = createContraction(rewriter, loc, spec);
  auto contraction = sum.getDefiningOp<ContractOp>();
  if (result.isSplit())
    sum = tensor::CollapseShapeOp::create(rewriter, loc, op.getResultType(),
                                          sum, result.groups);
  rewriter.replaceOp(op, sum);
  return contraction;
}
