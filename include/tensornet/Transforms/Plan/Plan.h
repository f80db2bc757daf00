//===- Plan.h - Contractions in the cheapest order found --------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PLAN_PLAN_H
#define TENSORNET_TRANSFORMS_PLAN_PLAN_H

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// Brings every contraction in `root` and its regions that is not in pairwise
/// form into that form, in the order that the search finds for it; what needs
/// more than `memoryLimit` elements at one time (0: no limit) becomes a loop
/// over slices. Fails after an error at a contraction that does not fit.
LogicalResult planContractions(Operation *root,
                               const SearchOptions &options = {},
                               uint64_t memoryLimit = 0);

/// True where `op`, once in pairwise form, can be planned together with others:
/// its subscripts are bare, and it has no explicit extents and no virtual
/// operands.
bool canPlanTogether(ContractOp op);

/// Plans the contractions of `block` together, by `planJointly`: contractions
/// in pairwise form are re-associated across ops where that costs less, and
/// what several of them need is computed once. `isActive` says of which values
/// gradients are wanted; of none where it is null.
void planBlockTogether(Block &block, const SearchOptions &options = {},
                       function_ref<bool(Value)> isActive = nullptr);

/// Plans the contractions of every block in `root` together, those of inner
/// loops first, and moves contractions of what a loop does not change in front
/// of the loop.
void planTogether(Operation *root, const SearchOptions &options = {});

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_PLAN_H
