//===- CSE.cpp - The pass tensornet-cse -----------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Network.h"
#include "Transpositions.h"

#include "tensornet/Analysis/ContractionGraph.h"
#include "tensornet/Transforms/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/CSE.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tensornet-cse"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETCSE
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// True where `op` computes nothing: it copies, broadcasts or spreads at most
/// one operand. A permuted copy of its result would be no gain.
static bool isCopy(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  if (op.getInputs().size() > 1)
    return false;
  return op.isVirtual() || isSubset(getIndexSet(indexing.operands[0]),
                                    getIndexSet(indexing.result));
}

//===----------------------------------------------------------------------===//
// Merging
//===----------------------------------------------------------------------===//

namespace {

/// Merges contractions in program order, so that operands are merged before the
/// contractions that read them.
class ContractionMerger {
public:
  explicit ContractionMerger(Operation *root) : root(root), dominance(root) {}
  /// True where something changed.
  bool run();

private:
  /// `op`, or its replacement that reads the operands of transpositions.
  ContractOp readThrough(ContractOp op);
  bool merge(ContractOp op);
  void replace(ContractOp op, Value value);

  Operation *root;
  DominanceInfo dominance;
  Networks networks;
  /// What has been seen, by the hash of its network; of each bucket the
  /// earliest first.
  DenseMap<size_t, SmallVector<ContractOp>> seen;
  bool changed = false;
};

} // namespace

void ContractionMerger::replace(ContractOp op, Value value) {
  op.getResult().replaceAllUsesWith(value);
  networks.forget(op);
  op.erase();
  changed = true;
}

ContractOp ContractionMerger::readThrough(ContractOp op) {
  ContractionSpec spec = getContractionSpec(op);
  if (!readThroughTranspositions(spec))
    return op;
  OpBuilder builder(op);
  Value made = createContraction(builder, op.getLoc(), std::move(spec));
  // The type may have left sizes open that operands know.
  Value value = made;
  if (made.getType() != op.getType())
    value = tensor::CastOp::create(builder, op.getLoc(), op.getType(), made);
  replace(op, value);
  return made.getDefiningOp<ContractOp>();
}

bool ContractionMerger::merge(ContractOp op) {
  std::optional<DimPermutation> transposition = getTransposition(op);
  if (transposition && isIdentity(*transposition) &&
      !op.getIndexingValue().anyConjugated()) {
    replace(op, op.getInputs()[0]);
    return true;
  }
  // Of the range of size_t, a DenseMap keeps the upper end for itself.
  ContractionSpec network = networks.get(op);
  SmallVector<ContractOp> &bucket =
      seen[static_cast<size_t>(hashContraction(network)) >> 1];
  ResultOrder order = isCopy(op) ? ResultOrder::Same : ResultOrder::Any;
  for (ContractOp earlier : bucket) {
    if (!dominance.properlyDominates(earlier.getOperation(), op))
      continue;
    std::optional<DimPermutation> permutation =
        matchContractions(networks.get(earlier), network, order);
    if (!permutation)
      continue;
    LDBG() << "merging " << op << "\n  with " << earlier;
    remark::passed(
        op.getLoc(),
        remark::RemarkOpts::name("ContractionMerged").category(DEBUG_TYPE))
        << remark::add(isIdentity(*permutation)
                           ? "contraction merged with an equal one"
                           : "contraction merged with a transposed one")
        << remark::metric("With", LocationAttr(earlier.getLoc()));
    Value value = earlier.getResult();
    OpBuilder builder(op);
    if (!isIdentity(*permutation))
      value = createTransposition(builder, op.getLoc(), value, *permutation);
    replace(op, value);
    return true;
  }
  bucket.push_back(op);
  return false;
}

bool ContractionMerger::run() {
  SmallVector<ContractOp> contractions;
  root->walk<WalkOrder::PreOrder>(
      [&](ContractOp op) { contractions.push_back(op); });
  for (ContractOp op : contractions)
    merge(readThrough(op));
  return changed;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {

struct CSEPass : tensornet::impl::TensorNetCSEBase<CSEPass> {
  using TensorNetCSEBase::TensorNetCSEBase;

  void runOnOperation() override {
    Operation *root = getOperation();
    IRRewriter rewriter(&getContext());
    // Other ops that become equal make further contractions equal.
    bool changed = true;
    while (changed) {
      DominanceInfo dominance(root);
      eliminateCommonSubExpressions(rewriter, dominance, root, &changed);
      changed = ContractionMerger(root).run();
      changed |= sinkTranspositions(root);
    }
  }
};

} // namespace
