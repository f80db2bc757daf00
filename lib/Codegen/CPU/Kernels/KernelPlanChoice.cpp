//===- KernelPlanChoice.cpp - What a kernel plan says of itself -----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The indices of `dims`, merged ones too, in the order of the loops.
static KernelChoice::Indices getIndices(llvm::ArrayRef<KernelDim> dims) {
  KernelChoice::Indices indices;
  for (const KernelDim &dim : dims) {
    // The dimension that stands for none has no index.
    if (!llvm::is_contained(dim.present, true))
      continue;
    llvm::append_range(indices, dim.outerSources);
    indices.push_back(dim.source);
  }
  return indices;
}

/// Extents, the outermost first.
static std::string describeDims(llvm::ArrayRef<KernelDim> dims) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const KernelDim &dim : dims) {
    os << (text.empty() ? "" : "x");
    if (dim.extent == kDynamicExtent)
      os << "?";
    else
      os << dim.extent;
  }
  return text.empty() ? "1" : text;
}

std::string KernelPlan::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::SmallVector<KernelDim, 2> rows = mOuter, columns = nOuter;
  rows.push_back(m);
  columns.push_back(n);
  llvm::SmallVector<KernelDim, 2> sum = kOuter;
  sum.append(kBlock);
  os << "batch " << describeDims(batch) << ", m " << describeDims(rows)
     << ", n " << describeDims(columns) << ", k " << describeDims(sum)
     << "; tile " << mr << "x" << nr() << ", block " << mTiles * mr << "x"
     << nTiles * nr() << "x" << kBlockSize() << ", group " << groupTiles * mr
     << (joinColumns ? ", join columns" : "") << (packA ? ", pack a" : "")
     << (packB ? ", pack b" : "")
     << (usesDots     ? ", dot products"
         : matrixUnit ? ", matrix unit"
                      : "")
     << (swapped ? ", swapped" : "") << (bounds.empty() ? "" : ", bounded");
  if (distribution != Distribution::none)
    os << ", parallel " << stringify(distribution);
  return text;
}

KernelChoice KernelPlan::getChoice() const {
  auto join = [](llvm::SmallVector<KernelDim, 2> outer,
                 llvm::ArrayRef<KernelDim> inner) {
    llvm::append_range(outer, inner);
    return getIndices(outer);
  };
  KernelChoice choice;
  choice.batch = getIndices(batch);
  choice.rows = join(mOuter, m);
  choice.columns = join(nOuter, n);
  choice.sum = join(kOuter, kBlock);
  choice.swap = swapped;
  choice.rowTile = {mr};
  choice.columnTile = {nr()};
  choice.joinColumns = joinColumns;
  choice.block = {mTiles * mr, nTiles * nr(), kBlockSize()};
  choice.rowGroup = {groupTiles * mr};
  choice.packA = packA;
  choice.packB = packB;
  choice.distribute = distribution;
  return choice;
}

bool KernelPlan::determines(const KernelBound &bound) const {
  auto has = [&](llvm::ArrayRef<KernelDim> dims) {
    return llvm::any_of(dims, [&](const KernelDim &dim) {
      return llvm::is_contained(llvm::make_first_range(bound.terms),
                                dim.source);
    });
  };
  return !has(batch) && !(joinColumns && (has(n) || has(nOuter)));
}

bool KernelPlan::skipsTiles() const {
  return llvm::any_of(
      bounds, [](const KernelBound &bound) { return !bound.limitsSum; });
}
