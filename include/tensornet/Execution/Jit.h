//===- Jit.h - Machine code in process --------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the LLVM dialect to machine code of this host, in this process.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_JIT_H
#define TENSORNET_EXECUTION_JIT_H

#include "mlir/IR/BuiltinOps.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Execution/CodeCache.h"
#include "tensornet/Execution/CompiledFunction.h"
#include "tensornet/Execution/LinkedCode.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::tensornet {

/// Adds the translations to LLVM IR that machine code needs.
void registerJitTranslations(DialectRegistry &registry);

struct JitOptions {
  /// The processor that code is made for.
  cpu::CpuTarget target = cpu::CpuTarget::getHost();
  /// Whether loops and vectors call the vector functions of the C library (exp,
  /// tanh, ...; their error is up to 4 units in the last place).
  bool vectorMath = true;
};

/// An object file that was compiled.
struct CompiledObject {
  /// Processor time of the code generator.
  double seconds = 0;
  uint64_t numBytes = 0;
};

/// What compiling took.
struct CompileStatistics {
  /// True where the whole program came from a cache.
  bool isCached = false;
  /// Processor time of the passes before the code generator, on the thread that
  /// compiles.
  double loweringSeconds = 0;
  /// Object files of the program, and those of them that were compiled.
  unsigned numObjects = 0;
  std::vector<CompiledObject> compiled;
};

/// A program in machine code that is not yet in the memory of a process.
struct ProgramCode {
  /// Object files, which refer to each other.
  SmallVector<CodeCache::Code> objects;
};

/// Machine code for a module in the LLVM dialect, which must have come out of
/// buildTensorNetToCpuPipeline and which loses functions to modules of their
/// own: private functions compile apart, on all cores at one time. What
/// `cache`, which may be null, has of them is not compiled again. `entry` is
/// the function that the program is called through.
llvm::Expected<ProgramCode> compileProgram(ModuleOp module, StringRef entry,
                                           const JitOptions &options,
                                           CodeCache *cache,
                                           CompileStatistics &statistics);

/// A program in the memory of this process.
struct LinkedProgram {
  std::unique_ptr<LinkedCode> code;
  /// Takes the addresses of the arguments of the entry's C interface.
  void (*entry)(void **) = nullptr;
  /// What the entry takes.
  WorkspaceSizes workspaces;
};

/// Takes a program into the memory of this process. An error where it calls
/// what nobody has.
llvm::Expected<LinkedProgram> linkProgram(const ProgramCode &program);

/// The function of a program; `signature` is that of the entry before lowering.
llvm::Expected<CompiledFunction> linkFunction(const ProgramCode &program,
                                              Signature signature);

/// The assembly text of a module in the LLVM dialect.
llvm::Expected<std::string> emitAssembly(ModuleOp module,
                                         const JitOptions &options);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_JIT_H
