//===- KernelOperands.h - Memory for single kernels -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TUNING_KERNELOPERANDS_H
#define TENSORNET_TUNING_KERNELOPERANDS_H

#include "tensornet/Execution/Array.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::tensornet {

/// Memory for the arguments of one outlined function, for kernels to work on.
class KernelOperands {
public:
  /// Random arguments, as of tn-run; std::nullopt where one is no memref of
  /// static shape and strides and no floating number, or where memory runs out.
  static std::optional<KernelOperands> allocate(func::FuncOp function);

  /// The arguments of a function in machine code.
  ArrayRef<void *> getArguments() const { return arguments; }

  /// Gives what kernels write its first content again.
  void reset();

  /// Copies of what kernels write; an error where memory runs out.
  llvm::Expected<std::vector<Array>> copyResults() const;

  /// True where what kernels write is `expected`, but for rounding.
  bool agreesWith(ArrayRef<Array> expected) const;

private:
  struct Operand {
    /// All elements from the first one to the last one, in order of memory.
    Array memory;
    unsigned number = 0;
    bool isWritten = false;
  };

  static std::optional<Operand> makeScalar(Type type, unsigned number);
  /// Where the blocks of a kernel with bounds begin: in the middle, so that
  /// about as many points are left as in all of them, taken together.
  static Operand makeOrigin(func::FuncOp function, unsigned number);
  static std::optional<Operand> makeMemory(MemRefType type, unsigned number,
                                           std::vector<int64_t> &descriptor);
  static llvm::Error fill(Operand &operand);

  std::vector<Operand> operands;
  /// Of memrefs: address, address, offset, extents, strides.
  std::vector<std::vector<int64_t>> descriptors;
  std::vector<void *> pointers;
  std::vector<void *> arguments;
};

} // namespace mlir::tensornet

#endif // TENSORNET_TUNING_KERNELOPERANDS_H
