//===- ContractIntoTiling.cpp - Tiles of contract_into --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is an interval of every index. The subscripts that a tiled index moves
// must stay inside their tensors, so that a slice holds what the tile reads;
// others may leave them, since their dimensions are passed on whole.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Tiles of subscripts
//===----------------------------------------------------------------------===//

namespace {

/// What a tile reads of one dimension: `size` elements from `offset`, at which
/// `form` points when it is given the tile's own index points.
struct DimTile {
  OpFoldResult offset, size;
  LinearForm form;
};

/// The part of one tensor that a tile reads.
struct TensorTile {
  SmallVector<OpFoldResult> offsets, sizes;
  Subscripts subscripts;
};

/// One tile of the index points of a contraction.
class Tile {
public:
  Tile(OpBuilder &builder, ContractIntoOp op, ArrayRef<OpFoldResult> offsets,
       ArrayRef<OpFoldResult> sizes)
      : builder(builder), op(op), loc(op.getLoc()), offsets(offsets),
        sizes(sizes), extents(op.getStaticExtents()), shapes(op.getShapes()) {}

  /// The part of tensor `number` (the number of operands for the destination)
  /// that this tile reads; fails where a slice cannot stand for it.
  FailureOr<TensorTile> getTensorTile(unsigned number);
  /// The contraction of this tile on slices of all tensors.
  FailureOr<TilingResult> create();

private:
  bool isWhole(IndexId index);
  FailureOr<DimTile> getDimTile(unsigned tensor, unsigned dim);
  Value getTensor(unsigned number) {
    return number == op.getInputs().size() ? op.getInit()
                                           : op.getInputs()[number];
  }
  const Subscripts &getSubscripts(unsigned number) {
    const Indexing &indexing = op.getIndexingValue();
    return number == indexing.operands.size() ? indexing.result
                                              : indexing.operands[number];
  }
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr, operands);
  }
  Value createSlice(Value tensor, const TensorTile &tile);

  OpBuilder &builder;
  ContractIntoOp op;
  Location loc;
  ArrayRef<OpFoldResult> offsets, sizes;
  SmallVector<int64_t> extents;
  ContractionShapes shapes;
};

} // namespace

/// True where `value` is what `getExtent` makes of dimension `dim` of `tensor`.
static bool isSizeOf(Value value, Value tensor, int64_t dim) {
  if (auto op = value.getDefiningOp<tensor::DimOp>())
    return op.getSource() == tensor && op.getConstantIndex() == dim;
  auto op = value.getDefiningOp<memref::DimOp>();
  return op && op.getSource() == tensor && op.getConstantIndex() == dim;
}

/// True where the tile is known to span all of `index`.
bool Tile::isWhole(IndexId index) {
  if (!isZeroInteger(offsets[index]))
    return false;
  if (extents[index] != kDynamicExtent)
    return isConstantIntValue(sizes[index], extents[index]);
  auto size = dyn_cast<Value>(sizes[index]);
  if (!size)
    return false;
  if (op.getIndexingValue().getExplicitExtent(index))
    return op.getExtent(builder, loc, index) == OpFoldResult(size);
  SubscriptPlace place = getBarePlaces(op.getIndexingValue())[index].front();
  return isSizeOf(size, getTensor(place.tensor), place.dim);
}

FailureOr<DimTile> Tile::getDimTile(unsigned tensor, unsigned dim) {
  LinearForm form = getSubscripts(tensor)[dim];
  if (llvm::all_of(form.getTerms(),
                   [&](LinearForm::Term term) { return isWhole(term.index); }))
    return DimTile{
        builder.getIndexAttr(0),
        isa<RankedTensorType>(getTensor(tensor).getType())
            ? tensor::getMixedSize(builder, loc, getTensor(tensor), dim)
            : memref::getMixedSize(builder, loc, getTensor(tensor), dim),
        form};
  if (!op.getInBounds() && !isProvablyInBounds(form, shapes[tensor][dim],
                                               op.getIndexingValue(), extents))
    return failure();
  if (form.isBare())
    return DimTile{offsets[form.getBareIndex()], sizes[form.getBareIndex()],
                   form};

  // The slice starts at the lowest value of the form on the tile.
  AffineExpr first = builder.getAffineConstantExpr(form.getConstant());
  AffineExpr length = builder.getAffineConstantExpr(1);
  int64_t lowest = 0;
  SmallVector<OpFoldResult> firsts, lengths;
  for (LinearForm::Term term : form.getTerms()) {
    first =
        first + builder.getAffineSymbolExpr(firsts.size()) * term.coefficient;
    length = length + (builder.getAffineSymbolExpr(lengths.size()) - 1) *
                          std::abs(term.coefficient);
    firsts.push_back(offsets[term.index]);
    lengths.push_back(sizes[term.index]);
    if (term.coefficient > 0)
      continue;
    std::optional<int64_t> size = getConstantIntValue(sizes[term.index]);
    if (!size)
      return failure();
    lowest += term.coefficient * (*size - 1);
  }
  return DimTile{apply(first + lowest, firsts), apply(length, lengths),
                 *LinearForm::get(form.getTerms(), -lowest)};
}

