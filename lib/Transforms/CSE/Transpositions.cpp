//===- Transpositions.cpp - Permutations of tensors -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transpositions.h"

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::tensornet;

std::optional<DimPermutation> mlir::tensornet::getTransposition(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  if (op.getInputs().size() != 1 || !indexing.extents.empty() ||
      !indexing.isAllBare() ||
      indexing.operands[0].size() != indexing.result.size())
    return std::nullopt;
  RankedTensorType source = op.getInputType(0), target = op.getResultType();
  if (source.getElementType() != target.getElementType())
    return std::nullopt;
  DimPermutation permutation;
  SmallVector<bool> seen(indexing.result.size());
  for (auto [dim, form] : llvm::enumerate(indexing.result)) {
    const auto *place = llvm::find(indexing.operands[0], form);
    unsigned sourceDim = place - indexing.operands[0].begin();
    if (place == indexing.operands[0].end() || seen[sourceDim] ||
        source.getDimSize(sourceDim) != target.getDimSize(dim))
      return std::nullopt;
    seen[sourceDim] = true;
    permutation.push_back(sourceDim);
  }
  return permutation;
}

bool mlir::tensornet::readThroughTranspositions(ContractionSpec &spec) {
  bool changed = false;
  for (unsigned operand = 0; operand < spec.inputs.size(); ++operand) {
    auto producer = spec.inputs[operand].getDefiningOp<ContractOp>();
    std::optional<DimPermutation> permutation;
    if (producer)
      permutation = getTransposition(producer);
    if (!permutation)
      continue;
    Subscripts permuted = spec.indexing.operands[operand];
    for (auto [dim, sourceDim] : llvm::enumerate(*permutation))
      permuted[sourceDim] = spec.indexing.operands[operand][dim];
    spec.indexing.operands[operand] = permuted;
    spec.indexing.conjugated[operand] ^=
        producer.getIndexingValue().conjugated[0];
    spec.inputs[operand] = producer.getInputs()[0];
    changed = true;
  }
  return changed;
}

Value mlir::tensornet::createTransposition(OpBuilder &builder, Location loc,
                                           Value value,
                                           ArrayRef<unsigned> permutation) {
  ContractionSpec spec;
  spec.inputs.push_back(value);
  spec.indexing.operands.emplace_back();
  spec.indexing.result.resize(permutation.size());
  for (auto [dim, place] : llvm::enumerate(permutation)) {
    spec.indexing.operands[0].push_back(LinearForm::bare(dim));
    spec.indexing.result[place] = LinearForm::bare(dim);
  }
  spec.elementType = getElementTypeOrSelf(value);
  return createContraction(builder, loc, std::move(spec));
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

/// The dimension of the source for each dimension of the operands of `op`,
/// where every tensor among them is a transposition that nothing else reads,
/// all the same one. std::nullopt where there is none such.
static std::optional<DimPermutation> getCommonTransposition(Operation *op) {
  std::optional<DimPermutation> common;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType()))
      continue;
    auto transposition = operand.getDefiningOp<ContractOp>();
    if (!transposition || transposition.getIndexingValue().anyConjugated() ||
        llvm::any_of(transposition->getUsers(),
                     [op](Operation *user) { return user != op; }))
      return std::nullopt;
    std::optional<DimPermutation> permutation = getTransposition(transposition);
    // Contractions have no i1, which comparisons make.
    bool isSameType =
        getElementTypeOrSelf(operand) == getElementTypeOrSelf(op->getResult(0));
    if (!permutation || !isSameType || (common && *common != *permutation))
      return std::nullopt;
    common = permutation;
  }
  return common;
}

/// The type of a tensor before the transposition that makes `type`.
static Type getSourceType(Type type, ArrayRef<unsigned> permutation) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getRank());
  for (auto [dim, sourceDim] : llvm::enumerate(permutation))
    shape[sourceDim] = tensor.getDimSize(dim);
  return tensor.clone(shape);
}

bool mlir::tensornet::sinkTranspositions(Operation *root) {
  SmallVector<Operation *> elementwise;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 &&
        isa<RankedTensorType>(op->getResult(0).getType()))
      elementwise.push_back(op);
  });
  bool changed = false;
  for (Operation *op : elementwise) {
    std::optional<DimPermutation> permutation = getCommonTransposition(op);
    if (!permutation)
      continue;
    changed = true;
    for (OpOperand &operand : op->getOpOperands())
      if (auto transposition = operand.get().getDefiningOp<ContractOp>())
        operand.set(transposition.getInputs()[0]);
    Value result = op->getResult(0);
    result.setType(getSourceType(result.getType(), *permutation));
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    DimPermutation places(permutation->size());
    for (auto [dim, sourceDim] : llvm::enumerate(*permutation))
      places[sourceDim] = dim;
    Value transposed =
        createTransposition(builder, op->getLoc(), result, places);
    result.replaceAllUsesExcept(transposed, transposed.getDefiningOp());
  }
  return changed;
}
