//===- AssertToHandler.cpp - Failed assertions call a handler -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "tensornet/Conversion/Passes.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTASSERTTOHANDLER
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

static constexpr StringLiteral handlerName = "tensornet_check_failed";

/// The message of `op`, after its place in a file where it has one.
static std::string getMessage(cf::AssertOp op) {
  std::string message;
  if (auto place = op.getLoc()->findInstanceOf<FileLineColLoc>())
    message = (place.getFilename().getValue() + ":" + Twine(place.getLine()) +
               ":" + Twine(place.getColumn()) + ": ")
                  .str();
  return message + op.getMsg().str();
}

namespace {

/// The handler's declaration and one string per distinct message.
class Handler {
public:
  explicit Handler(ModuleOp module) : module(module), symbols(module) {}

  /// Makes a call that reports `message` and does not return.
  void createCall(OpBuilder &builder, Location loc, StringRef message) {
    Value text = LLVM::AddressOfOp::create(builder, loc, getText(message));
    LLVM::CallOp::create(builder, loc, getFunction(), text);
    LLVM::UnreachableOp::create(builder, loc);
  }

private:
  LLVM::LLVMFuncOp getFunction() {
    if (auto known = symbols.lookup<LLVM::LLVMFuncOp>(handlerName))
      return known;
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(builder.getContext()),
        LLVM::LLVMPointerType::get(builder.getContext()));
    auto function =
        LLVM::LLVMFuncOp::create(builder, module.getLoc(), handlerName, type);
    symbols.insert(function);
    return function;
  }

  LLVM::GlobalOp getText(StringRef message) {
    LLVM::GlobalOp &text = texts[message];
    if (text)
      return text;
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    std::string terminated = message.str() + '\0';
    auto type =
        LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size());
    text = LLVM::GlobalOp::create(builder, module.getLoc(), type,
                                  /*isConstant=*/true, LLVM::Linkage::Internal,
                                  "tensornet_check",
                                  builder.getStringAttr(terminated));
    symbols.insert(text); // makes the name unique
    return text;
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::StringMap<LLVM::GlobalOp> texts;
};

struct ConvertAssertToHandler
    : tensornet::impl::ConvertAssertToHandlerBase<ConvertAssertToHandler> {
  void runOnOperation() override {
    SmallVector<cf::AssertOp> asserts;
    getOperation().walk([&](cf::AssertOp op) { asserts.push_back(op); });
    Handler handler(getOperation());
    for (cf::AssertOp op : asserts) {
      if (!isa<FunctionOpInterface>(op->getParentOp())) {
        op.emitOpError("stands inside ")
            << op->getParentOp()->getName()
            << "; lower structured control flow before assertions";
        return signalPassFailure();
      }
      lower(op, handler);
    }
  }

  /// assert(c) -> cond_br c, ^rest, ^failed; ^failed: call the handler
  void lower(cf::AssertOp op, Handler &handler) {
    OpBuilder builder(op);
    Block *block = op->getBlock();
    Block *rest = block->splitBlock(op->getNextNode());
    Block *failed =
        builder.createBlock(block->getParent(), block->getParent()->end());
    handler.createCall(builder, op.getLoc(), getMessage(op));
    builder.setInsertionPoint(op);
    cf::CondBranchOp::create(builder, op.getLoc(), op.getArg(), rest, failed);
    op.erase();
  }
};

} // namespace
