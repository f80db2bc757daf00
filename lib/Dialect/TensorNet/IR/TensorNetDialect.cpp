//===- TensorNetDialect.cpp - The tensornet dialect -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "tensornet/Dialect/TensorNet/IR/ContractAsm.h"
#include "tensornet/Dialect/TensorNet/IR/IndexingBytecode.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tensornet;

#include "tensornet/Dialect/TensorNet/IR/TensorNetDialect.cpp.inc"
#include "tensornet/Dialect/TensorNet/IR/TensorNetInterfaces.cpp.inc"

static ParseResult parseJoined(AsmParser &parser, bool &joined) {
  joined = succeeded(parser.parseOptionalKeyword("joined"));
  return success();
}

static void printJoined(AsmPrinter &printer, bool joined) {
  if (joined)
    printer << "joined ";
}

#define GET_ATTRDEF_CLASSES
#include "tensornet/Dialect/TensorNet/IR/TensorNetAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "tensornet/Dialect/TensorNet/IR/TensorNetOps.cpp.inc"

namespace {
/// Every op of the dialect may be moved into any function.
struct TensorNetInlinerInterface : DialectInlinerInterface {
  explicit TensorNetInlinerInterface(Dialect *dialect)
      : DialectInlinerInterface(dialect) {}
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void TensorNetDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tensornet/Dialect/TensorNet/IR/TensorNetAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "tensornet/Dialect/TensorNet/IR/TensorNetOps.cpp.inc"
      >();
  addInterfaces<TensorNetInlinerInterface>();
  addBytecodeInterface(*this);
}

Operation *TensorNetDialect::materializeConstant(OpBuilder &builder,
                                                 Attribute value, Type type,
                                                 Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}
