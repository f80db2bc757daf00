//===- CallFrame.cpp - Arguments and results of a call --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallFrame.h"

#include <cstring>

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

/// The number of words of a memref descriptor.
static uint64_t getDescriptorSize(const ValueType &type) {
  return 3 + 2 * type.shape.size();
}

/// The alignment of a returned value, whose size is a multiple of it.
static uint64_t getReturnAlignment(const ValueType &type) {
  if (type.isTensor)
    return sizeof(int64_t);
  unsigned width = getByteWidth(type.kind);
  return isComplexKind(type.kind) ? width / 2 : width;
}

ReturnLayout::ReturnLayout(const Signature &signature)
    : usesDestinations(
          llvm::all_of(signature.results,
                       [](const ValueType &type) { return type.isStatic(); })) {
  bool hasAggregate = false;
  for (auto [number, type] : llvm::enumerate(signature.results)) {
    if (usesDestinations && type.isTensor)
      continue;
    hasAggregate |= type.isTensor || isComplexKind(type.kind);
    uint64_t offset = llvm::alignTo(size, getReturnAlignment(type));
    fields.push_back({static_cast<unsigned>(number), offset});
    size = offset + (type.isTensor ? getDescriptorSize(type) * sizeof(int64_t)
                                   : getByteWidth(type.kind));
  }
  isThroughPointer = hasAggregate || fields.size() > 1;
}

//===----------------------------------------------------------------------===//
// Before the call
//===----------------------------------------------------------------------===//

/// Appends the descriptor of `array`.
void CallFrame::describe(const Array &array) {
  auto address = reinterpret_cast<intptr_t>(array.data.data());
  words.append({address, address, 0});
  llvm::append_range(words, array.shape);
  words.append(array.shape.size(), 1);
  int64_t *strides = words.end() - array.shape.size();
  for (size_t dim = array.shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * array.shape[dim];
}

llvm::Error CallFrame::allocateDestinations() {
  results.resize(signature.results.size());
  if (!layout.usesDestinations)
    return llvm::Error::success();
  for (auto [type, result] : llvm::zip_equal(signature.results, results)) {
    if (!type.isTensor)
      continue;
    llvm::Expected<Array> array = Array::allocate(type.kind, type.shape);
    if (!array)
      return array.takeError();
    result = std::move(*array);
  }
  return llvm::Error::success();
}

llvm::Expected<void **> CallFrame::pack() {
  if (llvm::Error error = allocateDestinations())
    return std::move(error);

  // First all descriptors, which may move while they are appended.
  for (auto [type, array] : llvm::zip_equal(signature.inputs, inputs))
    if (type.isTensor)
      describe(*array);
  for (auto [type, result] : llvm::zip_equal(signature.results, results))
    if (type.isTensor && layout.usesDestinations)
      describe(result);
  returned.resize(llvm::divideCeil(layout.size, sizeof(int64_t)));

  // A memref is passed as the address of its descriptor; its packed argument
  // is where that address stands.
  pointers.reserve(1 + signature.inputs.size() + signature.results.size());
  int64_t *next = words.data();
  auto addPointer = [&](void *pointer) {
    pointers.push_back(pointer);
    arguments.push_back(&pointers.back());
  };
  auto addDescriptor = [&](const ValueType &type) {
    addPointer(next);
    next += getDescriptorSize(type);
  };
  if (layout.isThroughPointer)
    addPointer(returned.data());
  for (auto [type, array] : llvm::zip_equal(signature.inputs, inputs)) {
    if (type.isTensor)
      addDescriptor(type);
    else
      arguments.push_back(const_cast<std::byte *>(array->data.data()));
  }
  for (const ValueType &type : signature.results)
    if (type.isTensor && layout.usesDestinations)
      addDescriptor(type);
  if (!layout.isThroughPointer)
    arguments.push_back(returned.data());
  return arguments.data();
}

//===----------------------------------------------------------------------===//
// After the call
//===----------------------------------------------------------------------===//

llvm::Expected<Array> CallFrame::takeScalar(const ValueType &type,
                                            const char *bytes) {
  llvm::Expected<Array> array = Array::allocate(type.kind, {});
  if (array)
    std::memcpy(array->data.data(), bytes, array->data.size());
  return array;
}

/// Copies a strided view to an array of the same shape in C order.
static void copyStrided(const char *source, ArrayRef<int64_t> strides,
                        ArrayRef<int64_t> sizes, uint64_t width,
                        std::byte *&target) {
  if (sizes.empty()) {
    std::memcpy(target, source, width);
    target += width;
    return;
  }
  for (int64_t i = 0; i < sizes.front(); ++i)
    copyStrided(source + i * strides.front() * static_cast<int64_t>(width),
                strides.drop_front(), sizes.drop_front(), width, target);
}

/// True where elements of C order lie one after the other.
static bool isContiguous(ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  int64_t expected = 1;
  for (size_t dim = sizes.size(); dim-- > 0;) {
    if (sizes[dim] != 1 && strides[dim] != expected)
      return false;
    expected *= sizes[dim];
  }
  return true;
}

llvm::Expected<Array> CallFrame::takeTensor(const ValueType &type,
                                            const int64_t *descriptor) {
  size_t rank = type.shape.size();
  int64_t allocated = descriptor[0], aligned = descriptor[1];
  int64_t offset = descriptor[2];
  ArrayRef<int64_t> sizes(descriptor + 3, rank);
  ArrayRef<int64_t> strides(descriptor + 3 + rank, rank);

  bool isOwned =
      !llvm::is_contained(taken, allocated) &&
      llvm::none_of(inputs, [&](const Array *input) {
        return reinterpret_cast<intptr_t>(input->data.data()) == allocated;
      });
  taken.push_back(allocated);
  std::optional<uint64_t> size = getDataSize(type.kind, sizes);
  if (isOwned && size && allocated == aligned && offset == 0 &&
      isContiguous(sizes, strides)) {
    Array array;
    array.kind = type.kind;
    array.shape.assign(sizes.begin(), sizes.end());
    array.data =
        AlignedBuffer::adopt(reinterpret_cast<void *>(allocated), *size);
    return array;
  }

  llvm::Expected<Array> array = Array::allocate(type.kind, sizes);
  unsigned width = getByteWidth(type.kind);
  if (array) {
    std::byte *target = array->data.data();
    copyStrided(reinterpret_cast<const char *>(aligned) + offset * width,
                strides, sizes, width, target);
  }
  if (isOwned)
    freeTensorMemory(reinterpret_cast<void *>(allocated));
  return array;
}

llvm::Expected<SmallVector<Array>> CallFrame::takeResults() {
  for (ReturnLayout::Field field : layout.fields) {
    const ValueType &type = signature.results[field.result];
    const char *bytes =
        reinterpret_cast<const char *>(returned.data()) + field.offset;
    llvm::Expected<Array> array =
        type.isTensor
            ? takeTensor(type, reinterpret_cast<const int64_t *>(bytes))
            : takeScalar(type, bytes);
    if (!array)
      return array.takeError();
    results[field.result] = std::move(*array);
  }
  return std::move(results);
}
