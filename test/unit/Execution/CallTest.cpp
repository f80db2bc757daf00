//===- CallTest.cpp - Calls of compiled functions -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"
#include "tensornet/Execution/Allocator.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace mlir;
using namespace mlir::tensornet;

/// Two products in a row, with memory for the first one and for packing.
static constexpr StringLiteral kChain = R"mlir(
func.func @f(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = arith.mulf %0, %0 : tensor<64x64xf32>
  %2 = tensornet.contract %1[i, j], %b[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %2 : tensor<64x64xf32>
}
)mlir";

/// The running sum n + (n - 1) + ... as a tensor, by recursion.
static constexpr StringLiteral kRecursion = R"mlir(
func.func @sum(%n: i64, %x: tensor<8xf64>) -> tensor<8xf64> {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %more = arith.cmpi sgt, %n, %zero : i64
  %r = scf.if %more -> tensor<8xf64> {
    %m = arith.subi %n, %one : i64
    %y = arith.addf %x, %x : tensor<8xf64>
    %below = func.call @sum(%m, %y) : (i64, tensor<8xf64>) -> tensor<8xf64>
    %z = arith.addf %below, %y : tensor<8xf64>
    scf.yield %z : tensor<8xf64>
  } else {
    scf.yield %x : tensor<8xf64>
  }
  return %r : tensor<8xf64>
}
func.func @f(%x: tensor<8xf64>) -> tensor<8xf64> {
  %n = arith.constant 3 : i64
  %r = call @sum(%n, %x) : (i64, tensor<8xf64>) -> tensor<8xf64>
  return %r : tensor<8xf64>
}
)mlir";

/// An array in which element i is `first` + i % 7.
static Array makeArray(ElementKind kind, ArrayRef<int64_t> shape,
                       double first) {
  Array array = llvm::cantFail(Array::allocate(kind, shape));
  for (int64_t i = 0; i < array.getNumElements(); ++i)
    array.set(i, first + double(i % 7));
  return array;
}

static bool haveEqualBytes(const Array &a, const Array &b) {
  return a.data.size() == b.data.size() &&
         std::equal(a.data.data(), a.data.data() + a.data.size(),
                    b.data.data());
}

TEST(CallTest, BoundCallsSeeWhatInputsHoldNow) {
  CompiledFunction function = compile(kChain);
  Array a = makeArray(ElementKind::F32, {64, 64}, 1);
  Array b = makeArray(ElementKind::F32, {64, 64}, 2);
  SmallVector<Array> results(1);
  llvm::Expected<BoundCall> call = function.bind({&a, &b}, results);
  ASSERT_TRUE(bool(call));
  for (double first : {3., -1.}) {
    for (int64_t i = 0; i < a.getNumElements(); ++i)
      a.set(i, first + double(i % 5));
    ASSERT_FALSE(bool((*call)()));
    auto expected = function.call({&a, &b});
    ASSERT_TRUE(bool(expected));
    EXPECT_TRUE(haveEqualBytes(results[0], (*expected)[0]));
  }
}

TEST(CallTest, BoundCallsTakeReturnedTensors) {
  CompiledFunction function = compile(R"mlir(
    func.func @f(%a: tensor<?xf64>) -> tensor<?xf64> {
      %0 = arith.addf %a, %a : tensor<?xf64>
      return %0 : tensor<?xf64>
    })mlir");
  Array a = makeArray(ElementKind::F64, {5}, 1);
  SmallVector<Array> results(1);
  llvm::Expected<BoundCall> call = function.bind({&a}, results);
  ASSERT_TRUE(bool(call));
  for (unsigned i = 0; i < 3; ++i)
    ASSERT_FALSE(bool((*call)()));
  EXPECT_TRUE(haveEqualBytes(results[0], (*function.call({&a}))[0]));
}

TEST(CallTest, BindingChecksArguments) {
  CompiledFunction function = compile(kChain);
  Array a = makeArray(ElementKind::F64, {64, 64}, 1);
  SmallVector<Array> results(1);
  EXPECT_EQ(llvm::toString(function.bind({&a, &a}, results).takeError()),
            "input #0: expected 64x64xf32, found 64x64xf64");
  EXPECT_EQ(llvm::toString(function.bind({&a}, results).takeError()),
            "expected 2 inputs, found 1");
}

