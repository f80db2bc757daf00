//===- KernelCandidate.cpp - Contractions that kernels may fit ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCandidate.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

bool cpu::isPlain(const Subscripts &subscripts) {
  llvm::SmallSet<IndexId, 4> seen;
  return llvm::all_of(subscripts, [&](const LinearForm &form) {
    return form.isBare() && seen.insert(form.getBareIndex()).second;
  });
}

bool cpu::isKernelType(Type type) {
  return type.isF32() || type.isF64() || type.isInteger(32) ||
         type.isInteger(64);
}

SmallVector<int64_t> cpu::getRowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (unsigned dim = shape.size(); dim-- > 1;) {
    bool isKnown =
        strides[dim] != kDynamicExtent && shape[dim] != kDynamicExtent;
    if (!isKnown ||
        llvm::MulOverflow(strides[dim], shape[dim], strides[dim - 1]))
      strides[dim - 1] = kDynamicExtent;
  }
  return strides;
}

std::optional<KernelCandidate>
KernelCandidate::get(const Indexing &indexing,
                     ArrayRef<SmallVector<int64_t>> strides,
                     ArrayRef<int64_t> extents) {
  if (!indexing.extents.empty() || indexing.anyConjugated() ||
      !isPlain(indexing.result) || !llvm::all_of(indexing.operands, isPlain))
    return std::nullopt;
  KernelCandidate candidate;
  SmallVector<unsigned> inputs;
  for (auto [number, subscripts] : llvm::enumerate(indexing.operands))
    (subscripts.empty() ? candidate.scales : inputs).push_back(number);
  if (inputs.size() != 2)
    return std::nullopt;
  candidate.inputs = {inputs[0], inputs[1]};

  std::array<unsigned, 3> tensors = {inputs[0], inputs[1],
                                     unsigned(indexing.operands.size())};
  for (KernelOperand operand : {kA, kB, kC}) {
    const Subscripts &subscripts =
        operand == kC ? indexing.result : indexing.operands[tensors[operand]];
    for (auto [position, form] : llvm::enumerate(subscripts)) {
      IndexId index = form.getBareIndex();
      auto *dim = llvm::find_if(candidate.dims, [&](const KernelDim &d) {
        return d.source == index;
      });
      if (dim == candidate.dims.end()) {
        KernelDim fresh;
        fresh.source = index;
        fresh.extent = extents[index];
        dim = candidate.dims.insert(dim, fresh);
      }
      dim->present[operand] = true;
      dim->strides[operand] = strides[tensors[operand]][position];
    }
  }
  for (const KernelDim &dim : candidate.dims)
    if (llvm::count(dim.present, true) < 2)
      return std::nullopt;
  return candidate;
}

std::optional<KernelPlan> cpu::planContraction(ContractOp op,
                                               unsigned vectorBits) {
  Type type = op.getComputeType();
  if (!isKernelType(type))
    return std::nullopt;
  SmallVector<SmallVector<int64_t>> strides;
  for (ArrayRef<int64_t> shape : op.getShapes())
    strides.push_back(getRowMajorStrides(shape));
  auto candidate = KernelCandidate::get(op.getIndexingValue(), strides,
                                        op.getStaticExtents());
  if (!candidate)
    return std::nullopt;
  return planKernel(
      candidate->dims,
      KernelTarget::get(vectorBits, type.getIntOrFloatBitWidth() / 8));
}
