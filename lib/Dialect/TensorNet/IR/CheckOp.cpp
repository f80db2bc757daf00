//===- CheckOp.cpp - Run-time checks --------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

/// check C1
LogicalResult CheckOp::verify() {
  for (unsigned number = 0; number < getValues().size(); ++number) {
    std::string place = "{" + std::to_string(number) + "}";
    if (!getMessage().contains(place))
      return emitOpError("has ")
             << getValues().size() << " values but no place " << place
             << " in its message";
  }
  return success();
}

/// check(true) ->
LogicalResult CheckOp::canonicalize(CheckOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getCondition(), m_One()))
    return rewriter.notifyMatchFailure(op, "only the run knows the condition");
  rewriter.eraseOp(op);
  return success();
}
