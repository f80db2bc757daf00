//===- PassAddresses.cpp - Buffers as addresses in calls ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferRoots.h"
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

/// The attribute of an argument through which alone its memory is reached.
static constexpr StringLiteral kNoAlias = "llvm.noalias";

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

/// What `memref` is a part of; null for what a caller that is itself called in
/// the program was passed, which may be a part of anything.
static Value getKnownRoot(Value memref) {
  Value root = cpu::getBufferRoot(memref);
  auto argument = dyn_cast<BlockArgument>(root);
  if (!argument)
    return root;
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return function && function.isPublic() ? root : Value();
}

/// True where `call` passes memory in operand `number` that it passes in no
/// other one.
static bool isApart(func::CallOp call, unsigned number) {
  Value own = getKnownRoot(call.getOperand(number));
  return own && llvm::all_of(llvm::enumerate(call.getOperands()), [&](auto it) {
           if (it.index() == number || !isa<MemRefType>(it.value().getType()))
             return true;
           Value other = getKnownRoot(it.value());
           return other && !cpu::mayOverlap(own, other);
         });
}

/// Tells of the arguments that no other one overlaps, so that LLVM need not
/// load again what it has in registers.
static void markApart(func::FuncOp function, const SymbolUserMap &users) {
  for (unsigned number = 0; number < function.getNumArguments(); ++number)
    if (isa<MemRefType>(function.getArgument(number).getType()) &&
        llvm::all_of(users.getUsers(function), [&](Operation *call) {
          return isApart(cast<func::CallOp>(call), number);
        }))
      function.setArgAttr(number, kNoAlias,
                          UnitAttr::get(function.getContext()));
}

namespace {

struct PassAddresses
    : tensornet::impl::TensorNetPassAddressesBase<PassAddresses> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTableCollection symbols;
    SymbolUserMap users(symbols, module);
    for (auto function : module.getOps<func::FuncOp>())
      if (takesAddresses(function, users)) {
        function->setAttr(kBarePointers, UnitAttr::get(&getContext()));
        markApart(function, users);
      }
  }
};

} // namespace
