//===- KernelDims.h - Dimensions from index letters -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TEST_UNIT_CODEGEN_KERNELDIMS_H
#define TENSORNET_TEST_UNIT_CODEGEN_KERNELDIMS_H

#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"

#include <map>
#include <string>

namespace mlir::tensornet::cpu {

using Extents = std::map<char, int64_t>;

/// Dimensions of row-major tensors that are written like "mk,kn->mn"; indices
/// are numbered by their letters.
inline llvm::SmallVector<KernelDim> makeDims(std::string einsum,
                                             const Extents &extents) {
  std::array<std::string, 3> tensors;
  size_t comma = einsum.find(','), arrow = einsum.find("->");
  tensors[kA] = einsum.substr(0, comma);
  tensors[kB] = einsum.substr(comma + 1, arrow - comma - 1);
  tensors[kC] = einsum.substr(arrow + 2);
  llvm::SmallVector<KernelDim> dims;
  for (unsigned operand : {kA, kB, kC}) {
    int64_t stride = 1;
    llvm::SmallVector<std::pair<char, int64_t>> strides;
    for (char index : llvm::reverse(tensors[operand])) {
      strides.push_back({index, stride});
      stride *= extents.at(index);
    }
    for (auto [index, value] : llvm::reverse(strides)) {
      unsigned source = index;
      auto *dim = llvm::find_if(
          dims, [&](const KernelDim &d) { return d.source == source; });
      if (dim == dims.end()) {
        KernelDim fresh;
        fresh.source = source;
        fresh.extent = extents.at(index);
        dim = dims.insert(dims.end(), fresh);
      }
      dim->present[operand] = true;
      dim->strides[operand] = value;
    }
  }
  return dims;
}

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_TEST_UNIT_CODEGEN_KERNELDIMS_H
