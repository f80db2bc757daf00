//===- KernelSearchTest.cpp - Tests of the search -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/KernelSearch.h"
#include "TuningPrograms.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

constexpr KernelSearchOptions kQuick = {/*rounds=*/1, /*steps=*/1,
                                        /*start=*/KernelAttr()};

TEST(KernelSearchTest, TimesNeighbours) {
  TuningProgram program(kProducts);
  auto found = searchKernel(program.getKernels()[0].function, {}, kQuick,
                            TuningBudget(INFINITY, 3));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->numTrials, 3u);
  EXPECT_GT(found->modelSeconds, 0);
  EXPECT_GT(found->tunedSeconds, 0);
  EXPECT_TRUE(found->model.getValue().block);
}

TEST(KernelSearchTest, WithoutBudgetTimesTheModelAlone) {
  TuningProgram program(kProducts);
  for (TuningBudget budget : {TuningBudget(0), TuningBudget(INFINITY, 0)}) {
    auto found =
        searchKernel(program.getKernels()[0].function, {}, kQuick, budget);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->numTrials, 0u);
    EXPECT_EQ(found->tuned, found->model);
  }
}

TEST(KernelSearchTest, EndsWhereItIsInterrupted) {
  TuningProgram program(kProducts);
  std::atomic<bool> interrupted = true;
  auto found = searchKernel(program.getKernels()[0].function, {}, kQuick,
                            TuningBudget(INFINITY, 100, &interrupted));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->numTrials, 0u);
}

TEST(KernelSearchTest, StartsFromImpossibleKernelsNowhere) {
  TuningProgram program(kProducts);
  KernelSearchOptions options = kQuick;
  options.start = program.parseKernel("#tensornet.kernel<row_tile = [300]>");
  EXPECT_TRUE(searchKernel(program.getKernels()[0].function, {}, options,
                           TuningBudget(0)));
}

TEST(KernelSearchTest, LeavesWhatOnlyTheRunKnows) {
  TuningProgram program(R"mlir(
func.func @f(%a: tensor<?x32xf32>, %b: tensor<32x32xf32>) -> tensor<?x32xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
)mlir");
  ASSERT_EQ(program.getKernels().size(), 1u);
  EXPECT_FALSE(searchKernel(program.getKernels()[0].function, {}, kQuick,
                            TuningBudget()));
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

TEST(KernelOperandsTest, ComparesWhatKernelsWrite) {
  TuningProgram program(kProducts);
  func::FuncOp function = program.getKernels()[0].function;
  auto operands = KernelOperands::allocate(function);
  ASSERT_TRUE(operands);
  auto model = KernelProgram::make(function, nullptr, {});
  ASSERT_TRUE(model);
  auto kernel = TimedKernel::compile(*model, {});
  ASSERT_TRUE(kernel);
  std::vector<Array> before = llvm::cantFail(operands->copyResults());
  EXPECT_TRUE(operands->agreesWith(before));
  kernel->time(*operands, 1);
  EXPECT_FALSE(operands->agreesWith(before));
  operands->reset();
  EXPECT_TRUE(operands->agreesWith(before));
}

TEST(KernelOperandsTest, OtherKernelsComputeTheSame) {
  TuningProgram program(kProducts);
  func::FuncOp function = program.getKernels()[0].function;
  auto operands = KernelOperands::allocate(function);
  ASSERT_TRUE(operands);
  std::vector<Array> expected;
  for (StringRef text :
       {"#tensornet.kernel<pack_a = true, pack_b = true>",
        "#tensornet.kernel<row_tile = [3], block = [3, 32, 5]>"}) {
    auto other = KernelProgram::make(function, program.parseKernel(text), {});
    ASSERT_TRUE(other);
    auto kernel = TimedKernel::compile(*other, {});
    ASSERT_TRUE(kernel);
    operands->reset();
    kernel->time(*operands, 1);
    if (expected.empty())
      expected = llvm::cantFail(operands->copyResults());
    EXPECT_TRUE(operands->agreesWith(expected));
  }
}

//===----------------------------------------------------------------------===//
// Budgets
//===----------------------------------------------------------------------===//

TEST(TuningBudgetTest, SharesTrials) {
  TuningBudget budget(INFINITY, 10);
  EXPECT_FALSE(budget.isSpent());
  TuningBudget share = budget.share(3);
  share.takeTrials(3);
  EXPECT_FALSE(share.isSpent());
  share.takeTrials(1);
  EXPECT_TRUE(share.isSpent());
  budget.takeTrials(4);
  EXPECT_FALSE(budget.isSpent());
  budget.takeTrials(7);
  EXPECT_TRUE(budget.isSpent());
}

TEST(TuningBudgetTest, HasNoLimitOfItsOwn) {
  TuningBudget budget;
  budget.takeTrials(1000000);
  EXPECT_FALSE(budget.share(7).isSpent());
}

} // namespace
