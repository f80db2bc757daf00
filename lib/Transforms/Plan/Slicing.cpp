//===- Slicing.cpp - Contractions within a memory limit -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Plan/Slicing.h"

#include "tensornet/Analysis/CostModel.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// What can be sliced
//===----------------------------------------------------------------------===//

IndexSet mlir::tensornet::getSliceableIndices(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  ContractionShapes shapes = op.getShapes();
  SmallVector<int64_t> extents = op.getStaticExtents();
  BitVector sliceable(indexing.getNumIndices());
  for (IndexId index = 0; index < sliceable.size(); ++index)
    sliceable[index] = extents[index] != kDynamicExtent && extents[index] > 1 &&
                       !indexing.getExplicitExtent(index);
  auto refuse = [&](const Subscripts &subscripts, ArrayRef<int64_t> shape,
                    bool isVirtual) {
    for (auto [form, size] : llvm::zip_equal(subscripts, shape))
      if (isVirtual || !form.isBare() || ShapedType::isDynamic(size))
        for (LinearForm::Term term : form.getTerms())
          sliceable.reset(term.index);
  };
  for (unsigned number = 0; number < op.getInputs().size(); ++number)
    refuse(indexing.operands[number], shapes[number],
           getOperandKind(op, number) == OperandKind::Virtual);
  refuse(indexing.result, shapes.back(), /*isVirtual=*/false);
  IndexSet result;
  for (unsigned index : sliceable.set_bits())
    result.push_back(index);
  return result;
}

//===----------------------------------------------------------------------===//
// Trees of other contractions
//===----------------------------------------------------------------------===//

SmallVector<std::optional<unsigned>>
mlir::tensornet::getLeafOperands(const OrderingProblem &problem,
                                 const ContractionTree &tree) {
  SmallVector<std::optional<unsigned>> operands(tree.getNumNodes());
  llvm::copy(problem.leaves, operands.begin());
  if (problem.leaves.size() < tree.getNumLeaves())
    operands[problem.leaves.size()] = problem.scalars.front();
  return operands;
}

ContractionTree
mlir::tensornet::transferTree(const ContractionTree &tree,
                              const OrderingProblem &target,
                              ArrayRef<std::optional<unsigned>> operands) {
  std::vector<std::optional<NodeId>> nodes(tree.getNumNodes());
  std::optional<NodeId> scalar;
  for (auto [node, operand] : llvm::enumerate(operands)) {
    if (!operand)
      continue;
    const unsigned *leaf = llvm::find(target.leaves, *operand);
    if (leaf != target.leaves.end())
      nodes[node] = leaf - target.leaves.begin();
    else
      scalar = node;
  }
  if (scalar && !target.leaves.empty())
    nodes[*scalar] = target.leaves.size();
  ContractionTree result(target.graph.getNumLeaves());
  for (auto [number, step] : llvm::enumerate(tree.getSteps())) {
    std::optional<NodeId> &node = nodes[tree.getNumLeaves() + number];
    std::optional<NodeId> lhs = nodes[step.lhs], rhs = nodes[step.rhs];
    if (!node)
      node = lhs && rhs ? result.addStep(*lhs, *rhs) : (lhs ? lhs : rhs);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// What is sliced
//===----------------------------------------------------------------------===//

/// "'i' and 'k' (4 x 8)".
static std::string formatIndices(const ContractionGraph &graph,
                                 const IndexSet &indices) {
  std::string names, extents;
  for (auto [number, index] : llvm::enumerate(indices)) {
    names += (number ? ", '" : "'") + getIndexName(index) + "'";
    extents +=
        llvm::formatv("{0}{1:f0}", number ? " x " : "", graph.getExtent(index));
  }
  return names + " (" + extents + ")";
}

static std::string formatCount(double count) {
  return llvm::formatv("{0:f0}", count);
}

/// Tells remark streamers what was sliced and what it cost.
static void reportSlices(ContractOp op, const ContractionGraph &graph,
                         uint64_t memoryLimit, const ContractionTree &whole,
                         const SlicedTree &tree, StringRef category) {
  TreeCost before = computeCost(graph, whole);
  TreeCost after = computeCost(graph, tree.tree, tree.sliced);
  std::string sliced = formatIndices(graph, tree.sliced);
  remark::passed(
      op.getLoc(),
      remark::RemarkOpts::name("ContractionSliced").category(category))
      << remark::add("contraction sliced to fit the memory limit")
      << remark::metric("Sliced", sliced)
      << remark::metric("MemoryLimit", std::to_string(memoryLimit))
      << remark::metric("PeakWhole", formatCount(before.peak))
      << remark::metric("Peak", formatCount(after.peak))
      << remark::metric("MultiplicationsWhole", formatCount(before.weighted))
      << remark::metric("Multiplications", formatCount(after.weighted));
}

/// The error where no slices of `op` fit, with the least that was found.
static LogicalResult emitDoesNotFit(ContractOp op,
                                    const OrderingProblem &problem,
                                    uint64_t memoryLimit) {
  IndexSet sliceable = getSliceableIndices(op);
  ContractionTree tree = findTree(problem.graph);
  InFlightDiagnostic diag =
      op.emitError("cannot be evaluated within memory-limit=")
      << memoryLimit << ": ";
  if (sliceable.empty())
    diag << "none of its indices can be sliced";
  else
    diag << "slicing " << formatIndices(problem.graph, sliceable)
         << " still keeps "
         << formatCount(computeCost(problem.graph, tree, sliceable).peak)
         << " elements alive";
  return diag;
}

FailureOr<SlicedTree> mlir::tensornet::findTreeWithinMemory(
    ContractOp op, const OrderingProblem &problem, uint64_t memoryLimit,
    SearchOptions options, SearchSummary &summary, StringRef category) {
  ContractionTree whole = findTree(problem.graph, options, &summary);
  if (memoryLimit == 0 || computeCost(problem.graph, whole).peak <= memoryLimit)
    return SlicedTree{whole, {}};
  IndexSet sliceable = getSliceableIndices(op);
  options.memoryLimit = memoryLimit;
  for (IndexId index = 0; index < problem.graph.getNumIndices(); ++index)
    if (!llvm::is_contained(sliceable, index))
      options.wholeIndices.push_back(index);
  std::optional<SlicedTree> tree = findSlicedTree(problem.graph, options);
  if (!tree)
    return emitDoesNotFit(op, problem, memoryLimit);
  if (!tree->sliced.empty())
    reportSlices(op, problem.graph, memoryLimit, whole, *tree, category);
  return *tree;
}
