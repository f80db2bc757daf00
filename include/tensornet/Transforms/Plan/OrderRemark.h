//===- OrderRemark.h - What a pass says of an order -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PLAN_ORDERREMARK_H
#define TENSORNET_TRANSFORMS_PLAN_ORDERREMARK_H

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"

namespace mlir::tensornet {

/// Tells remark streamers that `op`, whose operands `problem` holds, is
/// computed in the order of `tree`, and what that costs. `category` is the name
/// of the pass that decides.
void emitOrderRemark(ContractOp op, const OrderingProblem &problem,
                     const ContractionTree &tree, const SearchSummary &summary,
                     StringRef category);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_ORDERREMARK_H
