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

#include "tensornet/Execution/CompiledFunction.h"

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

/// The arguments and results of one call at a time. Once a frame has its
/// memory, calls allocate none.
class CallFrame {
public:
  /// The parts of the arguments that are the same in every call. `signature`
  /// outlives the frame.
  CallFrame(const Signature &signature, const ReturnLayout &layout,
            WorkspaceSizes sizes);
  CallFrame(const CallFrame &) = delete;
  CallFrame &operator=(const CallFrame &) = delete;

  /// Describes `inputs`, which fit the signature, and where the code writes
  /// `results`: arrays that have the memory already keep it. Returns the packed
  /// arguments: the addresses of the arguments of the C interface. An error
  /// where a result is an input or where memory runs out.
  llvm::Expected<void **> prepare(ArrayRef<const Array *> inputs,
                                  MutableArrayRef<Array> results);

  /// Memory for intermediates, for as many threads as there are now. Packed
  /// arguments stay where they are.
  llvm::Error provideWorkspaces();

  /// Takes what the code returned into `results`, once after each call.
  llvm::Error takeReturned(ArrayRef<const Array *> inputs,
                           MutableArrayRef<Array> results);

private:
  /// A place for the descriptor of a tensor of this type; returns it.
  size_t addDescriptor(ArrayRef<int64_t> shape);
  void addDescriptors();
  void addArguments();
  llvm::Error provideResults(ArrayRef<const Array *> inputs,
                             MutableArrayRef<Array> results);
  void describe(size_t place, const ValueType &type, const Array &array);
  llvm::Error takeScalar(const ValueType &type, const char *bytes,
                         Array &result);
  llvm::Expected<Array> takeTensor(const ValueType &type,
                                   const int64_t *descriptor,
                                   ArrayRef<const Array *> inputs);

  const Signature &signature;
  const ReturnLayout &layout;
  WorkspaceSizes sizes;
  AlignedBuffer workspace, threadWorkspace;
  /// Memref descriptors, one after the other: address, aligned address, offset,
  /// sizes, strides.
  SmallVector<int64_t> words;
  /// Where those of inputs, results, workspaces start (kNone: no descriptor).
  static constexpr size_t kNone = ~size_t(0);
  SmallVector<size_t> inputPlaces, resultPlaces;
  size_t workspacePlace = kNone, threadPlace = kNone;
  SmallVector<int64_t> returned;
  SmallVector<void *> pointers;
  SmallVector<void *> arguments;
  /// The number of the argument that input 0 is.
  size_t firstInput = 0;
  /// Buffers that a returned result has taken over.
  SmallVector<int64_t> taken;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_CALLFRAME_H
