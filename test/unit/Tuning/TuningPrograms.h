//===- TuningPrograms.h - Programs to tune ----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TEST_UNIT_TUNING_TUNINGPROGRAMS_H
#define TENSORNET_TEST_UNIT_TUNING_TUNINGPROGRAMS_H

#include "tensornet/Execution/Compiler.h"
#include "tensornet/InitAll.h"
#include "tensornet/Tuning/ProgramKernels.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"

namespace mlir::tensornet {

/// A product of two matrices, twice.
inline constexpr StringLiteral kProducts = R"mlir(
func.func @f(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  %1 = math.tanh %0 : tensor<32x32xf32>
  %2 = tensornet.contract %1[i, j], %b[j, k] -> [i, k]
    : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %2 : tensor<32x32xf32>
}
)mlir";

/// A program, parsed, and its kernels.
class TuningProgram {
public:
  explicit TuningProgram(StringRef text)
      : context(makeRegistry(), MLIRContext::Threading::DISABLED) {
    context.loadDialect<func::FuncDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
    outlined = lower(CpuStage::outlined, {});
    kernels = collectKernels(*outlined, /*vectorWidth=*/0);
  }

  OwningOpRef<ModuleOp> lower(CpuStage stage, const CompileOptions &options) {
    auto result = lowerFunction(llvm::cantFail(findFunction(*module, "f")),
                                stage, options);
    if (failed(result))
      llvm::report_fatal_error("the program cannot be lowered");
    return std::move(*result);
  }

  /// The text of the program as loops on buffers.
  std::string lowerWith(const TuningFolder *tuned, bool parallel = false) {
    CompileOptions options;
    options.tuned = tuned;
    options.parallel = parallel;
    std::string text;
    llvm::raw_string_ostream os(text);
    lower(CpuStage::buffers, options)->print(os);
    return text;
  }

  KernelAttr parseKernel(StringRef text) {
    return cast<KernelAttr>(parseAttribute(text, &context));
  }

  ArrayRef<ProgramKernel> getKernels() const { return kernels; }

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    registerJitTranslations(registry);
    return registry;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module, outlined;
  SmallVector<ProgramKernel> kernels;
};

} // namespace mlir::tensornet

#endif // TENSORNET_TEST_UNIT_TUNING_TUNINGPROGRAMS_H
