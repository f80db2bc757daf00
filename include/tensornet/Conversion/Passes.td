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
    accumulates in the compute type and rounds once. Index points that leave a
    tensor become padded operands and cropped results.

    Example (test/Conversion/TensorNetToLinalg/matmul.mlir).
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::complex::ComplexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def ConvertTensorNetToAffine : Pass<"convert-tensornet-to-affine"> {
  let summary = "lower contractions to affine loops";
  let description = [{
    Turns every contraction into one nest of `affine.for` over all its indices.
    Index points that leave a tensor are skipped by `affine.if`. It is the
    plain translation of the definition and serves as the oracle of faster
    ones.

    Example (test/Conversion/TensorNetToAffine/matmul.mlir).
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::complex::ComplexDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect",
    "::mlir::tensornet::TensorNetDialect"
  ];
}

#endif // TENSORNET_CONVERSION_PASSES
