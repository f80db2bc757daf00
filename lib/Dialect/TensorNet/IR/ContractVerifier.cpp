//===- ContractVerifier.cpp - Constraints of contractions -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/ContractVerifier.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// One contraction under verification, with the words for its tensors.
struct Verifier {
  Operation *op;
  const Indexing &indexing;
  ValueRange inputs;
  ValueRange extentOperands;
  ShapedType target;

  unsigned getNumTensors() const { return inputs.size() + 1; }
  bool isTarget(unsigned tensor) const { return tensor == inputs.size(); }
  ShapedType getType(unsigned tensor) const {
    return isTarget(tensor) ? target
                            : cast<ShapedType>(inputs[tensor].getType());
  }
  const Subscripts &getSubscripts(unsigned tensor) const {
    return isTarget(tensor) ? indexing.result : indexing.operands[tensor];
  }
  std::string getWord(unsigned tensor) const {
    return isTarget(tensor) ? "the result"
                            : "operand #" + std::to_string(tensor);
  }

  LogicalResult verifyRanks() const;
  LogicalResult verifyBareSubscripts() const;
  LogicalResult verifyExtentsKnown() const;
  LogicalResult verifyExtentOperands() const;
  LogicalResult verifyElementTypes() const;
  LogicalResult verifyEncodings() const;
  LogicalResult verifySize() const;
};

} // namespace

/// contract C1
LogicalResult Verifier::verifyRanks() const {
  if (indexing.operands.size() != inputs.size())
    return op->emitOpError("has subscripts for ")
           << indexing.operands.size() << " operands but " << inputs.size()
           << " operands";
  for (unsigned tensor = 0; tensor < getNumTensors(); ++tensor)
    if (static_cast<int64_t>(getSubscripts(tensor).size()) !=
        getType(tensor).getRank())
      return op->emitOpError()
             << getWord(tensor) << " has " << getSubscripts(tensor).size()
             << " subscripts but rank " << getType(tensor).getRank();
  return success();
}

/// contract C3
LogicalResult Verifier::verifyBareSubscripts() const {
  for (auto [index, places] : llvm::enumerate(getBarePlaces(indexing))) {
    if (indexing.getExplicitExtent(index))
      continue;
    std::optional<SubscriptPlace> first;
    for (SubscriptPlace place : places) {
      int64_t size = getType(place.tensor).getDimSize(place.dim);
      if (size == kDynamicExtent)
        continue;
      if (!first)
        first = place;
      int64_t firstSize = getType(first->tensor).getDimSize(first->dim);
      if (size == firstSize)
        continue;
      InFlightDiagnostic diag = op->emitOpError("index '")
                                << getIndexName(index) << "' has extent "
                                << firstSize << " in " << getWord(first->tensor)
                                << " but " << size << " in "
                                << getWord(place.tensor);
      Location firstLoc = isTarget(first->tensor)
                              ? op->getLoc()
                              : inputs[first->tensor].getLoc();
      diag.attachNote(firstLoc)
          << "first use of index '" << getIndexName(index) << "' is here";
      return diag;
    }
  }
  return success();
}

/// contract C4
LogicalResult Verifier::verifyExtentsKnown() const {
  for (auto [index, places] : llvm::enumerate(getBarePlaces(indexing)))
    if (places.empty() && !indexing.getExplicitExtent(index))
      return op->emitOpError("index '")
             << getIndexName(index)
             << "' has no bare subscript that gives its extent; state it with "
                "extents("
             << getIndexName(index) << " = ...)";
  return success();
}

/// contract C6
LogicalResult Verifier::verifyExtentOperands() const {
  size_t expected =
      llvm::count_if(indexing.extents, [](const ExplicitExtent &entry) {
        return entry.extent == kDynamicExtent;
      });
  if (expected != extentOperands.size())
    return op->emitOpError("has ")
           << extentOperands.size() << " extents operands for " << expected
           << " dynamic explicit extents";
  return success();
}

namespace {
enum class Kind { real, complex, integer };
} // namespace

static Kind getKind(Type elementType) {
  if (isa<ComplexType>(elementType))
    return Kind::complex;
  return isa<FloatType>(elementType) ? Kind::real : Kind::integer;
}

/// contract C8 and C9
LogicalResult Verifier::verifyElementTypes() const {
  Type targetElement = target.getElementType();
  for (unsigned tensor = 0; tensor < inputs.size(); ++tensor) {
    Type element = getType(tensor).getElementType();
    if (getKind(element) != getKind(targetElement))
      return op->emitOpError("mixes element type ")
             << element << " of " << getWord(tensor) << " with "
             << targetElement
             << " of the result; operands and result are all real, all "
                "complex, or all integer";
    if (indexing.conjugated[tensor] && getKind(element) != Kind::complex)
      return op->emitOpError()
             << getWord(tensor) << " is conjugated but has element type "
             << element;
  }
  return success();
}

/// contract C10
LogicalResult Verifier::verifyEncodings() const {
  for (unsigned tensor = 0; tensor < getNumTensors(); ++tensor)
    if (auto type = dyn_cast<RankedTensorType>(getType(tensor)))
      if (type.getEncoding())
        return op->emitOpError()
               << getWord(tensor) << " has encoding " << type.getEncoding()
               << "; tensors with an encoding are not supported";
  return success();
}

/// contract C11
LogicalResult Verifier::verifySize() const {
  ContractionShapes shapes;
  for (unsigned tensor = 0; tensor < getNumTensors(); ++tensor)
    shapes.emplace_back(getType(tensor).getShape());
  for (auto [tensor, shape] : llvm::enumerate(shapes)) {
    SmallVector<int64_t> known(llvm::make_filter_range(
        shape, [](int64_t size) { return size != kDynamicExtent; }));
    if (!getNumIndexPoints(known))
      return op->emitOpError()
             << getWord(tensor) << " has more than 2^63 - 1 elements";
  }
  SmallVector<int64_t> extents = getStaticExtents(indexing, shapes);
  bool fits = true;
  indexing.walk([&](const LinearForm &form) {
    bool isStatic = llvm::all_of(form.getTerms(), [&](LinearForm::Term term) {
      return extents[term.index] != kDynamicExtent && extents[term.index] != 0;
    });
    fits &= !isStatic || getRange(form, extents).has_value();
  });
  if (!fits)
    return op->emitOpError("has a subscript whose values exceed 64 bits");
  return success();
}

LogicalResult mlir::tensornet::verifyContraction(Operation *op,
                                                 const Indexing &indexing,
                                                 ValueRange inputs,
                                                 ValueRange extents,
                                                 ShapedType target) {
  Verifier verifier{op, indexing, inputs, extents, target};
  // C2 and C5 are the attribute's own; the rest needs ranks that agree.
  return failure(failed(verifier.verifyRanks()) ||
                 failed(verifier.verifyBareSubscripts()) ||
                 failed(verifier.verifyExtentsKnown()) ||
                 failed(verifier.verifyExtentOperands()) ||
                 failed(verifier.verifyElementTypes()) ||
                 failed(verifier.verifyEncodings()) ||
                 failed(verifier.verifySize()));
}
