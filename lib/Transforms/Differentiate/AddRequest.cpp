//===- AddRequest.cpp - Functions of one request --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Differentiate/AddRequest.h"

using namespace mlir;
using namespace mlir::tensornet;

SmallVector<int64_t>
mlir::tensornet::getDifferentiableArguments(func::FuncOp function) {
  SmallVector<int64_t> numbers;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes()))
    if (isDifferentiableType(type))
      numbers.push_back(number);
  return numbers;
}

FailureOr<func::FuncOp> mlir::tensornet::addRequest(func::FuncOp callee,
                                                    DerivativeMode mode,
                                                    ArrayRef<int64_t> wrt,
                                                    StringRef name) {
  std::string newName =
      name.empty()
          ? (callee.getName() + "_" + stringifyDerivativeMode(mode)).str()
          : name.str();
  if (SymbolTable::lookupNearestSymbolFrom(
          callee->getParentOp(), StringAttr::get(callee.getContext(), newName)))
    return callee.emitError("tensornet-differentiate: the name @")
           << newName << " is taken; choose another with name=";

  SmallVector<int64_t> numbers(wrt);
  if (numbers.empty())
    numbers = getDifferentiableArguments(callee);
  auto emitError = [&] {
    return callee.emitError("tensornet-differentiate: ");
  };
  FailureOr<FunctionType> type =
      inferRequestType(mode, callee.getFunctionType(), numbers, emitError);
  if (failed(type))
    return failure();

  // A program of arith and math alone has not loaded the dialect.
  callee.getContext()->getOrLoadDialect<TensorNetDialect>();
  OpBuilder builder(callee->getContext());
  builder.setInsertionPointAfter(callee);
  auto added = func::FuncOp::create(builder, callee.getLoc(), newName, *type);
  builder.setInsertionPointToStart(added.addEntryBlock());
  Operation *request = createRequest(builder, callee.getLoc(), mode,
                                     callee.getName(), added.getArguments(),
                                     callee.getNumArguments(), numbers, *type);
  func::ReturnOp::create(builder, callee.getLoc(), request->getResults());
  return added;
}
