//===- TileOps.cpp - Operands copied into tiles ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// #tensornet.tiles
//===----------------------------------------------------------------------===//

LogicalResult TilesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                ArrayRef<int64_t> batch, ArrayRef<int64_t> rows,
                                ArrayRef<int64_t> sum, int64_t width,
                                int64_t offset, bool joined) {
  constexpr double kLargestPanel = 0x1p47;
  if (width < 1)
    return emitError() << "tiles have width " << width
                       << ", expected at least 1";
  if (offset < 0)
    return emitError() << "tiles start at offset " << offset
                       << ", expected at least 0";
  double numbers = double(width);
  for (auto [name, loops] :
       {std::pair<StringRef, ArrayRef<int64_t>>("batch", batch),
        {"rows", rows},
        {"sum", sum}}) {
    if (loops.size() % 2 != 0)
      return emitError() << "tiles list " << loops.size() << " numbers in "
                         << name << ", expected pairs of extent and stride";
    for (size_t loop = 0; loop < loops.size(); loop += 2) {
      if (loops[loop] < 1)
        return emitError() << "tiles have extent " << loops[loop] << " in "
                           << name << ", expected at least 1";
      numbers *= double(loops[loop]);
    }
  }
  if (rows.empty() || sum.empty())
    return emitError() << "tiles have no loop in "
                       << (rows.empty() ? "rows" : "sum");
  if (numbers > kLargestPanel)
    return emitError() << "tiles hold more numbers than any memory";
  return success();
}

int64_t TilesAttr::countPoints(ArrayRef<int64_t> loops) {
  int64_t points = 1;
  for (size_t loop = 0; loop < loops.size(); loop += 2)
    points *= loops[loop];
  return points;
}

int64_t TilesAttr::countTiles() const {
  ArrayRef<int64_t> rows = getRows();
  if (getJoined())
    return llvm::divideCeil(countPoints(rows), getWidth());
  return countPoints(rows.drop_back(2)) *
         llvm::divideCeil(rows[rows.size() - 2], getWidth());
}

SmallVector<int64_t, 4> TilesAttr::getShape(int64_t parts) const {
  return {countPoints(getBatch()), countTiles(), countPoints(getSum()),
          parts * getWidth()};
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// The constraints that the ops on tiles share.
static LogicalResult verifyTiles(Operation *op, MemRefType source,
                                 MemRefType panel, TilesAttr tiles) {
  // tiles C1
  if (!source.isStrided())
    return op->emitOpError("has a source without strides, of type ") << source;
  // tiles C2
  Type number = source.getElementType();
  int64_t parts = 1;
  if (auto complexType = dyn_cast<ComplexType>(number)) {
    number = complexType.getElementType();
    parts = 2;
  }
  SmallVector<int64_t, 4> shape = tiles.getShape(parts);
  if (panel.getShape() != ArrayRef(shape)) {
    InFlightDiagnostic error = op->emitOpError("has a panel of shape ");
    llvm::interleave(panel.getShape(), error, "x");
    error << ", but its tiles have ";
    llvm::interleave(shape, error, "x");
    return error;
  }
  // tiles C3
  Type element = panel.getElementType();
  if (isa<FloatType>(number) != isa<FloatType>(element) ||
      number.getIntOrFloatBitWidth() > element.getIntOrFloatBitWidth())
    return op->emitOpError("has numbers of type ")
           << number << ", which do not become " << element;
  return success();
}

LogicalResult PackTilesOp::verify() {
  return verifyTiles(*this, getSource().getType(), getPanel().getType(),
                     getTiles());
}

LogicalResult WithTilesOp::verify() {
  return verifyTiles(*this, getSource().getType(), getPanel().getType(),
                     getTiles());
}

Value WithTilesOp::getViewSource() { return getSource(); }
