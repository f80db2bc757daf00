//===- JointSearch.h - Orders of several networks ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Chooses the orders of all products of a group together, so that what several
// results need is computed once.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_JOINTSEARCH_H
#define TENSORNET_ANALYSIS_JOINTSEARCH_H

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Analysis/ProductGroup.h"

namespace mlir::tensornet {

/// What one call of `planJointly` did.
struct JointSummary {
  /// The costs of the group before and after.
  GroupCost before, after;
  /// Tensors that more than one product read, before and after.
  unsigned sharedBefore = 0, sharedAfter = 0;
  /// Connected networks, and windows on those that are too large to be searched
  /// as a whole.
  unsigned numNetworks = 0, numWindows = 0;
};

/// Rewrites the products of `group` so that all results together cost as little
/// as the search finds: `total` of GroupCost, of equal ones the one that writes
/// least; never more than they cost as they are. Results keep their numbers and
/// values; every product that is needed has at most two factors where it had so
/// before. Where `options` ask for the incoming order, or for the least peak,
/// which is no sum over steps, the group stays as it is.
///
/// With active leaves, the plan that `planJointly` finds for the value alone is
/// a candidate, so `weighted` is at most 3 times the value of that plan.
///
/// Each connected part of the group is flattened to products of leaves. One
/// result is a matter of `findTree`, with the order that the group has among
/// the candidates. Several results of few factors are planned on the AND-OR
/// graph of all partial products up to names; larger ones through overlapping
/// windows of few products.
JointSummary planJointly(ProductGroup &group,
                         const SearchOptions &options = {});

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_JOINTSEARCH_H
