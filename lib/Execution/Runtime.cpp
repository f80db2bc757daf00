//===- Runtime.cpp - What compiled code calls -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Runtime.h"
#include "RuntimeThreads.h"
#include "tensornet/Codegen/CPU/Buffers/Workspace.h"
#include "tensornet/Execution/Allocator.h"
#include "tensornet/Execution/Array.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Compiler.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Run-time checks
//===----------------------------------------------------------------------===//

namespace {
/// Where a failed check of this thread goes.
struct CheckTarget {
  std::jmp_buf jump;
};

/// What this thread knows of its calls of compiled code.
struct ThreadCalls {
  /// Of the innermost call that runs.
  CheckTarget *target = nullptr;
  /// The parallel loops that it has started so far.
  unsigned numLoops = 0;
};
} // namespace

static thread_local ThreadCalls current;

/// What the last failed check of this thread said.
static thread_local std::string failureMessage;

/// Calls that run fewer loops have no team, which costs as much as one loop.
static constexpr unsigned kLeastTeamLoops = 2;

/// Leaves the compiled code after a failure. Between here and the caller of the
/// code there is no variable with a destructor: a jump would not run it.
[[noreturn]] static void leaveCode() {
  // A thread that jumped out of a parallel loop would leave the others waiting.
  if (CheckTarget *target = isInLoop() ? nullptr : current.target)
    std::longjmp(target->jump, 1);
  std::fprintf(stderr, "tensornet: error: %s\n", failureMessage.c_str());
  std::fflush(stderr);
  std::_Exit(1);
}

/// `message` with "{n}" replaced by value number n.
static std::string insertValues(std::string message,
                                llvm::ArrayRef<int64_t> values) {
  for (auto [number, value] : llvm::enumerate(values)) {
    std::string place = "{" + std::to_string(number) + "}";
    std::string text = std::to_string(value);
    for (size_t at = message.find(place); at != std::string::npos;
         at = message.find(place, at + text.size()))
      message.replace(at, place.size(), text);
  }
  return message;
}

static void setFailedCheck(const char *place, const char *message,
                           llvm::ArrayRef<int64_t> values) {
  failureMessage = place;
  if (!failureMessage.empty())
    failureMessage += ": ";
  failureMessage += insertValues(message, values);
}

/// What a failed check calls: the place of the check in a file (or nothing), a
/// message, and the values that it gives.
[[noreturn]] static void failCheck(const char *place, const char *message,
                                   const int64_t *values, int64_t numValues) {
  setFailedCheck(place, message, {values, static_cast<size_t>(numValues)});
  leaveCode();
}

/// True where the code returned. Before compiled code lies no type for the
/// sanitizer of indirect calls to compare, nor memory where it could look.
LLVM_NO_SANITIZE("function")
static bool callGuarded(void (*compiled)(void **), void **arguments,
                        CheckTarget &target) {
  if (setjmp(target.jump))
    return false;
  compiled(arguments);
  return true;
}

/// The same with a team of threads. Apart: most calls have none, and some take
/// ten nanoseconds.
LLVM_ATTRIBUTE_NOINLINE static bool callGuardedInTeam(void (*compiled)(void **),
                                                      void **arguments,
                                                      CheckTarget &target) {
  bool returned = false;
  callInTeam([&] { returned = callGuarded(compiled, arguments, target); });
  return returned;
}

void mlir::tensornet::noteLoop() { ++current.numLoops; }

