//===- TensorNetAttrs.td - Attributes of the tensornet dialect *- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNETATTRS
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNETATTRS

include "mlir/IR/AttrTypeBase.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetDialect.td"

def TensorNet_IndexingParameter
    : AttrParameter<"::mlir::tensornet::Indexing",
                    "subscripts, explicit extents, conjugation",
                    "const ::mlir::tensornet::Indexing &">;

def TensorNet_IndexingAttr : AttrDef<TensorNet_Dialect, "Indexing"> {
  let mnemonic = "indexing";
  let summary = "the subscripts of every operand and of the result";
  let description = [{
    Holds, for each operand and for the result, one subscript per dimension:
    an integer-linear form in the indices plus a constant. Indices are numbers;
    text uses any identifiers and is printed with a fixed scheme of names
    (`i`, `j`, ..., `z`, `a`, ..., `h`, `i1`, ...). `extents` lists the extents
    that the program states explicitly (`?` where an operand gives them);
    `conj` marks operands whose conjugate enters the product.

    Example:

    ```mlir
    #tensornet.indexing<([i, j], conj [j, 2 * k + 1]) -> [i, k], extents(k = 4)>
    ```
  }];
  let parameters = (ins TensorNet_IndexingParameter:$value);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def TensorNet_KernelParameter
    : AttrParameter<"::mlir::tensornet::KernelChoice",
                    "roles of indices, tiles, blocks, packing, threads",
                    "const ::mlir::tensornet::KernelChoice &">;

def TensorNet_KernelAttr : AttrDef<TensorNet_Dialect, "Kernel"> {
  let mnemonic = "kernel";
  let summary = "how a contraction of two operands is computed on a CPU";
  let description = [{
    A kernel computes `C[batch, rows, columns] += A[batch, rows, sum] *
    B[batch, sum, columns]`. Entries, in this order, each at most once; the cost
    model chooses what is absent:

    - `batch`, `rows`, `columns`, `sum`: all indices of this role (those of
      extent 1 may be absent), outermost loop first, by the names that the
      printer gives to indices. Vectors run along the last of `columns`.
    - `swap`: whether the first operand is B and the second is A.
    - `row_tile`, `column_tile`: points of the register tile along the last
      indices of `rows` and `columns`. Columns fill whole vectors.
    - `join_columns`: whether tiles of columns run on from one point of the
      outer `columns` to the next, so that only the last one may be short. B is
      copied into tiles, and the extents of `columns` are static.
    - `block`: rows, columns and points of the sum in a cache block.
    - `row_group`: rows whose tiles all meet a tile of columns before the next
      one does.
    - `pack_a`, `pack_b`: whether operands are copied into tiles.
    - `distribute`: what threads share out: `none`, `batch`, `rows`, `columns`
      or `sum`.

    Example:

    ```mlir
    #tensornet.kernel<rows = [i], columns = [k], sum = [j], swap = false,
                      row_tile = [6], column_tile = [64], join_columns = false,
                      block = [96, 512, 384], row_group = [6], pack_a = true, pack_b = false,
                      distribute = rows>
    ```
  }];
  let parameters = (ins TensorNet_KernelParameter:$value);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def TensorNet_TilesAttr : AttrDef<TensorNet_Dialect, "Tiles"> {
  let mnemonic = "tiles";
  let summary = "how a tensor is copied into tiles, as kernels read them";
  let description = [{
    `batch`, `rows` and `sum` are loops over the tensor, outermost first: in turn
    the extent of a loop and how many elements a step moves. The last of `rows`
    is cut into tiles of `width` points, the last of which may have fewer. The
    loops start `offset` elements after the first one of the tensor.

    Tiles lie one after the other: at each point of `batch`, at each outer point
    of `rows`, along its last loop. A tile holds `width` numbers for each point
    of `sum`; of complex elements first all real and then all imaginary parts.
    Those of `joined rows` run on from one outer point of `rows` to the next, so
    that only the very last one may have fewer points.

    Example: tiles of 16 columns of a row-major matrix of 64 x 1024 elements.

    ```mlir
    #tensornet.tiles<rows = [1024, 1], sum = [64, 1024], width = 16>
    ```
  }];
  let parameters = (ins OptionalArrayRefParameter<"int64_t">:$batch,
                        ArrayRefParameter<"int64_t">:$rows,
                        ArrayRefParameter<"int64_t">:$sum, "int64_t":$width,
                        DefaultValuedParameter<"int64_t", "0">:$offset,
                        DefaultValuedParameter<"bool", "false">:$joined);
  let assemblyFormat = [{
    `<` (`batch` `=` `[` $batch^ `]` `,` ` `)? custom<Joined>($joined) `` `rows` `=` `[` $rows `]` `,`
    `sum` `=` `[` $sum `]` `,` `width` `=` $width (`,` `offset` `=` $offset^)? `>`
  }];
  let extraClassDeclaration = [{
    /// Points of the loops in one of the lists.
    static int64_t countPoints(::llvm::ArrayRef<int64_t> loops);
    /// Tiles at one point of the batch.
    int64_t countTiles() const;
    /// The shape of a buffer for numbers of tiles, for elements of `parts`
    /// numbers: batch, tiles, sum, numbers at one point.
    ::llvm::SmallVector<int64_t, 4> getShape(int64_t parts) const;
  }];
  let genVerifyDecl = 1;
}

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETATTRS
