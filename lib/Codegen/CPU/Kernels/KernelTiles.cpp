//===- KernelTiles.cpp - Operands that kernels find in tiles --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelTiles.h"

#include "Buffers/FlatView.h"
#include "KernelEmitter.h"
#include "KernelModel.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// About how many points of a row are copied together: two kilobytes of
/// neighbours in memory.
static constexpr int64_t kPackedPoints = 512;
/// Copies of fewer bytes take less time than starting threads.
static constexpr int64_t kMinThreadedBytes = 512 << 10;

//===----------------------------------------------------------------------===//
// Tiles of a plan, and plans of tiles
//===----------------------------------------------------------------------===//

unsigned cpu::getInputNumber(const KernelCandidate &candidate,
                             const KernelPlan &plan, KernelOperand operand) {
  return candidate.inputs[plan.swapped ? 1 - operand : operand];
}

/// Extents and strides of `dims` in `operand`; nothing where they are not
/// static.
static std::optional<SmallVector<int64_t>> getLoops(ArrayRef<KernelDim> dims,
                                                    KernelOperand operand) {
  SmallVector<int64_t> loops;
  for (const KernelDim &dim : dims) {
    if (!dim.present[operand] || dim.extent == kDynamicExtent ||
        dim.strides[operand] == kDynamicExtent)
      return std::nullopt;
    loops.append({dim.extent, dim.strides[operand]});
  }
  return loops;
}

/// Elements between the first one of `type` and the one at the origin of all
/// indices.
static std::optional<int64_t> getOffset(MemRefType type,
                                        const Subscripts &subscripts) {
  SmallVector<int64_t> strides;
  int64_t start;
  if (failed(type.getStridesAndOffset(strides, start)))
    return std::nullopt;
  int64_t offset = 0;
  for (auto [form, stride] : llvm::zip_equal(subscripts, strides)) {
    int64_t constant = form.getConstant();
    if (constant != 0 && ShapedType::isDynamic(stride))
      return std::nullopt;
    offset += constant == 0 ? 0 : constant * stride;
  }
  return offset;
}

TilesAttr cpu::getTiles(ContractIntoOp op, const KernelCandidate &candidate,
                        const KernelPlan &plan, KernelOperand operand) {
  bool isA = operand == kA;
  if (!(isA ? plan.packA : plan.packB) || plan.matrixUnit ||
      (!isA && (plan.packsAcross() || plan.collectsColumns())))
    return nullptr;
  SmallVector<KernelDim, 2> rows = isA ? plan.mOuter : plan.nOuter;
  rows.push_back(isA ? plan.m : plan.n);
  SmallVector<KernelDim, 2> sum = plan.kOuter;
  llvm::append_range(sum, plan.kBlock);
  auto batchLoops = getLoops(plan.batch, operand);
  auto rowLoops = getLoops(rows, operand);
  auto sumLoops = getLoops(sum, operand);
  unsigned input = getInputNumber(candidate, plan, operand);
  std::optional<int64_t> offset =
      getOffset(cast<MemRefType>(op.getInputType(input)),
                op.getIndexingValue().operands[input]);
  if (!batchLoops || !rowLoops || !sumLoops || !offset)
    return nullptr;
  int64_t width = isA ? plan.mr : plan.nr();
  return TilesAttr::getChecked([] { return InFlightDiagnostic(); },
                               op.getContext(), ArrayRef(*batchLoops),
                               ArrayRef(*rowLoops), ArrayRef(*sumLoops), width,
                               *offset, !isA && plan.joinColumns);
}

KernelPlan cpu::getPackingPlan(TilesAttr tiles, const KernelTarget &target) {
  KernelPlan plan;
  plan.parts = target.parts;
  plan.vectorLength = target.vectorLength;
  IndexId next = 0;
  auto getDims = [&](ArrayRef<int64_t> loops) {
    SmallVector<KernelDim, 2> dims;
    for (size_t loop = 0; loop < loops.size(); loop += 2) {
      KernelDim dim;
      dim.source = next++;
      dim.extent = loops[loop];
      dim.present[kA] = true;
      dim.strides[kA] = loops[loop + 1];
      dims.push_back(dim);
    }
    return dims;
  };
  plan.batch = getDims(tiles.getBatch());
  plan.mOuter = getDims(tiles.getRows());
  plan.m = plan.mOuter.pop_back_val();
  plan.kBlock = getDims(tiles.getSum());
  plan.kTile = plan.kBlock[0].extent;
  plan.mr = tiles.getWidth();
  return plan;
}

//===----------------------------------------------------------------------===//
// Reading tiles
//===----------------------------------------------------------------------===//

void KernelEmitter::layOutTiles(KernelOperand operand) {
  bool isA = operand == kA;
  int64_t width = isA ? plan.mr : plan.nr(), stride = width;
  auto addLoops = [&](ArrayRef<KernelDim> dims) {
    for (const KernelDim &dim : llvm::reverse(dims)) {
      tileStrides[operand][dim.source] = stride;
      stride *= dim.extent;
    }
  };
  addLoops(plan.kBlock);
  addLoops(plan.kOuter);
  tileSizes[operand] = stride;
  stride *= isA ? countRowTiles(plan) : countColumnTiles(plan);
  addLoops(plan.batch);
  (isA ? bufferA : bufferB) = operands[operand].tiles;
}

KernelEmitter::Tile KernelEmitter::placeInTiles(Tile tile,
                                                KernelOperand operand,
                                                OpFoldResult number) {
  if (isTiled(operand))
    tile.offsets[operand] = math.mul(number, math.constant(tileSizes[operand]));
  return tile;
}

//===----------------------------------------------------------------------===//
// Making tiles
//===----------------------------------------------------------------------===//

void KernelEmitter::emitPacking(Value panel, OpFoldResult offset, bool joined,
                                bool parallel) {
  Axis rows = getRows();
  rows.joined = joined;
  zero = makeZero(plan.vectorLength);
  int64_t together = std::max<int64_t>(kPackedPoints / plan.mr, 1);
  int64_t tileNumbers = plan.parts * plan.kBlockSize() * plan.mr;
  OpFoldResult tiles = countTiles(rows);
  OpFoldResult pieces = math.ceilDiv(tiles, together);
  auto packPiece = [&](OpFoldResult number) {
    OpFoldResult point = math.div(number, pieces);
    OpFoldResult first =
        math.mul(math.rem(number, pieces), math.constant(together));
    OpFoldResult count =
        math.min(math.sub(tiles, first), math.constant(together));
    OpFoldResult place = math.mul(math.add(math.mul(point, tiles), first),
                                  math.constant(tileNumbers));
    Value target = memref::SubViewOp::create(
        builder, loc, panel, ArrayRef(math.add(offset, place)),
        ArrayRef(math.mul(count, math.constant(tileNumbers))),
        ArrayRef(math.constant(1)));
    Offsets start = {operands[kA].offset, math.constant(0), math.constant(0)};
    KBlock block =
        getKBlock(moveToPoint(start, plan.batch, point), math.constant(0));
    pack({rows, target, /*exactly=*/true}, first, count, block.offsets, block);
  };
  OpFoldResult all = math.mul(countPoints(plan.batch), pieces);
  if (parallel)
    math.parallelLoop(math.constant(0), all, 1, packPiece);
  else
    math.loop(math.constant(0), all, 1, packPiece);
}

void cpu::emitPackTiles(PackTilesOp op, unsigned vectorBits, bool parallel) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  IndexMath math(builder, loc);
  Type element = op.getSource().getType().getElementType();
  MemRefType panelType = op.getPanel().getType();
  Type number = panelType.getElementType();
  int64_t parts = isa<ComplexType>(element) ? 2 : 1;
  int64_t bytes = number.getIntOrFloatBitWidth() / 8;
  KernelPlan plan = getPackingPlan(
      op.getTiles(), KernelTarget::get(vectorBits, parts * bytes, parts));
  FlatView source = FlatView::get(builder, loc, op.getSource());
  FlatView panel = FlatView::get(builder, loc, op.getPanel());
  FlatOperand operand;
  operand.buffer = viewAs(builder, loc, source.buffer, getPartType(element));
  operand.offset =
      math.add(source.offset, math.constant(op.getTiles().getOffset()));
  bool isLarge = panelType.getNumElements() * bytes >= kMinThreadedBytes;
  KernelEmitter(builder, loc, plan, number, {operand, {}, {}},
                [](const KernelDim &, unsigned) { return OpFoldResult(); },
                /*overwrite=*/true, {}, nullptr, {}, {nullptr, nullptr})
      .emitPacking(panel.buffer, panel.offset, op.getTiles().getJoined(),
                   parallel && isLarge);
  op.erase();
}