llvm::Error mlir::tensornet::callWithChecks(void (*compiled)(void **),
                                            void **arguments,
                                            std::atomic<unsigned> &numLoops) {
  CheckTarget target;
  CheckTarget *outer = std::exchange(current.target, &target);
  unsigned before = current.numLoops;
  unsigned expected = numLoops.load(std::memory_order_relaxed);
  bool returned = expected < kLeastTeamLoops
                      ? callGuarded(compiled, arguments, target)
                      : callGuardedInTeam(compiled, arguments, target);
  current.target = outer;
  if (unsigned found = current.numLoops - before; found != expected)
    numLoops.store(found, std::memory_order_relaxed);
  if (!returned)
    return llvm::createStringError(failureMessage);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static void setFailedAllocation(uint64_t size) {
  failureMessage =
      "cannot allocate " + std::to_string(size) + " bytes for an intermediate";
}

static void *allocateAligned(uint64_t alignment, uint64_t size) {
  if (void *pointer = allocateTensorMemory(size, alignment))
    return pointer;
  setFailedAllocation(size);
  leaveCode();
}

static void *allocate(uint64_t size) {
  return allocateAligned(kTensorAlignment, size);
}

/// What LLVM makes of an allocation that is filled with zeros.
static void *allocateZeroed(uint64_t count, uint64_t size) {
  void *pointer = allocate(count * size);
  std::memset(pointer, 0, count * size);
  return pointer;
}

static void release(void *pointer) { freeTensorMemory(pointer); }

//===----------------------------------------------------------------------===//
// Copies of strided memory
//===----------------------------------------------------------------------===//

namespace {
/// An unranked memref, as convert-to-llvm passes it.
struct UnrankedMemRef {
  int64_t rank;
  int64_t *descriptor;
};

/// The fields of a ranked memref's descriptor.
struct StridedView {
  explicit StridedView(const UnrankedMemRef &memref, int64_t elementSize)
      : sizes(memref.descriptor + 3, memref.rank),
        strides(memref.descriptor + 3 + memref.rank, memref.rank) {
    std::memcpy(&data, memref.descriptor + 1, sizeof(data));
    data += memref.descriptor[2] * elementSize;
  }

  char *data;
  llvm::ArrayRef<int64_t> sizes;
  llvm::ArrayRef<int64_t> strides;
};
} // namespace

static void copyDims(char *source, char *target, const StridedView &from,
                     const StridedView &to, size_t dim, int64_t elementSize) {
  if (dim == from.sizes.size()) {
    std::memcpy(target, source, elementSize);
    return;
  }
  for (int64_t i = 0; i < from.sizes[dim]; ++i)
    copyDims(source + i * from.strides[dim] * elementSize,
             target + i * to.strides[dim] * elementSize, from, to, dim + 1,
             elementSize);
}

/// What memref.copy of strided memory calls.
static void copyMemRef(int64_t elementSize, UnrankedMemRef *source,
                       UnrankedMemRef *target) {
  StridedView from(*source, elementSize), to(*target, elementSize);
  copyDims(from.data, to.data, from, to, 0, elementSize);
}

//===----------------------------------------------------------------------===//
// Half types
//===----------------------------------------------------------------------===//

/// Rounds to a half type. The calling convention returns its 16 bits where it
/// returns the low half of a float.
template <ElementKind kind, typename T>
static float roundToHalf(T value) {
  std::byte bytes[sizeof(float)] = {};
  encodeElement(kind, bytes, value);
  float result;
  std::memcpy(&result, bytes, sizeof(result));
  return result;
}

/// Widens an f16, whose bits are the low half of `value`.
static float widenHalf(float value) {
  std::byte bytes[sizeof(float)];
  std::memcpy(bytes, &value, sizeof(value));
  return static_cast<float>(decodeElement(ElementKind::F16, bytes).real());
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

template <typename Function>
static void *getAddress(Function *function) {
  return reinterpret_cast<void *>(function);
}

llvm::ArrayRef<std::pair<llvm::StringLiteral, void *>>
mlir::tensornet::getRuntimeSymbols() {
  static const std::pair<llvm::StringLiteral, void *> symbols[] = {
      {"tensornet_check_failed", getAddress(failCheck)},
      {"malloc", getAddress(allocate)},
      {"calloc", getAddress(allocateZeroed)},
      {"aligned_alloc", getAddress(allocateAligned)},
      {"free", getAddress(release)},
      {"_mlir_memref_to_llvm_alloc", getAddress(allocate)},
      {"_mlir_memref_to_llvm_aligned_alloc", getAddress(allocateAligned)},
      {"_mlir_memref_to_llvm_free", getAddress(release)},
      {kThreadNumberFunction, getAddress(getThreadNumber)},
      {kNumThreadsFunction, getAddress(countThreads)},
      {"__kmpc_fork_call", getAddress(forkCall)},
      {"memrefCopy", getAddress(copyMemRef)},
      {"__truncsfhf2", getAddress(roundToHalf<ElementKind::F16, float>)},
      {"__truncdfhf2", getAddress(roundToHalf<ElementKind::F16, double>)},
      {"__truncsfbf2", getAddress(roundToHalf<ElementKind::BF16, float>)},
      {"__truncdfbf2", getAddress(roundToHalf<ElementKind::BF16, double>)},
      {"__extendhfsf2", getAddress(widenHalf)},
  };
  return symbols;
}
