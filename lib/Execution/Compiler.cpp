//===- Compiler.cpp - From programs to functions --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Compiler.h"
#include "ProgramCache.h"
#include "ThreadTime.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tensornet;

llvm::Expected<func::FuncOp> mlir::tensornet::findFunction(ModuleOp module,
                                                           StringRef name) {
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function)
    return llvm::createStringError("the program has no function @" + name);
  if (function.isExternal())
    return llvm::createStringError("function @" + name + " has no body");
  return function;
}

/// A copy of the module of `entry` in which `entry` is the only public function
/// and what it does not use is gone.
static FailureOr<OwningOpRef<ModuleOp>> isolateEntry(func::FuncOp entry) {
  OwningOpRef<ModuleOp> copy = entry->getParentOfType<ModuleOp>().clone();
  for (auto function : copy->getOps<func::FuncOp>())
    function.setVisibility(function.getName() == entry.getName()
                               ? SymbolTable::Visibility::Public
                               : SymbolTable::Visibility::Private);
  PassManager passes(copy->getContext());
  passes.addPass(createSymbolDCEPass());
  if (failed(passes.run(*copy)))
    return failure();
  for (auto function : copy->getOps<func::FuncOp>())
    if (function.isExternal())
      return function.emitError("function @")
             << function.getName() << " is called but has no body";
  return copy;
}

/// The name of function `name` in machine code. No function of the C library
/// has such a name, so that a program may call its own ones `exp` or `free`.
static std::string getCodeName(StringRef name) {
  return ("tensornet." + name).str();
}

/// Gives every function of `module` its name in machine code.
static LogicalResult renameFunctions(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>()) {
    auto name =
        StringAttr::get(module.getContext(), getCodeName(function.getName()));
    if (failed(SymbolTable::replaceAllSymbolUses(function, name, module)))
      return function.emitError("cannot rename @") << function.getName();
    function.setSymNameAttr(name);
  }
  return success();
}

/// The matrix unit that kernels may use; an error where the target has none of
/// that kind.
static llvm::Expected<cpu::MatrixUnit>
chooseMatrixUnit(const CompileOptions &options) {
  const cpu::CpuTarget &target = options.jit.target;
  cpu::MatrixUnit unit = options.matrixUnit;
  if (unit == cpu::MatrixUnit::host)
    return target.getMatrixUnit();
  if (target.has(unit))
    return unit;
  llvm::StringRef missing =
      cpu::isOfVectors(unit) ? "dot products of vectors" : "matrix unit";
  llvm::StringRef numbers = "";
  if (unit == cpu::MatrixUnit::amxFP16 && target.has(cpu::MatrixUnit::amx))
    numbers = " for f16";
  else if (unit == cpu::MatrixUnit::vnniBF16 &&
           target.has(cpu::MatrixUnit::vnni))
    numbers = " for bf16";
  return llvm::createStringError(target.getName() + " has no " + missing +
                                 numbers + " that may be used");
}

/// An error where the target has not what `compile` asks for.
static llvm::Error setOptions(TensorNetToCpuOptions &options,
                              const CompileOptions &compile, CpuStage stage) {
  llvm::Expected<cpu::MatrixUnit> matrixUnit = chooseMatrixUnit(compile);
  if (!matrixUnit)
    return matrixUnit.takeError();
  unsigned widest = compile.jit.target.getVectorBits();
  if (compile.vectorWidth > widest)
    return llvm::createStringError(
        "vectors of " + llvm::Twine(compile.vectorWidth) + " bits: those of " +
        compile.jit.target.getName() + " have " + llvm::Twine(widest));
  options.style = compile.style;
  options.parallel = compile.parallel;
  options.memoryLimit = compile.memoryLimit;
  options.vectorWidth = compile.vectorWidth ? compile.vectorWidth : widest;
  options.matrixUnit = *matrixUnit;
  options.workspaceLimit = compile.workspaceLimit;
  options.tunedKernels = compile.tuned;
  options.stage = stage;
  return llvm::Error::success();
}

/// Runs the part of the CPU pipeline that `build` adds.
static LogicalResult
runPipeline(ModuleOp module, const CompileOptions &compile, CpuStage stage,
            void (*build)(OpPassManager &, const TensorNetToCpuOptions &)) {
  PassManager passes(module.getContext());
  // The tests of each pass verify what it makes.
  passes.enableVerifier(false);
  TensorNetToCpuOptions options;
  if (llvm::Error error = setOptions(options, compile, stage))
    return module.emitError(llvm::toString(std::move(error)));
  build(passes, options);
  return passes.run(module);
}

