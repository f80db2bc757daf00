//===- KernelFunctions.h - Functions of one kernel each ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELFUNCTIONS_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tensornet::cpu {

/// The functions of a module that do the work of one kernel each.
class KernelFunctions {
public:
  explicit KernelFunctions(ModuleOp module) : module(module), symbols(module) {}

  /// A private function, outside of the module, that takes `types` and returns
  /// nothing. Its body is empty.
  static func::FuncOp create(Location loc, StringRef name,
                             ArrayRef<Type> types);

  /// The function that is equal to `function`, which is inserted or erased.
  func::FuncOp findOrInsert(func::FuncOp function);

  /// The function with this name; null where there is none.
  func::FuncOp lookup(StringRef name) const {
    return symbols.lookup<func::FuncOp>(name);
  }

private:
  ModuleOp module;
  SymbolTable symbols;
  /// By their text.
  llvm::StringMap<func::FuncOp> functions;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELFUNCTIONS_H
