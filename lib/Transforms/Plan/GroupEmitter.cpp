//===- GroupEmitter.cpp - Contractions of a planned group -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionGroup.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace mlir::tensornet {

/// Makes the contractions of a planned group, results in program order, each
/// product right before the first result that needs it. The leaves below a
/// result are the same as before, so they all dominate it.
class GroupEmitter {
public:
  GroupEmitter(ContractionGroup &group, const ProductGroup &planned);
  void run();

private:
  using Entry = ContractionGroup::Entry;

  void findUnchanged();
  bool isScalar(TensorId tensor) const {
    return planned.getTensor(tensor).sizes.empty();
  }
  unsigned countTensors(const Product &product) const;
  bool canInline(const Product &reader, unsigned position) const;
  Product inlineScalings(Product product) const;
  const Product &getProduct(TensorId tensor);
  SmallVector<TensorId> getOperands(TensorId tensor);

  void emitResult(Entry &entry);
  void emit(TensorId tensor, Operation *before);
  void keep(Entry &entry, Operation *before);
  ContractionSpec getSpec(const Product &product);
  Value create(const Product &product, Operation *before);
  Value finish(const Entry &entry);
  Value finishInOne(const Entry &entry, const Product &product);
  void replace(Entry &entry, Value value);

  ContractionGroup &group;
  const ProductGroup &planned;
  std::vector<unsigned> numReads;
  std::vector<Value> values;
  std::vector<Entry *> entryOf;
  std::vector<bool> isUnchanged;
  /// Products with the scalings that their contraction takes in.
  std::vector<std::optional<Product>> products;
};

} // namespace mlir::tensornet

GroupEmitter::GroupEmitter(ContractionGroup &group, const ProductGroup &planned)
    : group(group), planned(planned), numReads(planned.countReads()),
      values(group.leafValues), entryOf(planned.getNumTensors()),
      isUnchanged(planned.getNumTensors()), products(planned.getNumTensors()) {
  values.resize(planned.getNumTensors());
  for (Entry &entry : group.entries)
    entryOf[entry.tensor] = &entry;
  findUnchanged();
}

static bool areEqual(const Product &lhs, const Product &rhs) {
  return lhs.result == rhs.result && lhs.factors.size() == rhs.factors.size() &&
         llvm::all_of(llvm::zip_equal(lhs.factors, rhs.factors), [](auto pair) {
           auto &[a, b] = pair;
           return a.tensor == b.tensor && a.indices == b.indices &&
                  a.conjugated == b.conjugated;
         });
}