/// Runs the CPU pipeline up to `stage`.
static LogicalResult lower(ModuleOp module, const CompileOptions &compile,
                           CpuStage stage) {
  return runPipeline(module, compile, stage, buildTensorNetToCpuPipeline);
}

/// Takes the value out of `result`, or reports its error at `module`.
template <typename T>
static FailureOr<T> unwrap(ModuleOp module, llvm::Expected<T> result) {
  if (!result)
    return module.emitError(llvm::toString(result.takeError()));
  return std::move(*result);
}

/// The function that the cache has; std::nullopt where it has none that links.
static std::optional<CompiledFunction>
findCompiled(CodeCache &cache, const CacheKey &key, Signature signature) {
  std::optional<ProgramCode> program = findProgram(cache, key);
  if (!program)
    return std::nullopt;
  llvm::Expected<CompiledFunction> function =
      linkFunction(*program, std::move(signature));
  if (function)
    return std::move(*function);
  // Say, because a library is not loaded: compiling anew reports that.
  llvm::consumeError(function.takeError());
  return std::nullopt;
}

FailureOr<CompiledFunction>
mlir::tensornet::compileFunction(func::FuncOp entry,
                                 const CompileOptions &options,
                                 CompileStatistics *statistics) {
  CompileStatistics ignored;
  CompileStatistics &counts = statistics ? *statistics : ignored;
  if (llvm::Error error = options.jit.target.checkHost())
    return entry.emitError(llvm::toString(std::move(error)));
  FailureOr<Signature> signature = getSignature(entry);
  if (failed(signature))
    return failure();
  FailureOr<OwningOpRef<ModuleOp>> copy = isolateEntry(entry);
  if (failed(copy))
    return failure();
  std::optional<CacheKey> key;
  if (options.cache) {
    key = getProgramKey(**copy, options);
    std::optional<CompiledFunction> kept =
        findCompiled(*options.cache, *key, *signature);
    counts.isCached = kept.has_value();
    if (kept)
      return std::move(*kept);
  }
  double start = getThreadSeconds();
  if (failed(renameFunctions(**copy)) ||
      failed(lower(**copy, options, CpuStage::llvm)))
    return failure();
  counts.loweringSeconds = getThreadSeconds() - start;
  FailureOr<ProgramCode> program =
      unwrap(**copy, compileProgram(**copy, getCodeName(entry.getName()),
                                    options.jit, options.cache, counts));
  if (failed(program))
    return failure();
  FailureOr<CompiledFunction> function =
      unwrap(**copy, linkFunction(*program, std::move(*signature)));
  if (succeeded(function) && key)
    insertProgram(*options.cache, *key, *program);
  return function;
}

FailureOr<OwningOpRef<ModuleOp>>
mlir::tensornet::lowerFunction(func::FuncOp entry, CpuStage stage,
                               const CompileOptions &options) {
  FailureOr<OwningOpRef<ModuleOp>> copy = isolateEntry(entry);
  if (failed(copy) || failed(lower(**copy, options, stage)))
    return failure();
  return copy;
}

LogicalResult mlir::tensornet::lowerPairwise(ModuleOp module, CpuStage stage,
                                             const CompileOptions &options) {
  return runPipeline(module, options, stage, buildOptimisedCpuPipeline);
}

LogicalResult mlir::tensornet::lowerOutlined(ModuleOp module, CpuStage stage,
                                             const CompileOptions &options) {
  return runPipeline(module, options, stage, buildOutlinedToLLVMPipeline);
}

/// The last stage in IR that `stage` goes through; std::nullopt for the source.
static std::optional<CpuStage> getCpuStage(Stage stage) {
  switch (stage) {
  case Stage::source:
    return std::nullopt;
  case Stage::network:
    return CpuStage::network;
  case Stage::pairwise:
    return CpuStage::pairwise;
  case Stage::linalg:
    return CpuStage::linalg;
  case Stage::buffers:
    return CpuStage::buffers;
  case Stage::llvm:
  case Stage::assembly:
    return CpuStage::llvm;
  }
  llvm_unreachable("every stage has a place");
}

FailureOr<std::string>
mlir::tensornet::printStage(func::FuncOp entry, Stage stage,
                            const CompileOptions &options) {
  FailureOr<OwningOpRef<ModuleOp>> copy = isolateEntry(entry);
  if (failed(copy))
    return failure();
  std::optional<CpuStage> last = getCpuStage(stage);
  if (last == CpuStage::llvm && failed(renameFunctions(**copy)))
    return failure();
  if (last && failed(lower(**copy, options, *last)))
    return failure();
  if (stage == Stage::assembly)
    return unwrap(**copy, emitAssembly(**copy, options.jit));
  std::string text;
  llvm::raw_string_ostream os(text);
  (*copy)->print(os);
  os << "\n";
  return text;
}
