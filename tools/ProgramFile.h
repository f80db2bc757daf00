//===- ProgramFile.h - Programs that tools read -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How tools that compile a program read it.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_PROGRAMFILE_H
#define TENSORNET_TOOLS_PROGRAMFILE_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "tensornet/Execution/Jit.h"
#include "tensornet/InitAll.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::tensornet {

/// Parses the program in `path` ("-" for standard input) and passes it to
/// `use`; what MLIR reports meanwhile is printed with its place. Fails where
/// `use` does, where the program does not parse, and where the file cannot be
/// read, which `report` is told.
inline LogicalResult
useProgram(llvm::StringRef path,
           llvm::function_ref<LogicalResult(llvm::Error)> report,
           llvm::function_ref<LogicalResult(ModuleOp)> use) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &message);
  if (!file)
    return report(llvm::createStringError(message));
  DialectRegistry registry;
  registerAllDialects(registry);
  registerJitTranslations(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  // A program without ops of the dialect may still get a request.
  context.loadDialect<TensorNetDialect>();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  return module ? use(*module) : failure();
}

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_PROGRAMFILE_H
