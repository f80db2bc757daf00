//===- BlockGroupEmitter.cpp - Loops over blocks of a group ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroupEmitter.h"

#include "Threads/Threads.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

BlockGroupEmitter::BlockGroupEmitter(const BlockGroup &group, bool parallel)
    : group(group), parallel(parallel), ops(group.getOps()),
      builder(ops.back()), loc(ops.back()->getLoc()) {}

SmallVector<std::optional<unsigned>>
BlockGroupEmitter::getResultDims(OpResult result) const {
  auto op = cast<DestinationStyleOpInterface>(result.getOwner());
  return group.getOperandDims(*op.getDpsInitOperand(result.getResultNumber()));
}

BlockGroupEmitter::LoopOrder BlockGroupEmitter::chooseLoops() const {
  ArrayRef<SharedDim> dims = group.getDims();
  LoopOrder order;
  SmallVector<unsigned> cut, independent;
  for (auto [number, dim] : llvm::enumerate(dims)) {
    if (dim.block == dim.extent)
      continue;
    cut.push_back(number);
    if (!dim.isSummed && dim.extent % dim.block == 0)
      independent.push_back(number);
  }
  if (parallel && !independent.empty()) {
    int64_t blocks = 1;
    ArrayRef<unsigned> leading = ArrayRef(independent).drop_back();
    for (unsigned dim : leading)
      if (blocks < kManyPieces) {
        order.shared.push_back(dim);
        blocks *= dims[dim].countBlocks();
      }
    if (blocks < kManyPieces) {
      // Threads have in common what all blocks of the last one read, and
      // kernels pack once.
      if (dims[independent.back()].countBlocks() >= kMinPieces)
        std::swap(order.outer, order.shared);
      order.shared.push_back(independent.back());
    }
  }
  for (unsigned dim : cut)
    if (!llvm::is_contained(order.outer, dim) &&
        !llvm::is_contained(order.shared, dim))
      order.inner.push_back(dim);
  return order;
}

void BlockGroupEmitter::emit() {
  pieces = choosePieces();
  createOutputs();
  SmallVector<Value> tensors;
  for (Output &output : outputs)
    tensors.push_back(output.tensor);
  Place whole;
  for (const SharedDim &dim : group.getDims()) {
    whole.offsets.push_back(builder.getIndexAttr(0));
    whole.sizes.push_back(dim.extent);
  }
  whole.localOffsets = whole.offsets;
  LoopOrder order = chooseLoops();
  auto emitInner = [&](const Place &place, ValueRange values) {
    return emitLoops(order.inner, place, values,
                     [&](const Place &block, ValueRange current) {
                       return emitBlock(block, current);
                     });
  };
  auto emitShared = [&](const Place &place, ValueRange values) {
    return order.shared.empty()
               ? emitInner(place, values)
               : emitThreads(order.shared, place, values, emitInner);
  };
  SmallVector<Value> results =
      pieces ? emitPieces(whole, tensors, emitInner)
             : emitLoops(order.outer, whole, tensors, emitShared);
  for (auto [output, value] : llvm::zip_equal(outputs, results))
    output.result.replaceUsesWithIf(
        output.start ? addPieces(output, value) : value,
        [&](OpOperand &use) { return !group.contains(use.getOwner()); });
  for (Operation *op : llvm::reverse(ops))
    op->erase();
}

/// True for a tensor without contents.
static bool isEmpty(Value tensor) {
  return tensor.getDefiningOp<tensor::EmptyOp>();
}

/// The scalar that fills `tensor`, if it is known to be one.
static Value getFill(OpBuilder &builder, Location loc, Value tensor) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    return fill.getInputs()[0];
  DenseElementsAttr elements;
  if (!matchPattern(tensor, m_Constant(&elements)) || !elements.isSplat())
    return Value();
  return arith::ConstantOp::create(
      builder, loc, cast<TypedAttr>(elements.getSplatValue<Attribute>()));
}

bool BlockGroupEmitter::sumsOver(Operation *op, unsigned dim) const {
  const BlockGroup::Member &member = group.getMember(op);
  for (auto [isReduction, shared] :
       llvm::zip_equal(member.loops.isReduction, member.shared))
    if (isReduction && shared == dim)
      return true;
  return false;
}

bool BlockGroupEmitter::addsUpBlocks(Operation *op) const {
  ArrayRef<SharedDim> dims = group.getDims();
  return llvm::any_of(llvm::seq<unsigned>(0, dims.size()), [&](unsigned dim) {
    return dims[dim].countBlocks() > 1 && sumsOver(op, dim);
  });
}

