//===- RunResults.cpp - The results of a run ------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/RunResults.h"
#include "tensornet/Execution/ArrayFiles.h"
#include "tensornet/Execution/CompareArrays.h"
#include "tensornet/Execution/GuardedMemory.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::tensornet;

static SmallVector<const Array *> getPointers(ArrayRef<Array> arrays) {
  return llvm::map_to_vector(arrays, [](const Array &array) { return &array; });
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// The number of leading results that have the types of the leading inputs.
static size_t getFeedbackSize(const Signature &signature) {
  size_t limit = std::min(signature.inputs.size(), signature.results.size());
  size_t size = 0;
  while (size < limit && signature.inputs[size] == signature.results[size])
    ++size;
  return size;
}

llvm::Expected<SmallVector<Array>>
mlir::tensornet::callRepeatedly(const CompiledFunction &function,
                                MutableArrayRef<Array> inputs,
                                unsigned iterations) {
  size_t feedback = getFeedbackSize(function.getSignature());
  if (iterations > 1 && feedback == 0)
    return llvm::createStringError(
        "nothing to iterate: result #0 has not the type of input #0");
  SmallVector<const Array *> pointers = getPointers(inputs);
  SmallVector<Array> results(function.getSignature().results.size());
  for (unsigned i = 1;; ++i) {
    if (llvm::Error error = function.call(pointers, results))
      return std::move(error);
    if (i >= iterations)
      return results;
    // The memory of what went in takes what comes out next.
    for (size_t number = 0; number < feedback; ++number)
      std::swap(results[number], inputs[number]);
  }
}

/// A call with copies of the inputs, all arrays placed on `side`.
static llvm::Expected<SmallVector<Array>>
callGuarded(const CompiledFunction &function, ArrayRef<Array> inputs,
            GuardSide side) {
  setGuardSide(side);
  llvm::scope_exit restore([] { setGuardSide(GuardSide::none); });
  SmallVector<Array> copies;
  for (const Array &input : inputs) {
    llvm::Expected<Array> copy = input.clone();
    if (!copy)
      return copy.takeError();
    copies.push_back(std::move(*copy));
  }
  return function.call(getPointers(copies));
}

llvm::Expected<SmallVector<Array>>
mlir::tensornet::callBetweenGuards(const CompiledFunction &function,
                                   ArrayRef<Array> inputs) {
  auto first = callGuarded(function, inputs, GuardSide::before);
  if (!first)
    return first;
  auto second = callGuarded(function, inputs, GuardSide::after);
  if (!second)
    return second;
  for (auto [number, pair] :
       llvm::enumerate(llvm::zip_equal(*first, *second))) {
    const auto &[one, other] = pair;
    if (one.shape != other.shape ||
        std::memcmp(one.data.data(), other.data.data(), one.data.size()))
      return llvm::createStringError(
          "result #" + llvm::Twine(number) +
          " depends on where in memory its operands lie");
  }
  return second;
}

/// A batch of calls lasts at least this long, a thousand times what reading a
/// clock takes.
constexpr double kLeastBatchSeconds = 2e-5;
constexpr unsigned kLargestBatch = 10000;
/// Shorter calls are repeated this often before they are timed.
constexpr double kShortSeconds = 1e-3;
constexpr unsigned kWarmUps = 10;

/// Seconds of one of `batch` calls.
static llvm::Expected<double> timeBatch(BoundCall &call, unsigned batch) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  for (unsigned i = 0; i < batch; ++i)
    if (llvm::Error error = call())
      return std::move(error);
  std::chrono::duration<double> elapsed = Clock::now() - start;
  return elapsed.count() / batch;
}

