//===- KernelCandidate.cpp - Contractions that kernels may fit ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCandidate.h"

#include "KernelModel.h"
#include "KernelPrologue.h"

#include "mlir/IR/IntegerSet.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

bool cpu::isPlain(const Subscripts &subscripts) {
  llvm::SmallSet<IndexId, 4> seen;
  return llvm::all_of(subscripts, [&](const LinearForm &form) {
    return form.isBare() && seen.insert(form.getBareIndex()).second;
  });
}

Type cpu::getPartType(Type type) {
  auto complex = dyn_cast<ComplexType>(type);
  return complex ? complex.getElementType() : type;
}

bool cpu::isKernelType(Type type) {
  type = getPartType(type);
  return type.isF32() || type.isF64() || type.isInteger(8) ||
         type.isInteger(16) || type.isInteger(32) || type.isInteger(64);
}

Type cpu::getSumType(Type type) {
  return type.isInteger(8) ? IntegerType::get(type.getContext(), 16) : type;
}

KernelTarget cpu::getKernelTarget(Type type, unsigned vectorBits) {
  int64_t parts = isa<ComplexType>(type) ? 2 : 1;
  int64_t partBytes = getPartType(getSumType(type)).getIntOrFloatBitWidth() / 8;
  return KernelTarget::get(vectorBits, parts * partBytes, parts);
}

SmallVector<int64_t> cpu::getRowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (unsigned dim = shape.size(); dim-- > 1;) {
    bool isKnown =
        strides[dim] != kDynamicExtent && shape[dim] != kDynamicExtent;
    if (!isKnown ||
        llvm::MulOverflow(strides[dim], shape[dim], strides[dim - 1]))
      strides[dim - 1] = kDynamicExtent;
  }
  return strides;
}

/// A step of an index moves along every dimension whose subscript has it: the
/// strides add up, also where subscripts are no bare indices.
void KernelCandidate::addDims(KernelOperand operand,
                              const Subscripts &subscripts,
                              ArrayRef<int64_t> strides,
                              ArrayRef<int64_t> extents) {
  for (auto [form, stride] : llvm::zip_equal(subscripts, strides))
    for (LinearForm::Term term : form.getTerms()) {
      auto *dim = llvm::find_if(
          dims, [&](const KernelDim &d) { return d.source == term.index; });
      if (dim == dims.end()) {
        KernelDim fresh;
        fresh.source = term.index;
        fresh.extent = extents[term.index];
        dim = dims.insert(dim, fresh);
      }
      dim->present[operand] = true;
      int64_t &sum = dim->strides[operand];
      bool isKnown = sum != kDynamicExtent && stride != kDynamicExtent;
      sum = isKnown ? sum + term.coefficient * stride : kDynamicExtent;
    }
}

/// Adds `expr`, a sum of dimensions and symbols with coefficients, times
/// `factor` to `bound`; false where it is something else.
static bool readSum(AffineExpr expr, int64_t factor, KernelBound &bound) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    bound.constant += factor * constant.getValue();
    return true;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    bound.terms.push_back({dim.getPosition(), factor});
    return true;
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    bound.origin.push_back({symbol.getPosition(), factor});
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return readSum(binary.getLHS(), factor, bound) &&
           readSum(binary.getRHS(), factor, bound);
  auto coefficient = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && coefficient &&
         readSum(binary.getLHS(), factor * coefficient.getValue(), bound);
}

bool KernelCandidate::addBounds(ContractIntoOp op) {
  if (!op.getBoundsAttr())
    return true;
  for (AffineExpr constraint : op.getBounds()->getConstraints()) {
    KernelBound bound;
    if (!readSum(constraint, 1, bound)) {
      if (op.getStrictBounds())
        return false;
      continue;
    }
    for (KernelDim &dim : dims)
      if (llvm::is_contained(llvm::make_first_range(bound.terms), dim.source)) {
        dim.isBounded = true;
        bound.limitsSum |= !dim.present[kC];
      }
    bound.isStrict = op.getStrictBounds() && bound.limitsSum;
    bounds.push_back(std::move(bound));
  }
  return true;
}

