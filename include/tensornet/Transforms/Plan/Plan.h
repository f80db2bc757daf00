//===- Plan.h - Contractions in the cheapest order found --------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PLAN_PLAN_H
#define TENSORNET_TRANSFORMS_PLAN_PLAN_H

#include "mlir/IR/Operation.h"
#include "tensornet/Analysis/PathSearch.h"

namespace mlir::tensornet {

/// Brings every contraction in `root` and its regions that is not in pairwise
/// form into that form, in the order that the search finds for it; what needs
/// more than `memoryLimit` elements at one time (0: no limit) becomes a loop
/// over slices. Fails after an error at a contraction that does not fit.
LogicalResult planContractions(Operation *root,
                               const SearchOptions &options = {},
                               uint64_t memoryLimit = 0);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_PLAN_H