llvm::Expected<CallTimes>
mlir::tensornet::timeCalls(const CompiledFunction &function,
                           ArrayRef<const Array *> inputs, unsigned repeats) {
  SmallVector<Array> results(function.getSignature().results.size());
  llvm::Expected<BoundCall> call = function.bind(inputs, results);
  if (!call)
    return call.takeError();
  // Short calls warm up caches and tell how many there are to a batch.
  llvm::Expected<double> once = timeBatch(*call, 1);
  for (unsigned i = 0; once && *once < kShortSeconds && i < kWarmUps; ++i)
    once = timeBatch(*call, 1);
  if (!once)
    return once.takeError();
  CallTimes times;
  times.batch = std::min(repeats, static_cast<unsigned>(std::clamp(
                                      std::ceil(kLeastBatchSeconds / *once), 1.,
                                      static_cast<double>(kLargestBatch))));
  std::vector<double> seconds(repeats / times.batch);
  AllocationCounts before = getAllocationCounts();
  for (double &batch : seconds) {
    llvm::Expected<double> elapsed = timeBatch(*call, times.batch);
    if (!elapsed)
      return elapsed.takeError();
    batch = *elapsed;
  }
  AllocationCounts after = getAllocationCounts();
  times.allocations = {after.blocks - before.blocks,
                       after.fromSystem - before.fromSystem};
  llvm::sort(seconds);
  size_t middle = seconds.size() / 2;
  times.median = seconds.size() % 2
                     ? seconds[middle]
                     : (seconds[middle - 1] + seconds[middle]) / 2;
  times.smallest = seconds.front();
  return times;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

void mlir::tensornet::printResults(llvm::raw_ostream &os,
                                   ArrayRef<Array> results) {
  constexpr int64_t kNumShown = 6;
  for (auto [number, result] : llvm::enumerate(results))
    os << "result" << number << ": "
       << formatArrayType(result.kind, result.shape) << " "
       << formatElements(result, kNumShown) << "\n";
}

static llvm::Error checkResult(llvm::raw_ostream &os, unsigned number,
                               const Array &result, StringRef path,
                               double tolerance) {
  llvm::Expected<Array> expected = readArray(path, result.kind, result.shape);
  if (!expected)
    return llvm::createStringError("result #" + llvm::Twine(number) + ": " +
                                   llvm::toString(expected.takeError()));
  ArrayDifference difference = compareArrays(result, *expected);
  if (difference.largestError <= tolerance) {
    os << "result" << number << " agrees with " << path << ": largest error "
       << llvm::format("%.3g", difference.largestError) << ", tolerance "
       << llvm::format("%.3g", tolerance) << "\n";
    return llvm::Error::success();
  }
  std::string text;
  llvm::raw_string_ostream message(text);
  message << "result #" << number << " differs from " << path << " at "
          << formatPosition(difference.position, result.shape) << ": expected "
          << formatElement(*expected, difference.position) << ", found "
          << formatElement(result, difference.position) << " (error "
          << llvm::format("%.3g", difference.largestError) << ", tolerance "
          << llvm::format("%.3g", tolerance) << ")";
  return llvm::createStringError(text);
}

llvm::Error
mlir::tensornet::checkResults(llvm::raw_ostream &os, ArrayRef<Array> results,
                              const std::map<unsigned, std::string> &expected,
                              std::optional<double> tolerance) {
  llvm::Error errors = llvm::Error::success();
  for (const auto &[number, path] : expected) {
    const Array &result = results[number];
    double allowed = tolerance ? *tolerance : getDefaultTolerance(result.kind);
    errors = llvm::joinErrors(std::move(errors),
                              checkResult(os, number, result, path, allowed));
  }
  return errors;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

llvm::Error mlir::tensornet::writeResults(StringRef folder,
                                          ArrayRef<Array> results) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError(
        folder + ": cannot make the folder: " + error.message());
  SmallVector<std::string> written;
  for (auto [number, result] : llvm::enumerate(results)) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, "result" + llvm::Twine(number) + ".npy");
    if (llvm::Error error = writeArray(path, result)) {
      for (const std::string &other : written)
        llvm::sys::fs::remove(other);
      return error;
    }
    written.push_back(std::string(path));
  }
  return llvm::Error::success();
}
