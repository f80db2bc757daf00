//===- ContractionMatch.cpp - Contractions up to names and order ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ContractionMatch.h"

#include "LabeledGraph.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

bool mlir::tensornet::isIdentity(llvm::ArrayRef<unsigned> permutation) {
  return llvm::all_of(llvm::enumerate(permutation), [](auto entry) {
    return entry.index() == entry.value();
  });
}

namespace {

/// What a vertex stands for: the first number of its colour.
enum VertexKind : int64_t {
  Operand,
  OperandDim,
  ResultDim,
  Coefficient,
  Index,
};

/// The graph of a contraction. A tensor is joined with its dimensions, a
/// dimension with the indices of its subscript, through a vertex for the
/// coefficient where that is not 1.
class ContractionGraphBuilder {
public:
  ContractionGraphBuilder(const NamedContraction &contraction,
                          ResultOrder order);

  LabeledGraph graph;
  /// The vertices of the result's dimensions.
  std::vector<unsigned> resultDims;

private:
  void addForm(unsigned dim, const LinearForm &form);

  std::vector<unsigned> indices;
};

} // namespace

void ContractionGraphBuilder::addForm(unsigned dim, const LinearForm &form) {
  for (LinearForm::Term term : form.getTerms()) {
    unsigned end = dim;
    if (term.coefficient != 1) {
      end = graph.addVertex({Coefficient, term.coefficient});
      graph.addEdge(dim, end);
    }
    graph.addEdge(end, indices[term.index]);
  }
}

ContractionGraphBuilder::ContractionGraphBuilder(
    const NamedContraction &contraction, ResultOrder order) {
  const Indexing &indexing = contraction.indexing;
  std::vector<int64_t> extents(indexing.getNumIndices(), -1);
  for (auto [extent, name] :
       llvm::zip_equal(indexing.extents, contraction.extents))
    extents[extent.index] = name;
  for (int64_t extent : extents)
    indices.push_back(graph.addVertex({Index, extent}));
  for (unsigned number = 0; number < indexing.operands.size(); ++number) {
    const Subscripts &subscripts = indexing.operands[number];
    unsigned operand = graph.addVertex(
        {Operand, contraction.tensors[number], indexing.conjugated[number],
         static_cast<int64_t>(subscripts.size())});
    for (auto [position, form] : llvm::enumerate(subscripts)) {
      unsigned dim = graph.addVertex(
          {OperandDim, static_cast<int64_t>(position), form.getConstant()});
      graph.addEdge(operand, dim);
      addForm(dim, form);
    }
  }
  for (auto [position, form] : llvm::enumerate(indexing.result)) {
    int64_t place =
        order == ResultOrder::Same ? static_cast<int64_t>(position) : -1;
    int64_t size =
        contraction.sizes.empty() ? -1 : int64_t(contraction.sizes[position]);
    resultDims.push_back(
        graph.addVertex({ResultDim, place, size, form.getConstant()}));
    addForm(resultDims.back(), form);
  }
}

static std::optional<DimPermutation> matchInOrder(const NamedContraction &a,
                                                  const NamedContraction &b,
                                                  ResultOrder order) {
  ContractionGraphBuilder ofA(a, order), ofB(b, order);
  auto images = ofA.graph.findIsomorphism(ofB.graph);
  if (!images)
    return std::nullopt;
  DimPermutation permutation;
  for (unsigned dim : ofA.resultDims)
    permutation.push_back(llvm::find(ofB.resultDims, (*images)[dim]) -
                          ofB.resultDims.begin());
  return permutation;
}

std::optional<DimPermutation> mlir::tensornet::matchContractions(
    const NamedContraction &a, const NamedContraction &b, ResultOrder order) {
  // Different tensors make most contractions different.
  llvm::SmallVector<unsigned> tensors(a.tensors), otherTensors(b.tensors);
  llvm::sort(tensors);
  llvm::sort(otherTensors);
  if (tensors != otherTensors ||
      a.indexing.result.size() != b.indexing.result.size())
    return std::nullopt;
  auto identity = matchInOrder(a, b, ResultOrder::Same);
  return identity || order == ResultOrder::Same
             ? identity
             : matchInOrder(a, b, ResultOrder::Any);
}

bool mlir::tensornet::areEqualUpToRenaming(const NamedContraction &a,
                                           const NamedContraction &b) {
  return matchContractions(a, b, ResultOrder::Same).has_value();
}
