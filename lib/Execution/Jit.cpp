//===- Jit.cpp - Machine code in process ----------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Jit.h"
#include "CodeKey.h"
#include "ObjectCode.h"
#include "SplitModule.h"
#include "ThreadTime.h"
#include "tensornet/Codegen/CPU/Buffers/Workspace.h"
#include "tensornet/Execution/LinkedCode.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace mlir::tensornet;

void mlir::tensornet::registerJitTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerOpenMPDialectTranslation(registry);
}

//===----------------------------------------------------------------------===//
// LLVM IR
//===----------------------------------------------------------------------===//

namespace {
/// LLVM IR with a context of its own, so that a thread of its own may have it.
struct TranslatedModule {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
};
} // namespace

static llvm::Expected<TranslatedModule> translate(ModuleOp module) {
  TranslatedModule result;
  result.context = std::make_unique<llvm::LLVMContext>();
  result.module = translateModuleToLLVMIR(module, *result.context, "tensornet",
                                          /*disableVerification=*/true);
  if (!result.module)
    return llvm::createStringError("cannot translate the program to LLVM IR");
  return result;
}

/// Adds function `name`, which takes the addresses of the arguments of `callee`
/// and, behind them, where to store what it returns.
static void addPackedFunction(llvm::Function &callee, StringRef name) {
  llvm::IRBuilder<> builder(callee.getContext());
  llvm::Type *pointer = builder.getPtrTy();
  auto *packed = llvm::Function::Create(
      llvm::FunctionType::get(builder.getVoidTy(), pointer, /*isVarArg=*/false),
      llvm::GlobalValue::ExternalLinkage, name, callee.getParent());
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(callee.getContext(), "", packed));
  auto loadAddress = [&](unsigned number) {
    return builder.CreateLoad(pointer, builder.CreateConstGEP1_64(
                                           pointer, packed->getArg(0), number));
  };
  llvm::SmallVector<llvm::Value *> arguments;
  for (llvm::Argument &argument : callee.args())
    arguments.push_back(builder.CreateLoad(argument.getType(),
                                           loadAddress(argument.getArgNo())));
  llvm::CallInst *call = builder.CreateCall(&callee, arguments);
  if (!call->getType()->isVoidTy())
    builder.CreateStore(call, loadAddress(callee.arg_size()));
  builder.CreateRetVoid();
}

//===----------------------------------------------------------------------===//
// Object files
//===----------------------------------------------------------------------===//

namespace {
/// The object files of a program in the making.
class ObjectCompiler {
public:
  ObjectCompiler(const JitOptions &options, CodeCache *cache)
      : options(options), cache(cache) {}

  /// Adds the object of `part`: the kept one, or one that is on its way.
  llvm::Error add(ModuleOp part);
  /// Adds the object of `module`, which is not kept.
  void add(TranslatedModule module) { start(std::move(module), std::nullopt); }

  /// Compiles what is not kept.
  llvm::Error finish();
  /// All objects, in the order of their modules, once finished.
  SmallVector<CodeCache::Code> takeObjects() { return std::move(objects); }

  /// What was compiled, once finished.
  std::vector<CompiledObject> getCompiled() const;

private:
  /// A module to compile.
  struct Job {
    TranslatedModule module;
    /// Under which the object is kept.
    std::optional<CacheKey> key;
    size_t object;
    std::string error;
    double seconds = 0;
  };

  void start(TranslatedModule module, std::optional<CacheKey> key) {
    jobs.push_back({std::move(module), key, objects.size(), "", 0});
    objects.push_back(nullptr);
  }
  void compile(Job &job);

  const JitOptions &options;
  CodeCache *cache;
  SmallVector<CodeCache::Code> objects;
  std::vector<Job> jobs;
};
} // namespace

llvm::Error ObjectCompiler::add(ModuleOp part) {
  CacheKey key = CodeKey()
                     .add(options.target)
                     .add(options.vectorMath)
                     .add(part, /*withLocations=*/false)
                     .get();
  if (CodeCache::Code code = cache ? cache->find(key) : nullptr) {
    objects.push_back(std::move(code));
    return llvm::Error::success();
  }
  llvm::Expected<TranslatedModule> module = translate(part);
  if (!module)
    return module.takeError();
  start(std::move(*module), key);
  return llvm::Error::success();
}

void ObjectCompiler::compile(Job &job) {
  double start = getThreadSeconds();
  auto object = emitObject(*job.module.module, options);
  if (!object) {
    job.error = llvm::toString(object.takeError());
    return;
  }
  objects[job.object] = std::move(*object);
  // Before its context.
  job.module.module.reset();
  job.seconds = getThreadSeconds() - start;
  if (cache && job.key)
    cache->insert(*job.key, objects[job.object]);
}

