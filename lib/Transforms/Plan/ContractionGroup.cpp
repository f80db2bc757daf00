//===- ContractionGroup.cpp - Contractions of a block ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionGroup.h"

#include "tensornet/Transforms/Plan/ContractionOrder.h"
#include "tensornet/Transforms/Plan/Plan.h"

using namespace mlir;
using namespace mlir::tensornet;

bool mlir::tensornet::canPlanTogether(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  if (!indexing.extents.empty() || !indexing.isAllBare())
    return false;
  bool hasLeaf = false;
  for (unsigned operand = 0; operand < op.getInputs().size(); ++operand) {
    OperandKind kind = getOperandKind(op, operand);
    if (kind == OperandKind::Virtual)
      return false;
    hasLeaf |= kind == OperandKind::Leaf;
  }
  Type compute = op.getComputeType();
  bool wraps = isa<IntegerType>(compute) &&
               op.getResultType().getElementType() != compute;
  return hasLeaf && !wraps;
}

bool ContractionGroup::canJoin(ContractOp op) {
  // A kernel is for the contraction as it is written.
  return canPlanTogether(op) && isPairwise(op) && !op.getKernelAttr();
}

ContractionGroup::ContractionGroup(Block &block, Type computeType,
                                   function_ref<LeafFacts(Value)> getFacts)
    : block(block), computeType(computeType) {
  for (ContractOp op : block.getOps<ContractOp>())
    if (!op->use_empty() && op.getComputeType() == computeType && canJoin(op))
      addEntry(op, getFacts);
  markResults();
}

/// The tensor that `value` is, a new leaf where it is no product of the group.
TensorId ContractionGroup::getTensor(Value value,
                                     function_ref<LeafFacts(Value)> getFacts) {
  auto [entry, isNew] = tensorOf.try_emplace(value);
  if (!isNew)
    return entry->second;
  SmallVector<double> sizes;
  for (int64_t size : cast<RankedTensorType>(value.getType()).getShape())
    sizes.push_back(size == kDynamicExtent ? kDynamicExtentHint : size);
  LeafFacts facts = getFacts(value);
  TensorId leaf = products.addLeaf(sizes, facts.active, facts.frequency);
  leafValues.resize(leaf + 1);
  leafValues[leaf] = value;
  return entry->second = leaf;
}

/// `factor` times a 0-d tensor.
ProductFactor ContractionGroup::addScaled(Entry &entry,
                                          const ProductFactor &scalar,
                                          const ProductFactor &factor) {
  Product product{{scalar, factor}, {}};
  for (IndexId index : factor.indices)
    if (!llvm::is_contained(product.result, index))
      product.result.push_back(index);
  SmallVector<IndexId, 4> indices = product.result;
  entry.made.push_back(products.addProduct(std::move(product)));
  return {entry.made.back(), indices};
}

/// Multiplies the smallest tensor of `product`, an operand or the result, with
/// a 0-d tensor: that is how such contractions are counted.
void ContractionGroup::addScaling(Entry &entry, Product &product,
                                  const ProductFactor &scalar) {
  std::vector<double> extents = products.getExtents(product);
  auto getSize = [&](ArrayRef<IndexId> indices) {
    double size = 1;
    for (IndexId index : makeIndexSet(indices))
      size *= extents[index];
    return size;
  };
  double size = getSize(product.result);
  if (product.factors.size() == 1 &&
      getSize(product.factors[0].indices) == size) {
    product.factors.push_back(scalar);
    return;
  }
  ProductFactor *smallest = nullptr;
  for (ProductFactor &factor : product.factors) {
    if (getSize(factor.indices) >= size)
      continue;
    size = getSize(factor.indices);
    smallest = &factor;
  }
  if (smallest) {
    *smallest = addScaled(entry, scalar, *smallest);
    return;
  }
  entry.made.push_back(products.addProduct(product));
  product.factors.assign({scalar, {entry.made.back(), product.result}});
}

/// Adds the products of `op`. Scalars are multiplied with each other, then with
/// one tensor.
void ContractionGroup::addEntry(ContractOp op,
                                function_ref<LeafFacts(Value)> getFacts) {
  const Indexing &indexing = op.getIndexingValue();
  Entry entry{op, 0, {}, true, {}};
  Product product;
  std::optional<ProductFactor> scalar;
  IndexSet spanned;
  for (auto [operand, input] : llvm::enumerate(op.getInputs())) {
    ProductFactor factor{
        getTensor(input, getFacts), {}, indexing.conjugated[operand]};
    for (const LinearForm &form : indexing.operands[operand])
      factor.indices.push_back(form.getBareIndex());
    spanned = unite(spanned, makeIndexSet(factor.indices));
    if (!factor.indices.empty())
      product.factors.push_back(std::move(factor));
    else
      scalar = scalar ? addScaled(entry, *scalar, factor) : factor;
  }
  for (const LinearForm &form : indexing.result) {
    IndexId index = form.getBareIndex();
    bool isRepeated = llvm::is_contained(entry.dims, index);
    bool isBroadcast = !llvm::is_contained(spanned, index);
    entry.isWhole &= !isRepeated && !isBroadcast;
    if (!isRepeated && !isBroadcast)
      entry.dims.push_back(index);
  }
  entry.isWhole &= op.getResultType().getElementType() == computeType;
  product.result = entry.dims;
  if (scalar)
    addScaling(entry, product, *scalar);
  entry.tensor = products.addProduct(std::move(product));
  entry.made.push_back(entry.tensor);
  if (entry.isWhole)
    tensorOf[op.getResult()] = entry.tensor;
  entries.push_back(std::move(entry));
}

/// What anything else than a contraction of the group reads is a result.
void ContractionGroup::markResults() {
  SmallPtrSet<Operation *, 16> members;
  for (const Entry &entry : entries)
    members.insert(entry.op);
  for (Entry &entry : entries)
    if (!entry.isWhole ||
        llvm::any_of(entry.op->getUsers(),
                     [&](Operation *user) { return !members.contains(user); }))
      products.setResult(entry.tensor);
  leafValues.resize(products.getNumTensors());
}
