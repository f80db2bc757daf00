//===- Jit.cpp - Machine code in process ----------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Jit.h"
#include "CallFrame.h"
#include "VectorMath.h"
#include "tensornet/Codegen/CPU/Workspace.h"
#include "tensornet/Execution/Runtime.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/CodeGen/ReplaceWithVeclib.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
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

void mlir::tensornet::registerJitTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
}

//===----------------------------------------------------------------------===//
// Target
//===----------------------------------------------------------------------===//

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createHostMachine() {
  static const bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  llvm::Expected<llvm::orc::JITTargetMachineBuilder> builder =
      llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  return builder->createTargetMachine();
}

//===----------------------------------------------------------------------===//
// Optimisation
//===----------------------------------------------------------------------===//

/// Gives every function the CPU of `machine`, on which the cost models and the
/// code generator of other functions depend.
static void setTarget(llvm::Module &module, llvm::TargetMachine &machine) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    if (machine.getTargetFeatureString().contains("+avx512f"))
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
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::SimplifyCFGPass());
  // Math on explicit vectors, which would otherwise fall apart into scalars.
  if (options.vectorMath)
    passes.addPass(llvm::ReplaceWithVeclib());
  return passes;
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     const JitOptions &options) {
  setTarget(module, machine);
  markMathPure(module);
  llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  if (options.vectorMath)
    addVectorMath(library, machine.getTargetFeatureString());

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
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(buildPasses(options)));
  passes.run(module, modules);
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// The addresses of the runtime, as the JIT takes them.
static llvm::orc::SymbolMap
getSymbolMap(llvm::orc::MangleAndInterner interner) {
  llvm::orc::SymbolMap map;
  for (const auto &[name, address] : getRuntimeSymbols())
    map[interner(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                           llvm::JITSymbolFlags::Exported};
  return map;
}

/// The sizes that --tensornet-plan-memory noted in the code of `entry`; none in
/// code that it did not see.
static WorkspaceSizes readWorkspaceSizes(ExecutionEngine &engine,
                                         StringRef entry) {
  llvm::Expected<void *> record = engine.lookup(getWorkspaceRecordName(entry));
  if (!record) {
    llvm::consumeError(record.takeError());
    return {};
  }
  auto *sizes = static_cast<const uint64_t *>(*record);
  return {sizes[0], sizes[1]};
}

llvm::Expected<CompiledFunction>
mlir::tensornet::jitCompile(ModuleOp module, StringRef entry,
                            Signature signature, const JitOptions &options) {
  auto machine = createHostMachine();
  if (!machine)
    return machine.takeError();
  llvm::TargetMachine &target = **machine;
  auto transform = [&](llvm::Module *code) {
    optimize(*code, target, options);
    return llvm::Error::success();
  };
  ExecutionEngineOptions engineOptions;
  engineOptions.transformer = transform;
  engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Default;
  engineOptions.enableGDBNotificationListener = false;
  engineOptions.enablePerfNotificationListener = false;
  auto engine =
      ExecutionEngine::create(module, engineOptions, std::move(*machine));
  if (!engine)
    return engine.takeError();
  (*engine)->registerSymbols(getSymbolMap);
  WorkspaceSizes sizes = readWorkspaceSizes(**engine, entry);
  auto function = (*engine)->lookupPacked(("_mlir_ciface_" + entry).str());
  if (!function)
    return function.takeError();
  return CompiledFunction(std::move(*engine), *function, std::move(signature),
                          sizes);
}

llvm::Expected<std::string>
mlir::tensornet::emitAssembly(ModuleOp module, const JitOptions &options) {
  auto machine = createHostMachine();
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context);
  if (!code)
    return llvm::createStringError("cannot translate the program to LLVM IR");
  ExecutionEngine::setupTargetTripleAndDataLayout(code.get(), machine->get());
  optimize(*code, **machine, options);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr,
                                      llvm::CodeGenFileType::AssemblyFile))
    return llvm::createStringError("this target has no assembly text");
  passes.run(*code);
  return std::string(text);
}
