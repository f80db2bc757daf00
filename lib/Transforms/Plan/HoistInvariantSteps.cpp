//===- HoistInvariantSteps.cpp - What slices have in common ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/CostModel.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"
#include "tensornet/Transforms/Plan/Slicing.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// Splits one contraction along its tree.
class Hoisting {
public:
  Hoisting(ContractOp op, const OrderingProblem &problem, SlicedTree &tree);
  /// Chooses subtrees whose results fit into `spare` elements.
  void choose(double spare);
  bool isEmpty() const { return chosen.empty(); }
  /// Makes the contractions of the chosen subtrees and the one that is left.
  ContractOp run();

private:
  void findVaryingNodes();
  Value createSubtree(NodeId node);
  SmallVector<unsigned> getOperands(unsigned leaf) const;
  /// The contraction that is left, of the results of the chosen subtrees and of
  /// the other operands.
  ContractOp createRest(ArrayRef<Value> results);
  void updateTree(ContractOp rest);

  ContractOp op;
  OpBuilder builder;
  const OrderingProblem &problem;
  SlicedTree &tree;
  std::vector<IndexSet> indices;
  std::vector<bool> varies, active;
  /// The leaves below each node.
  std::vector<BitVector> leaves;
  SmallVector<NodeId> chosen;
  /// For each node the operand of the contraction that is left, if any.
  SmallVector<std::optional<unsigned>> operandsOfRest;
};

} // namespace

Hoisting::Hoisting(ContractOp op, const OrderingProblem &problem,
                   SlicedTree &tree)
    : op(op), builder(op), problem(problem), tree(tree),
      indices(tree.tree.computeNodeIndices(problem.graph)),
      varies(tree.tree.getNumNodes()),
      active(tree.tree.computeActiveNodes(problem.graph)),
      operandsOfRest(tree.tree.getNumNodes()) {
  findVaryingNodes();
}

void Hoisting::findVaryingNodes() {
  unsigned numLeaves = tree.tree.getNumLeaves();
  for (unsigned leaf = 0; leaf < numLeaves; ++leaf) {
    varies[leaf] =
        llvm::any_of(problem.graph.getLeaf(leaf).indices, [&](IndexId index) {
          return llvm::is_contained(tree.sliced, index);
        });
    leaves.emplace_back(numLeaves);
    leaves.back().set(leaf);
  }
  for (auto [number, step] : llvm::enumerate(tree.tree.getSteps())) {
    varies[numLeaves + number] = varies[step.lhs] || varies[step.rhs];
    leaves.push_back(leaves[step.lhs]);
    leaves.back() |= leaves[step.rhs];
  }
}

void Hoisting::choose(double spare) {
  for (auto [number, step] : llvm::enumerate(tree.tree.getSteps())) {
    if (!varies[tree.tree.getNumLeaves() + number])
      continue;
    for (NodeId node : {step.lhs, step.rhs}) {
      // Its cotangent is summed beside it.
      double kept =
          problem.graph.getNumPoints(indices[node]) * (1 + active[node]);
      if (varies[node] || tree.tree.isLeaf(node) || kept > spare)
        continue;
      spare -= kept;
      chosen.push_back(node);
    }
  }
}

/// The operands that leaf `leaf` stands for.
SmallVector<unsigned> Hoisting::getOperands(unsigned leaf) const {
  if (leaf < problem.leaves.size())
    return {problem.leaves[leaf]};
  return problem.scalars;
}