std::optional<KernelCandidate>
KernelCandidate::get(const Indexing &indexing,
                     ArrayRef<SmallVector<int64_t>> strides,
                     ArrayRef<int64_t> extents, bool inBounds) {
  if (!isPlain(indexing.result))
    return std::nullopt;
  if (!inBounds &&
      (!indexing.extents.empty() || !llvm::all_of(indexing.operands, isPlain)))
    return std::nullopt;
  KernelCandidate candidate;
  SmallVector<unsigned> inputs;
  for (auto [number, subscripts] : llvm::enumerate(indexing.operands)) {
    if (!subscripts.empty() &&
        llvm::all_of(subscripts, std::mem_fn(&LinearForm::isConstant)))
      return std::nullopt;
    (subscripts.empty() ? candidate.scales : inputs).push_back(number);
  }
  if (inputs.size() != 2)
    return std::nullopt;
  candidate.inputs = {inputs[0], inputs[1]};
  for (KernelOperand operand : {kA, kB})
    candidate.conjugated[operand] = indexing.conjugated[inputs[operand]];
  for (KernelOperand operand : {kA, kB})
    candidate.addDims(operand, indexing.operands[inputs[operand]],
                      strides[inputs[operand]], extents);
  candidate.addDims(kC, indexing.result, strides.back(), extents);
  for (const KernelDim &dim : candidate.dims)
    if (llvm::count(dim.present, true) < 2)
      return std::nullopt;
  return candidate;
}

std::optional<KernelPlan> cpu::planProducts(Type type, const Indexing &indexing,
                                            const ContractionShapes &shapes,
                                            ArrayRef<int64_t> extents,
                                            unsigned vectorBits) {
  if (!isKernelType(type))
    return std::nullopt;
  SmallVector<SmallVector<int64_t>> strides;
  for (ArrayRef<int64_t> shape : shapes)
    strides.push_back(getRowMajorStrides(shape));
  auto candidate =
      KernelCandidate::get(indexing, strides, extents, /*inBounds=*/false);
  if (!candidate)
    return std::nullopt;
  return planKernel(candidate->dims, getKernelTarget(type, vectorBits));
}

bool cpu::suitsVectorLoops(ContractOp op, const KernelPlan &plan,
                           unsigned vectorBits) {
  Type type = op.getComputeType();
  if (plan.parts != 1)
    return false;
  if (!plan.hasRows())
    return true;
  KernelTarget target = getKernelTarget(type, vectorBits);
  bool converts = llvm::any_of(op.getInputs(), [&](Value input) {
    return cast<RankedTensorType>(input.getType()).getElementType() != type;
  });
  // Kernels multiply bytes several at a time.
  if (converts && !isa<FloatType>(type))
    return false;
  target.converts = {converts, converts};
  return multipliesFewVectors(plan, target);
}

std::optional<KernelPlan> cpu::planContraction(ContractOp op,
                                               unsigned vectorBits) {
  std::optional<KernelPlan> plan =
      planProducts(op.getComputeType(), op.getIndexingValue(), op.getShapes(),
                   op.getStaticExtents(), vectorBits);
  if (plan && suitsVectorLoops(op, *plan, vectorBits))
    return std::nullopt;
  return plan;
}

/// The candidate that `op` is, given the strides of its tensors.
static std::optional<KernelCandidate>
getCandidate(ContractIntoOp op, ArrayRef<SmallVector<int64_t>> strides) {
  if (!op.getCounts().empty() ||
      !isKernelType(op.getInitType().getElementType()))
    return std::nullopt;
  auto candidate = KernelCandidate::get(
      op.getIndexingValue(), strides, op.getStaticExtents(), op.getInBounds());
  if (candidate && !candidate->addBounds(op))
    return std::nullopt;
  return candidate;
}

std::optional<KernelCandidate> cpu::getCandidate(ContractIntoOp op) {
  if (!isa<MemRefType>(op.getInitType()))
    return std::nullopt;
  SmallVector<Value> tensors(op.getInputs());
  tensors.push_back(op.getInit());
  SmallVector<SmallVector<int64_t>> strides;
  for (Value tensor : tensors) {
    int64_t offset;
    if (failed(cast<MemRefType>(tensor.getType())
                   .getStridesAndOffset(strides.emplace_back(), offset)))
      return std::nullopt;
  }
  return ::getCandidate(op, strides);
}

