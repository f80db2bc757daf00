//===- MemoryPlan.h - Memory of functions before they run -------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_MEMORYPLAN_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_MEMORYPLAN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "tensornet/Codegen/CPU/Buffers/ArenaPlan.h"

namespace mlir::tensornet::cpu {

/// Where memory for something comes from.
enum class Storage {
  workspace, ///< the workspace of the function
  thread,    ///< the part of a thread in a parallel loop
  pool,      ///< the allocator, while the program runs
};

/// A buffer whose lifetime is known before the run.
struct PlannedBuffer {
  memref::AllocOp alloc;
  memref::DeallocOp dealloc;
};

/// Buffers and calls that share one arena, by their places in it.
struct Arena {
  /// Adds what needs `lifetime.size` bytes in the place of its number.
  void addBuffer(PlannedBuffer buffer, Lifetime lifetime);
  void addCall(func::CallOp call, Lifetime lifetime);
  /// Finds the places. Fails where no memory holds the arena.
  LogicalResult plan();

  SmallVector<std::pair<unsigned, PlannedBuffer>> buffers;
  SmallVector<std::pair<unsigned, func::CallOp>> calls;
  SmallVector<Lifetime> lifetimes;
  ArenaPlan places;
};

/// The memory of one function.
struct FunctionMemory {
  /// The workspace that the function is given.
  Arena workspace;
  /// The part of each thread, for the bodies of parallel loops.
  Arena thread;
  /// Bytes of the part of each thread, that of callees included.
  uint64_t threadSize = 0;
  /// Calls whose callee gets memory from the pool, because it may call back or
  /// runs parallel loops inside of one.
  SmallVector<func::CallOp> pooledCalls;
  /// Allocations that are left to the run, those of callees included.
  uint64_t numPooled = 0;

  uint64_t getWorkspaceSize() const { return workspace.places.size; }
};

/// The memory of every function of a module that code may be called from.
using MemoryPlan = llvm::MapVector<func::FuncOp, FunctionMemory>;

/// The plan for `module`, callees before callers. Fails, after reporting, where
/// a function needs more bytes than any memory has.
FailureOr<MemoryPlan> planMemory(ModuleOp module);

/// The outermost parallel loop around `op` in its function, if there is one.
scf::ParallelOp getOutermostParallel(Operation *op);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_MEMORYPLAN_H