FailureOr<TensorTile> Tile::getTensorTile(unsigned number) {
  // An empty tensor has no slices.
  if (llvm::is_contained(shapes[number], 0))
    return failure();
  TensorTile tile;
  for (unsigned dim = 0; dim < getSubscripts(number).size(); ++dim) {
    FailureOr<DimTile> dimTile = getDimTile(number, dim);
    if (failed(dimTile))
      return failure();
    tile.offsets.push_back(dimTile->offset);
    tile.sizes.push_back(dimTile->size);
    tile.subscripts.push_back(dimTile->form);
  }
  return tile;
}

Value Tile::createSlice(Value tensor, const TensorTile &tile) {
  SmallVector<OpFoldResult> strides(tile.offsets.size(),
                                    builder.getIndexAttr(1));
  if (isa<RankedTensorType>(tensor.getType()))
    return tensor::ExtractSliceOp::create(builder, loc, tensor, tile.offsets,
                                          tile.sizes, strides);
  return memref::SubViewOp::create(builder, loc, tensor, tile.offsets,
                                   tile.sizes, strides);
}

FailureOr<TilingResult> Tile::create() {
  std::vector<TensorTile> tiles;
  for (unsigned number = 0; number <= op.getInputs().size(); ++number) {
    FailureOr<TensorTile> tile = getTensorTile(number);
    if (failed(tile))
      return failure();
    tiles.push_back(std::move(*tile));
  }
  Indexing indexing = op.getIndexingValue();
  TilingResult result;
  SmallVector<Value> slices;
  for (auto [number, tile] : llvm::enumerate(tiles)) {
    bool isInit = number == op.getInputs().size();
    (isInit ? indexing.result : indexing.operands[number]) = tile.subscripts;
    slices.push_back(createSlice(getTensor(number), tile));
    result.generatedSlices.push_back(slices.back().getDefiningOp());
  }
  SmallVector<Value> extentOperands;
  for (ExplicitExtent &entry : indexing.extents) {
    std::optional<int64_t> size = getConstantIntValue(sizes[entry.index]);
    entry.extent = size.value_or(kDynamicExtent);
    if (!size)
      extentOperands.push_back(cast<Value>(sizes[entry.index]));
  }
  Value init = slices.pop_back_val();
  SmallVector<Type> types;
  if (isa<RankedTensorType>(init.getType()))
    types.push_back(init.getType());
  auto tiled =
      ContractIntoOp::create(builder, loc, types, slices, extentOperands, init,
                             IndexingAttr::get(builder.getContext(), indexing),
                             op.getInBounds(), op.getCounts());
  SmallVector<Value> origin;
  IntegerSetAttr bounds = op.getShiftedBounds(builder, offsets, origin);
  tiled.setBoundedPoints(bounds, origin, op.getStrictBounds());
  result.tiledOps.push_back(tiled);
  llvm::append_range(result.tiledValues, tiled->getResults());
  return result;
}

//===----------------------------------------------------------------------===//
// The interface
//===----------------------------------------------------------------------===//

/// An index that is a subscript of the result is parallel: its values reach
/// different elements.
SmallVector<utils::IteratorType> ContractIntoOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(getIndexingValue().getNumIndices(),
                                         utils::IteratorType::reduction);
  for (const LinearForm &form : getIndexingValue().result)
    if (form.isBare())
      types[form.getBareIndex()] = utils::IteratorType::parallel;
  return types;
}

SmallVector<Range> ContractIntoOp::getIterationDomain(OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(*this);
  SmallVector<Range> domain;
  for (IndexId index = 0; index < getIndexingValue().getNumIndices(); ++index)
    domain.push_back({builder.getIndexAttr(0),
                      getExtent(builder, getLoc(), index),
                      builder.getIndexAttr(1)});
  return domain;
}

FailureOr<TilingResult>
ContractIntoOp::getTiledImplementation(OpBuilder &builder,
                                       ArrayRef<OpFoldResult> offsets,
                                       ArrayRef<OpFoldResult> sizes) {
  return Tile(builder, *this, offsets, sizes).create();
}

LogicalResult ContractIntoOp::getResultTilePosition(
    OpBuilder &builder, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  FailureOr<TensorTile> tile =
      Tile(builder, *this, offsets, sizes).getTensorTile(getInputs().size());
  if (failed(tile))
    return failure();
  resultOffsets = tile->offsets;
  resultSizes = tile->sizes;
  return success();
}

/// Where each subscript of the result is an index of its own that spans the
/// dimension, a tile of the result is a tile of these indices.
LogicalResult ContractIntoOp::getIterationDomainTileFromResultTile(
    OpBuilder &builder, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  const Indexing &indexing = getIndexingValue();
  llvm::SmallDenseSet<IndexId> seen;
  for (const LinearForm &form : indexing.result)
    if (!form.isBare() || indexing.getExplicitExtent(form.getBareIndex()) ||
        !seen.insert(form.getBareIndex()).second)
      return failure();
  for (Range range : getIterationDomain(builder)) {
    domainOffsets.push_back(range.offset);
    domainSizes.push_back(range.size);
  }
  for (auto [dim, form] : llvm::enumerate(indexing.result)) {
    domainOffsets[form.getBareIndex()] = offsets[dim];
    domainSizes[form.getBareIndex()] = sizes[dim];
  }
  return success();
}

FailureOr<TilingResult>
ContractIntoOp::generateResultTileValue(OpBuilder &builder, unsigned number,
                                        ArrayRef<OpFoldResult> offsets,
                                        ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(
          builder, number, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  return getTiledImplementation(builder, domainOffsets, domainSizes);
}
