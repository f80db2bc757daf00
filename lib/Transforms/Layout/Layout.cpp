//===- Layout.cpp - Orders of dimensions of tensors -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayoutProblem.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"
#include "tensornet/Transforms/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETLAYOUT
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

template <typename T>
static T permute(const T &values, const DimOrder &order) {
  T permuted;
  for (unsigned dim : order)
    permuted.push_back(values[dim]);
  return permuted;
}

static Type permuteType(Type type, const DimOrder &order) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.clone(permute(llvm::to_vector<4>(tensor.getShape()), order));
}

/// Gives the result of an elementwise op, and constants that it reads, the
/// order of its group.
static void reorderElementwise(Operation *op, const DimOrder &order) {
  Value result = op->getResult(0);
  result.setType(permuteType(result.getType(), order));
  for (OpOperand &operand : op->getOpOperands()) {
    DenseElementsAttr elements;
    if (!matchPattern(operand.get(), m_Constant(&elements)) ||
        !isa<RankedTensorType>(elements.getType()))
      continue;
    auto type = cast<ShapedType>(permuteType(elements.getType(), order));
    OpBuilder builder(op);
    operand.set(arith::ConstantOp::create(builder, op->getLoc(),
                                          elements.resizeSplat(type)));
  }
}

namespace {

struct LayoutPass : tensornet::impl::TensorNetLayoutBase<LayoutPass> {
  using TensorNetLayoutBase::TensorNetLayoutBase;

  void runOnOperation() override {
    LayoutProblem problem(getOperation());
    problem.solve();
    // What to make, as long as values are those that the problem knows.
    std::vector<std::pair<ContractOp, ContractionSpec>> contractions;
    SmallVector<std::pair<Operation *, const DimOrder *>> elementwise;
    getOperation()->walk([&](Operation *op) {
      if (auto contraction = dyn_cast<ContractOp>(op)) {
        if (std::optional<ContractionSpec> spec = reorder(contraction, problem))
          contractions.push_back({contraction, std::move(*spec)});
      } else if (isElementwise(op)) {
        if (const DimOrder *order = problem.getOrder(op->getResult(0)))
          elementwise.push_back({op, order});
      }
    });
    for (auto [op, order] : elementwise)
      reorderElementwise(op, *order);
    DenseMap<Value, Value> replacements;
    for (auto &[op, spec] : contractions) {
      for (Value &input : spec.inputs)
        if (Value replacement = replacements.lookup(input))
          input = replacement;
      Value old = op.getResult();
      Type type = old.getType();
      if (const DimOrder *order = problem.getOrder(old))
        type = permuteType(type, *order);
      OpBuilder builder(op);
      Value made = createContraction(builder, op.getLoc(), spec);
      // The type may have left sizes open that operands know.
      if (made.getType() != type)
        made = tensor::CastOp::create(builder, op.getLoc(), type, made);
      replacements[old] = made;
      old.replaceAllUsesWith(made);
    }
    for (auto &[op, spec] : llvm::reverse(contractions))
      op.erase();
  }

private:
  /// `op` with subscripts in the orders of its tensors; std::nullopt where they
  /// stay.
  static std::optional<ContractionSpec> reorder(ContractOp op,
                                                const LayoutProblem &problem) {
    ContractionSpec spec = getContractionSpec(op);
    bool changed = false;
    for (auto [input, subscripts] :
         llvm::zip_equal(spec.inputs, spec.indexing.operands))
      if (const DimOrder *order = problem.getOrder(input)) {
        subscripts = permute(subscripts, *order);
        changed = true;
      }
    if (const DimOrder *order = problem.getOrder(op.getResult())) {
      spec.indexing.result = permute(spec.indexing.result, *order);
      if (!spec.resultSizes.empty())
        spec.resultSizes = permute(spec.resultSizes, *order);
      changed = true;
    }
    if (!changed)
      return std::nullopt;
    return spec;
  }
};

} // namespace
