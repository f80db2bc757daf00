//===- BlockGroupPieces.cpp - Sums of single blocks of a group ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroupEmitter.h"

#include "Threads.h"
#include "VectorBody.h"
#include "ZeroFill.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The sums of all blocks stay in a cache until they are added.
static constexpr int64_t kMostBytes = 1 << 20;

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

std::optional<unsigned> BlockGroupEmitter::choosePieceDim() const {
  std::optional<unsigned> cut;
  for (auto [number, dim] : llvm::enumerate(group.getDims())) {
    if (dim.block == dim.extent)
      continue;
    if (cut || !dim.isSummed || dim.extent % dim.block != 0)
      return std::nullopt;
    cut = number;
  }
  if (!cut || group.getDims()[*cut].countBlocks() < kMinPieces)
    return std::nullopt;
  double bytes = 0;
  for (Operation *op : ops) {
    if (!addsUpBlocks(op))
      continue;
    if (!addsToZero(op))
      return std::nullopt;
    for (Type type : op->getResultTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      if (!tensor.getElementType().isIntOrFloat())
        return std::nullopt;
      bytes +=
          double(tensor.getNumElements()) * tensor.getElementTypeBitWidth() / 8;
    }
  }
  bool fits = bytes * group.getDims()[*cut].countBlocks() <= kMostBytes;
  return fits ? cut : std::nullopt;
}

Value BlockGroupEmitter::createPieces(RankedTensorType type) {
  SmallVector<int64_t> shape = {group.getDims()[*pieceDim].countBlocks()};
  llvm::append_range(shape, type.getShape());
  return tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
}

BlockGroupEmitter::Slice BlockGroupEmitter::getPiece(const Output &output,
                                                     const Place &place) {
  auto type = cast<RankedTensorType>(output.result.getType());
  OpFoldResult offset = place.offsets[*pieceDim],
               zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  Value block = arith::ConstantIndexOp::create(
      builder, loc, group.getDims()[*pieceDim].block);
  Value number =
      arith::DivUIOp::create(builder, loc, cast<Value>(offset), block);
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

Value BlockGroupEmitter::extractPiece(const Output &output, Value tensor,
                                      const Slice &slice) {
  return tensor::ExtractSliceOp::create(
      builder, loc, cast<RankedTensorType>(output.result.getType()), tensor,
      slice.offsets, slice.sizes, slice.strides);
}

SmallVector<Value> BlockGroupEmitter::emitPiece(const Place &place,
                                                ValueRange tensors) {
  SmallVector<Value> parts(tensors);
  SmallVector<Slice> slices;
  for (auto [output, part] : llvm::zip_equal(outputs, parts)) {
    slices.push_back(getOutputSlice(output, place));
    if (output.start)
      part = extractPiece(output, part, slices.back());
  }
  parts = emitBlock(place, parts);
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