/// A contraction stays where its products are what they were and nothing else
/// reads those that it does not return.
void GroupEmitter::findUnchanged() {
  for (Entry &entry : group.entries)
    isUnchanged[entry.tensor] =
        (entry.isWhole || numReads[entry.tensor] == 0) &&
        llvm::all_of(entry.made, [&](TensorId tensor) {
          return areEqual(planned.getProduct(tensor),
                          group.products.getProduct(tensor)) &&
                 (tensor == entry.tensor || numReads[tensor] == 1);
        });
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// The factors that are not 0-d.
unsigned GroupEmitter::countTensors(const Product &product) const {
  return llvm::count_if(product.factors, [&](const ProductFactor &factor) {
    return !isScalar(factor.tensor);
  });
}

/// True where the contraction of `reader` can take in the factors of the factor
/// at `position`: scaling is no step of its own where a step of two tensors is
/// at hand.
bool GroupEmitter::canInline(const Product &reader, unsigned position) const {
  TensorId tensor = reader.factors[position].tensor;
  if (planned.isLeaf(tensor) || planned.getTensor(tensor).isResult ||
      numReads[tensor] != 1)
    return false;
  // What a loop keeps is left for it to keep, and adjoints are taken of binary
  // steps.
  double frequency = planned.getTensor(tensor).frequency;
  for (const ProductFactor &factor : reader.factors)
    if (planned.getTensor(factor.tensor).frequency > frequency ||
        planned.getTensor(factor.tensor).active)
      return false;
  const Product &inner = planned.getProduct(tensor);
  unsigned innerTensors = countTensors(inner);
  unsigned others = countTensors(reader) - !isScalar(tensor);
  bool hasScalar =
      innerTensors < inner.factors.size() || reader.factors.size() - 1 > others;
  if (!hasScalar || innerTensors + others > 2)
    return false;
  // A sum over one tensor alone comes before or after a product.
  if (others == 0)
    return reader.result.size() == inner.result.size() || innerTensors == 0;
  IndexSet indices;
  for (const ProductFactor &factor : inner.factors)
    indices = unite(indices, makeIndexSet(factor.indices));
  return indices.size() == inner.result.size();
}

/// `product` with scalings of its factors, or of all of it, taken in.
Product GroupEmitter::inlineScalings(Product product) const {
  for (unsigned position = 0; position < product.factors.size();) {
    if (!canInline(product, position)) {
      ++position;
      continue;
    }
    ProductFactor outer = product.factors[position];
    const Product &inner = planned.getProduct(outer.tensor);
    unsigned numIndices = product.getNumIndices();
    product.factors.erase(product.factors.begin() + position);
    for (ProductFactor factor : inner.factors) {
      for (IndexId &index : factor.indices) {
        const IndexId *place = llvm::find(inner.result, index);
        index = place == inner.result.end()
                    ? numIndices + index
                    : outer.indices[place - inner.result.begin()];
      }
      factor.conjugated ^= outer.conjugated;
      product.factors.push_back(std::move(factor));
    }
    position = 0;
  }
  return product;
}

const Product &GroupEmitter::getProduct(TensorId tensor) {
  if (!products[tensor])
    products[tensor] = inlineScalings(planned.getProduct(tensor));
  return *products[tensor];
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// The operands of the contraction that `product` is; all have been emitted.
ContractionSpec GroupEmitter::getSpec(const Product &product) {
  ContractionSpec spec;
  for (const ProductFactor &factor : product.factors) {
    spec.inputs.push_back(values[factor.tensor]);
    spec.indexing.operands.push_back(bareSubscripts(factor.indices));
    spec.indexing.conjugated.push_back(factor.conjugated);
  }
  spec.indexing.result = bareSubscripts(product.result);
  spec.elementType = group.computeType;
  return spec;
}

Value GroupEmitter::create(const Product &product, Operation *before) {
  OpBuilder builder(before);
  return createContraction(builder, before->getLoc(), getSpec(product));
}

/// What the contraction of `tensor` reads.
SmallVector<TensorId> GroupEmitter::getOperands(TensorId tensor) {
  SmallVector<TensorId> operands;
  if (isUnchanged[tensor]) {
    for (Value input : entryOf[tensor]->op.getInputs())
      operands.push_back(group.tensorOf.lookup(input));
  } else {
    for (const ProductFactor &factor : getProduct(tensor).factors)
      operands.push_back(factor.tensor);
  }
  return operands;
}

/// Uses the contraction that is there, behind what it reads now.
void GroupEmitter::keep(Entry &entry, Operation *before) {
  entry.op->moveBefore(before);
  values[entry.tensor] = entry.op.getResult();
}

/// Makes the value of `tensor` and of all that it needs, without recursion.
void GroupEmitter::emit(TensorId tensor, Operation *before) {
  SmallVector<std::pair<TensorId, SmallVector<TensorId>>> path;
  auto enter = [&](TensorId next) {
    if (!values[next])
      path.push_back({next, getOperands(next)});
  };
  enter(tensor);
  while (!path.empty()) {
    auto &[current, operands] = path.back();
    if (!operands.empty()) {
      enter(operands.pop_back_val());
      continue;
    }
    if (isUnchanged[current])
      keep(*entryOf[current], before);
    else
      values[current] = create(getProduct(current), before);
    path.pop_back();
  }
}

void GroupEmitter::replace(Entry &entry, Value value) {
  Value old = entry.op.getResult();
  if (value == old)
    return;
  if (value.getType() != old.getType()) {
    OpBuilder builder(entry.op.getContext());
    builder.setInsertionPointAfterValue(value);
    value = tensor::CastOp::create(builder, entry.op.getLoc(), old.getType(),
                                   value);
  }
  old.replaceAllUsesWith(value);
  auto leaf = group.tensorOf.find(old);
  if (leaf != group.tensorOf.end())
    values[leaf->second] = value;
}

/// The result of a contraction that broadcasts, repeats a dimension or rounds,
/// in the contraction of `product`.
Value GroupEmitter::finishInOne(const Entry &entry, const Product &product) {
  ContractOp op = entry.op;
  ContractionSpec old = getContractionSpec(op);
  ContractionSpec spec = getSpec(product);
  unsigned numIndices = product.getNumIndices();
  for (LinearForm &form : old.indexing.result) {
    IndexId index = form.getBareIndex();
    const IndexId *place = llvm::find(entry.dims, index);
    form = LinearForm::bare(place == entry.dims.end()
                                ? numIndices + index
                                : product.result[place - entry.dims.begin()]);
  }
  spec.indexing.result = old.indexing.result;
  spec.resultSizes = old.resultSizes;
  spec.elementType = old.elementType;
  OpBuilder builder(op);
  return createContraction(builder, op.getLoc(), std::move(spec));
}

Value GroupEmitter::finish(const Entry &entry) {
  ContractOp op = entry.op;
  const Product &product = getProduct(entry.tensor);
  bool isBroadcast =
      llvm::any_of(op.getIndexingValue().result, [&](const LinearForm &form) {
        return !llvm::is_contained(entry.dims, form.getBareIndex());
      });
  // Broadcasting is a contraction of its own, unless only a copy precedes it.
  IndexSet indices;
  for (const ProductFactor &factor : product.factors)
    indices = unite(indices, makeIndexSet(factor.indices));
  bool isCopy =
      countTensors(product) <= 1 && indices.size() == product.result.size();
  if (numReads[entry.tensor] == 0 && (!isBroadcast || isCopy)) {
    for (TensorId operand : getOperands(entry.tensor))
      emit(operand, op);
    return finishInOne(entry, product);
  }
  emit(entry.tensor, op);
  Product copy;
  copy.result = llvm::to_vector<4>(llvm::seq<IndexId>(entry.dims.size()));
  copy.factors.push_back({entry.tensor, copy.result});
  return finishInOne(entry, copy);
}

void GroupEmitter::emitResult(Entry &entry) {
  if (isUnchanged[entry.tensor]) {
    // Its operands may move or change.
    for (TensorId operand : getOperands(entry.tensor))
      emit(operand, entry.op);
    values[entry.tensor] = entry.op.getResult();
    return;
  }
  if (!entry.isWhole)
    return replace(entry, finish(entry));
  emit(entry.tensor, entry.op);
  replace(entry, values[entry.tensor]);
}

void GroupEmitter::run() {
  for (Entry &entry : group.entries)
    if (planned.getTensor(entry.tensor).isResult)
      emitResult(entry);
  // What the plan needs no longer goes away, readers first.
  for (Entry &entry : llvm::reverse(group.entries)) {
    if (Value value = values[entry.tensor]; value && entry.isWhole)
      replace(entry, value);
    if (entry.op->use_empty())
      entry.op->erase();
  }
}

void ContractionGroup::rewrite(const ProductGroup &planned) {
  GroupEmitter(*this, planned).run();
}