void BlockGroupEmitter::createOutputs() {
  for (Operation *op : ops)
    for (OpResult result : op->getResults()) {
      if (!group.escapes(result))
        continue;
      Value init = cast<DestinationStyleOpInterface>(op)
                       .getDpsInits()[result.getResultNumber()];
      auto type = cast<RankedTensorType>(result.getType());
      // A sum goes on from block to block; others need no start.
      if (!addsUpBlocks(op))
        outputs.push_back(
            {result, tensor::EmptyOp::create(builder, loc, type.getShape(),
                                             type.getElementType())});
      else if (pieces && sumsOver(op, pieces->dim))
        outputs.push_back({result, createPieces(type), init});
      else
        outputs.push_back({result, init});
    }
}

BlockGroupEmitter::Place BlockGroupEmitter::localize(Place place) const {
  place.offsets = place.localOffsets;
  return place;
}

BlockGroupEmitter::Slice BlockGroupEmitter::getSlice(
    Value tensor, ArrayRef<std::optional<unsigned>> along, const Place &place) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Slice slice;
  for (auto [number, dim] : llvm::enumerate(along)) {
    slice.offsets.push_back(dim ? place.offsets[*dim]
                                : builder.getIndexAttr(0));
    slice.sizes.push_back(builder.getIndexAttr(dim ? place.sizes[*dim]
                                                   : type.getDimSize(number)));
    slice.strides.push_back(builder.getIndexAttr(1));
  }
  return slice;
}

bool BlockGroupEmitter::isWhole(ArrayRef<std::optional<unsigned>> along) const {
  return llvm::none_of(along, [&](std::optional<unsigned> dim) {
    return dim && group.getDims()[*dim].countBlocks() > 1;
  });
}

Value BlockGroupEmitter::extract(Value tensor,
                                 ArrayRef<std::optional<unsigned>> along,
                                 const Place &place) {
  if (isWhole(along))
    return tensor;
  Slice slice = getSlice(tensor, along, place);
  return tensor::ExtractSliceOp::create(builder, loc, tensor, slice.offsets,
                                        slice.sizes, slice.strides);
}

Value BlockGroupEmitter::insert(Value part, Value tensor,
                                ArrayRef<std::optional<unsigned>> along,
                                const Place &place) {
  if (isWhole(along))
    return part;
  Slice slice = getSlice(tensor, along, place);
  return tensor::InsertSliceOp::create(
      builder, loc, part, tensor, slice.offsets, slice.sizes, slice.strides);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// `offset`, and `base` before it.
static OpFoldResult addOffset(OpBuilder &builder, Location loc,
                              OpFoldResult base, OpFoldResult offset) {
  AffineExpr sum = builder.getAffineDimExpr(0) + builder.getAffineDimExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, loc, sum,
                                               {base, offset});
}

BlockGroupEmitter::Place BlockGroupEmitter::getPart(const Place &place,
                                                    unsigned dim,
                                                    OpFoldResult offset,
                                                    int64_t size) {
  Place part = place;
  part.offsets[dim] = addOffset(builder, loc, place.offsets[dim], offset);
  part.localOffsets[dim] =
      addOffset(builder, loc, place.localOffsets[dim], offset);
  part.sizes[dim] = size;
  return part;
}

SmallVector<Value> BlockGroupEmitter::emitLoops(ArrayRef<unsigned> dims,
                                                const Place &place,
                                                ValueRange tensors, Body body) {
  if (dims.empty())
    return body(place, tensors);
  return emitLoop(dims[0], group.getDims()[dims[0]].block, place, tensors,
                  [&](const Place &next, ValueRange current) {
                    return emitLoops(dims.drop_front(), next, current, body);
                  });
}

SmallVector<Value> BlockGroupEmitter::emitLoop(unsigned dim, int64_t step,
                                               const Place &place,
                                               ValueRange tensors, Body body) {
  int64_t size = place.sizes[dim], end = size / step * step;
  if (step == size)
    return body(place, tensors);
  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  auto loop = scf::ForOp::create(builder, loc, constant(0), constant(end),
                                 constant(step), tensors);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Place next = getPart(place, dim, loop.getInductionVar(), step);
    scf::YieldOp::create(builder, loc, body(next, loop.getRegionIterArgs()));
  }
  SmallVector<Value> results(loop.getResults());
  if (end == size)
    return results;
  return body(getPart(place, dim, builder.getIndexAttr(end), size - end),
              results);
}

SmallVector<Value> BlockGroupEmitter::emitThreads(ArrayRef<unsigned> shared,
                                                  const Place &outside,
                                                  ValueRange tensors,
                                                  Body body) {
  ArrayRef<SharedDim> dims = group.getDims();
  SmallVector<OpFoldResult> from, to, steps;
  for (unsigned dim : shared) {
    from.push_back(builder.getIndexAttr(0));
    to.push_back(builder.getIndexAttr(dims[dim].extent));
    steps.push_back(builder.getIndexAttr(getStep(dim)));
  }
  auto forall = scf::ForallOp::create(builder, loc, from, to, steps, tensors,
                                      /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(forall.getBody());
  Place place = outside;
  for (auto [dim, offset] : llvm::zip_equal(shared, forall.getInductionVars()))
    place = getPart(place, dim, offset, getStep(dim));
  SmallVector<Value> parts;
  SmallVector<Slice> slices;
  for (auto [output, tensor] :
       llvm::zip_equal(outputs, forall.getRegionIterArgs())) {
    slices.push_back(getOutputSlice(output, place));
    parts.push_back(output.start
                        ? startPiece(output, tensor, slices.back())
                        : extract(tensor, getResultDims(output.result), place));
  }
  // The outputs of a thread begin where its part does.
  for (auto [number, dim] : llvm::enumerate(dims))
    if (place.sizes[number] != dim.extent)
      place.localOffsets[number] = builder.getIndexAttr(0);
  parts = body(place, parts);
  builder.setInsertionPointToStart(forall.getTerminator().getBody());
  for (auto [slice, part, tensor] :
       llvm::zip_equal(slices, parts, forall.getRegionIterArgs()))
    tensor::ParallelInsertSliceOp::create(
        builder, loc, part, tensor, slice.offsets, slice.sizes, slice.strides);
  return SmallVector<Value>(forall.getResults());
}

//===----------------------------------------------------------------------===//
// One block
//===----------------------------------------------------------------------===//

Value BlockGroupEmitter::createInit(OpOperand &init, const Place &place,
                                    Value output) {
  Operation *op = init.getOwner();
  SmallVector<std::optional<unsigned>> along = group.getOperandDims(init);
  if (addsUpBlocks(op))
    return extract(output, along, localize(place));
  // What nobody reads is written where it is needed, if anywhere.
  auto generic = dyn_cast<linalg::GenericOp>(op);
  bool isRead = generic ? generic.payloadUsesValueFromOperand(&init) : true;
  bool isFresh = !isRead || isEmpty(init.get());
  Value fill = isFresh ? Value() : getFill(builder, loc, init.get());
  if (!isFresh && !fill) {
    auto block = blocks.find(init.get());
    return block != blocks.end() ? block->second
                                 : extract(init.get(), along, place);
  }
  Value start;
  if (output) {
    start = extract(output, along, localize(place));
  } else if (auto block = blocks.find(init.get()); block != blocks.end()) {
    return block->second;
  } else {
    start = tensor::EmptyOp::create(
        builder, loc, getSlice(init.get(), along, place).sizes,
        cast<RankedTensorType>(init.get().getType()).getElementType());
  }
  if (!fill)
    return start;
  return linalg::FillOp::create(builder, loc, fill, start).getResult(0);
}

SmallVector<Value> BlockGroupEmitter::emitBlock(const Place &place,
                                                ValueRange tensors) {
  blocks.clear();
  SmallVector<Value> current(tensors);
  auto findOutput = [&](OpResult result) {
    return llvm::find_if(outputs,
                         [&](Output &o) { return o.result == result; }) -
           outputs.begin();
  };
  for (Operation *op : ops) {
    auto destination = cast<DestinationStyleOpInterface>(op);
    IRMapping mapping;
    SmallVector<Value> operands;
    SmallVector<Type> types;
    for (OpOperand &operand : op->getOpOperands()) {
      if (destination.isDpsInit(&operand)) {
        size_t output = findOutput(destination.getTiedOpResult(&operand));
        operands.push_back(
            createInit(operand, place,
                       output < outputs.size() ? current[output] : Value()));
        types.push_back(operands.back().getType());
        continue;
      }
      auto block = blocks.find(operand.get());
      operands.push_back(
          block != blocks.end()
              ? block->second
              : extract(operand.get(), group.getOperandDims(operand), place));
    }
    Operation *part = mlir::clone(builder, op, types, operands);
    // Hints are about the index points of the whole.
    part->setDiscardableAttrs(DictionaryAttr::get(builder.getContext()));
    const BlockGroup::Member &member = group.getMember(op);
    SmallVector<OpFoldResult> offsets;
    for (std::optional<unsigned> dim : member.shared)
      offsets.push_back(dim ? place.offsets[*dim] : builder.getIndexAttr(0));
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(part))
      linalg::offsetIndices(builder, linalgOp, offsets);
    if (auto contraction = dyn_cast<ContractIntoOp>(part)) {
      SmallVector<Value> origin;
      IntegerSetAttr bounds =
          contraction.getShiftedBounds(builder, offsets, origin);
      contraction.setBoundedPoints(bounds, origin,
                                   contraction.getStrictBounds());
    }
    for (auto [result, value] :
         llvm::zip_equal(op->getResults(), part->getResults())) {
      if (!member.isSum)
        blocks[result] = value;
      size_t output = findOutput(result);
      if (output == outputs.size())
        continue;
      current[output] = insert(value, current[output], getResultDims(result),
                               localize(place));
    }
  }
  return current;
}
