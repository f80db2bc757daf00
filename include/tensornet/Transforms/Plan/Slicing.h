//===- Slicing.h - Contractions within a memory limit -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PLAN_SLICING_H
#define TENSORNET_TRANSFORMS_PLAN_SLICING_H

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"

namespace mlir::tensornet {

/// The indices of `op` that loops may fix: of static extent above 1, which no
/// explicit extent gives, in bare subscripts only and not on virtual operands.
IndexSet getSliceableIndices(ContractOp op);

/// The order in which to evaluate `op`, with the indices to slice so that no
/// more than `memoryLimit` elements are alive at one time, as `peak` of
/// TreeCost counts them; nothing is sliced where the limit is 0 (none) or the
/// contraction fits as it is. A remark tells what was sliced. Fails after an
/// error at `op` where no slices fit.
FailureOr<SlicedTree>
findTreeWithinMemory(ContractOp op, const OrderingProblem &problem,
                     uint64_t memoryLimit, SearchOptions options,
                     SearchSummary &summary, StringRef category);

/// `tree` for another contraction, whose problem is `target` and whose operand
/// operands[n], if any, is what node n stands for; no node below another one
/// has one. Of several nodes that are 0-d there, the last one in number stands
/// for their product. Nodes without operands disappear.
ContractionTree transferTree(const ContractionTree &tree,
                             const OrderingProblem &target,
                             ArrayRef<std::optional<unsigned>> operands);

/// For every leaf of `problem` the operand that it stands for, the first one of
/// scalars; std::nullopt for the other nodes of `tree`.
SmallVector<std::optional<unsigned>>
getLeafOperands(const OrderingProblem &problem, const ContractionTree &tree);

/// Takes out of `op` what does not depend on a sliced index of `tree`: subtrees
/// of two or more leaves become contractions of their own, before the loop,
/// where `memoryLimit` has room for their results (and cotangents). Returns the
/// contraction that is left, which replaces `op` or is `op` itself; `tree`
/// becomes its tree.
ContractOp hoistInvariantSteps(ContractOp op, const OrderingProblem &problem,
                               uint64_t memoryLimit, SlicedTree &tree);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_SLICING_H
