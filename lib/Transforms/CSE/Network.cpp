//===- Network.cpp - Contractions as networks of tensors ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Network.h"

#include "tensornet/Analysis/ContractionGraph.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Equality
//===----------------------------------------------------------------------===//

namespace {

/// Sums do not depend on the order of what is added.
using Sum = size_t;

/// The hash of a contraction: each index counts by the places where it stands,
/// each tensor by its indices.
class ContractionHash {
public:
  explicit ContractionHash(const ContractionSpec &spec);
  llvm::hash_code get() const;

private:
  llvm::hash_code hashTensor(unsigned number) const {
    return llvm::hash_combine(spec.inputs[number].getAsOpaquePointer(),
                              bool(spec.indexing.conjugated[number]));
  }
  void addPlaces(const Subscripts &subscripts, llvm::hash_code tensor,
                 bool inOrder);
  Sum hashForm(const LinearForm &form) const;

  const ContractionSpec &spec;
  SmallVector<Sum> indices;
};

} // namespace

void ContractionHash::addPlaces(const Subscripts &subscripts,
                                llvm::hash_code tensor, bool inOrder) {
  for (auto [dim, form] : llvm::enumerate(subscripts))
    for (LinearForm::Term term : form.getTerms())
      indices[term.index] += llvm::hash_combine(
          tensor, inOrder ? dim : 0, form.getConstant(), term.coefficient);
}

ContractionHash::ContractionHash(const ContractionSpec &spec)
    : spec(spec), indices(spec.indexing.getNumIndices()) {
  for (auto [number, subscripts] : llvm::enumerate(spec.indexing.operands))
    addPlaces(subscripts, hashTensor(number), /*inOrder=*/true);
  addPlaces(spec.indexing.result, llvm::hash_code(0), /*inOrder=*/false);
  for (const auto &[index, extent] : spec.extents)
    indices[index] += llvm::hash_value(extent.getOpaqueValue());
}

Sum ContractionHash::hashForm(const LinearForm &form) const {
  Sum sum = form.getConstant();
  for (LinearForm::Term term : form.getTerms())
    sum += llvm::hash_combine(term.coefficient, indices[term.index]);
  return sum;
}

llvm::hash_code ContractionHash::get() const {
  Sum tensors = 0, result = 0;
  for (auto [number, subscripts] : llvm::enumerate(spec.indexing.operands)) {
    llvm::hash_code tensor = hashTensor(number);
    for (const LinearForm &form : subscripts)
      tensor = llvm::hash_combine(tensor, hashForm(form));
    tensors += tensor;
  }
  for (const LinearForm &form : spec.indexing.result)
    result += llvm::hash_value(hashForm(form));
  return llvm::hash_combine(tensors, result, spec.indexing.result.size(),
                            spec.elementType);
}

llvm::hash_code mlir::tensornet::hashContraction(const ContractionSpec &spec) {
  return ContractionHash(spec).get();
}

std::optional<DimPermutation>
mlir::tensornet::matchContractions(const ContractionSpec &first,
                                   const ContractionSpec &second,
                                   ResultOrder order) {
  if (first.elementType != second.elementType)
    return std::nullopt;
  DenseMap<const void *, unsigned> numbers;
  auto getNumber = [&](const void *pointer) {
    return numbers.try_emplace(pointer, numbers.size()).first->second;
  };
  struct Names {
    SmallVector<unsigned> tensors, extents, sizes;
  };
  auto getNames = [&](const ContractionSpec &spec) {
    Names names;
    for (Value input : spec.inputs)
      names.tensors.push_back(getNumber(input.getAsOpaquePointer()));
    for (const IndexExtent &extent : spec.extents)
      names.extents.push_back(getNumber(extent.second.getOpaqueValue()));
    for (OpFoldResult size : spec.resultSizes)
      names.sizes.push_back(getNumber(size.getOpaqueValue()));
    return names;
  };
  Names ofFirst = getNames(first), ofSecond = getNames(second);
  return matchContractions(
      {first.indexing, ofFirst.tensors, ofFirst.extents, ofFirst.sizes},
      {second.indexing, ofSecond.tensors, ofSecond.extents, ofSecond.sizes},
      order);
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

static bool areBare(const Subscripts &subscripts) {
  return llvm::all_of(subscripts,
                      [](const LinearForm &form) { return form.isBare(); });
}

/// The contraction that makes operand `number` of `op`, if one can stand for
/// the other's operand: no rounding in between, and each index of its result
/// once, on one of its operands.
static ContractOp getPartOfNetwork(ContractOp op, unsigned number) {
  auto producer = op.getInputs()[number].getDefiningOp<ContractOp>();
  if (!producer || producer.isVirtual() ||
      !areBare(op.getIndexingValue().operands[number]) ||
      !op.getIndexingValue().extents.empty())
    return {};
  const Indexing &made = producer.getIndexingValue();
  IndexSet result = getIndexSet(made.result), read;
  for (const Subscripts &subscripts : made.operands)
    read = unite(read, getIndexSet(subscripts));
  bool fits =
      made.extents.empty() && areBare(made.result) &&
      result.size() == made.result.size() && isSubset(result, read) &&
      producer.getResultType().getElementType() == producer.getComputeType() &&
      producer.getComputeType() == op.getComputeType();
  return fits ? producer : ContractOp();
}

void Networks::substitute(const ContractionSpec &producer,
                          const Subscripts &read, bool conjugated,
                          IndexId &numIndices, ContractionSpec &spec) {
  SmallVector<std::optional<IndexId>> renamed(
      producer.indexing.getNumIndices());
  for (auto [form, place] : llvm::zip_equal(producer.indexing.result, read))
    renamed[form.getBareIndex()] = place.getBareIndex();
  for (std::optional<IndexId> &index : renamed)
    if (!index)
      index = numIndices++;
  auto rename = [&](const LinearForm &form) {
    return form.rename([&](IndexId index) { return *renamed[index]; });
  };
  for (unsigned number = 0; number < producer.inputs.size(); ++number) {
    spec.inputs.push_back(producer.inputs[number]);
    spec.indexing.operands.push_back(llvm::to_vector_of<LinearForm, 4>(
        llvm::map_range(producer.indexing.operands[number], rename)));
    spec.indexing.conjugated.push_back(producer.indexing.conjugated[number] !=
                                       conjugated);
  }
}

const ContractionSpec &Networks::get(ContractOp op) {
  auto found = networks.find(op);
  if (found != networks.end())
    return found->second;
  ContractionSpec whole = getContractionSpec(op), network = whole;
  network.inputs.clear();
  network.indexing.operands.clear();
  network.indexing.conjugated.clear();
  IndexId numIndices = whole.indexing.getNumIndices();
  for (unsigned number = 0; number < whole.inputs.size(); ++number) {
    const Subscripts &read = whole.indexing.operands[number];
    bool conjugated = whole.indexing.conjugated[number];
    auto part = networks.end();
    if (ContractOp producer = getPartOfNetwork(op, number))
      part = networks.find(producer);
    if (part != networks.end()) {
      substitute(part->second, read, conjugated, numIndices, network);
      continue;
    }
    network.inputs.push_back(whole.inputs[number]);
    network.indexing.operands.push_back(read);
    network.indexing.conjugated.push_back(conjugated);
  }
  bool isSmall = network.inputs.size() <= kMaxTensors;
  return networks
      .try_emplace(op, isSmall ? std::move(network) : std::move(whole))
      .first->second;
}
