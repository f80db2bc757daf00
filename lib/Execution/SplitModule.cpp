//===- SplitModule.cpp - Kernels apart ------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitModule.h"
#include "CodeKey.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::tensornet;

/// True where several modules of one program may each have `symbol`.
static bool mayExistTwice(Operation *symbol) {
  if (auto function = dyn_cast<LLVM::LLVMFuncOp>(symbol))
    return function.isExternal() ||
           function.getLinkage() == LLVM::Linkage::LinkonceODR;
  if (auto global = dyn_cast<LLVM::GlobalOp>(symbol))
    return global.getConstant() &&
           (global.getLinkage() == LLVM::Linkage::Private ||
            global.getLinkage() == LLVM::Linkage::Internal);
  return true;
}

namespace {
/// Takes a module apart.
class Splitter {
public:
  explicit Splitter(ModuleOp module) : module(module), symbols(module) {
    if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion()))
      for (SymbolTable::SymbolUse use : *uses)
        note(use);
  }

  SmallVector<OwningOpRef<ModuleOp>> split() {
    for (auto function :
         llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>()))
      if (maySeparate(function))
        separate(function);
    return std::move(parts);
  }

private:
  void note(SymbolTable::SymbolUse use) {
    Operation *user = use.getUser();
    Operation *target =
        symbols.lookup(use.getSymbolRef().getRootReference().getValue());
    if (!target)
      return;
    users[target].push_back(user);
    needs[module.getBody()->findAncestorOpInBlock(*user)].insert(target);
  }

  /// Adds the symbols that `symbol` refers to, directly or not, to `result`.
  /// False where one of them must exist once.
  bool collectNeeds(Operation *symbol,
                    llvm::SetVector<Operation *> &result) const {
    auto found = needs.find(symbol);
    if (found == needs.end())
      return true;
    return llvm::all_of(found->second, [&](Operation *target) {
      return mayExistTwice(target) &&
             (!result.insert(target) || collectNeeds(target, result));
    });
  }

  bool maySeparate(LLVM::LLVMFuncOp function) const {
    llvm::SetVector<Operation *> needed;
    return !function.isExternal() && !function.isPublic() &&
           function.getLinkage() != LLVM::Linkage::LinkonceODR &&
           llvm::all_of(users.lookup(function), llvm::IsaPred<LLVM::CallOp>) &&
           collectNeeds(function, needed);
  }

  void separate(LLVM::LLVMFuncOp function) {
    OwningOpRef<ModuleOp> part = moveOut(function);
    std::string name =
        "tensornet.part." +
        llvm::toHex(CodeKey().add(*part, /*withLocations=*/false).get(),
                    /*LowerCase=*/true);
    function.setSymName(name);
    for (Operation *user : users.lookup(function))
      cast<LLVM::CallOp>(user).setCallee(name);
    if (!names.insert(name).second)
      return;
    auto declaration = cast<LLVM::LLVMFuncOp>(function->cloneWithoutRegions());
    module.push_back(declaration);
    parts.push_back(std::move(part));
  }

  /// A module with `function`, which leaves this one and loses its name, and
  /// copies of what it needs.
  OwningOpRef<ModuleOp> moveOut(LLVM::LLVMFuncOp function) {
    Location unknown = UnknownLoc::get(module.getContext());
    OwningOpRef<ModuleOp> part = ModuleOp::create(unknown);
    (*part)->setAttrs(module->getAttrs());
    llvm::SetVector<Operation *> needed;
    collectNeeds(function, needed);
    for (Operation *symbol : needed)
      part->push_back(symbol->clone());
    function->remove();
    part->push_back(function);
    function.setSymName("part");
    function.setLinkage(LLVM::Linkage::External);
    function.setPublic();
    part->walk([&](Operation *op) { op->setLoc(unknown); });
    return part;
  }

  ModuleOp module;
  SymbolTable symbols;
  /// Who refers to a symbol.
  DenseMap<Operation *, SmallVector<Operation *>> users;
  /// What a symbol refers to.
  DenseMap<Operation *, llvm::SetVector<Operation *>> needs;
  llvm::StringSet<> names;
  SmallVector<OwningOpRef<ModuleOp>> parts;
};
} // namespace

SmallVector<OwningOpRef<ModuleOp>>
mlir::tensornet::splitModule(ModuleOp module) {
  return Splitter(module).split();
}
