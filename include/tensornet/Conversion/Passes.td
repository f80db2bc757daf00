//===- Passes.td - Passes of tensornet: conversion ---------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_PASSES
#define TENSORNET_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def ConvertTensorNetToLinalg : Pass<"convert-tensornet-to-linalg"> {
  let summary = "lower contractions to linalg on tensors";
  let description = [{
    Turns every `tensornet.contract` into `linalg.generic` on tensors that
    accumulates in the compute type and rounds once. Without an index to sum
    over there is no accumulator, so that the op fuses with elementwise ones.

    Index points that leave a tensor become padded operands and cropped
    results, by amounts that the run computes where extents are dynamic; where
    another factor may be infinite the body drops them as well. Where padding
    might dwarf the tensors the contraction becomes guarded `scf` loops on
    tensors. Virtual operands are never stored where their elements are ones
    and zeros: they become conditions on the indices. Run-time checks are those of
    `--convert-tensornet-to-destination`.

    Example (test/Conversion/TensorNetToLinalg/matmul.mlir).
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::complex::ComplexDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def ConvertTensorNetToDestination : Pass<"convert-tensornet-to-destination"> {
  let summary = "give contractions a destination";
  let description = [{
    Turns every `tensornet.contract` into a `tensornet.contract_into` that
    accumulates into zeros of the compute type, and rounds the sum once where
    the result is narrower. Affine loops and CPU kernels start from here.

    What the types leave open is checked at run time (`tensornet.check`): bare
    subscripts of one index have one size, explicit extents and sizes are not
    negative. Operands that virtual contractions give are marked (`counts`):
    where their elements are zero there is no point.
    `tensornet.stop_gradient` is erased; a derivative request that is
    left is an error.

    Example (test/Conversion/TensorNetToDestination/matmul.mlir):

    ```mlir
    %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
         : (tensor<4x8xf16>, tensor<8x3xf16>) -> tensor<4x3xf16>
    // becomes
    %empty = tensor.empty() : tensor<4x3xf32>
    %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x3xf32>)
    %sum = tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%zeros)
         : (tensor<4x8xf16>, tensor<8x3xf16>, tensor<4x3xf32>) -> tensor<4x3xf32>
    %c = linalg.generic ... { arith.truncf ... } -> tensor<4x3xf16>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
    "::mlir::tensornet::TensorNetDialect"
  ];
}

def ConvertTensorNetToAffine : Pass<"convert-tensornet-to-affine"> {
  let summary = "lower contractions to affine loops";
  let description = [{
    Turns every contraction into one nest of `affine.for` over all its indices.
    Index points that leave a tensor are skipped by `affine.if`, those that a
    virtual operand lacks by `scf.if`. It is the
    plain translation of the definition and serves as the oracle of faster
    ones. Where an extent is not a valid affine symbol (it is computed inside
    another loop) the nest is of `scf.for` and `scf.if`.

    `tensornet.contract_into` on memrefs updates its destination. On tensors,
    a contraction gets a new buffer, filled with zeros (`contract`) or with its
    destination (`contract_into`), and reads its operands through
    `bufferization.to_buffer`, so the pass applies to any program in one step.
    Pipelines bufferize `--convert-tensornet-to-destination` first, which
    leaves the choice of buffers to one-shot bufferization.

    Example (test/Conversion/TensorNetToAffine/matmul.mlir).
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::complex::ComplexDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def ConvertAssertToHandler
    : Pass<"convert-assert-to-handler", "::mlir::ModuleOp"> {
  let summary = "turn failed checks and assertions into calls of a handler";
  let description = [{
    Turns every `tensornet.check` and `cf.assert` into a branch and a call of

    ```c
    // Does not return.
    void tensornet_check_failed(const char *place, const char *message,
                                const int64_t *values, int64_t num_values);
    ```

    The caller supplies this symbol and decides what a failed check means: an
    error line, an exception, never an abort. `place` is the place of the op in
    a file ("net.mlir:3:7"; empty where its location names none); in `message`,
    `{n}` stands for `values[n]`. Checks stand directly in functions: structured
    control flow is lowered first.

    Example (test/Conversion/AssertToHandler/assert.mlir).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def ConvertStridedCopyToLinalg : Pass<"convert-strided-copy-to-linalg"> {
  let summary = "turn copies of strided buffers into linalg";
  let description = [{
    Turns `memref.copy` into `linalg.generic` where a layout is not the
    identity. LLVM lowering would call a slow runtime library for it; copies of
    contiguous buffers become `memcpy` and stay.

    Example (test/Conversion/StridedCopyToLinalg/copy.mlir).
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def ConvertMathNearZeroToLibm : Pass<"convert-math-near-zero-to-libm",
                                     "::mlir::ModuleOp"> {
  let summary = "expm1 and log1p as functions of the C library";
  let description = [{
    Turns `math.expm1` and `math.log1p` into calls, which keep the digits of small
    arguments; f16 and bf16 are computed in f32. `convert-math-to-llvm`, which runs
    later, would make `exp(x) - 1` and `log(1 + x)` of them: zero where `x` is less
    than a rounding.

    Example (test/Conversion/MathNearZeroToLibm/math.mlir).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::vector::VectorDialect"];
}

def ConvertExtremesToLLVM : Pass<"convert-extremes-to-llvm"> {
  let summary = "maximumf and minimumf as intrinsics, which order -0 and +0";
  let description = [{
    Turns `arith.maximumf` and `arith.minimumf` of numbers and rows of them into
    LLVM's intrinsics. `arith-expand`, which runs later, would compare operands
    and lose the sign of a zero: the maximum of -0 and +0 is +0. f16 and bf16 are
    compared in f32.

    Example (test/Conversion/ExtremesToLLVM/extremes.mlir).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def NarrowDoubles : Pass<"tensornet-narrow-doubles"> {
  let summary = "round f64 to f16 and bf16 without a compiler runtime";
  let description = [{
    LLVM calls a runtime function to round f64 to f16 or bf16, which a JIT may
    not find. The pass rounds to f32 "to odd" first; the rounding that follows
    then gives what one rounding would.

    Example (test/Conversion/NarrowDoubles/truncf.mlir).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def PrepareEntryPoints
    : Pass<"tensornet-prepare-entry-points", "::mlir::ModuleOp"> {
  let summary = "make public functions callable from outside";
  let description = [{
    Gives every public function with a body a C interface
    (`llvm.emit_c_interface`) and marks its tensor arguments as not writable:
    bufferization leaves the caller's arrays as they are.

    Example (test/Conversion/EntryPoints/prepare.mlir).
  }];
}

def CheckAllocations : Pass<"tensornet-check-allocations"> {
  let summary = "refuse buffers that no memory holds";
  let description = [{
    An allocation of static size beyond 2^47 bytes, which no host addresses, is
    an error; one of dynamic size gets a run-time check. Sizes in bytes may wrap
    around later, so a program that passes here allocates what it says. A
    constant of dynamic size, which folding may make, is an error too.

    Example (test/Conversion/CheckAllocations/static.mlir).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensornet::TensorNetDialect"];
}

def ResultsToOutParams
    : Pass<"tensornet-results-to-out-params", "::mlir::ModuleOp"> {
  let summary = "let callers allocate results of known shape";
  let description = [{
    After bufferization, turns the memref results of a function into trailing
    arguments that the caller allocates. A function with a result of dynamic
    shape keeps all its results: the caller then owns the returned buffers. A
    buffer that a function returns twice is copied first.

    Example (test/Conversion/EntryPoints/out-params.mlir).
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

#endif // TENSORNET_CONVERSION_PASSES