std::optional<KernelCandidate> cpu::getTensorCandidate(ContractIntoOp op) {
  SmallVector<SmallVector<int64_t>> strides;
  for (Value input : op.getInputs())
    strides.push_back(
        getRowMajorStrides(cast<RankedTensorType>(input.getType()).getShape()));
  strides.push_back(getRowMajorStrides(op.getInitType().getShape()));
  return ::getCandidate(op, strides);
}

/// True where `unit` multiplies numbers of `type` and adds in type `sum`.
static bool multiplies(MatrixUnit unit, Type type, Type sum) {
  if (unit == MatrixUnit::none)
    return false;
  if (type.isInteger(8))
    return sum.isInteger(32);
  return sum.isF32() && ((type.isBF16() && unit != MatrixUnit::vnni) ||
                         (type.isF16() && unit == MatrixUnit::amxFP16));
}

bool cpu::fitsMatrixUnit(ContractIntoOp op, const KernelCandidate &candidate,
                         MatrixUnit unit) {
  Type type = op.getInputType(candidate.inputs[0]).getElementType();
  // Steps of the unit have several points of the sum.
  return multiplies(unit, type, op.getInitType().getElementType()) &&
         !op.getStrictBounds() &&
         op.getInputType(candidate.inputs[1]).getElementType() == type;
}

static KernelChoice getChoice(ContractIntoOp op) {
  KernelAttr attr = op.getKernelAttr();
  return attr ? attr.getValue() : KernelChoice();
}

/// The kernel for `op`: `choice`, completed by the model. Operand `prologue`
/// is computed by packing, as those are that have a prologue already.
static llvm::Expected<KernelPlan>
complete(ContractIntoOp op, const KernelCandidate &candidate,
         const KernelChoice &choice, unsigned vectorBits, bool parallel,
         std::optional<unsigned> prologue = std::nullopt) {
  Type type = op.getInitType().getElementType();
  KernelTarget target = getKernelTarget(type, vectorBits);
  for (KernelOperand operand : {kA, kB}) {
    unsigned input = candidate.inputs[operand];
    target.computes[operand] = prologue == input || hasPrologue(op, input);
    target.converts[operand] = op.getInputType(input).getElementType() != type;
  }
  llvm::Expected<KernelPlan> plan = planKernel(candidate.dims, target, choice);
  if (!plan)
    return plan.takeError();
  for (const KernelBound &bound : candidate.bounds)
    if (plan->determines(bound))
      plan->bounds.push_back(bound);
    else if (bound.isStrict)
      return llvm::createStringError(
          "kernel cannot leave out the points outside of strict bounds: it "
          "has their indices in its batch or in joined columns");
  // What is impossible on many threads is no choice on one, either.
  KernelPlan onOneThread = *plan;
  if (parallel || choice.distribute)
    if (llvm::Error error =
            distributeKernel(parallel ? *plan : onOneThread, choice))
      return error;
  return plan;
}

std::optional<KernelPlan> cpu::planOnTensors(ContractIntoOp op,
                                             const KernelCandidate &candidate,
                                             unsigned vectorBits, bool parallel,
                                             std::optional<unsigned> prologue) {
  return llvm::expectedToOptional(
      complete(op, candidate, getChoice(op), vectorBits, parallel, prologue));
}

FailureOr<std::optional<KernelPlan>>
cpu::planKernel(ContractIntoOp op, const KernelCandidate &candidate,
                unsigned vectorBits, bool parallel) {
  KernelChoice choice = getChoice(op);
  llvm::Expected<KernelPlan> plan =
      complete(op, candidate, choice, vectorBits, parallel);
  if (plan)
    return std::optional<KernelPlan>(*plan);
  std::string message = llvm::toString(plan.takeError());
  if (choice.empty())
    return std::optional<KernelPlan>();
  return op.emitOpError(message);
}

LogicalResult cpu::verifyVectorBits(Operation *op, unsigned vectorBits) {
  if (vectorBits == 128 || vectorBits == 256 || vectorBits == 512)
    return success();
  return op->emitError("vector-width is ")
         << vectorBits << ", expected 128, 256 or 512";
}
