//===- MachineCalibration.cpp - The machine model of this host ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/MachineCalibration.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

// Built for whichever vectors the host turns out to have.
#if defined(__x86_64__) && defined(__linux__) &&                               \
    !__has_feature(address_sanitizer)
#define TENSORNET_FOR_HOST                                                     \
  __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define TENSORNET_FOR_HOST
#endif

namespace {
using Vector = double __attribute__((vector_size(64)));
} // namespace

constexpr unsigned kRows = 6, kLanes = sizeof(Vector) / sizeof(double),
                   kDepth = 256;

/// sums[r] += a[k][r] * b[k], the inner loop of a matrix product.
TENSORNET_FOR_HOST static void runKernel(const double *a, const Vector *b,
                                         Vector *sums) {
  Vector local[kRows];
  std::memcpy(local, sums, sizeof(local));
  for (unsigned k = 0; k < kDepth; ++k) {
    // Else the sums are no registers.
#pragma clang loop unroll(full)
    for (unsigned row = 0; row < kRows; ++row)
      local[row] += a[k * kRows + row] * b[k];
  }
  std::memcpy(sums, local, sizeof(local));
}

/// The shortest of several runs, in seconds; other work on the host makes runs
/// longer.
static double timeShortest(unsigned numRuns, llvm::function_ref<void()> run) {
  double shortest = std::numeric_limits<double>::infinity();
  for (unsigned i = 0; i < numRuns; ++i) {
    auto start = std::chrono::steady_clock::now();
    run();
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, elapsed.count());
  }
  return std::max(shortest, 1e-9);
}

static double measureMultiplications() {
  constexpr unsigned kCalls = 1000;
  std::vector<double> a(kRows * kDepth, 1e-3);
  alignas(sizeof(Vector)) static Vector b[kDepth], sums[kRows];
  for (Vector &lanes : b)
    for (unsigned lane = 0; lane < kLanes; ++lane)
      lanes[lane] = 1e-3;
  double seconds = timeShortest(10, [&] {
    for (unsigned call = 0; call < kCalls; ++call)
      runKernel(a.data(), b, sums);
  });
  return double(kCalls) * kRows * kLanes * kDepth / seconds;
}

static double measureElements() {
  constexpr size_t kElements = size_t(1) << 23; // 64 MiB
  std::vector<double> from(kElements, 1), to(kElements);
  double seconds = timeShortest(8, [&] {
    std::memcpy(to.data(), from.data(), kElements * sizeof(double));
    from[0] = to[kElements - 1];
  });
  return 2 * double(kElements) / seconds;
}

/// The nearest number of two digits.
static double roundToTwoDigits(double number) {
  double unit = std::pow(10, std::floor(std::log10(number)) - 1);
  return std::round(number / unit) * unit;
}

MachineModel mlir::tensornet::measureMachine() {
  MachineModel machine;
  machine.multiplicationsPerSecond = roundToTwoDigits(measureMultiplications());
  machine.elementsPerSecond = roundToTwoDigits(measureElements());
  return machine;
}

//===----------------------------------------------------------------------===//
// Keeping
//===----------------------------------------------------------------------===//

static const char kProcessor[] = "processor";
static const char kMultiplications[] = "multiplications_per_second";
static const char kElements[] = "elements_per_second";

/// The figures in a file; std::nullopt where there are none of this processor.
static std::optional<MachineModel> readMachine(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return std::nullopt;
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse((*file)->getBuffer());
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  const llvm::json::Object *object = value->getAsObject();
  if (!object || object->getString(kProcessor) != llvm::sys::getHostCPUName())
    return std::nullopt;
  MachineModel machine;
  auto read = [&](llvm::StringRef key, double &figure) {
    std::optional<double> number = object->getNumber(key);
    if (!number || !std::isfinite(*number) || *number <= 0)
      return false;
    figure = *number;
    return true;
  };
  if (!read(kMultiplications, machine.multiplicationsPerSecond) ||
      !read(kElements, machine.elementsPerSecond))
    return std::nullopt;
  return machine;
}

/// Writes the figures where that can be done; they are measured again else.
static void writeMachine(llvm::StringRef path, const MachineModel &machine) {
  if (llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)))
    return;
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << llvm::json::Value(llvm::json::Object{
              {kProcessor, llvm::sys::getHostCPUName()},
              {kMultiplications, machine.multiplicationsPerSecond},
              {kElements, machine.elementsPerSecond}})
       << "\n";
    return llvm::Error::success();
  });
  llvm::consumeError(std::move(error));
}

MachineModel mlir::tensornet::getHostMachine(llvm::StringRef path) {
  if (std::optional<MachineModel> machine = readMachine(path))
    return *machine;
  MachineModel machine = measureMachine();
  writeMachine(path, machine);
  return machine;
}

MachineModel mlir::tensornet::getHostMachine() {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path))
    return measureMachine();
  llvm::sys::path::append(path, "tensornet", "machine.json");
  return getHostMachine(path);
}
