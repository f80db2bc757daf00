//===- LayoutCost.h - What orders of dimensions cost ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_LAYOUT_LAYOUTCOST_H
#define TENSORNET_LIB_TRANSFORMS_LAYOUT_LAYOUTCOST_H

#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// The indices of a tensor in the order of its dimensions.
using IndexOrder = llvm::SmallVector<IndexId, 4>;

/// What it costs, in elements moved beside the work that every order has, to
/// read the tensors of a contraction of at most two operands, and to write its
/// result, in their orders: `tensors` are the operands, then the result.
/// `extents` has an entry for each index.
double getLayoutCost(llvm::ArrayRef<IndexOrder> tensors,
                     llvm::ArrayRef<double> extents);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_LAYOUT_LAYOUTCOST_H
