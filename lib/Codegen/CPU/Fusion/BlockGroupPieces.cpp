//===- BlockGroupPieces.cpp - Sums of single blocks of a group ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroupEmitter.h"

#include "Buffers/ZeroFill.h"
#include "OpLoops.h"
#include "Threads/Threads.h"
#include "Vectors/VectorBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The sums of all parts stay in a cache until they are added.
static constexpr int64_t kMostBytes = 1 << 20;
/// Fewer parts than this do not pay for sums of their own: they would leave
/// idle most of the threads that kernels can use.
static constexpr int64_t kFewestParts = 4;

/// True where `tensor` is zero everywhere.
static bool isFilledWithZero(Value tensor) {
  auto fill = tensor.getDefiningOp<linalg::FillOp>();
  return fill && isZero(fill.getInputs()[0]);
}

/// True where `op` adds to its result, in any order.
static bool isSum(linalg::GenericOp op) {
  return isa_and_nonnull<arith::AddFOp, arith::AddIOp>(getCombiner(op));
}

bool BlockGroupEmitter::addsToZero(Operation *op) const {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return (isa<ContractIntoOp>(op) || (generic && isSum(generic))) &&
         llvm::all_of(cast<DestinationStyleOpInterface>(op).getDpsInits(),
                      isFilledWithZero);
}

/// The largest number of equal parts of `blocks` whose sums, of `bytes` each,
/// fit, and which keep threads equally busy; 1 where there is none.
static int64_t countPieces(int64_t blocks, double bytes) {
  for (int64_t parts = std::min(blocks, kManyPieces); parts >= kFewestParts;
       --parts)
    if (blocks % parts == 0 && (parts >= kMinPieces || parts % 2 == 0) &&
        bytes * double(parts) <= double(kMostBytes))
      return parts;
  return 1;
}

std::optional<BlockGroupEmitter::Pieces>
BlockGroupEmitter::choosePieces() const {
  std::optional<unsigned> outermost;
  for (auto [number, dim] : llvm::enumerate(group.getDims())) {
    if (dim.block == dim.extent)
      continue;
    if (!dim.isSummed || dim.extent % dim.block != 0)
      return std::nullopt;
    if (!outermost)
      outermost = number;
  }
  if (!outermost)
    return std::nullopt;
  double bytes = 0;
  for (Operation *op : ops) {
    if (!sumsOver(op, *outermost))
      continue;
    if (!addsToZero(op))
      return std::nullopt;
    for (Type type : op->getResultTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      if (!tensor.getElementType().isIntOrFloat())
        return std::nullopt;
      bytes += double(getTensorBytes(tensor));
    }
  }
  const SharedDim &dim = group.getDims()[*outermost];
  int64_t parts = countPieces(dim.countBlocks(), bytes);
  if (parts == 1)
    return std::nullopt;
  return Pieces{*outermost, dim.extent / parts};
}

Value BlockGroupEmitter::createPieces(RankedTensorType type) {
  SmallVector<int64_t> shape = {group.getDims()[pieces->dim].extent /
                                pieces->extent};
  llvm::append_range(shape, type.getShape());
  return tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
}

BlockGroupEmitter::Slice BlockGroupEmitter::getPiece(const Output &output,
                                                     const Place &place) {
  auto type = cast<RankedTensorType>(output.result.getType());
  OpFoldResult offset = place.offsets[pieces->dim],
               zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  Value extent = arith::ConstantIndexOp::create(builder, loc, pieces->extent);
  Value number =
      arith::DivUIOp::create(builder, loc, cast<Value>(offset), extent);
  Slice slice{{number}, {one}, {one}};
  for (int64_t extent : type.getShape()) {
    slice.offsets.push_back(zero);
    slice.sizes.push_back(builder.getIndexAttr(extent));
    slice.strides.push_back(one);
  }
  return slice;
}

BlockGroupEmitter::Slice BlockGroupEmitter::getOutputSlice(const Output &output,
                                                           const Place &place) {
  return output.start
             ? getPiece(output, place)
             : getSlice(output.result, getResultDims(output.result), place);
}

Value BlockGroupEmitter::startPiece(const Output &output, Value tensor,
                                    const Slice &slice) {
  auto type = cast<RankedTensorType>(output.result.getType());
  Value piece = tensor::ExtractSliceOp::create(
      builder, loc, type, tensor, slice.offsets, slice.sizes, slice.strides);
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  return linalg::FillOp::create(builder, loc, zero, piece).getResult(0);
}

SmallVector<Value> BlockGroupEmitter::emitPieces(const Place &place,
                                                 ValueRange tensors,
                                                 Body body) {
  if (parallel)
    return emitThreads(pieces->dim, place, tensors, body);
  return emitLoop(pieces->dim, pieces->extent, place, tensors,
                  [&](const Place &part, ValueRange current) {
                    return emitPiece(part, current, body);
                  });
}

SmallVector<Value> BlockGroupEmitter::emitPiece(const Place &place,
                                                ValueRange tensors, Body body) {
  SmallVector<Value> parts(tensors);
  SmallVector<Slice> slices;
  for (auto [output, part] : llvm::zip_equal(outputs, parts)) {
    slices.push_back(getOutputSlice(output, place));
    if (output.start)
      part = startPiece(output, part, slices.back());
  }
  parts = body(place, parts);
  for (auto [output, tensor, part, slice] :
       llvm::zip_equal(outputs, tensors, parts, slices))
    if (output.start)
      part = tensor::InsertSliceOp::create(builder, loc, part, tensor,
                                           slice.offsets, slice.sizes,
                                           slice.strides);
  return parts;
}

Value BlockGroupEmitter::addPieces(const Output &output, Value pieces) {
  int64_t rank = cast<RankedTensorType>(pieces.getType()).getRank();
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[0] = utils::IteratorType::reduction;
  auto add = [](OpBuilder &builder, Location loc, ValueRange values) {
    Value sum;
    if (isa<IntegerType>(values[0].getType()))
      sum = arith::AddIOp::create(builder, loc, values[1], values[0]);
    else
      sum = arith::AddFOp::create(builder, loc, values[1], values[0],
                                  arith::FastMathFlags::reassoc |
                                      arith::FastMathFlags::contract);
    linalg::YieldOp::create(builder, loc, sum);
  };
  return linalg::GenericOp::create(
             builder, loc, output.start.getType(), pieces, output.start,
             ArrayRef{all, all.dropResult(0)}, iterators, add)
      .getResult(0);
}
