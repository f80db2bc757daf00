//===- SplitSums.cpp - Long sums in pieces for threads --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/KernelCandidate.h"
#include "Threads/Threads.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

#include <limits>

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETSPLITSUMS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// A piece has at least as many points, so that it is a kernel of its own.
static constexpr int64_t kMinPiecePoints = 64;
/// Below this many multiplications threads cost more than they save.
static constexpr double kMinWork = 1 << 21;
/// The operands have at least as many elements as the results of all pieces
/// times this: adding the pieces is nothing beside reading the operands.
static constexpr double kMinRatio = 16;
/// Neighbours in memory that a piece reads together: with fewer than the first
/// number all pieces read the same lines of the cache, and packing turns round
/// parts of vectors; beyond the second more gain nothing.
static constexpr int64_t kLeastRun = 4, kLongRun = 512;

/// How many pieces an index of this extent is cut into; 0 for none.
static int64_t choosePieces(int64_t extent) {
  for (int64_t pieces = kManyPieces; pieces >= kMinPieces; --pieces)
    if (extent % pieces == 0)
      return pieces;
  return 0;
}

/// How many neighbours in the memory of an operand of `op` one of `pieces`
/// pieces of `index` reads, where they are fewest.
static int64_t countNeighbours(ContractOp op, IndexId index, int64_t pieces) {
  int64_t fewest = std::numeric_limits<int64_t>::max();
  for (auto [operand, shape] :
       llvm::zip(op.getIndexingValue().operands, op.getShapes()))
    for (auto [form, extent, stride] :
         llvm::zip_equal(operand, shape, getRowMajorStrides(shape)))
      if (form.getBareIndex() == index)
        fewest = std::min(fewest, extent / pieces * stride);
  return fewest;
}

/// The summed index of `op` that can be cut into pieces of enough points, if
/// any: of those whose pieces read the longest runs of neighbours, up to
/// kLongRun, the longest. Extents are static.
static std::optional<IndexId> findIndex(ContractOp op,
                                        ArrayRef<int64_t> extents) {
  std::optional<IndexId> best;
  std::pair<int64_t, int64_t> most;
  int64_t points = 1;
  for (IndexId index = 0; index < extents.size(); ++index) {
    if (llvm::any_of(op.getIndexingValue().result, [&](const LinearForm &form) {
          return form.getBareIndex() == index;
        }))
      continue;
    points *= extents[index];
    int64_t pieces = choosePieces(extents[index]);
    if (pieces == 0)
      continue;
    std::pair worth(std::min(countNeighbours(op, index, pieces), kLongRun),
                    extents[index]);
    if (!best || worth > most) {
      best = index;
      most = worth;
    }
  }
  if (!best || most.first < kLeastRun ||
      points < kMinPiecePoints * choosePieces(extents[*best]))
    return std::nullopt;
  return best;
}

/// The summed index of `op` that is worth cutting, if any: where the results of
/// all pieces are few beside the operands.
static std::optional<IndexId> chooseIndex(ContractOp op, unsigned vectorBits) {
  const Indexing &indexing = op.getIndexingValue();
  auto isStatic = [](Type type) {
    return cast<ShapedType>(type).hasStaticShape();
  };
  auto hasRank = [](Type type) { return cast<ShapedType>(type).getRank() > 0; };
  if (op.getKernelAttr() ||
      llvm::count_if(op.getInputs().getTypes(), hasRank) != 2 ||
      !indexing.extents.empty() || !llvm::all_of(indexing.operands, isPlain) ||
      !isPlain(indexing.result) || !isStatic(op.getResultType()) ||
      !llvm::all_of(op.getInputs().getTypes(), isStatic))
    return std::nullopt;
  SmallVector<int64_t> extents = op.getStaticExtents();
  double work = 1, operands = 0;
  for (int64_t extent : extents)
    work *= double(extent);
  for (Value input : op.getInputs())
    operands +=
        double(cast<RankedTensorType>(input.getType()).getNumElements());
  double results = double(op.getResultType().getNumElements()) * kManyPieces;
  if (work < kMinWork || kMinRatio * results > operands)
    return std::nullopt;
  std::optional<IndexId> index = findIndex(op, extents);
  if (!index)
    return std::nullopt;
  std::optional<KernelPlan> plan = planContraction(op, vectorBits);
  return plan && leavesThreadsIdle(*plan) ? index : std::nullopt;
}

/// `input` with the dimension of `index` as two, of which the first counts
/// pieces and has the index `piece`.
static Value cutOperand(OpBuilder &builder, Location loc, Value input,
                        IndexId index, IndexId piece, int64_t pieces,
                        Subscripts &subscripts) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape;
  SmallVector<ReassociationIndices> groups;
  Subscripts cut;
  for (auto [extent, form] : llvm::zip_equal(type.getShape(), subscripts)) {
    ReassociationIndices &group = groups.emplace_back();
    bool isCut = form.getBareIndex() == index;
    if (isCut) {
      group.push_back(shape.size());
      shape.push_back(pieces);
      cut.push_back(LinearForm::bare(piece));
    }
    group.push_back(shape.size());
    shape.push_back(isCut ? extent / pieces : extent);
    cut.push_back(form);
  }
  subscripts = std::move(cut);
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), input,
                                       groups);
}

/// contract(f[], a[i, k], b[k, j]) -> [i, j]    becomes
/// contract(f[], contract(a[i, p, k], b[p, k, j]) -> [p, i, j]) -> [i, j]
static void splitSum(ContractOp op, IndexId index) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  const Indexing &indexing = op.getIndexingValue();
  ContractionSpec pieces, total;
  IndexId piece = indexing.getNumIndices();
  int64_t count = choosePieces(op.getStaticExtents()[index]);
  for (auto [number, input] : llvm::enumerate(op.getInputs())) {
    Subscripts subscripts = indexing.operands[number];
    bool isFactor = subscripts.empty();
    ContractionSpec &target = isFactor ? total : pieces;
    if (!isFactor)
      input = cutOperand(builder, loc, input, index, piece, count, subscripts);
    target.inputs.push_back(input);
    target.indexing.operands.push_back(subscripts);
    target.indexing.conjugated.push_back(indexing.conjugated[number]);
  }
  pieces.indexing.result = indexing.result;
  pieces.indexing.result.insert(pieces.indexing.result.begin(),
                                LinearForm::bare(piece));
  pieces.elementType = op.getComputeType();
  total.inputs.push_back(createContraction(builder, loc, pieces));
  total.indexing.operands.push_back(pieces.indexing.result);
  total.indexing.conjugated.push_back(false);
  total.indexing.result = indexing.result;
  total.elementType = op.getResultType().getElementType();
  op.replaceAllUsesWith(createContraction(builder, loc, total));
  op.erase();
}

namespace {

struct SplitSums : tensornet::impl::TensorNetSplitSumsBase<SplitSums> {
  using TensorNetSplitSumsBase::TensorNetSplitSumsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    SmallVector<ContractOp> ops;
    getOperation()->walk([&](ContractOp op) { ops.push_back(op); });
    for (ContractOp op : ops)
      if (std::optional<IndexId> index = chooseIndex(op, bits))
        splitSum(op, *index);
  }
};

} // namespace
