//===- KernelOperands.cpp - Memory for single kernels ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/KernelOperands.h"
#include "tensornet/Execution/CompareArrays.h"
#include "tensornet/Execution/RandomArray.h"
#include "tensornet/Execution/Signature.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

#include <cstring>

using namespace mlir;
using namespace mlir::tensornet;

/// Random numbers come back after this many, a prime, so that no two rows of
/// usual length are equal.
constexpr int64_t kPeriod = 65521;

llvm::Error KernelOperands::fill(Operand &operand) {
  Array &memory = operand.memory;
  RandomStream stream(/*seed=*/0, operand.number);
  int64_t count = memory.getNumElements();
  llvm::Expected<Array> numbers =
      makeRandomArray(memory.kind, {std::min(count, kPeriod)}, stream);
  if (!numbers)
    return numbers.takeError();
  size_t period = numbers->data.size();
  for (size_t at = 0; at < memory.data.size(); at += period)
    std::memcpy(memory.data.data() + at, numbers->data.data(),
                std::min(period, memory.data.size() - at));
  return llvm::Error::success();
}

std::optional<KernelOperands::Operand>
KernelOperands::makeScalar(Type type, unsigned number) {
  std::optional<ValueType> value = getValueType(type);
  if (!value || !isFloatingKind(value->kind))
    return std::nullopt;
  Operand operand;
  operand.number = number;
  operand.memory = llvm::cantFail(Array::allocate(value->kind, {1}));
  llvm::cantFail(fill(operand));
  return operand;
}

/// True where `index` only says where bounds or elementwise ops begin: then any
/// value will do.
static bool isOrigin(BlockArgument index) {
  return index.getType().isIndex() &&
         llvm::all_of(index.getUsers(), [](Operation *user) {
           auto generic = user->getParentOfType<linalg::GenericOp>();
           return isa<ContractIntoOp>(user) ||
                  (generic &&
                   llvm::all_of(*generic.getBody(),
                                [](Operation &op) { return isPure(&op); }));
         });
}

KernelOperands::Operand KernelOperands::makeOrigin(func::FuncOp function,
                                                   unsigned number) {
  int64_t largest = 0;
  for (auto op : function.getOps<ContractIntoOp>())
    for (int64_t extent : op.getStaticExtents())
      largest = std::max(largest, extent);
  Operand operand;
  operand.number = number;
  operand.memory = llvm::cantFail(Array::allocate(ElementKind::I64, {1}));
  operand.memory.set(0, double(largest / 2));
  return operand;
}

namespace {
/// Where the elements of a memref lie.
struct Layout {
  int64_t offset = 0;
  SmallVector<int64_t> strides;
  /// One behind the last element.
  int64_t end = 0;
};
} // namespace

/// The layout of `type`; std::nullopt where it is not static or starts before
/// its memory. A dynamic offset becomes the first that is possible.
static std::optional<Layout> getLayout(MemRefType type) {
  Layout layout;
  if (!type.hasStaticShape() ||
      failed(type.getStridesAndOffset(layout.strides, layout.offset)) ||
      ShapedType::isDynamicShape(layout.strides))
    return std::nullopt;
  int64_t first = 0, last = 0;
  for (auto [extent, stride] :
       llvm::zip_equal(type.getShape(), layout.strides)) {
    if (extent == 0)
      return std::nullopt;
    (stride < 0 ? first : last) += (extent - 1) * stride;
  }
  if (ShapedType::isDynamic(layout.offset))
    layout.offset = -first;
  if (layout.offset + first < 0)
    return std::nullopt;
  layout.end = layout.offset + last + 1;
  return layout;
}

std::optional<KernelOperands::Operand>
KernelOperands::makeMemory(MemRefType type, unsigned number,
                           std::vector<int64_t> &descriptor) {
  std::optional<ValueType> element = getValueType(type.getElementType());
  std::optional<Layout> layout = getLayout(type);
  if (!element || !layout)
    return std::nullopt;
  llvm::Expected<Array> memory = Array::allocate(element->kind, {layout->end});
  if (!memory)
    return consumeError(memory.takeError()), std::nullopt;
  Operand operand;
  operand.number = number;
  operand.memory = std::move(*memory);
  if (llvm::Error error = fill(operand))
    return consumeError(std::move(error)), std::nullopt;
  auto address = reinterpret_cast<intptr_t>(operand.memory.data.data());
  descriptor = {address, address, layout->offset};
  llvm::append_range(descriptor, type.getShape());
  llvm::append_range(descriptor, layout->strides);
  return operand;
}

/// True where an op of `argument`'s function writes it.
static bool isWritten(BlockArgument argument) {
  return llvm::any_of(argument.getUses(), [](OpOperand &use) {
    auto op = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    return op && op.isDpsInit(&use);
  });
}

std::optional<KernelOperands> KernelOperands::allocate(func::FuncOp function) {
  KernelOperands result;
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    auto type = dyn_cast<MemRefType>(argument.getType());
    std::vector<int64_t> &descriptor = result.descriptors.emplace_back();
    std::optional<Operand> operand =
        type                 ? makeMemory(type, number, descriptor)
        : isOrigin(argument) ? makeOrigin(function, number)
                             : makeScalar(argument.getType(), number);
    if (!operand)
      return std::nullopt;
    operand->isWritten = isWritten(argument);
    result.operands.push_back(std::move(*operand));
  }
  for (std::vector<int64_t> &descriptor : result.descriptors)
    result.pointers.push_back(descriptor.data());
  for (size_t number = 0; number < result.operands.size(); ++number)
    result.arguments.push_back(
        result.descriptors[number].empty()
            ? static_cast<void *>(result.operands[number].memory.data.data())
            : &result.pointers[number]);
  return result;
}

void KernelOperands::reset() {
  for (Operand &operand : operands)
    if (operand.isWritten)
      // It had memory for these numbers before.
      llvm::cantFail(fill(operand));
}

llvm::Expected<std::vector<Array>> KernelOperands::copyResults() const {
  std::vector<Array> copies;
  for (const Operand &operand : operands)
    if (operand.isWritten) {
      llvm::Expected<Array> copy = operand.memory.clone();
      if (!copy)
        return copy.takeError();
      copies.push_back(std::move(*copy));
    }
  return copies;
}

bool KernelOperands::agreesWith(ArrayRef<Array> expected) const {
  for (const Operand &operand : operands) {
    if (!operand.isWritten)
      continue;
    double error = compareArrays(operand.memory, expected[0]).largestError;
    if (!(error <= getDefaultTolerance(operand.memory.kind)))
      return false;
    expected = expected.drop_front();
  }
  return true;
}
