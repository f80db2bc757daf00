//===- TestProgram.h - Programs of tests ------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_UNITTESTS_EXECUTION_TESTPROGRAM_H
#define TENSORNET_UNITTESTS_EXECUTION_TESTPROGRAM_H

#include "tensornet/Execution/Compiler.h"
#include "tensornet/InitAll.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

namespace mlir::tensornet {

/// Function `name` of a program that is right.
inline CompiledFunction compile(StringRef program, StringRef name = "f",
                                const CompileOptions &options = {}) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerJitTranslations(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(program, &context);
  FailureOr<CompiledFunction> function =
      compileFunction(llvm::cantFail(findFunction(*module, name)), options);
  if (failed(function))
    llvm::report_fatal_error("the program does not compile");
  return std::move(*function);
}

} // namespace mlir::tensornet

#endif // TENSORNET_UNITTESTS_EXECUTION_TESTPROGRAM_H
