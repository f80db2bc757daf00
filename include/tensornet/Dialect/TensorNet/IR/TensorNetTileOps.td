//===- TensorNetTileOps.td - Operands copied into tiles ----*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNETTILEOPS
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNETTILEOPS

include "mlir/Interfaces/ViewLikeInterface.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetOps.td"

/// Numbers in tiles: batch, tiles, sum, numbers at one point.
def TensorNet_Panel : MemRefRankOf<[F32, F64, I16, I32, I64], [4]>;

def TensorNet_PackTilesOp : TensorNet_Op<"pack_tiles"> {
  let summary = "copy a tensor into tiles";
  let description = [{
    ```
    panel[b, t, k, w] = source[point b of batch, point w of tile t, point k of sum]
    ```

    with the loops of `tiles`, widened to the numbers of the panel. What stands
    in the panel past the last point of a row is undefined. The panel does not
    overlap the source.

    Constraints:

    * (C1) the source has a strided layout
    * (C2) the panel has the shape that `tiles` gives
    * (C3) numbers of the source are no wider than those of the panel, and of the same kind

    Example:

    ```mlir
    tensornet.pack_tiles %b into %panel
      {tiles = #tensornet.tiles<rows = [1024, 1], sum = [64, 1024], width = 16>}
      : memref<64x1024xf32> into memref<1x64x64x16xf32>
    ```
  }];
  let arguments = (ins
    Arg<TensorNet_MemRef, "what is copied", [MemRead]>:$source,
    Arg<TensorNet_Panel, "the copy", [MemWrite]>:$panel,
    TensorNet_TilesAttr:$tiles);
  let assemblyFormat = [{
    $source `into` $panel attr-dict `:` type($source) `into` type($panel)
  }];
  let hasVerifier = 1;
}

def TensorNet_WithTilesOp : TensorNet_Op<"with_tiles", [
    Pure, AllTypesMatch<["source", "result"]>,
    DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "a tensor of which there is a copy in tiles";
  let description = [{
    ```
    result = source
    ```

    and the panel holds what `tensornet.pack_tiles` would put there. A kernel that
    reads the result by tiles of this form reads the panel instead. Neither
    source nor panel change while the result is in use.

    The constraints of `tensornet.pack_tiles` hold.

    Example:

    ```mlir
    %t = tensornet.with_tiles %b, %panel
      {tiles = #tensornet.tiles<rows = [1024, 1], sum = [64, 1024], width = 16>}
      : memref<64x1024xf32>, memref<1x64x64x16xf32>
    tensornet.contract_into %a[i, k], %t[k, j] -> [i, j] outs(%c) : ...
    ```
  }];
  let arguments = (ins TensorNet_MemRef:$source, TensorNet_Panel:$panel,
                       TensorNet_TilesAttr:$tiles);
  let results = (outs TensorNet_MemRef:$result);
  let assemblyFormat = [{
    $source `,` $panel attr-dict `:` type($source) `,` type($panel)
  }];
  let hasVerifier = 1;
}

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETTILEOPS
