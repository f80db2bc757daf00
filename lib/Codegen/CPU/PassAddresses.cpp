//===- PassAddresses.cpp - Buffers as addresses in calls ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPASSADDRESSES
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// The attribute by which the lowering to LLVM knows such functions.
static constexpr StringLiteral kBarePointers = "llvm.bareptr";

/// True for what an address says everything about, given its type.
static bool hasStaticLayout(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return !isa<UnrankedMemRefType>(type);
  SmallVector<int64_t> strides;
  int64_t offset;
  return memref.hasStaticShape() &&
         succeeded(memref.getStridesAndOffset(strides, offset)) &&
         !ShapedType::isDynamic(offset) && !ShapedType::isDynamicShape(strides);
}

static bool takesAddresses(func::FuncOp function, const SymbolUserMap &users) {
  if (!function.isPrivate() || function.isExternal() ||
      !llvm::all_of(function.getArgumentTypes(), hasStaticLayout) ||
      llvm::any_of(function.getResultTypes(), llvm::IsaPred<BaseMemRefType>))
    return false;
  return llvm::all_of(users.getUsers(function), llvm::IsaPred<func::CallOp>);
}

namespace {

struct PassAddresses
    : tensornet::impl::TensorNetPassAddressesBase<PassAddresses> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTableCollection symbols;
    SymbolUserMap users(symbols, module);
    for (auto function : module.getOps<func::FuncOp>())
      if (takesAddresses(function, users))
        function->setAttr(kBarePointers, UnitAttr::get(&getContext()));
  }
};

} // namespace
