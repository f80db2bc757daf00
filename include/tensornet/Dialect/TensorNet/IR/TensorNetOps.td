//===- TensorNetOps.td - Ops of the tensornet dialect ------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNETOPS
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNETOPS

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetAttrs.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetDialect.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetInterfaces.td"

class TensorNet_Op<string mnemonic, list<Trait> traits = []>
    : Op<TensorNet_Dialect, mnemonic, traits>;

/// Element types that can be contracted; i1 and index are refused.
def TensorNet_Element
    : AnyTypeOf<[F16, BF16, F32, F64, Complex<F32>, Complex<F64>,
                 I8, I16, I32, I64]>;
def TensorNet_Tensor : RankedTensorOf<[TensorNet_Element]>;
def TensorNet_MemRef : MemRefOf<[TensorNet_Element]>;
def TensorNet_Shaped : AnyTypeOf<[TensorNet_Tensor, TensorNet_MemRef]>;

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def TensorNet_ContractOp : TensorNet_Op<"contract", [
    AttrSizedOperandSegments, NoMemoryEffect,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TensorNet_DifferentiableOpInterface>]> {
  let summary = "sum over index points of a product of tensors";
  let description = [{
    ```
    result[e] = sum over { index points d : rho(d) = e, and every sigma_t(d)
                           is inside operand t }
                of prod_t operand_t[sigma_t(d)]
    ```

    An index point d gives every index a value in 0 .. extent-1; rho are the
    subscripts of the result and sigma_t those of operand t. A subscript is an
    integer-linear form in the indices plus a constant. With no indices there
    is one point; with no operands the product is 1; a result element that no
    point reaches is 0. There is no implicit broadcasting: extent 1 is an
    extent. Operand order has no meaning.

    The op computes in the compute type (the widest of operand and result
    types, at least f32; integers wrap) and rounds once. `conj` conjugates an
    operand. The op means its sum over the reals, rounded: order and factoring
    are free within it and across contractions, and points that are dropped
    contribute nothing, even against inf or NaN.

    All bare subscripts (a single index, coefficient 1) of an index agree with
    its extent, statically or at run time. `extents` gives the extents that no
    bare subscript determines; where it names an index, that index's bare
    subscripts obey the in-bounds rule like any other. `sizes` takes one
    `index` operand, in order, for each `?` of the result that is not a bare
    index of known extent (one that an operand or another dimension of the
    result determines). `kernel` says how CPU code computes the op; it changes
    no value.

    Constraints:

    * (C1) an operand and the result have one subscript per dimension
    * (C2) indices are numbered by first appearance: operands, then result
    * (C3) all bare subscripts of an index without explicit extent agree
    * (C4) every index has a bare subscript or an explicit extent
    * (C5) explicit extents are not negative, name each index once, and name
      indices that occur in some subscript
    * (C6) there is one `extents` operand per dynamic explicit extent
    * (C7) there is one `sizes` operand per undetermined `?` of the result
    * (C8) element types are all real, all complex, or all integer
    * (C9) only complex operands are conjugated
    * (C10) tensors have no encoding
    * (C11) the number of elements of every tensor fits 63 bits, as does every
      value of a subscript; the number of index points may be any

    Example:

    ```mlir
    // C[i,k] = sum_j A[i,j] B[j,k] * sum_l D[l,l]
    %c = tensornet.contract %a[i, j], %b[j, k], %d[l, l] -> [i, k]
         : (tensor<4x8xf32>, tensor<8x16xf32>, tensor<5x5xf32>) -> tensor<4x16xf32>
    // Convolution with stride 2 and one row of padding.
    %y = tensornet.contract %x[2 * h + kh - 1], %w[kh] -> [h]
         : (tensor<9xf32>, tensor<3xf32>) -> tensor<5xf32>
    // Identity.
    %i = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins Variadic<TensorNet_Tensor>:$inputs,
                       Variadic<Index>:$extents, Variadic<Index>:$sizes,
                       TensorNet_IndexingAttr:$indexing,
                       OptionalAttr<TensorNet_KernelAttr>:$kernel);
  let results = (outs TensorNet_Tensor:$result);
  let assemblyFormat = [{
    custom<Contraction>($inputs, $extents, $sizes, $indexing) attr-dict `:`
    functional-type($inputs, results)
  }];
  let extraClassDeclaration = [{
    /// The subscripts, explicit extents and conjugation flags.
    const Indexing &getIndexingValue() { return getIndexing().getValue(); }
    RankedTensorType getInputType(unsigned operand) {
      return cast<RankedTensorType>(getInputs()[operand].getType());
    }
    RankedTensorType getResultType() {
      return cast<RankedTensorType>(getResult().getType());
    }
    /// The element type that products and sums are computed in.
    Type getComputeType();
    /// True for a contraction without operands: it is never stored where a
    /// contraction reads it.
    bool isVirtual() { return getInputs().empty(); }
    /// The shapes of the operands, then of the result.
    ContractionShapes getShapes();
    /// The extent of every index; kDynamicExtent where only the run knows it.
    SmallVector<int64_t> getStaticExtents();
    /// The extent of `index`: an attribute where it is static, else a value,
    /// which `builder` may have to make (tensor.dim).
    OpFoldResult getExtent(OpBuilder &builder, Location loc, IndexId index);
    /// The sizes of the result, without reading the result.
    SmallVector<OpFoldResult> getResultSizes(OpBuilder &builder, Location loc);
    /// The explicit extents, one entry per index that has one.
    SmallVector<IndexExtent> getMixedExplicitExtents();
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def TensorNet_ContractIntoOp : TensorNet_Op<"contract_into", [
    AttrSizedOperandSegments, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
      ["bufferizesToMemoryRead", "bufferizesToMemoryWrite",
       "getAliasingValues", "bufferize"]>,
    DeclareOpInterfaceMethods<TilingInterface,
      ["getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
       "getResultTilePosition", "generateResultTileValue",
       "getIterationDomainTileFromResultTile"]>]> {
  let summary = "accumulate a contraction into a destination";
  let description = [{
    ```
    result = init + contract(inputs)
    ```

    The sum that `tensornet.contract` defines, added to a destination whose
    sizes give the sizes of the result. Lowering introduces it where
    destinations matter; it is never differentiated. On memrefs it has no
    result and updates `init` in place; `init` does not overlap an input.

    `in_bounds` promises that no index point leaves a tensor. `counts` names
    operands whose elements are numbers of points, as those of a contraction
    without operands are: where one is zero there is no point, whatever the
    other factors. `kernel` says how CPU code computes the op; it changes no
    value.

    `bounds` is a set of index points, with one dimension for each index in the
    order of appearance and one symbol for each operand of `origin`, all of its
    constraints of the form `... >= 0`. Code may leave out points that are
    outside. Where a constraint is about indices of the result alone, elements
    of the result outside of it may have any value. Where it has an index of
    the sum, `strict_bounds` says that points outside are absent: they
    contribute nothing, even against inf or NaN. Without it, operands vouch
    that what these points contribute is zero.

    Products and sums are computed in the element type of `init`, which is at
    least as wide as every input. The constraints of `tensornet.contract` hold,
    with `init` in the place of its result, and

    * (C12) `bounds` has one dimension per index, one symbol per operand of
      `origin`, and no equations
    * (C13) only what has `bounds` has `strict_bounds`

    Tiling has one loop per index, in the order of appearance; an index that is
    itself a subscript of the result is parallel. An index can be tiled where
    every subscript that uses it is known to stay inside its tensor: a tile
    works on slices.

    Example:

    ```mlir
    %d = tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c)
         : (tensor<4x8xf32>, tensor<8x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c)
         : (memref<4x8xf32>, memref<8x16xf32>, memref<4x16xf32>) -> ()
    // d[i,k] = c[i,k] + sum_{j <= i + %row} a[i,j] b[j,k]
    tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c) origin(%row)
         {bounds = affine_set<(d0, d1, d2)[s0] : (d0 - d1 + s0 >= 0)>, strict_bounds}
         : (memref<4x8xf32>, memref<8x16xf32>, memref<4x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Variadic<TensorNet_Shaped>:$inputs,
                       Variadic<Index>:$extents, Variadic<Index>:$origin,
                       TensorNet_Shaped:$init,
                       TensorNet_IndexingAttr:$indexing, UnitAttr:$in_bounds,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$counts,
                       OptionalAttr<TensorNet_KernelAttr>:$kernel,
                       OptionalAttr<IntegerSetAttr>:$bounds,
                       UnitAttr:$strict_bounds);
  let results = (outs Variadic<TensorNet_Tensor>:$outputs);
  let builders = [
    /// Without bounds. A kernel that is null is left to the cost model.
    OpBuilder<(ins "::mlir::TypeRange":$outputs, "::mlir::ValueRange":$inputs,
                   "::mlir::ValueRange":$extents, "::mlir::Value":$init,
                   "::mlir::tensornet::IndexingAttr":$indexing,
                   CArg<"bool", "false">:$inBounds,
                   CArg<"::llvm::ArrayRef<int64_t>", "{}">:$counts,
                   CArg<"::mlir::tensornet::KernelAttr", "nullptr">:$kernel), [{
      build($_builder, $_state, outputs, inputs, extents, /*origin=*/{}, init,
            indexing, inBounds, counts, kernel, /*bounds=*/nullptr,
            /*strict_bounds=*/false);
    }]>];
  let assemblyFormat = [{
    custom<ContractionInto>($inputs, $extents, $init, $indexing)
    (`origin` `(` $origin^ `)`)? attr-dict `:`
    custom<ContractionIntoType>(type($inputs), type($init), type($outputs))
  }];
  let extraClassDeclaration = [{
    const Indexing &getIndexingValue() { return getIndexing().getValue(); }
    ShapedType getInputType(unsigned operand) {
      return cast<ShapedType>(getInputs()[operand].getType());
    }
    ShapedType getInitType() { return cast<ShapedType>(getInit().getType()); }
    MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// Lets `bounds`, with symbols for the values of `origin`, limit the index
    /// points; a null set lets all be.
    void setBoundedPoints(IntegerSetAttr bounds, ValueRange origin,
                          bool strict);
    /// Where `bounds` are on the points that begin `offsets` away from those
    /// that they are about now: the same set with further symbols, whose
    /// values are added to `origin`. Null without bounds.
    IntegerSetAttr getShiftedBounds(OpBuilder &builder,
                                    ArrayRef<OpFoldResult> offsets,
                                    SmallVectorImpl<Value> &origin);
    /// The shapes of the operands, then of the destination.
    ContractionShapes getShapes();
    /// The extent of every index; kDynamicExtent where only the run knows it.
    SmallVector<int64_t> getStaticExtents();
    /// The extent of `index`: an attribute where it is static, else a value,
    /// which `builder` may have to make (tensor.dim or memref.dim).
    OpFoldResult getExtent(OpBuilder &builder, Location loc, IndexId index);
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Run-time checks
//===----------------------------------------------------------------------===//

def TensorNet_CheckOp : TensorNet_Op<"check", [MemoryEffects<[MemWrite]>]> {
  let summary = "leave the program unless a condition holds";
  let description = [{
    ```
    condition, or else a failure that says: message, with {n} = values[n]
    ```

    What `cf.assert` does, with a message that gives values of the run. Lowering
    introduces it where types leave sizes open; `--convert-assert-to-handler`
    takes it and `cf.assert` alike.

    Constraints:

    * (C1) the message has a place `{n}` for value number n

    Example:

    ```mlir
    %equal = arith.cmpi eq, %m, %n : index
    tensornet.check %equal, "index 'i' has extent {0} in operand #0 but {1} in operand #1"(%m, %n)
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$message,
                       Variadic<Index>:$values);
  let assemblyFormat = [{
    $condition `,` $message (`(` $values^ `)`)? attr-dict
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

//===----------------------------------------------------------------------===//
// Differentiation
//===----------------------------------------------------------------------===//

def TensorNet_StopGradientOp : TensorNet_Op<"stop_gradient", [
    Pure, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<TensorNet_DifferentiableOpInterface,
                              ["hasZeroDerivative"]>]> {
  let summary = "the identity, with derivative zero";
  let description = [{
    ```
    result = input,  d result / d input = 0
    ```

    Marks a value as a constant to every derivative request. Erased when all
    requests of the module are expanded, or else by lowering.

    Example:

    ```mlir
    %c = tensornet.stop_gradient %max : tensor<8xf32>
    ```
  }];
  let arguments = (ins AnyType:$input);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETOPS
