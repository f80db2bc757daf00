//===- KernelFunctions.cpp - Functions of one kernel each -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFunctions.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::tensornet::cpu;

func::FuncOp KernelFunctions::create(Location loc, StringRef name,
                                     ArrayRef<Type> types) {
  Builder builder(loc.getContext());
  auto function =
      func::FuncOp::create(loc, name, builder.getFunctionType(types, {}));
  function.setPrivate();
  // Arguments that nobody uses go away, but not the function itself.
  function->setAttr(
      "llvm.linkage",
      LLVM::LinkageAttr::get(loc.getContext(), LLVM::Linkage::Internal));
  function->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
  function.addEntryBlock();
  return function;
}

func::FuncOp KernelFunctions::findOrInsert(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream os(text);
  function->print(os, OpPrintingFlags().useLocalScope());
  auto [place, isNew] = functions.try_emplace(text, function);
  if (isNew)
    symbols.insert(function, module.getBody()->end());
  else
    function->erase();
  return place->second;
}
