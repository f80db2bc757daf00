//===- LayoutProblem.cpp - Tensors that share an order --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayoutProblem.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlir::tensornet;

bool mlir::tensornet::isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) &&
         op->getNumResults() == 1 &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

static bool isSplat(Value value) {
  DenseElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) && elements.isSplat();
}

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

static bool isMovable(Operation *op) {
  auto contraction = dyn_cast_or_null<ContractOp>(op);
  if (!contraction)
    return op && isElementwise(op);
  const Indexing &indexing = contraction.getIndexingValue();
  return indexing.isAllBare() && indexing.extents.empty() &&
         contraction.getInputs().size() > 0;
}

/// True where nothing but what can follow makes and reads `value`.
static bool isFree(Value value) {
  return isTensor(value) && isMovable(value.getDefiningOp()) &&
         llvm::all_of(value.getUsers(), isMovable);
}

LayoutProblem::LayoutProblem(Operation *root) {
  connect(root);
  root->walk([&](ContractOp op) {
    if (isMovable(op))
      addContraction(op);
  });
}

void LayoutProblem::connect(Operation *root) {
  SmallVector<Value> values;
  root->walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (isTensor(result) && !isSplat(result))
        values.push_back(result);
    if (!isElementwise(op))
      return;
    for (Value operand : op->getOperands())
      if (isTensor(operand) && !isSplat(operand))
        connected.unionSets(op->getResult(0), operand);
  });
  DenseSet<Value> pinned;
  auto leaderOf = [&](Value value) {
    return connected.getOrInsertLeaderValue(value);
  };
  // Arguments of blocks among them.
  for (auto member = connected.begin(); member != connected.end(); ++member)
    for (Value value : connected.members(**member))
      if (!isFree(value))
        pinned.insert(leaderOf(value));
  for (Value value : values) {
    Value leader = leaderOf(value);
    auto rank = cast<RankedTensorType>(value.getType()).getRank();
    if (!isFree(value) || pinned.contains(leader) || rank < 2)
      continue;
    auto [place, isNew] = groupOf.try_emplace(leader, groups.size());
    if (isNew)
      groups.push_back({llvm::to_vector<4>(llvm::seq<unsigned>(rank)), {}});
  }
}

void LayoutProblem::addContraction(ContractOp op) {
  Contraction made;
  const Indexing &indexing = op.getIndexingValue();
  auto add = [&](Value value, const Subscripts &subscripts) {
    std::optional<unsigned> group;
    auto member = connected.findLeader(value);
    if (member != connected.member_end())
      if (auto found = groupOf.find(*member); found != groupOf.end())
        group = found->second;
    made.groups.push_back(group);
    IndexOrder &indices = made.tensors.emplace_back();
    for (const LinearForm &form : subscripts)
      indices.push_back(form.getBareIndex());
    if (group && (groups[*group].contractions.empty() ||
                  groups[*group].contractions.back() != contractions.size()))
      groups[*group].contractions.push_back(contractions.size());
  };
  for (auto [input, subscripts] :
       llvm::zip_equal(op.getInputs(), indexing.operands))
    add(input, subscripts);
  add(op.getResult(), indexing.result);
  for (int64_t extent : op.getStaticExtents())
    made.extents.push_back(ShapedType::isDynamic(extent) ? 512.0
                                                         : double(extent));
  contractions.push_back(std::move(made));
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// The indices of a tensor in the order that its group has now.
IndexOrder LayoutProblem::getIndices(const Contraction &contraction,
                                     unsigned tensor) const {
  const IndexOrder &indices = contraction.tensors[tensor];
  if (!contraction.groups[tensor])
    return indices;
  IndexOrder ordered;
  for (unsigned dim : groups[*contraction.groups[tensor]].order)
    ordered.push_back(indices[dim]);
  return ordered;
}

double LayoutProblem::getCost(const Group &group) const {
  double cost = 0;
  for (unsigned number : group.contractions) {
    const Contraction &contraction = contractions[number];
    SmallVector<IndexOrder> tensors;
    for (unsigned tensor = 0; tensor < contraction.tensors.size(); ++tensor)
      tensors.push_back(getIndices(contraction, tensor));
    // Numbers are no tensors.
    llvm::erase_if(tensors, [&](const IndexOrder &indices) {
      return indices.empty() && &indices != &tensors.back();
    });
    cost += getLayoutCost(tensors, contraction.extents);
  }
  return cost;
}

/// The orders that other tensors of the same contractions suggest.
void LayoutProblem::addCandidates(unsigned group,
                                  SmallVector<DimOrder> &candidates) const {
  for (unsigned number : groups[group].contractions) {
    const Contraction &contraction = contractions[number];
    for (auto [own, ownGroup] : llvm::enumerate(contraction.groups)) {
      if (ownGroup != group)
        continue;
      const IndexOrder &indices = contraction.tensors[own];
      for (unsigned other = 0; other < contraction.tensors.size(); ++other) {
        IndexOrder reference = getIndices(contraction, other);
        reference.append(getIndices(contraction, own));
        DimOrder order = groups[group].order;
        llvm::stable_sort(order, [&](unsigned lhs, unsigned rhs) {
          return llvm::find(reference, indices[lhs]) <
                 llvm::find(reference, indices[rhs]);
        });
        if (!llvm::is_contained(candidates, order))
          candidates.push_back(std::move(order));
      }
    }
  }
}

void LayoutProblem::chooseOrder(unsigned number) {
  Group &group = groups[number];
  SmallVector<DimOrder> candidates;
  addCandidates(number, candidates);
  DimOrder best = group.order;
  double least = getCost(group);
  for (const DimOrder &candidate : candidates) {
    group.order = candidate;
    if (double cost = getCost(group); cost < least) {
      least = cost;
      best = candidate;
    }
  }
  group.order = best;
}

void LayoutProblem::solve() {
  for (unsigned number = groups.size(); number-- > 0;)
    chooseOrder(number);
  for (unsigned number = 0; number < groups.size(); ++number)
    chooseOrder(number);
}

const DimOrder *LayoutProblem::getOrder(Value value) const {
  auto member = connected.findLeader(value);
  if (member == connected.member_end())
    return nullptr;
  auto group = groupOf.find(*member);
  if (group == groupOf.end() || llvm::is_sorted(groups[group->second].order))
    return nullptr;
  return &groups[group->second].order;
}