Value Hoisting::createSubtree(NodeId node) {
  const Indexing &indexing = op.getIndexingValue();
  ContractionSpec spec;
  SmallVector<std::optional<unsigned>> operands(tree.tree.getNumNodes());
  for (unsigned leaf : leaves[node].set_bits()) {
    operands[leaf] = spec.inputs.size();
    for (unsigned operand : getOperands(leaf)) {
      spec.inputs.push_back(op.getInputs()[operand]);
      spec.indexing.operands.push_back(indexing.operands[operand]);
      spec.indexing.conjugated.push_back(indexing.conjugated[operand]);
    }
  }
  spec.indexing.result = bareSubscripts(indices[node]);
  for (IndexId index : indices[node])
    spec.resultSizes.push_back(op.getExtent(builder, op.getLoc(), index));
  spec.extents = op.getMixedExplicitExtents();
  spec.elementType = op.getComputeType();
  auto whole = createContraction(builder, op.getLoc(), std::move(spec))
                   .getDefiningOp<ContractOp>();
  OrderingProblem part(whole, BitVector(whole.getInputs().size()));
  Value ordered =
      createTree(builder, whole, part, transferTree(tree.tree, part, operands));
  whole.erase();
  return ordered;
}

ContractOp Hoisting::createRest(ArrayRef<Value> results) {
  ContractionSpec whole = getContractionSpec(op), rest = whole;
  rest.inputs.clear();
  rest.indexing.operands.clear();
  rest.indexing.conjugated.clear();
  BitVector hoisted(whole.inputs.size());
  for (auto [node, result] : llvm::zip_equal(chosen, results)) {
    operandsOfRest[node] = rest.inputs.size();
    rest.inputs.push_back(result);
    rest.indexing.operands.push_back(bareSubscripts(indices[node]));
    rest.indexing.conjugated.push_back(false);
    for (unsigned leaf : leaves[node].set_bits())
      for (unsigned operand : getOperands(leaf))
        hoisted.set(operand);
  }
  SmallVector<std::optional<unsigned>> leafOperands =
      getLeafOperands(problem, tree.tree);
  for (unsigned operand = 0; operand < whole.inputs.size(); ++operand) {
    if (hoisted[operand])
      continue;
    const auto *leaf =
        llvm::find(leafOperands, std::optional<unsigned>(operand));
    if (leaf != leafOperands.end())
      operandsOfRest[leaf - leafOperands.begin()] = rest.inputs.size();
    rest.inputs.push_back(whole.inputs[operand]);
    rest.indexing.operands.push_back(whole.indexing.operands[operand]);
    rest.indexing.conjugated.push_back(whole.indexing.conjugated[operand]);
  }
  return createContraction(builder, op.getLoc(), std::move(rest))
      .getDefiningOp<ContractOp>();
}

/// The steps that are left, and sliced indices in the numbers of `rest`.
void Hoisting::updateTree(ContractOp rest) {
  OrderingProblem target(rest, BitVector(rest.getInputs().size()));
  ContractionTree left = transferTree(tree.tree, target, operandsOfRest);
  // Indices are numbered by first appearance: read them off the operands.
  SmallVector<IndexId> sliced;
  for (unsigned leaf = 0; leaf < problem.leaves.size(); ++leaf) {
    if (!operandsOfRest[leaf])
      continue;
    for (auto [form, renamed] : llvm::zip_equal(
             op.getIndexingValue().operands[problem.leaves[leaf]],
             rest.getIndexingValue().operands[*operandsOfRest[leaf]]))
      if (form.isBare() && llvm::is_contained(tree.sliced, form.getBareIndex()))
        sliced.push_back(renamed.getBareIndex());
  }
  tree = {std::move(left), makeIndexSet(sliced)};
}

ContractOp Hoisting::run() {
  SmallVector<Value> results;
  for (NodeId node : chosen)
    results.push_back(createSubtree(node));
  ContractOp rest = createRest(results);
  updateTree(rest);
  return rest;
}

ContractOp mlir::tensornet::hoistInvariantSteps(ContractOp op,
                                                const OrderingProblem &problem,
                                                uint64_t memoryLimit,
                                                SlicedTree &tree) {
  Hoisting hoisting(op, problem, tree);
  hoisting.choose(memoryLimit -
                  computeCost(problem.graph, tree.tree, tree.sliced).peak);
  if (hoisting.isEmpty())
    return op;
  ContractOp rest = hoisting.run();
  op.getResult().replaceAllUsesWith(rest.getResult());
  op.erase();
  return rest;
}