TEST(CallTest, RepeatedCallsAllocateNothing) {
  CompiledFunction function = compile(kChain);
  EXPECT_GT(function.getWorkspaceSize(), 0u);
  Array a = makeArray(ElementKind::F32, {64, 64}, 1);
  SmallVector<Array> results(1);
  ASSERT_FALSE(bool(function.call({&a, &a}, results)));
  const std::byte *memory = results[0].data.data();
  AllocationCounts before = getAllocationCounts();
  for (unsigned i = 0; i < 10; ++i)
    ASSERT_FALSE(bool(function.call({&a, &a}, results)));
  EXPECT_EQ(getAllocationCounts().blocks, before.blocks);
  EXPECT_EQ(results[0].data.data(), memory);
}

TEST(CallTest, CallsAtOneTimeKeepApart) {
  CompiledFunction function = compile(kChain);
  constexpr unsigned kNumThreads = 6;
  SmallVector<Array> inputs, expected;
  for (unsigned i = 0; i < kNumThreads; ++i) {
    inputs.push_back(makeArray(ElementKind::F32, {64, 64}, i));
    expected.push_back(std::move(
        llvm::cantFail(function.call({&inputs[i], &inputs[i]})).front()));
  }
  std::atomic<unsigned> numWrong{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kNumThreads; ++i)
    threads.emplace_back([&, i] {
      SmallVector<Array> results(1);
      for (unsigned call = 0; call < 100; ++call) {
        llvm::cantFail(function.call({&inputs[i], &inputs[i]}, results));
        numWrong += !haveEqualBytes(results[0], expected[i]);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(numWrong, 0u);
}

TEST(CallTest, ResultsAreNotTheWorkspace) {
  CompiledFunction function = compile(kChain);
  Array a = makeArray(ElementKind::F32, {64, 64}, 1);
  Array b = makeArray(ElementKind::F32, {64, 64}, -3);
  Array first = std::move(llvm::cantFail(function.call({&a, &a})).front());
  Array kept = llvm::cantFail(first.clone());
  llvm::cantFail(function.call({&b, &b}));
  EXPECT_TRUE(haveEqualBytes(first, kept));
}

TEST(CallTest, RecursionGetsItsOwnWorkspaces) {
  CompiledFunction function = compile(kRecursion);
  Array x = makeArray(ElementKind::F64, {8}, 1);
  SmallVector<Array> results = llvm::cantFail(function.call({&x}));
  // sum(3, x) = sum(2, 2x) + 2x = ... = 8x + 8x + 4x + 2x.
  for (int64_t i = 0; i < 8; ++i)
    EXPECT_EQ(results[0].get(i).real(), 22 * (1. + double(i % 7)));
}

TEST(CallTest, ReplacesResultsOfAnotherType) {
  CompiledFunction function = compile(kChain);
  Array a = makeArray(ElementKind::F32, {64, 64}, 1);
  SmallVector<Array> results;
  results.push_back(makeArray(ElementKind::F64, {64, 64}, 0));
  llvm::cantFail(function.call({&a, &a}, results));
  EXPECT_EQ(results[0].kind, ElementKind::F32);
}

TEST(CallTest, RefusesAnInputAsResult) {
  CompiledFunction function = compile(kChain);
  SmallVector<Array> arrays;
  arrays.push_back(makeArray(ElementKind::F32, {64, 64}, 1));
  Array b = makeArray(ElementKind::F32, {64, 64}, 1);
  EXPECT_EQ(llvm::toString(function.call({&b, &arrays[0]}, arrays)),
            "result #0 and input #1 are one array");
}

TEST(CallTest, RefusesTooFewResults) {
  CompiledFunction function = compile(kChain);
  Array a = makeArray(ElementKind::F32, {64, 64}, 1);
  EXPECT_EQ(llvm::toString(function.call({&a, &a}, MutableArrayRef<Array>())),
            "expected 1 results, found 0");
}

TEST(CallTest, FailedChecksLeaveTheWorkspaceUsable) {
  constexpr StringLiteral program = R"mlir(
    func.func @f(%n: i64, %a: tensor<8xf64>) -> tensor<8xf64> {
      %zero = arith.constant 0 : i64
      %0 = arith.mulf %a, %a : tensor<8xf64>
      %fine = arith.cmpi sge, %n, %zero : i64
      cf.assert %fine, "n is negative"
      %1 = arith.addf %0, %a : tensor<8xf64>
      return %1 : tensor<8xf64>
    })mlir";
  CompiledFunction function = compile(program);
  Array a = makeArray(ElementKind::F64, {8}, 1);
  Array bad = makeArray(ElementKind::I64, {}, -1);
  Array good = makeArray(ElementKind::I64, {}, 1);
  SmallVector<Array> results(1);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_NE(llvm::toString(function.call({&bad, &a}, results))
                  .find("n is negative"),
              std::string::npos);
    llvm::cantFail(function.call({&good, &a}, results));
    EXPECT_EQ(results[0].get(1).real(), 6.);
  }
}