llvm::Error ObjectCompiler::finish() {
  if (jobs.size() <= 1) {
    for (Job &job : jobs)
      compile(job);
  } else {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(std::min<size_t>(
        jobs.size(), llvm::hardware_concurrency().compute_thread_count())));
    for (Job &job : jobs)
      pool.async([this, &job] { compile(job); });
    pool.wait();
  }
  for (const Job &job : jobs)
    if (!job.error.empty())
      return llvm::createStringError(job.error);
  return llvm::Error::success();
}

std::vector<CompiledObject> ObjectCompiler::getCompiled() const {
  std::vector<CompiledObject> compiled;
  for (const Job &job : jobs)
    compiled.push_back({job.seconds, objects[job.object]->getBufferSize()});
  return compiled;
}

/// The name of the packed function of a program.
constexpr StringLiteral kEntryName = "tensornet_entry";
/// The name of what --tensornet-plan-memory noted of its workspaces.
constexpr StringLiteral kWorkspaceName = "tensornet_workspaces";

/// Lets the only caller of `function` from outside of it take its place.
static void inlineIntoCaller(llvm::Function &function) {
  function.setLinkage(llvm::GlobalValue::InternalLinkage);
  function.addFnAttr(llvm::Attribute::AlwaysInline);
}

/// Gives what a program is called by names that do not depend on it. Its entry
/// and the packed function become one: descriptors are read where they lie.
static void nameEntry(llvm::Module &module, StringRef entry) {
  llvm::Function *described =
      module.getFunction(("_mlir_ciface_" + entry).str());
  addPackedFunction(*described, kEntryName);
  inlineIntoCaller(*described);
  inlineIntoCaller(*module.getFunction(entry));
  if (auto *record = module.getNamedGlobal(getWorkspaceRecordName(entry)))
    record->setName(kWorkspaceName);
}

llvm::Expected<ProgramCode>
mlir::tensornet::compileProgram(ModuleOp module, StringRef entry,
                                const JitOptions &options, CodeCache *cache,
                                CompileStatistics &statistics) {
  SmallVector<OwningOpRef<ModuleOp>> parts = splitModule(module);
  ObjectCompiler compiler(options, cache);
  llvm::Expected<TranslatedModule> rest = translate(module);
  if (!rest)
    return rest.takeError();
  nameEntry(*rest->module, entry);
  compiler.add(std::move(*rest));
  for (OwningOpRef<ModuleOp> &part : parts)
    if (llvm::Error error = compiler.add(*part))
      return std::move(error);
  statistics.numObjects = parts.size() + 1;
  if (llvm::Error error = compiler.finish())
    return std::move(error);
  statistics.compiled = compiler.getCompiled();
  return ProgramCode{compiler.takeObjects()};
}

/// None in code that --tensornet-plan-memory did not see.
static WorkspaceSizes readWorkspaceSizes(const LinkedCode &code) {
  llvm::Expected<void *> record = code.lookup(kWorkspaceName);
  if (!record) {
    llvm::consumeError(record.takeError());
    return {};
  }
  auto *sizes = static_cast<const uint64_t *>(*record);
  return {sizes[0], sizes[1]};
}

llvm::Expected<LinkedProgram>
mlir::tensornet::linkProgram(const ProgramCode &program) {
  auto code = LinkedCode::link(program.objects);
  if (!code)
    return code.takeError();
  llvm::Expected<void *> entry = (*code)->lookup(kEntryName);
  if (!entry)
    return entry.takeError();
  WorkspaceSizes workspaces = readWorkspaceSizes(**code);
  return LinkedProgram{std::move(*code),
                       reinterpret_cast<void (*)(void **)>(*entry), workspaces};
}

llvm::Expected<CompiledFunction>
mlir::tensornet::linkFunction(const ProgramCode &program, Signature signature) {
  llvm::Expected<LinkedProgram> linked = linkProgram(program);
  if (!linked)
    return linked.takeError();
  return CompiledFunction(std::move(linked->code), linked->entry,
                          std::move(signature), linked->workspaces);
}

llvm::Expected<std::string>
mlir::tensornet::emitAssembly(ModuleOp module, const JitOptions &options) {
  llvm::Expected<TranslatedModule> code = translate(module);
  if (!code)
    return code.takeError();
  return emitAssemblyText(*code->module, options);
}
