//===- Passes.td - Passes of tensornet: transforms ---------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PASSES
#define TENSORNET_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def TensorNetSimplify : Pass<"tensornet-simplify"> {
  let summary = "flatten and simplify contractions";
  let description = [{
    * Contractions read through the contractions that make their operands:
      views (transposes, diagonals, broadcasts, slices, padding), ones, deltas,
      splat constants and negations always, producers of several tensors where
      nothing else reads them and `flatten` is on. One new op takes the place
      of the whole tree. Bounds of the tensors that go away are kept: by other
      operands, else by an operand of ones.
    * Deltas rename indices and stay symbolic in results. Ones are dropped
      within bounds; an index that only ones have becomes a factor. Constants
      multiply into one 0-d operand.
    * Sums are collected once: equal terms merge (`a + a` is `2 a`, also for
      contractions equal up to operand order and index names), opposite ones
      cancel, zeros drop, negations become signs. Products are not distributed
      over sums.
    * Elementwise ops of broadcasts are computed before broadcasting;
      permutations of sums move to terms that absorb them.

    Contractions mean their sum over the reals, so they may be regrouped
    freely. `arith` and `math` ops are reassociated or cancelled only as their
    own fast-math flags allow, or everywhere under `real-arithmetic`.

    Example (test/Transforms/Simplify/flatten.mlir):

    ```mlir
    %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : ...
    %1 = tensornet.contract %0[i, k], %c[k, l] -> [i, l] : ...
    // becomes
    %1 = tensornet.contract %a[i, j], %b[j, k], %c[k, l] -> [i, l] : ...
    ```
  }];
  let options = [
    Option<"flatten", "flatten", "bool", /*default=*/"true",
           "Substitute single-use contractions of several tensors into their "
           "consumers">,
    Option<"realArithmetic", "real-arithmetic", "bool", /*default=*/"false",
           "Treat floating arith and math ops as operations on real numbers">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
    "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetDifferentiate
    : Pass<"tensornet-differentiate", "::mlir::ModuleOp"> {
  let summary = "expand derivative requests";
  let description = [{
    Expands every derivative request in place, innermost first. With
    `function`, first adds a function that holds one request for the
    derivatives of that function. Without it the module holds all its requests,
    so once they are expanded `tensornet.stop_gradient` is erased.

    Each n-ary contraction on an active path is ordered by the planner library
    with the weights of the wanted gradients, and the adjoints or tangents of
    that tree are taken: value plus all gradients of a contraction network cost
    at most three times its value. What has no rule is an error at the op.
    `--remarks-filter=tensornet-differentiate` shows what of a function is on
    active paths, the orders and their costs, and what became of calls.

    Contractions on active paths whose value and gradients need more than
    `memory-limit` elements alive at one time become loops over slices; each
    iteration computes value and gradients of one slice and adds them to what
    came before (test/Transforms/Differentiate/slicing.mlir). Requests in
    functions that are differentiated themselves are expanded without slices.

    Example (test/Transforms/Differentiate/value-and-grad.mlir):

    ```mlir
    func.func @dot(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<f32> {
      %0 = tensornet.contract %x[i], %y[i] -> []
           : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
      return %0 : tensor<f32>
    }
    // tn-opt --tensornet-differentiate="function=dot wrt=0" adds
    func.func @dot_value_and_grad(%x: tensor<4xf32>, %y: tensor<4xf32>)
        -> (tensor<f32>, tensor<4xf32>) {
      %0 = tensornet.contract %x[i], %y[i] -> []
           : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
      return %0, %y : tensor<f32>, tensor<4xf32>
    }
    ```
  }];
  let options = [
    Option<"function", "function", "std::string", /*default=*/"",
           "Differentiate this function, in a new one">,
    Option<"mode", "mode", "std::string", /*default=*/"\"value_and_grad\"",
           "value_and_grad, vjp, jvp, jacobian or hessian">,
    ListOption<"wrt", "wrt", "int64_t",
               "Numbers of the arguments to differentiate (default: every "
               "floating or complex one)">,
    Option<"name", "name", "std::string", /*default=*/"",
           "Name of the new function (default: <function>_<mode>)">,
    Option<"memoryLimit", "memory-limit", "uint64_t", /*default=*/"0",
           "Slice contractions on active paths that need more elements alive "
           "at one time, the reverse sweep included (0: no limit)">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetCSE : Pass<"tensornet-cse"> {
  let summary = "merge equal sub-networks";
  let description = [{
    Merges contractions that are equal up to index names, operand order and a
    permutation of the result, and everything that upstream's CSE merges, until
    nothing changes. Contractions are compared as networks: one that reads
    others stands for the product of all tensors below, up to 16, so that
    `(AB)C` and `A(BC)` merge. Where the results are permuted, a transposing
    contraction takes the place of the second one. Contractions read through
    such transpositions (and conjugations) and elementwise ops let them pass, so
    that equal sub-networks merge as a whole. Operands, conjugation, extents and result types must agree;
    contractions that only copy are not replaced by permuted copies.
    `--remarks-filter-passed=tensornet-cse` shows what was merged with what.

    Example (test/Transforms/CSE/permuted.mlir):

    ```mlir
    %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : ...
    %1 = tensornet.contract %b[j, k], %a[i, j] -> [k, i] : ...
    // becomes
    %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : ...
    %1 = tensornet.contract %0[i, j] -> [j, i] : ...
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect",
                           "::mlir::tensornet::TensorNetDialect"];
}

def TensorNetLayout : Pass<"tensornet-layout"> {
  let summary = "choose the order of the dimensions of intermediates";
  let description = [{
    The dimensions of a tensor that only contractions of bare subscripts and
    elementwise ops make and read may have any order. Chooses one for each of
    them: elementwise work and sums want the order of the largest tensor that
    they walk along, kernels want dimensions that belong together side by side,
    and at the end of a result those that fill vectors. Tensors that elementwise
    ops connect have one order.

    Example (test/Transforms/Layout/layout.mlir):

    ```mlir
    %0 = tensornet.contract %a[i, j], %b[k, j] -> [k, i] : ...
    %1 = tensornet.contract %0[k, i], %c[i, k] -> [i, k] : ...
    // becomes
    %0 = tensornet.contract %a[i, j], %b[k, j] -> [i, k] : ...
    %1 = tensornet.contract %0[i, k], %c[i, k] -> [i, k] : ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::tensornet::TensorNetDialect"];
}

def TensorNetPlan : Pass<"tensornet-plan"> {
  let summary = "choose contraction orders: network form to pairwise form";
  let description = [{
    Splits every contraction that is not in pairwise form into contractions of
    at most two operands, in the cheapest order that the search finds: exact
    dynamic programming for few operands, annealed greedy, elimination,
    bisection and sweep trees for many; never a costlier one than the incoming order.
    Indices private to one operand are summed first; result-only indices are
    broadcast last. The product of the 0-d operands scales the tensor for which
    that costs least; virtual operands go with the first step that spans their
    indices. Intermediates have the compute type.

    Then plans all contractions of a block together. Each value that something
    else than a contraction reads is a product of tensors from outside, whatever
    ops it is written in; these products are ordered so that all of them cost
    least together, and what several need, up to index names, a permutation and
    conjugation, is computed once. So chains are re-associated across ops, and
    never is a plan costlier than the ops as they came. A boundary is what is no
    contraction, rounds its result to a narrower type, or has affine subscripts,
    explicit extents or virtual operands. Small groups are searched as a whole,
    large ones through overlapping windows (test/Transforms/Plan/together.mlir).

    In the body of a loop, products of tensors that the loop does not change
    count once per loop, not once per trip (100 trips where only the run knows),
    and are moved in front of it.

    The same module, options and seed give the same result.
    `--remarks-filter-passed=tensornet-plan` shows the decisions: an order per
    contraction, and per block the multiplications and the shared products
    before and after.

    A contraction that needs more than `memory-limit` elements alive at one time
    becomes a loop over slices: `scf.for` over some of its indices, whose body
    evaluates the contraction of `tensor.extract_slice`s of the operands and adds
    to the result, or inserts into it where the result has the index. Indices
    are sliced that have a static extent and stand in bare subscripts only. What
    does not depend on them is computed before the loop where it fits.
    Under a limit contractions are not planned together: what is shared stays
    alive for longer.
    (test/Transforms/Plan/slicing.mlir).

    Example (test/Transforms/Plan/chain.mlir):

    ```mlir
    %0 = tensornet.contract %a[i, j], %b[j, k], %v[k] -> [i] : ...
    // becomes
    %0 = tensornet.contract %b[i, j], %v[j] -> [i] : ...
    %1 = tensornet.contract %a[i, j], %0[j] -> [i] : ...
    ```
  }];
  let options = [
    Option<"strategy", "strategy", "std::string", /*default=*/"\"auto\"",
           "auto, exact, greedy, elimination, bisection, sweep, "
           "annealing or incoming">,
    Option<"trials", "trials", "unsigned", /*default=*/"32",
           "Number of randomised searches per contraction and per group">,
    Option<"seconds", "seconds", "double", /*default=*/"0",
           "Seconds per contraction that take the place of `trials` (0: none); "
           "plans then depend on the machine">,
    Option<"objective", "objective", "std::string",
           /*default=*/"\"operations\"",
           "operations, traffic, peak or machine">,
    Option<"seed", "seed", "uint64_t", /*default=*/"0",
           "Seed of the randomised searches">,
    Option<"memoryLimit", "memory-limit", "uint64_t", /*default=*/"0",
           "Slice contractions that need more elements alive at one time (0: "
           "no limit)">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetVerifyForm : Pass<"tensornet-verify-form"> {
  let summary = "check that the module has a form";
  let description = [{
    Emits an error at the first op that the form does not allow.

    * `source`: the types of values are tensors and scalars (no memref)
    * `network`: source form without derivative requests
    * `pairwise`: network form in which every contraction has at most two
      operands (0-d and virtual ones not counted); where it has two, every index
      is on one of them, and none is private to one: not in the result and on
      no virtual operand that the other one is needed for

    0-d counts as well what is read at one element, as in `%x[0]`.
  }];
  let options = [
    Option<"form", "form", "std::string", /*default=*/"\"source\"",
           "source, network or pairwise">,
  ];
}

def TensorNetPrintCost : Pass<"tensornet-print-cost", "::mlir::ModuleOp"> {
  let summary = "print the cost of every function";
  let description = [{
    Prints one line per function with a body, to standard output:

    ```
    @f: multiplications=4096 largest=256 peak=512
    ```

    `multiplications` counts the index points of binary contractions in pairwise
    form, elementwise products among them: those with two operands besides 0-d
    and virtual ones. 0-d operands are multiplied with each other, which counts
    one each beyond the first, and then with the smallest of the operands and
    the result, which counts its points. Points whose subscripts fall out of
    bounds count. Sums, copies, broadcasts and virtual operands count zero, and
    so does all work outside contractions. An n-ary contraction counts in the
    order that `--tensornet-plan` would choose; equal ops count once, unused
    ones and calls not at all, the body of a loop as often as it runs.

    `largest` is the largest tensor that the function makes and `peak` the
    largest sum of such tensors alive at once, both in elements. Arguments,
    constants, virtual contractions and views (casts, reshapes, slices) take no
    memory; an op with a destination writes there. Sums that a loop carries are
    updated in place, and a contraction that only adds to one is not stored.

    With `planned`, each line ends in what `--tensornet-plan` would make of the
    function: `planned=3072 shared=2`, its multiplications and the number of
    contractions that more than one op reads.

    A function that `--tensornet-plan-memory` has seen shows the bytes of memory
    for its intermediates and its kernels' panels, those of each thread of a
    parallel loop, and how many allocations are left to the run, where there are
    any: `workspace=4096 thread-workspace=1024 pooled=1`. That is the peak of
    the code that runs (`--tensornet-to-cpu=stage=buffers`).

    Counts are integers where they fit 64 bits, else rounded as in
    `1.234568e+30`; dynamic extents and loop bounds make a count unknown: `?`.
  }];
  let options = [
    Option<"planned", "planned", "bool", /*default=*/"false",
           "Also print the multiplications after --tensornet-plan">,
  ];
}

#endif // TENSORNET_TRANSFORMS_PASSES
