//===- CallFrame.h - Arguments and results of a call ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes that cross the border to compiled code.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_CALLFRAME_H
#define TENSORNET_LIB_EXECUTION_CALLFRAME_H

#include "tensornet/Execution/Signature.h"

namespace mlir::tensornet {

/// How a function with a given signature gives back its results, by the
/// convention of buildTensorNetToCpuPipeline: where every tensor has static
/// shape, tensors are written to memref arguments and scalars are returned;
/// else everything is returned, and the caller owns the buffers.
struct ReturnLayout {
  explicit ReturnLayout(const Signature &signature);

  /// True where tensors are written to arguments.
  bool usesDestinations;
  /// True where returned values are stored through the first argument: several
  /// values as one struct, or one of aggregate type. One plain scalar is stored
  /// through the last packed argument.
  bool isThroughPointer = false;
  /// The numbers of the returned results and their places.
  struct Field {
    unsigned result;
    uint64_t offset;
  };
  SmallVector<Field> fields;
  /// Bytes of all fields.
  uint64_t size = 0;
};

/// The arguments and results of one call.
class CallFrame {
public:
  /// Describes `inputs`, which fit the signature and outlive the frame, and
  /// allocates the destinations.
  CallFrame(const Signature &signature, ArrayRef<const Array *> inputs)
      : signature(signature), inputs(inputs), layout(signature) {}
  CallFrame(const CallFrame &) = delete;
  CallFrame &operator=(const CallFrame &) = delete;

  /// The packed arguments: the addresses of the arguments of the C interface.
  /// An error where memory for the results runs out.
  llvm::Expected<void **> pack();

  /// The results, once, after the call.
  llvm::Expected<SmallVector<Array>> takeResults();

private:
  llvm::Error allocateDestinations();
  void describe(const Array &array);
  llvm::Expected<Array> takeScalar(const ValueType &type, const char *bytes);
  llvm::Expected<Array> takeTensor(const ValueType &type,
                                   const int64_t *descriptor);

  const Signature &signature;
  ArrayRef<const Array *> inputs;
  ReturnLayout layout;
  SmallVector<Array> results;
  /// Memref descriptors, one after the other: address, aligned address, offset,
  /// sizes, strides.
  SmallVector<int64_t> words;
  SmallVector<int64_t> returned;
  SmallVector<void *> pointers;
  SmallVector<void *> arguments;
  /// Buffers that a returned result has taken over.
  SmallVector<int64_t> taken;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_CALLFRAME_H
