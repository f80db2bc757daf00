//===- AssertToHandler.cpp - Failed assertions call a handler -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTASSERTTOHANDLER
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

static constexpr StringLiteral handlerName = "tensornet_check_failed";

/// The place of `op` in a file, such as "net.mlir:3:7"; empty where its
/// location names no file.
static std::string getPlace(Operation *op) {
  auto place = op->getLoc()->findInstanceOf<FileLineColLoc>();
  if (!place)
    return "";
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" +
          Twine(place.getColumn()))
      .str();
}

namespace {

/// What is checked, by whichever op.
struct Check {
  Value condition;
  StringRef message;
  ValueRange values;
};

} // namespace

/// The check that `op` is, if it is one.
static std::optional<Check> getCheck(Operation *op) {
  if (auto assertion = dyn_cast<cf::AssertOp>(op))
    return Check{assertion.getArg(), assertion.getMsg(), ValueRange()};
  if (auto check = dyn_cast<CheckOp>(op))
    return Check{check.getCondition(), check.getMessage(), check.getValues()};
  return std::nullopt;
}

namespace {

/// The handler's declaration and one string per distinct text.
class Handler {
public:
  explicit Handler(ModuleOp module)
      : module(module), symbols(module),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        i64(IntegerType::get(module.getContext(), 64)) {}

  /// Makes a call that reports `check` and does not return.
  void createCall(OpBuilder &builder, Operation *op, const Check &check) {
    Location loc = op->getLoc();
    Value count = LLVM::ConstantOp::create(builder, loc, i64,
                                           int64_t(check.values.size()));
    Value place = createText(builder, loc, getPlace(op));
    Value message = createText(builder, loc, check.message);
    Value values = createValues(builder, loc, check.values, count);
    LLVM::CallOp::create(builder, loc, getFunction(),
                         {place, message, values, count});
    LLVM::UnreachableOp::create(builder, loc);
  }

private:
  Value createText(OpBuilder &builder, Location loc, StringRef text) {
    return LLVM::AddressOfOp::create(builder, loc, getText(text));
  }

  /// The address of an array of `values`.
  Value createValues(OpBuilder &builder, Location loc, ValueRange values,
                     Value count) {
    if (values.empty())
      return LLVM::ZeroOp::create(builder, loc, pointer);
    Value array = LLVM::AllocaOp::create(builder, loc, pointer, i64, count);
    for (auto [number, value] : llvm::enumerate(values)) {
      Value wide = arith::IndexCastOp::create(builder, loc, i64, value);
      Value element =
          LLVM::GEPOp::create(builder, loc, pointer, i64, array,
                              LLVM::GEPArg(static_cast<int32_t>(number)));
      LLVM::StoreOp::create(builder, loc, wide, element);
    }
    return array;
  }

  LLVM::LLVMFuncOp getFunction() {
    if (auto known = symbols.lookup<LLVM::LLVMFuncOp>(handlerName))
      return known;
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(builder.getContext()),
        {pointer, pointer, pointer, i64});
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
  Type pointer, i64;
  llvm::StringMap<LLVM::GlobalOp> texts;
};

struct ConvertAssertToHandler
    : tensornet::impl::ConvertAssertToHandlerBase<ConvertAssertToHandler> {
  void runOnOperation() override {
    SmallVector<Operation *> checks;
    getOperation().walk([&](Operation *op) {
      if (getCheck(op))
        checks.push_back(op);
    });
    Handler handler(getOperation());
    for (Operation *op : checks) {
      if (!isa<FunctionOpInterface>(op->getParentOp())) {
        op->emitOpError("stands inside ")
            << op->getParentOp()->getName()
            << "; lower structured control flow before assertions";
        return signalPassFailure();
      }
      lower(op, handler);
    }
  }

  /// assert(c) -> cond_br c, ^rest, ^failed; ^failed: call the handler
  void lower(Operation *op, Handler &handler) {
    Check check = *getCheck(op);
    OpBuilder builder(op);
    Block *block = op->getBlock();
    Block *rest = block->splitBlock(op->getNextNode());
    Block *failed =
        builder.createBlock(block->getParent(), block->getParent()->end());
    handler.createCall(builder, op, check);
    builder.setInsertionPoint(op);
    cf::CondBranchOp::create(builder, op->getLoc(), check.condition, rest,
                             failed);
    op->erase();
  }
};

} // namespace
