//===- ExpandRequests.h - Requests in, derivatives out ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_EXPANDREQUESTS_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_EXPANDREQUESTS_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::tensornet {

/// Replaces every derivative request of `module` by what it asks for,
/// innermost first. Contractions that need more than `memoryLimit` elements at
/// one time for value and derivatives (0: no limit) become loops over slices,
/// unless they are differentiated again. Fails after an error at the op in the
/// way; the module may then be half expanded.
LogicalResult expandRequests(ModuleOp module, uint64_t memoryLimit);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_EXPANDREQUESTS_H
