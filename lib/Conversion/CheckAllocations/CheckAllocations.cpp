//===- CheckAllocations.cpp - Buffers beyond memory -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

#include <cmath>

namespace mlir::tensornet {
#define GEN_PASS_DEF_CHECKALLOCATIONS
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// No host addresses more bytes than this.
constexpr double kLargestMemory = 0x1p47;

static double getByteWidth(Type element) {
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * getByteWidth(complex.getElementType());
  if (element.isIntOrFloat())
    return std::ceil(element.getIntOrFloatBitWidth() / 8.);
  return sizeof(int64_t);
}

/// "4x{0}xf32": dynamic sizes are numbered.
static std::string formatShape(MemRefType type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  unsigned numDynamic = 0;
  for (int64_t extent : type.getShape()) {
    if (ShapedType::isDynamic(extent))
      os << "{" << numDynamic++ << "}x";
    else
      os << extent << "x";
  }
  os << type.getElementType();
  return text;
}

/// Checks that `bytes` times the dynamic sizes of `op` fit into memory. In
/// floating point, where the product cannot wrap.
static void createCheck(memref::AllocOp op, double bytes) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Type f64 = builder.getF64Type();
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getFloatAttr(f64, value));
  };
  Value product = constant(bytes);
  for (Value size : op.getDynamicSizes()) {
    Value wide =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), size);
    Value number = arith::SIToFPOp::create(builder, loc, f64, wide);
    product = arith::MulFOp::create(builder, loc, product, number);
  }
  Value fits = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLE,
                                     product, constant(kLargestMemory));
  CheckOp::create(builder, loc, fits,
                  "an intermediate of type " + formatShape(op.getType()) +
                      " is larger than any memory",
                  op.getDynamicSizes());
}

static LogicalResult check(memref::AllocOp op) {
  MemRefType type = op.getType();
  double bytes = getByteWidth(type.getElementType());
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      bytes *= static_cast<double>(extent);
  if (!type.hasStaticShape())
    createCheck(op, bytes);
  else if (bytes > kLargestMemory)
    return op.emitError("an intermediate of type ")
           << formatShape(type) << " is larger than any memory";
  return success();
}

/// Folding `arith.xori` of a value with itself makes a constant of its type,
/// also where that leaves a size open.
static LogicalResult check(memref::GlobalOp op) {
  if (op.getType().hasStaticShape())
    return success();
  return op.emitError("a constant of type ")
         << op.getType()
         << " has no size; zeros of a size of the run are made by tensor.splat "
            "or arith.subi";
}

namespace {

struct CheckAllocations
    : tensornet::impl::CheckAllocationsBase<CheckAllocations> {
  void runOnOperation() override {
    bool failedAny = false;
    getOperation()->walk([&](Operation *op) {
      if (auto alloc = dyn_cast<memref::AllocOp>(op))
        failedAny |= failed(check(alloc));
      else if (auto global = dyn_cast<memref::GlobalOp>(op))
        failedAny |= failed(check(global));
    });
    if (failedAny)
      signalPassFailure();
  }
};

} // namespace
