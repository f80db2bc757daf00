//===- TensorNet.h - The tensornet dialect ----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNET_H
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNET_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "tensornet/Analysis/IndexAlgebra.h"
#include "tensornet/Analysis/Indexing.h"
#include "tensornet/Analysis/KernelChoice.h"
#include "tensornet/Dialect/TensorNet/IR/Derivative.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::tensornet {
/// An index and its extent, static or a value.
using IndexExtent = std::pair<IndexId, OpFoldResult>;
} // namespace mlir::tensornet

#include "tensornet/Dialect/TensorNet/IR/TensorNetDialect.h.inc"
#include "tensornet/Dialect/TensorNet/IR/TensorNetInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "tensornet/Dialect/TensorNet/IR/TensorNetAttrs.h.inc"

#define GET_OP_CLASSES
#include "tensornet/Dialect/TensorNet/IR/TensorNetOps.h.inc"

namespace mlir::tensornet {

/// A contraction to build. Index numbers are free; the builder renumbers them.
struct ContractionSpec {
  SmallVector<Value> inputs;
  /// Subscripts and conjugation (an empty `conjugated` stands for none); its
  /// `extents` are ignored.
  Indexing indexing;
  /// Explicit extents. Entries that operands and result sizes already imply
  /// statically are dropped.
  SmallVector<IndexExtent> extents;
  /// One size per result dimension; null where it is the extent of a bare
  /// index that an operand or an entry of `extents` gives. May be left empty
  /// where all are null.
  SmallVector<OpFoldResult> resultSizes;
  /// The element type of the result.
  Type elementType;
};

/// Makes the contraction that `spec` describes and returns its result.
Value createContraction(OpBuilder &builder, Location loc, ContractionSpec spec);

/// The type that contractions compute in, given the element types of operands
/// and result (of one kind: real, complex or integer): the widest, at least
/// f32.
Type getContractionComputeType(ArrayRef<Type> elementTypes);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNET_H
