//===- consumer.cpp - Another project that uses the dialect ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

static constexpr char source[] = R"mlir(
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  return %c : tensor<4x16xf32>
}
)mlir";

int main() {
  MLIRContext context;
  context.loadDialect<func::FuncDialect, tensornet::TensorNetDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, &context);
  if (!module)
    return 1;
  int contractions = 0;
  module->walk([&](tensornet::ContractOp) { ++contractions; });
  llvm::outs() << "contractions: " << contractions << "\n";
  return contractions == 1 ? 0 : 1;
}
