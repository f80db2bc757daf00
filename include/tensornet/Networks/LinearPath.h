//===- LinearPath.h - Orders as positions in a list -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The form in which opt_einsum, NumPy and cotengra give an order: each pair are
// positions in the list of tensors that are left. Both are taken out of it and
// the result is put at its end.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_NETWORKS_LINEARPATH_H
#define TENSORNET_NETWORKS_LINEARPATH_H

#include "tensornet/Analysis/ContractionTree.h"

namespace mlir::tensornet {

/// Two positions, the smaller first.
using PathPair = std::pair<unsigned, unsigned>;

/// The steps of `tree` in linear form, a pair per step.
std::vector<PathPair> getLinearPath(const ContractionTree &tree);

} // namespace mlir::tensornet

#endif // TENSORNET_NETWORKS_LINEARPATH_H
