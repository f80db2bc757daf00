//===- ProgramKernels.cpp - Kernels of a program --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/ProgramKernels.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Which kernels there are
//===----------------------------------------------------------------------===//

/// "[i, j], [j, k] -> [i, k] : memref<...>, memref<...> -> memref<...>"
static std::string describe(ContractIntoOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op.getIndexing();
  StringRef inner = text;
  if (inner.consume_front("#tensornet.indexing<") && inner.consume_back(">"))
    text = inner.str();
  os << " : ";
  llvm::interleaveComma(op.getInputs().getTypes(), os);
  os << " -> " << op.getInitType();
  return text;
}

static double countMultiplications(ContractIntoOp op) {
  double product = 1;
  for (int64_t extent : op.getStaticExtents())
    product *= ShapedType::isDynamic(extent) ? 1 : double(extent);
  return product;
}

SmallVector<ProgramKernel>
mlir::tensornet::collectKernels(ModuleOp module, unsigned vectorWidth) {
  SymbolTableCollection tables;
  SymbolUserMap users(tables, module);
  SmallVector<ProgramKernel> kernels;
  for (auto function : module.getOps<func::FuncOp>()) {
    ContractIntoOp op = cpu::getOpenContraction(function);
    if (!op)
      continue;
    unsigned numCalls = users.getUsers(function).size();
    kernels.push_back({function, cpu::getKernelSignature(function, vectorWidth),
                       describe(op), numCalls,
                       numCalls * countMultiplications(op)});
  }
  llvm::stable_sort(kernels,
                    [](const ProgramKernel &a, const ProgramKernel &b) {
                      return a.work > b.work;
                    });
  return kernels;
}

//===----------------------------------------------------------------------===//
// Where they come from
//===----------------------------------------------------------------------===//

constexpr StringLiteral kNumberPrefix = "tensornet.contraction.";

void mlir::tensornet::numberContractions(ModuleOp module) {
  unsigned number = 0;
  module.walk([&](ContractOp op) {
    auto name = StringAttr::get(module.getContext(),
                                kNumberPrefix + llvm::Twine(number++));
    op->setLoc(NameLoc::get(name));
  });
}

/// The names that numberContractions gave to what `loc` comes from.
static void collectNumbers(Location loc, llvm::SetVector<StringAttr> &names) {
  loc->walk([&](Location part) {
    auto named = dyn_cast<NameLoc>(part);
    if (named && named.getName().getValue().starts_with(kNumberPrefix))
      names.insert(named.getName());
    return WalkResult::advance();
  });
}

unsigned mlir::tensornet::annotateContractions(ModuleOp module,
                                               func::FuncOp function,
                                               KernelAttr kernel) {
  llvm::SetVector<StringAttr> names;
  SymbolTableCollection tables;
  SymbolUserMap users(tables, function->getParentOp());
  for (Operation *call : users.getUsers(function))
    collectNumbers(call->getLoc(), names);
  ContractIntoOp computed = *function.getOps<ContractIntoOp>().begin();
  unsigned count = 0;
  module.walk([&](ContractOp op) {
    auto named = dyn_cast<NameLoc>(op->getLoc());
    if (!named || !names.contains(named.getName()) ||
        op.getIndexing() != computed.getIndexing())
      return;
    op.setKernelAttr(kernel);
    ++count;
  });
  return count;
}
