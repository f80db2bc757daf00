//===- TeamTest.cpp - Calls that run several parallel loops ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"
#include "tensornet/Execution/Runtime.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace mlir;
using namespace mlir::tensornet;

/// Two products that threads share out, one after the other, and a check behind
/// them.
static constexpr StringLiteral kProgram = R"mlir(
func.func @f(%n: i64, %a: tensor<96x96xf32>) -> tensor<96x96xf32> {
  %zero = arith.constant 0 : i64
  %0 = tensornet.contract %a[i, j], %a[j, k] -> [i, k]
    : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %1 = tensornet.contract %0[i, j], %a[k, j] -> [i, k]
    : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
  %fine = arith.cmpi sge, %n, %zero : i64
  cf.assert %fine, "n is negative"
  return %1 : tensor<96x96xf32>
}
)mlir";

static Array makeMatrix(unsigned first) {
  Array matrix = llvm::cantFail(Array::allocate(ElementKind::F32, {96, 96}));
  for (int64_t i = 0; i < matrix.getNumElements(); ++i)
    matrix.set(i, double((first + i) % 7) - 3);
  return matrix;
}

static Array makeNumber(int64_t value) {
  Array number = llvm::cantFail(Array::allocate(ElementKind::I64, {}));
  number.set(0, double(value));
  return number;
}

static bool haveEqualBytes(const Array &a, const Array &b) {
  return llvm::equal(ArrayRef(a.data.data(), a.data.size()),
                     ArrayRef(b.data.data(), b.data.size()));
}

namespace {
/// Code for one thread, whose results all others have to find.
class TeamTest : public ::testing::Test {
protected:
  TeamTest() : single(compile(kProgram)), one(makeNumber(1)) {}

  /// Code for `numThreads` threads, for calls from this one.
  static CompiledFunction compileFor(unsigned numThreads) {
    llvm::cantFail(setNumThreads(numThreads));
    CompileOptions options;
    options.parallel = true;
    return compile(kProgram, "f", options);
  }

  Array getExpected(const Array &matrix) const {
    return std::move(llvm::cantFail(single.call({&one, &matrix})).front());
  }

  CompiledFunction single;
  Array one;
};
} // namespace

// The first call finds that there are several loops, later ones have a team.
TEST_F(TeamTest, AllCallsFindTheSameBits) {
  Array matrix = makeMatrix(0), expected = getExpected(matrix);
  for (unsigned numThreads : {2, 3, 16, 17}) {
    CompiledFunction function = compileFor(numThreads);
    SmallVector<Array> results(1);
    for (unsigned call = 0; call < 20; ++call) {
      llvm::cantFail(function.call({&one, &matrix}, results));
      EXPECT_TRUE(haveEqualBytes(results[0], expected));
    }
  }
}

TEST_F(TeamTest, TheNumberOfThreadsMayChange) {
  Array matrix = makeMatrix(1), expected = getExpected(matrix);
  CompiledFunction function = compileFor(2);
  for (unsigned numThreads : {2, 2, 1, 4, 2}) {
    llvm::cantFail(setNumThreads(numThreads));
    EXPECT_TRUE(haveEqualBytes(
        llvm::cantFail(function.call({&one, &matrix})).front(), expected));
  }
}

TEST_F(TeamTest, FailedChecksEndTheTeam) {
  CompiledFunction function = compileFor(2);
  Array matrix = makeMatrix(2), expected = getExpected(matrix);
  Array bad = makeNumber(-1);
  for (unsigned call = 0; call < 3; ++call) {
    EXPECT_NE(llvm::toString(function.call({&bad, &matrix}).takeError())
                  .find("n is negative"),
              std::string::npos);
    EXPECT_TRUE(haveEqualBytes(
        llvm::cantFail(function.call({&one, &matrix})).front(), expected));
  }
}

TEST_F(TeamTest, CallersHaveTeamsOfTheirOwn) {
  CompiledFunction function = compileFor(2);
  std::atomic<unsigned> numWrong{0};
  std::vector<std::thread> callers;
  for (unsigned caller = 0; caller < 4; ++caller)
    callers.emplace_back([&, caller] {
      llvm::cantFail(setNumThreads(2));
      Array matrix = makeMatrix(caller), expected = getExpected(matrix);
      SmallVector<Array> results(1);
      for (unsigned call = 0; call < 20; ++call) {
        llvm::cantFail(function.call({&one, &matrix}, results));
        numWrong += !haveEqualBytes(results[0], expected);
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(numWrong, 0u);
}
