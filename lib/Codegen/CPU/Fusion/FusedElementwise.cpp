//===- FusedElementwise.cpp - Elementwise ops inside kernels --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusedElementwise.h"

#include "IndexMath.h"
#include "Kernels/KernelCandidate.h"
#include "Vectors/VectorBody.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

bool cpu::isFusibleElementwise(linalg::GenericOp op) {
  return op.getNumLoops() > 0 && op.getNumParallelLoops() == op.getNumLoops() &&
         isVectorBody(*op.getBody()) &&
         llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
           auto type = dyn_cast<ShapedType>(operand.get().getType());
           AffineMap map = op.getMatchingIndexingMap(&operand);
           return type && isVectorElement(type.getElementType()) &&
                  map.isProjectedPermutation() &&
                  (!op.isDpsInit(&operand) || map.isPermutation());
         });
}

static SmallVector<unsigned> getLoops(AffineMap map) {
  SmallVector<unsigned> loops;
  for (AffineExpr expr : map.getResults())
    loops.push_back(cast<AffineDimExpr>(expr).getPosition());
  return loops;
}

FusedElementwise::FusedElementwise(
    linalg::GenericOp op, const Subscripts &subscripts,
    llvm::function_ref<bool(OpOperand &)> isCommon)
    : op(op), subscripts(subscripts) {
  for (OpOperand &operand : op->getOpOperands()) {
    SmallVector<unsigned> loops = getLoops(op.getMatchingIndexingMap(&operand));
    if (isCommon(operand)) {
      arguments.push_back(std::nullopt);
      common = {operand.get(), loops, FlatView()};
      continue;
    }
    arguments.push_back(tensors.size());
    tensors.push_back({operand.get(), loops, FlatView()});
  }
  op.getBody()->walk([&](linalg::IndexOp index) {
    if (indices.try_emplace(index.getDim(), tensors.size()).second)
      tensors.push_back({Value(), {unsigned(index.getDim())}, FlatView()});
  });
}

const LinearForm *FusedElementwise::getSubscript(unsigned loop) const {
  for (auto [own, form] : llvm::zip_equal(common.loops, subscripts))
    if (own == loop)
      return &form;
  return nullptr;
}

/// The coefficient of `index` in `form`.
static int64_t getCoefficient(const LinearForm &form, IndexId index) {
  int64_t coefficient = 0;
  for (LinearForm::Term term : form.getTerms())
    if (term.index == index)
      coefficient += term.coefficient;
  return coefficient;
}

/// The element strides of a tensor of one's own or of a memref.
static SmallVector<int64_t> getStrides(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return getRowMajorStrides(cast<RankedTensorType>(type).getShape());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(memref.getStridesAndOffset(strides, offset)))
    strides.assign(memref.getRank(), kDynamicExtent);
  return strides;
}

int64_t FusedElementwise::getStaticStride(const Tensor &tensor,
                                          IndexId index) const {
  // An index moves by one.
  SmallVector<int64_t> strides = {1};
  if (tensor.memref)
    strides = getStrides(tensor.memref.getType());
  int64_t sum = 0;
  for (auto [loop, stride] : llvm::zip_equal(tensor.loops, strides)) {
    const LinearForm *form = getSubscript(loop);
    int64_t coefficient = form ? getCoefficient(*form, index) : 0;
    if (coefficient == 0)
      continue;
    if (stride == kDynamicExtent)
      return kDynamicExtent;
    sum += coefficient * stride;
  }
  return sum;
}

bool FusedElementwise::hasWhole(const Tensor &tensor, const KernelDim &dim,
                                ArrayRef<int64_t> extents) const {
  IndexId inner = dim.source;
  int64_t step = getStaticStride(tensor, inner);
  for (IndexId outer : llvm::reverse(dim.outerSources)) {
    int64_t next = getStaticStride(tensor, outer);
    if (step == kDynamicExtent || next != extents[inner] * step)
      return false;
    inner = outer;
    step = next;
  }
  return true;
}

bool FusedElementwise::suitsTiles(const Tensor &tensor, const KernelPlan &plan,
                                  ArrayRef<int64_t> extents) const {
  SmallVector<KernelDim> dims = {plan.m, plan.n};
  for (ArrayRef<KernelDim> more :
       {ArrayRef(plan.batch), ArrayRef(plan.mOuter), ArrayRef(plan.nOuter)})
    dims.append(more.begin(), more.end());
  int64_t step = getStaticStride(tensor, plan.n.source);
  return (step == 0 || step == 1) &&
         llvm::all_of(dims, [&](const KernelDim &dim) {
           return hasWhole(tensor, dim, extents);
         });
}

void FusedElementwise::createViews(OpBuilder &builder, Location loc) {
  IndexMath math(builder, loc);
  for (Tensor &tensor : tensors) {
    if (tensor.memref)
      tensor.view = FlatView::get(builder, loc, tensor.memref);
    else
      tensor.view = {Value(), math.constant(0), {math.constant(1)}};
    for (auto [loop, stride] :
         llvm::zip_equal(tensor.loops, tensor.view.strides))
      if (const LinearForm *form = getSubscript(loop))
        tensor.view.offset =
            math.add(tensor.view.offset,
                     math.mul(math.constant(form->getConstant()), stride));
  }
}

OpFoldResult FusedElementwise::getStride(OpBuilder &builder, Location loc,
                                         unsigned number,
                                         const KernelDim &dim) const {
  IndexMath math(builder, loc);
  const Tensor &tensor = tensors[number];
  OpFoldResult sum = math.constant(0);
  // The dimension that stands for none has no index.
  if (!llvm::is_contained(dim.present, true))
    return sum;
  for (auto [loop, stride] : llvm::zip_equal(tensor.loops, tensor.view.strides))
    if (const LinearForm *form = getSubscript(loop))
      sum = math.add(
          sum,
          math.mul(math.constant(getCoefficient(*form, dim.source)), stride));
  return sum;
}
