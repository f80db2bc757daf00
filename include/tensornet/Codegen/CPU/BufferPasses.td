//===- BufferPasses.td - CPU code, on buffers --------------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_BUFFERPASSES
#define TENSORNET_CODEGEN_CPU_BUFFERPASSES

include "mlir/Pass/PassBase.td"

// About in the order of the pipeline.

def TensorNetGroupRows : Pass<"tensornet-group-rows"> {
  let summary = "bring together linalg ops on the same rows";
  let description = [{
    Finds `linalg.generic` ops on memrefs that can share their leading loops,
    because at a point of these each op reads only what the others write at the
    same point: chains of row reductions and the elementwise work around them,
    as in softmax and norms with their derivatives. Sums over these loops may be
    among them. It moves them next to each other, with the fills that reductions
    start from, and marks them with
    `tensornet.rows = array<i64: number of the group, number of loops>`.
    `--tensornet-outline-kernels` keeps a group in one function,
    `--tensornet-vector-loops` runs it block of rows by block of rows, so that
    memory is read and written once; buffers that only the group uses shrink to
    one block.

    Example (test/Codegen/CPU/group-rows.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def TensorNetOutlineKernels
    : Pass<"tensornet-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "move work on buffers into functions, equal work into one";
  let description = [{
    Moves every `tensornet.contract_into` and `linalg.generic` on memrefs into
    a private function, together with the fill of zeros that a contraction adds
    to, or the fill that a sum does, with the elementwise ops before it that packing computes
    (`tensornet.prologue`) and with the elementwise op that follows it on the same elements, which
    is marked as its epilogue. Equal ops on buffers of equal types share one function: programs with
    many contractions of few kinds compile in time proportional to the kinds.

    Example (test/Codegen/CPU/outline-kernels.mlir).
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def TensorNetChooseKernels : Pass<"tensornet-choose-kernels"> {
  let summary = "write the kernels of contractions beside them";
  let description = [{
    Gives every `tensornet.contract_into` on memrefs that
    `--tensornet-cpu-kernels` would turn into a kernel the attribute `kernel`,
    which holds the whole choice: roles of indices, tiles, blocks, packing,
    threads. In functions that only bodies of parallel loops call, threads share
    nothing. Products that the matrix unit may compute get none. What the
    attribute holds already is kept, and an error where it is impossible. The choice can be read, changed and given to
    `--tensornet-cpu-kernels`, which does as it says.

    Example (test/Codegen/CPU/choose-kernels.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Share large contractions out to threads">,
    Option<"matrixUnit", "matrix-unit", "::mlir::tensornet::cpu::MatrixUnit",
           /*default=*/"::mlir::tensornet::cpu::MatrixUnit::host",
           "What multiplies matrices of halves and bytes:",
           [{::mlir::tensornet::cpu::getMatrixUnitValues()}]>,
  ];
  let dependentDialects = ["::mlir::tensornet::TensorNetDialect"];
}

def TensorNetShareContractions
    : Pass<"tensornet-share-contractions", "::mlir::ModuleOp"> {
  let summary = "let threads share out contractions that are independent";
  let description = [{
    Contractions in functions of their own (`--tensornet-outline-kernels`) whose
    kernel is `distribute = none` leave all threads but one idle. Calls of such
    functions in one block that do not depend on each other, and whose work
    together is worth starting threads, become the steps of one `scf.parallel`:

    ```mlir
    scf.parallel (%i) = (%c0) to (%c2) step (%c1) {
      scf.index_switch %i
      case 1 { func.call @tensornet_kernel(%x, %dy, %dw) ... }
      default { func.call @tensornet_kernel_0(%dy, %w, %dx) ... }
    }
    ```

    Each contraction is computed as before, by one thread. Steps stand in an order in
    which neighbours, for any power of two of threads, have about equal work.

    Example (test/Codegen/CPU/share-contractions.mlir).
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"
  ];
}

def TensorNetSharePacking
    : Pass<"tensornet-share-packing", "::mlir::ModuleOp"> {
  let summary = "pack operands once that several kernels read";
  let description = [{
    Kernels copy operands into tiles, block by block. Where several kernels, or
    one in all steps of a loop, would copy an operand into the same tiles, and
    nothing writes to it meanwhile, this pass makes one copy of the whole
    operand (`tensornet.pack_tiles`), before the first of them and outside of the loops that
    leave the operand as it is; `tensornet.with_tiles` gives it to the kernels.
    Which tiles those are the attribute `kernel` tells, so this
    stands behind `--tensornet-choose-kernels`. Contractions may stand in private
    functions, as outlining puts them there.

    Copies of up to 2 MiB are made for two readers, larger ones, up to 256 MiB, for
    four; none has more than twice the size of its operand, as that of
    overlapping windows would.

    Example (test/Codegen/CPU/share-packing.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Kernels share work out to threads">,
  ];
  let dependentDialects = [
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensornet::TensorNetDialect"
  ];
}

def TensorNetCPUKernels : Pass<"tensornet-cpu-kernels", "ModuleOp"> {
  let summary = "lower contractions on memrefs to register-tiled kernels";
  let description = [{
    Turns every `tensornet.contract_into` on memrefs that a kernel fits into
    loops over cache blocks, packing into tiles, and a vectorised register tile
    of rank-1 updates. A kernel fits two operands (0-d ones are not counted)
    with each index in two operands or in one and the result, where the result
    has bare subscripts, each index once, and is contiguous along an index of
    one operand only. Operands may be strided and their dimensions permuted:
    packing reads them in place. Their subscripts are bare too, or affine where
    the op promises that all are `in_bounds`. A fill with zero in front of the contraction
    is dropped: the kernel then stores its first sum. A `linalg.generic` that
    follows and is marked `tensornet.epilogue` is computed on vectors of the
    result before these are stored, where its operands are contiguous or constant
    along them.

    What no kernel fits stays as it is. The attribute `kernel` of the op gives
    the choice of tile, blocks and packing, or parts of it; a cost model
    completes it. The attribute `tensornet.kernel` on the first loop or buffer
    tells it.

    With `parallel`, `scf.parallel` shares the batch, the rows, the columns or
    blocks of the sum of a contraction of half a MFLOP or more out to threads. Of
    rows and columns each thread takes one equal part (`tensornet_num_threads()`
    of the runtime says how many there are) and packs what it reads for itself,
    so that none waits for another. Blocks of a sum leave their sums in a buffer,
    and threads add them up in the order of the blocks, as code without threads
    does: results do not depend on the number of threads.

    Examples (test/Codegen/CPU/kernels.mlir, parallel-kernels.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Share large contractions out to threads">,
    Option<"matrixUnit", "matrix-unit", "::mlir::tensornet::cpu::MatrixUnit",
           /*default=*/"::mlir::tensornet::cpu::MatrixUnit::host",
           "What multiplies matrices of halves and bytes:",
           [{::mlir::tensornet::cpu::getMatrixUnitValues()}]>,
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::amx::AMXDialect",
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensornet::TensorNetDialect", "::mlir::vector::VectorDialect",
    "::mlir::x86vector::X86VectorDialect"
  ];
}

def TensorNetVectorLoops : Pass<"tensornet-vector-loops"> {
  let summary = "lower linalg on memrefs to loops over vectors";
  let description = [{
    Turns every `linalg.generic` on memrefs into loops over vectors, with masks
    at the end of a row, where all that it does has a vector form and every
    operand is contiguous or constant along one loop; operands that are read
    may have affine subscripts and, if need be, be gathered a few elements
    apart. `linalg.index` becomes a vector of numbers. Reductions keep their
    sums in registers, in an order of their own; large ones with few results
    are cut into chunks. Sums along vectors are added to the number that a fill
    wrote before, and the fill goes. Where operands are contiguous along one of two
    loops each, squares of vectors are turned round in registers. Ops that
    `--tensornet-group-rows` marked share a loop over blocks of rows.

    What does not fit stays as it is.

    With `parallel`, `scf.parallel` shares large loops and the chunks of large
    sums out to threads; where extents are dynamic, the run decides. Results do
    not depend on it.

    Examples (test/Codegen/CPU/vector-loops.mlir, parallel-vector-loops.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
    Option<"parallel", "parallel", "bool", /*default=*/"false",
           "Share large loops out to threads">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def TensorNetVectorFunctions : Pass<"tensornet-vector-functions"> {
  let summary = "compute functions of vectors by arithmetic";
  let description = [{
    Turns `math.exp`, `math.exp2` and `math.tanh` of vectors into polynomials, so
    that no registers are saved around calls. Half precision is computed in f32.
    The error is at most 1.5 units in the last place for exp and exp2, 4 for
    tanh. Infinities, NaN, overflow, results below the normal range and the sign
    of zero are as in IEEE 754.

    A `math.tanh` that is only added to one, or subtracted from it, is not
    computed: `1 + tanh x = 1 / (1/2 + exp(-2x) / 2)`, with an error of at most
    4 units relative to the sum. So are multiples of that by a number. Where
    it would leave the normal range, the sum is zero.

    Where registers have 512 bits, exponentials of shorter vectors are computed
    in whole ones: results do not depend on the length of vectors, and so not on
    where an op was put.

    What has another form stays as it is and becomes calls of the C library. For
    vectors of 128 bits, whose processors have no fused multiply-adds, only the
    types change.

    Example (test/Codegen/CPU/vector-functions.mlir).
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"0",
           "Bits of a vector register: 128, 256 or 512; 0 asks the host">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect",
    "::mlir::x86vector::X86VectorDialect"
  ];
}

def TensorNetSeparateMultiplyAdds : Pass<"tensornet-separate-multiply-adds"> {
  let summary = "make products and sums of multiply-adds of vectors";
  let description = [{
    Turns every `vector.fma` into `arith.mulf` and `arith.addf`, for processors
    that have no fused multiply-adds and would call a function of the C library
    for each lane. `vector.fma` is what kernels and vector loops make of products
    that may be rounded; `math.fma`, which has to be exact, stays.

    Example (test/Codegen/CPU/separate-multiply-adds.mlir).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def TensorNetUnrollShortLoops : Pass<"tensornet-unroll-short-loops"> {
  let summary = "make straight code of loops of few steps";
  let description = [{
    Unrolls every nest of `scf.for` whose loops have at most 32 steps and which
    becomes at most about a thousand ops (an eighth of that inside of another
    loop; a shuffle, which takes long to compile, counts as eight): contractions
    of a few elements then are straight vector code, in which all addresses are
    constant. Masked loads and stores outside of loops
    become those of shorter vectors, which do not wait for one another.

    Example (test/Codegen/CPU/unroll-short-loops.mlir).
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def TensorNetInlineStackScopes : Pass<"tensornet-inline-stack-scopes"> {
  let summary = "inline scopes that hold no stack memory";
  let description = [{
    Puts the body of every `memref.alloca_scope` in which there is no
    `memref.alloca` into its place. The bodies of OpenMP loops come in such
    scopes, which cannot hold branches; canonicalization keeps those with calls,
    because a call might take stack memory that its own end does not give back.

    Example (test/Codegen/CPU/inline-stack-scopes.mlir).
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def TensorNetOmitBarriers : Pass<"tensornet-omit-barriers"> {
  let summary = "let threads wait once at the end of a parallel region";
  let description = [{
    Marks every `omp.wsloop` that stands last in an `omp.parallel` as `nowait`:
    the end of the region waits for all threads anyway.

    Example (test/Codegen/CPU/omit-barriers.mlir).
  }];
  let dependentDialects = ["::mlir::omp::OpenMPDialect"];
}

def TensorNetPlanMemory
    : Pass<"tensornet-plan-memory", "::mlir::ModuleOp"> {
  let summary = "give every buffer a place in a workspace before the run";
  let description = [{
    Takes buffers of static size away from the run. Each function gets one
    arena, in which buffers that are never needed at one time share bytes: a
    buffer lives from its first use to its `memref.dealloc`, and the arena of a
    callee is one more buffer, which lives during the call. The arena is a
    trailing argument, `memref<Nxi8>`, that callers carve out of their own and
    that whoever calls from outside owns, at a multiple of 64 bytes.

    In the bodies of `scf.parallel`, buffers lie in the part of the thread. All
    parts together are one more argument, `memref<?xi8>`, of as many parts as
    threads (`tensornet_thread_number()` and `tensornet_num_threads()` of the
    runtime).

    Left to the run are buffers of dynamic size, those that a function returns
    or frees on a condition, the arena of a callee that may call back, and what
    loops on threads inside others need.

    A function's attributes tell the bytes of its arena, of one thread's part,
    and the number of allocations that are left: `tensornet.workspace`,
    `tensornet.thread_workspace`, `tensornet.pooled`. A public function `f` also
    has a global `_tensornet_workspace_f` with the first two.

    ```mlir
    func.func @f(%x: memref<16xf32>) {
      %a = memref.alloc() : memref<16xf32>
      call @g(%x, %a) : (memref<16xf32>, memref<16xf32>) -> ()
      memref.dealloc %a : memref<16xf32>
      %b = memref.alloc() : memref<8xf32>
      ...
    // becomes
    func.func @f(%x: memref<16xf32>, %workspace: memref<64xi8>)
        attributes {tensornet.workspace = 64 : i64} {
      %a = memref.view %workspace[%c0][] : memref<64xi8> to memref<16xf32>
      call @g(%x, %a) : (memref<16xf32>, memref<16xf32>) -> ()
      %b = memref.view %workspace[%c0][] : memref<64xi8> to memref<8xf32>
    ```

    Example (test/Codegen/CPU/plan-memory.mlir).
  }];
  let options = [
    Option<"limit", "limit", "uint64_t", /*default=*/"0",
           "Most bytes that a public function may need with one thread; more "
           "is an error (0: no limit)">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TensorNetPassAddresses
    : Pass<"tensornet-pass-addresses", "::mlir::ModuleOp"> {
  let summary = "pass buffers of static layout by their addresses";
  let description = [{
    Gives private functions that are only called, return no memref and whose
    memref arguments all have static layout the attribute `llvm.bareptr`: in LLVM's
    dialect their calls pass an address for each buffer, not the whole
    descriptor, which takes longer than the work of a tiny kernel. Arguments that
    no call passes together with memory that may overlap them are marked
    `llvm.noalias`, so that LLVM keeps what it has read across stores to others.

    Example (test/Codegen/CPU/pass-addresses.mlir).
  }];
}

#endif // TENSORNET_CODEGEN_CPU_BUFFERPASSES
