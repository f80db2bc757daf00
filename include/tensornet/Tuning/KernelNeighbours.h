//===- KernelNeighbours.h - Kernels like another ----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TUNING_KERNELNEIGHBOURS_H
#define TENSORNET_TUNING_KERNELNEIGHBOURS_H

#include "tensornet/Analysis/KernelChoice.h"

#include <vector>

namespace mlir::tensornet {

/// Choices that differ from `choice`, which is complete, in one respect: the
/// register tile, one size of cache blocks, one packing, the order of the
/// indices of a role, or what threads share out if there are `threads`. What
/// depends on what was changed is left to the cost model. Some may be
/// impossible, some the same kernel. `vectorLength` is the number of elements
/// in a vector.
std::vector<KernelChoice> getNeighbours(const KernelChoice &choice,
                                        int64_t vectorLength, bool threads);

} // namespace mlir::tensornet

#endif // TENSORNET_TUNING_KERNELNEIGHBOURS_H
