//===- TensorNetRequestOps.td - Derivative requests --------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNETREQUESTOPS
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNETREQUESTOPS

include "mlir/IR/SymbolInterfaces.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetOps.td"
include "tensornet/Dialect/TensorNet/IR/TensorNetTileOps.td"

/// What all derivative requests share. `DerivativeRequest` gives passes one
/// view of the five ops.
class TensorNet_RequestOp<string mnemonic, list<Trait> traits = []>
    : TensorNet_Op<mnemonic, !listconcat(traits, [
        NoMemoryEffect, DeclareOpInterfaceMethods<SymbolUserOpInterface>])> {
  let results = (outs Variadic<AnyType>:$outputs);
  string common = [{

    The trailing type is the function type of all operands and all results.
    `wrt` lists distinct floating or complex arguments; derivatives follow its
    order. Requests are expanded in place by `--tensornet-differentiate`.

    Constraints:

    * (C1) the callee names a function of the module
    * (C2) the arguments have the types of the function's arguments
    * (C3) `wrt` is not empty, has no repeats, and names existing arguments
    * (C4) arguments in `wrt` have floating or complex element type
    * (C5) the results have the types that the request returns
  }];
}

class TensorNet_PlainRequestOp<string mnemonic>
    : TensorNet_RequestOp<mnemonic> {
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$args,
                       DenseI64ArrayAttr:$wrt);
  let assemblyFormat = [{
    $callee `(` $args `)` `wrt` $wrt attr-dict `:`
    functional-type(operands, results)
  }];
}

def TensorNet_ValueAndGradOp : TensorNet_PlainRequestOp<"value_and_grad"> {
  let summary = "all results of a function and the gradient of its first";
  let description = [{
    ```
    (y_0, ..., y_n, d y_0 / d x_w for w in wrt)
    ```

    y_0 is a real scalar or 0-d tensor; further results are auxiliary and get
    no cotangent. The gradient with respect to x has the type of x.
  }] # common # [{
    * (C6) the first result of the function is a real scalar or 0-d tensor

    Example:

    ```mlir
    %y, %dw, %db = tensornet.value_and_grad @loss(%w, %b, %x) wrt [0, 1]
        : (tensor<8x4xf32>, tensor<4xf32>, tensor<2x8xf32>)
        -> (f32, tensor<8x4xf32>, tensor<4xf32>)
    ```
  }];
}

def TensorNet_VJPOp : TensorNet_RequestOp<"vjp", [AttrSizedOperandSegments]> {
  let summary = "all results of a function and a vector-Jacobian product";
  let description = [{
    ```
    (y_0, ..., y_n, xbar_w = sum_r J_rw^H ybar_r for w in wrt)
    ```

    Takes one cotangent per floating or complex result of the function, of that
    result's type.
  }] # common # [{
    * (C6) there is one cotangent per floating result, of that result's type

    Example:

    ```mlir
    %y, %xbar = tensornet.vjp @f(%x0, %x1) cotangents(%ybar) wrt [0]
        : (tensor<4xf32>, tensor<4xf32>, tensor<3xf32>)
        -> (tensor<3xf32>, tensor<4xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$args,
                       Variadic<AnyType>:$cotangents, DenseI64ArrayAttr:$wrt);
  let assemblyFormat = [{
    $callee `(` $args `)` `cotangents` `(` $cotangents `)` `wrt` $wrt attr-dict
    `:` functional-type(operands, results)
  }];
}

def TensorNet_JVPOp : TensorNet_RequestOp<"jvp", [AttrSizedOperandSegments]> {
  let summary = "all results of a function and a Jacobian-vector product";
  let description = [{
    ```
    (y_0, ..., y_n, ydot_r = sum_w J_rw xdot_w for every floating result r)
    ```

    Takes one tangent per entry of `wrt`, of that argument's type.
  }] # common # [{
    * (C6) there is one tangent per entry of `wrt`, of that argument's type

    Example:

    ```mlir
    %y, %ydot = tensornet.jvp @f(%x0, %x1) tangents(%xdot) wrt [0]
        : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
        -> (tensor<3xf32>, tensor<3xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$args,
                       Variadic<AnyType>:$tangents, DenseI64ArrayAttr:$wrt);
  let assemblyFormat = [{
    $callee `(` $args `)` `tangents` `(` $tangents `)` `wrt` $wrt attr-dict `:`
    functional-type(operands, results)
  }];
}

def TensorNet_JacobianOp : TensorNet_PlainRequestOp<"jacobian"> {
  let summary = "the Jacobians of a function";
  let description = [{
    ```
    J_rw[result dims, argument dims] = d y_r / d x_w
    ```

    One tensor per floating result r and entry w of `wrt`, result-major. A
    scalar counts as a 0-d tensor.
  }] # common # [{
    * (C6) neither results nor differentiated arguments are complex

    Example:

    ```mlir
    %j = tensornet.jacobian @f(%x) wrt [0]
         : (tensor<4xf64>) -> tensor<3x4xf64>
    ```
  }];
}

def TensorNet_HessianOp : TensorNet_PlainRequestOp<"hessian"> {
  let summary = "the second derivatives of a scalar function";
  let description = [{
    ```
    H_vw[dims of x_v, dims of x_w] = d^2 y_0 / d x_v d x_w
    ```

    One tensor per pair of entries of `wrt`, row-major. y_0 is a real scalar or
    0-d tensor; further results are ignored.
  }] # common # [{
    * (C6) the first result of the function is a real scalar or 0-d tensor, and
      differentiated arguments are real

    Example:

    ```mlir
    %h = tensornet.hessian @loss(%x) wrt [0]
         : (tensor<4xf64>) -> tensor<4x4xf64>
    ```
  }];
}

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETREQUESTOPS
