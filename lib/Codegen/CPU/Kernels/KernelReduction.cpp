//===- KernelReduction.cpp - Reductions inside kernels --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelReduction.h"

#include "Buffers/BufferRoots.h"
#include "KernelCandidate.h"
#include "Vectors/VectorBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static constexpr llvm::StringLiteral kReductionAttr = "tensornet.reduction";

void cpu::markReduction(linalg::GenericOp op, bool keepsValue) {
  op->setAttr(kReductionAttr, BoolAttr::get(op.getContext(), keepsValue));
}

bool cpu::isReduction(Operation *op) { return op->hasAttr(kReductionAttr); }

void cpu::unmarkReduction(linalg::GenericOp op) {
  op->removeAttr(kReductionAttr);
}

//===----------------------------------------------------------------------===//
// Which ops are reductions
//===----------------------------------------------------------------------===//

/// True where `op` reduces `value`, which it reads once, with a body that has a
/// form on vectors.
static bool reduces(linalg::GenericOp op, Value value) {
  if (op.getNumReductionLoops() == 0 || !getCombiner(op) ||
      !isVectorBody(*op.getBody()) ||
      llvm::count(op->getOperands(), value) != 1)
    return false;
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    auto type = dyn_cast<ShapedType>(operand.get().getType());
    AffineMap map = op.getMatchingIndexingMap(&operand);
    return type && type.hasStaticShape() &&
           isVectorElement(type.getElementType()) &&
           map.isProjectedPermutation() &&
           (operand.get() != value || map.isPermutation()) &&
           (!op.isDpsInit(&operand) ||
            map.getNumResults() == op.getNumParallelLoops());
  });
}

/// What `op` and `consumer` finish, that lies as the result of `op` does.
static SmallVector<Value> getFinished(ContractIntoOp op,
                                      linalg::GenericOp consumer) {
  if (!consumer)
    return {op.getInit()};
  AffineMap sumMap;
  for (OpOperand *input : consumer.getDpsInputOperands())
    if (input->get() == op.getInit())
      sumMap = consumer.getMatchingIndexingMap(input);
  SmallVector<Value> values;
  for (OpOperand &init : consumer.getDpsInitsMutable())
    if (consumer.getMatchingIndexingMap(&init) == sumMap)
      values.push_back(init.get());
  return values;
}

/// The one of `values` that `op` reduces; null where it reads several or none,
/// or others of what `writer` and `consumer` write.
static Value getReduced(linalg::GenericOp op, ArrayRef<Value> values,
                        ContractIntoOp writer, linalg::GenericOp consumer) {
  Value reduced;
  for (Value value : values)
    if (llvm::is_contained(op.getDpsInputs(), value))
      reduced = value;
  if (!reduced || !reduces(op, reduced))
    return nullptr;
  SmallVector<Value> written = {writer.getInit()};
  if (consumer)
    llvm::append_range(written, consumer.getDpsInits());
  for (Value operand : op->getOperands())
    for (Value other : written)
      if (operand != reduced &&
          mayOverlap(getBufferRoot(operand), getBufferRoot(other)))
        return nullptr;
  return reduced;
}

/// What `op` fills or copies to; null for other ops.
static Value getStarted(Operation *op) {
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return fill.getOutputs()[0];
  auto copy = dyn_cast<memref::CopyOp>(op);
  return copy ? copy.getTarget() : Value();
}

SmallVector<Operation *> cpu::findReductions(ContractIntoOp op,
                                             linalg::GenericOp consumer) {
  SmallVector<Value> values = getFinished(op, consumer);
  SmallVector<Operation *> found, starts;
  Operation *next = consumer ? consumer.getOperation() : op;
  while ((next = next->getNextNode())) {
    if (getStarted(next)) {
      starts.push_back(next);
      continue;
    }
    if (isMemoryEffectFree(next) ||
        isa<memref::AllocOp, memref::DeallocOp>(next))
      continue;
    auto reduction = dyn_cast<linalg::GenericOp>(next);
    if (!reduction || !isReduction(reduction) ||
        !getReduced(reduction, values, op, consumer) ||
        !llvm::all_of(starts, [&](Operation *start) {
          return getStarted(start) == reduction.getDpsInits()[0];
        }))
      break;
    found.append(starts);
    starts.clear();
    found.push_back(reduction);
  }
  return found;
}

//===----------------------------------------------------------------------===//
// Reductions of plans
//===----------------------------------------------------------------------===//

bool KernelReduction::suits(const KernelPlan &plan) {
  if (plan.parts != 1 || plan.skipsTiles() || !plan.nOuter.empty() ||
      plan.isTiny())
    return false;
  SmallVector<int64_t> extents(contraction.getStaticExtents());
  if (llvm::is_contained(extents, kDynamicExtent))
    return false;
  // What is kept are columns.
  OpOperand &init = op.getDpsInitsMutable()[0];
  unsigned result = getResult();
  for (unsigned loop : tensors[result].loops)
    for (auto [own, form] :
         llvm::zip_equal(common.loops, contraction.getIndexingValue().result))
      if (own == loop && (form.getBareIndex() != plan.n.source ||
                          !plan.n.outerSources.empty()))
        return false;
  if (op.getMatchingIndexingMap(&init).getNumResults() > 1)
    return false;
  for (auto [number, tensor] : llvm::enumerate(tensors))
    if (number != result && !suitsTiles(tensor, plan, extents))
      return false;
  return true;
}

bool KernelReduction::fits(ContractIntoOp op, linalg::GenericOp reduction,
                           Value value, const KernelPlan &plan) {
  return reduces(reduction, value) &&
         KernelReduction(op, reduction, value).suits(plan);
}

std::vector<KernelReduction> KernelReduction::get(ContractIntoOp op,
                                                  linalg::GenericOp consumer,
                                                  const KernelPlan &plan) {
  std::vector<KernelReduction> reductions;
  Type type = op.getInitType().getElementType();
  if (!op.getCounts().empty() || getSumType(type) != type)
    return reductions;
  SmallVector<Value> values = getFinished(op, consumer);
  for (Operation *found : findReductions(op, consumer)) {
    auto reduction = dyn_cast<linalg::GenericOp>(found);
    if (!reduction)
      continue;
    Value reduced = getReduced(reduction, values, op, consumer);
    KernelReduction fused(op, reduction, reduced);
    if (!fused.suits(plan))
      return {};
    reductions.push_back(std::move(fused));
  }
  return reductions;
}

TypedAttr KernelReduction::getStart() const {
  return *arith::getNeutralElement(getCombiner(op));
}

bool KernelReduction::keepsValue() const {
  return cast<BoolAttr>(op->getAttr(kReductionAttr)).getValue();
}

void KernelReduction::prepare(OpBuilder &builder, Location loc,
                              const KernelPlan &plan) {
  createViews(builder, loc);
  columns = plan.n.extent;
  strides[plan.n.source] = 1;
  int64_t tiles = llvm::divideCeil(plan.m.extent, plan.mr);
  for (ArrayRef<KernelDim> dims : {ArrayRef(plan.mOuter), ArrayRef(plan.batch)})
    for (const KernelDim &dim : llvm::reverse(dims)) {
      strides[dim.source] = tiles * columns;
      tiles *= dim.extent;
    }
  Type element =
      cast<ShapedType>(op.getDpsInits()[0].getType()).getElementType();
  buffer = memref::AllocOp::create(builder, loc,
                                   MemRefType::get({tiles, columns}, element),
                                   builder.getI64IntegerAttr(64));
  FlatView view = FlatView::get(builder, loc, buffer);
  view.strides.clear();
  tensors.push_back({Value(), {}, view});
}

OpFoldResult KernelReduction::getStride(OpBuilder &builder, Location loc,
                                        unsigned number,
                                        const KernelDim &dim) const {
  if (number != getParts())
    return FusedElementwise::getStride(builder, loc, number, dim);
  bool isPresent = llvm::is_contained(dim.present, true);
  return builder.getIndexAttr(isPresent ? strides.lookup(dim.source) : 0);
}

void KernelReduction::finish() {
  OpBuilder builder(op);
  Operation *combiner = getCombiner(op);
  BlockArgument total = op.getRegionOutputArgs()[0];
  unsigned position = combiner->getOperand(0) == total ? 0 : 1;
  Value init = op.getDpsInits()[0];
  bool keepsColumns = cast<MemRefType>(init.getType()).getRank() == 1;
  AffineMap all = builder.getMultiDimIdentityMap(2);
  AffineMap kept = keepsColumns ? all.getMinorSubMap(1)
                                : AffineMap::get(2, 0, builder.getContext());
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::reduction);
  if (keepsColumns)
    iterators[1] = utils::IteratorType::parallel;
  linalg::GenericOp::create(
      builder, op.getLoc(), ValueRange{buffer}, ValueRange{init},
      ArrayRef{all, kept}, iterators,
      [&](OpBuilder &inner, Location loc, ValueRange arguments) {
        Operation *copy = inner.clone(*combiner);
        copy->setOperand(position, arguments[1]);
        copy->setOperand(1 - position, arguments[0]);
        linalg::YieldOp::create(inner, loc, copy->getResults());
      });
  memref::DeallocOp::create(builder, op.getLoc(), buffer);
  op->erase();
}
