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

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETATTRS
