//===- ObjectCode.cpp - Object files from LLVM IR -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ObjectCode.h"
#include "VectorMath.h"

#include "llvm/CodeGen/ReplaceWithVeclib.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/IPO/LoopExtractor.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/InjectTLIMappings.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Vectorize/LoopVectorize.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Target
//===----------------------------------------------------------------------===//

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(const cpu::CpuTarget &target) {
  static const bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple(llvm::sys::getProcessTriple());
  llvm::orc::JITTargetMachineBuilder builder(triple);
  builder.setCPU(target.getName().str());
  builder.setFeatures(target.getFeatures());
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  // Code lies anywhere; the linker makes stubs for what is far away.
  builder.setRelocationModel(llvm::Reloc::PIC_);
  builder.setCodeModel(llvm::CodeModel::Small);
  return builder.createTargetMachine();
}

//===----------------------------------------------------------------------===//
// Optimisation
//===----------------------------------------------------------------------===//

/// Gives every function the processor, on which the cost models and the code
/// generator of functions depend.
static void setTarget(llvm::Module &module, const cpu::CpuTarget &target) {
  std::string features = target.getFeatures();
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    // Failed checks jump; nothing unwinds.
    function.setDoesNotThrow();
    function.addFnAttr("target-cpu", target.getName());
    function.addFnAttr("target-features", features);
    if (target.getVectorBits() == 512)
      function.addFnAttr("prefer-vector-width", "512");
  }
}

/// Most basic blocks of a function that is optimised as a whole. LLVM takes
/// time quadratic in the number of loops that stand one after the other.
constexpr size_t kMostBlocks = 2000;

/// Gives every loop nest of the module a function of its own.
static void separateLoops(llvm::Module &module,
                          llvm::ModuleAnalysisManager &modules) {
  llvm::ModulePassManager passes;
  llvm::FunctionPassManager canonicalize;
  canonicalize.addPass(llvm::LoopSimplifyPass());
  canonicalize.addPass(llvm::LCSSAPass());
  passes.addPass(
      llvm::createModuleToFunctionPassAdaptor(std::move(canonicalize)));
  passes.addPass(llvm::LoopExtractorPass());
  passes.run(module, modules);
}

/// The passes that pay on code from our pipelines, whose loops are already
/// counted, hoisted and inlined. LLVM's default pipeline makes code of the same
/// speed, but takes six times as long on a function with hundreds of loops.
static llvm::FunctionPassManager buildPasses(const JitOptions &options) {
  llvm::FunctionPassManager passes;
  // Memref descriptors become values, and their unused fields go.
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::InstCombinePass());
  // Loops come with the test in front; the vectoriser wants it behind.
  llvm::LoopPassManager rotate;
  rotate.addPass(llvm::LoopRotatePass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(rotate)));
  // Accumulators in memory become registers, and addresses leave inner loops.
  auto hoist = [&] {
    passes.addPass(llvm::createFunctionToLoopPassAdaptor(
        llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  };
  hoist();
  if (options.vectorMath)
    passes.addPass(llvm::InjectTLIMappings());
  passes.addPass(llvm::LoopVectorizePass());
  passes.addPass(llvm::InstCombinePass());
  // What vectorising has left in loops.
  hoist();
  // Loads that stores between them leave alone, in straight code.
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(llvm::SimplifyCFGPass());
  // Math on explicit vectors, which would otherwise fall apart into scalars.
  if (options.vectorMath)
    passes.addPass(llvm::ReplaceWithVeclib());
  return passes;
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     const JitOptions &options) {
  setTarget(module, options.target);
  markMathPure(module);
  llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  if (options.vectorMath)
    addVectorMath(library, options.target);

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  if (llvm::any_of(module, [](const llvm::Function &function) {
        return function.size() > kMostBlocks;
      }))
    separateLoops(module, modules);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::AlwaysInlinerPass());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(buildPasses(options)));
  passes.run(module, modules);
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// Optimises `module` and writes it as `type` to `result`.
static llvm::Error emit(llvm::Module &module, const JitOptions &options,
                        llvm::CodeGenFileType type,
                        llvm::SmallVectorImpl<char> &result) {
  auto machine = createMachine(options.target);
  if (!machine)
    return machine.takeError();
  module.setDataLayout((*machine)->createDataLayout());
  module.setTargetTriple((*machine)->getTargetTriple());
  optimize(module, **machine, options);
  llvm::raw_svector_ostream os(result);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr, type,
                                      /*DisableVerify=*/true))
    return llvm::createStringError("this target has no such code");
  passes.run(module);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mlir::tensornet::emitObject(llvm::Module &module, const JitOptions &options) {
  llvm::SmallVector<char, 0> bytes;
  if (llvm::Error error =
          emit(module, options, llvm::CodeGenFileType::ObjectFile, bytes))
    return std::move(error);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), /*RequiresNullTerminator=*/false);
}

llvm::Expected<std::string>
mlir::tensornet::emitAssemblyText(llvm::Module &module,
                                  const JitOptions &options) {
  llvm::SmallVector<char, 0> text;
  if (llvm::Error error =
          emit(module, options, llvm::CodeGenFileType::AssemblyFile, text))
    return std::move(error);
  return std::string(text.begin(), text.end());
}
