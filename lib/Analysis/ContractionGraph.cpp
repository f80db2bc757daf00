//===- ContractionGraph.cpp - A contraction network as a hypergraph -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ContractionGraph.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>
#include <iterator>

using namespace mlir::tensornet;

IndexSet mlir::tensornet::makeIndexSet(llvm::ArrayRef<IndexId> indices) {
  IndexSet set(indices);
  llvm::sort(set);
  set.erase(llvm::unique(set), set.end());
  return set;
}

IndexSet mlir::tensornet::getIndexSet(llvm::ArrayRef<LinearForm> subscripts) {
  llvm::SmallVector<IndexId> indices;
  for (const LinearForm &form : subscripts)
    for (const LinearForm::Term &term : form.getTerms())
      indices.push_back(term.index);
  return makeIndexSet(indices);
}

bool mlir::tensornet::isSubset(const IndexSet &part, const IndexSet &whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

IndexSet mlir::tensornet::unite(const IndexSet &lhs, const IndexSet &rhs) {
  IndexSet result;
  result.reserve(lhs.size() + rhs.size());
  std::set_union(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(),
                 std::back_inserter(result));
  return result;
}

ContractionGraph ContractionGraph::get(const Indexing &indexing,
                                       llvm::ArrayRef<double> extents) {
  ContractionGraph graph;
  for (double extent : extents)
    graph.addIndex(extent);
  for (const Subscripts &operand : indexing.operands)
    graph.addLeaf(getIndexSet(operand));
  graph.setOutput(getIndexSet(indexing.result));
  return graph;
}

IndexId ContractionGraph::addIndex(double extent) {
  extents.push_back(extent > 0 ? extent : 0);
  keptByOutput.push_back(false);
  return extents.size() - 1;
}

unsigned ContractionGraph::addLeaf(llvm::ArrayRef<IndexId> indices, bool active,
                                   bool free) {
  Leaf leaf;
  leaf.indices = makeIndexSet(indices);
  leaf.active = active;
  leaf.free = free;
  assert((leaf.indices.empty() || leaf.indices.back() < getNumIndices()) &&
         "indices are added before the leaves that span them");
  leaves.push_back(std::move(leaf));
  return leaves.size() - 1;
}

void ContractionGraph::setOutput(llvm::ArrayRef<IndexId> indices) {
  for (IndexId index : output)
    keptByOutput[index] = false;
  output = makeIndexSet(indices);
  assert((output.empty() || output.back() < getNumIndices()) &&
         "indices are added before the output that keeps them");
  for (IndexId index : output)
    keptByOutput[index] = true;
}

bool ContractionGraph::isAnyLeafActive() const {
  return llvm::any_of(leaves, [](const Leaf &leaf) { return leaf.active; });
}

std::vector<unsigned> ContractionGraph::countOccurrences() const {
  std::vector<unsigned> occurrences(getNumIndices(), 0);
  for (const Leaf &leaf : leaves)
    for (IndexId index : leaf.indices)
      ++occurrences[index];
  return occurrences;
}

double ContractionGraph::getNumPoints(llvm::ArrayRef<IndexId> indices) const {
  double points = 1;
  for (IndexId index : indices) {
    if (extents[index] == 0)
      return 0;
    points *= extents[index];
  }
  return points;
}
