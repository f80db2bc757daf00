//===- RowGroups.h - Ops on the same rows -----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWGROUPS_H
#define TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWGROUPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tensornet::cpu {

/// Ops that follow each other in one block, and the number of their leading
/// loops that they can share: at a point of these, each op reads and writes
/// nothing that another one writes at a different point. Sums over these loops
/// may be among them, of which the others do not read the results.
struct RowGroup {
  SmallVector<linalg::GenericOp> ops;
  unsigned numLoops = 0;
};

/// Marks `group` as number `id` of its function.
void setRowGroup(const RowGroup &group, unsigned id);

/// True for an op of a marked group.
bool isInRowGroup(linalg::GenericOp op);

/// The marked group that starts with `op`; only `op` and no loops where there
/// is none.
RowGroup getRowGroup(linalg::GenericOp op);

/// True where the first `count` loops step through the first dimensions of a
/// tensor, one each, and nothing else does.
bool isRowLocal(AffineMap map, unsigned count);

/// True for a sum over its first loops.
bool isColumnSum(linalg::GenericOp op);

/// The buffers that hold rows for the ops of `group` and for nobody else, in
/// the order of their first use.
SmallVector<memref::AllocOp> getScratchBuffers(const RowGroup &group);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWGROUPS_H
