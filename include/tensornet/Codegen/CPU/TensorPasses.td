//===- TensorPasses.td - CPU code, before bufferization ----*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_TENSORPASSES
#define TENSORNET_CODEGEN_CPU_TENSORPASSES

include "mlir/Pass/PassBase.td"

// In the order of the pipeline.

def TensorNetAffineContractions : Pass<"tensornet-affine-contractions"> {
  let summary = "lower contractions with masks and affine subscripts";
  let description = [{
    Gives contractions with virtual operands (ones, deltas, masks) or with
    subscripts that are not bare a form that the rest of code generation knows.

    Operands are sliced and padded with zeros, by amounts that may be known only
    at run time, so that no index point leaves them. A result that several
    points hit gets an index of its own: the sum gathers instead of scattering.
    A dimension of known size that windows cover side by side becomes two.
    Where a kernel of `--tensornet-cpu-kernels` suits, the contraction becomes
    `tensornet.contract_into` with `in_bounds`, whose affine subscripts are
    strides to the kernel. Virtual operands become conditions: a select of the
    result where it has all indices of the mask, so that it fuses with
    elementwise work, else `strict_bounds`, by which the kernel leaves out what
    is absent. What no kernel suits becomes one `linalg.generic` that tests its
    index points.

    ```mlir
    %one = tensornet.contract -> [u] : () -> tensor<64xf32>
    %c = tensornet.contract %a[i, k], %one[i - k], %b[k, j] -> [i, j] : ...
    // becomes
    %c = tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%zeros)
           {in_bounds, bounds = affine_set<(i, k, j) : (i - k >= 0)>, strict_bounds}
    ```

    Padding, and masks that a kernel cannot apply (of indices of the batch,
    without a step of one along the sum, of halves), become zeros in an operand.
    A zero in the place of an absent point does not drop it where another
    factor is infinite or not a number. Then a run-time check of these factors
    chooses between the kernel and loops that test every point.

    ```mlir
    %c = tensornet.contract %a[i, k], %one[i - 2 * k], %b[k, j] -> [i, j] : ...
    // becomes
    %l = linalg.generic ins(%a) { arith.select %isLower, %a, %zero }
    %c = scf.if %bIsFinite {
      tensornet.contract_into %l[i, k], %b[k, j] -> [i, j] outs(%zeros) {in_bounds}
    } else {
      linalg.generic ins(%l, %b) outs(%zeros) { sum of arith.select %isLower, %product, %zero }
    }
    ```

    Contractions whose padding cannot be laid out before the run stay as they
    are.

    Example (test/Codegen/CPU/affine-contractions.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::complex::ComplexDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetFusibleContractions : Pass<"tensornet-fusible-contractions"> {
  let summary = "lower contractions that no kernel suits to linalg on tensors";
  let description = [{
    Turns contractions with bare subscripts, each index once per tensor, into
    `linalg.generic`, which fuses with elementwise ops, unless a kernel of
    `--tensornet-cpu-kernels` suits them: broadcasts, transposes, scaling,
    elementwise products, sums, matrix-vector products. Without an index to sum
    over the op is elementwise. Loops walk the largest tensor along its memory.
    A sum that is then broadcast becomes two ops; factors of products of three
    and more that no summed index has multiply the sum. A kernel's result that is
    added to another intermediate accumulates into it
    (`tensornet.contract_into`). Where a kernel would read a large operand in
    short pieces for the order of a smaller result, which nothing else may fuse
    with, the result gets the order of the operand and is transposed
    (test/Codegen/CPU/order-results.mlir).

    Example (test/Codegen/CPU/fusible-contractions.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
    "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetSplitSums : Pass<"tensornet-split-sums"> {
  let summary = "cut long sums of contractions into pieces for threads";
  let description = [{
    A contraction of two operands with a long sum and few results has too few
    rows, columns and batches for threads to share. One index of its sum is cut
    into 8 to 16 equal pieces, which become a batch, and the results of the
    pieces are added; factors without indices are multiplied then. Of several
    indices it is the one whose pieces read the longest runs of neighbours in
    both operands, or the longest where those are all long. Pieces of fewer than
    four neighbours would read the same lines of the cache again and again:

    ```mlir
    %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j] : ...
    // becomes
    %x = tensor.expand_shape %a ...
    %y = tensor.expand_shape %b ...
    %p = tensornet.contract %x[i, p, k], %y[p, k, j] -> [p, i, j] : ...
    %c = tensornet.contract %p[p, i, j] -> [i, j] : ...
    ```

    The sum is rounded otherwise than the whole one, so that code for one thread
    cuts it, too. Extents are static, and that of the index is a multiple of the
    number of pieces.

    Example (test/Codegen/CPU/split-sums.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
  ];
  let dependentDialects = ["::mlir::tensor::TensorDialect",
                           "::mlir::tensornet::TensorNetDialect"];
}

def TensorNetBoundExponentials : Pass<"tensornet-bound-exponentials"> {
  let summary = "mark exponentials of what is at most zero";
  let description = [{
    `exp(x - m)`, with the maxima m of rows of x, is at most 1. The pass marks
    such `math.exp` on tensors, and divisions of their results, with
    `tensornet.bounded`: the vector code of the first then needs no bound from
    above, and of the second no care for quotients that are not finite.

    Where sums of the exponentials of each row, and quotients by these, are all
    that becomes of the maxima, NaN in a row reaches them through the sum. The
    combiner of the maxima is marked with `tensornet.ignores_nan`: it may pass
    over NaN, and need not tell zeros of both signs apart.

    Example (test/Codegen/CPU/bound-exponentials.mlir).
  }];
}

def TensorNetFuseElementwise : Pass<"tensornet-fuse-elementwise"> {
  let summary = "fuse elementwise linalg ops with each other and into sums";
  let description = [{
    A `linalg.generic` with one use disappears into it, unless it is costly and
    would be computed several times. One with more uses is computed together
    with the first, where both run over the same loops. Elementwise ops then
    write over operands that nobody needs any more.

    Example (test/Codegen/CPU/fuse-elementwise.mlir).
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"
  ];
}

def TensorNetPlacePrologues : Pass<"tensornet-place-prologues"> {
  let summary = "move elementwise ops next to the contractions that pack them";
  let description = [{
    Where kernels of `tensornet.contract_into` on tensors pack an operand, and
    nothing else reads it, the elementwise op that makes it moves right before
    the contraction (a copy of it before each of several), with a result of its
    own, and gets the attribute `tensornet.prologue`. Packing then computes it,
    and it is never stored. That is done where it moves fewer bytes, counted
    with all the times that packing reads an element, and with exponentials,
    divisions and the like only where that is once. An op whose operands might
    otherwise stay in registers, or that would keep several operands alive
    instead of one result, stays.

    Example (test/Codegen/CPU/prologues.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Threads share the work of kernels">,
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def TensorNetBlockRows : Pass<"tensornet-block-rows"> {
  let summary = "compute chains of contractions and elementwise ops in blocks";
  let description = [{
    Ops on tensors that share dimensions (contractions, elementwise ops, row
    reductions) become loops over blocks of these, each small enough for its
    intermediates to stay in cache: attention never stores its scores. Sums over a
    shared dimension add up from block to block, in the order of the loops. Where
    that takes less time than loading, what a group would store for later ops is
    computed anew there.

    What an op copies or broadcasts for several others these read at its source.
    A group grows from an intermediate that no cache holds, as long as it saves
    more bytes than its blocks read again: a matrix that every block of rows
    needs whole counts once per block. Shapes are static; what is dynamic stays
    as it is.

    Example (test/Codegen/CPU/block-rows.mlir).
  }];
  let options = [
    Option<"cacheBytes", "cache-bytes", "int64_t", /*default=*/"2 << 20",
           "What the intermediates of a block may take">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Share blocks out to threads, along dimensions that no op sums over, "
           "or with sums of their own">,
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetPlaceEpilogues : Pass<"tensornet-place-epilogues"> {
  let summary = "move elementwise ops next to the contractions that they finish";
  let description = [{
    Where an elementwise op is all that uses the result of a
    `tensornet.contract_into` on tensors, both move to the first place that the
    op's other operands allow. `--tensornet-outline-kernels` then finds the pair,
    and `--tensornet-cpu-kernels` computes it in one pass.

    Example (test/Codegen/CPU/epilogues.mlir).
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def TensorNetPlaceReductions : Pass<"tensornet-place-reductions"> {
  let summary = "move reductions next to the contractions whose rows they reduce";
  let description = [{
    A sum, maximum or minimum over all rows of the finished result of a
    `tensornet.contract_into` on tensors, or over all of it, moves right behind
    the contraction and its epilogue and gets the attribute
    `tensornet.reduction`: the kernel then computes it on the vectors that it
    stores. Columns have to be what the kernel's vectors run along.

    Example (test/Codegen/CPU/reductions.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Threads share the work of kernels">,
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // TENSORNET_CODEGEN_CPU_TENSORPASSES
