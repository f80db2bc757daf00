// Code for other processors than this one.

// The portable one runs everywhere, and finds what the host's code finds.
// RUN: rm -rf %t && mkdir %t
// RUN: tn-run %s --entry=f --output=%t
// RUN: tn-run %s --entry=f --target-cpu=x86-64 --expect=0:%t/result0.npy
// RUN: tn-run %s --entry=f --target-cpu=host --expect=0:%t/result0.npy --tolerance=0

// Kernels, and LLVM, use the vectors of the target.
// RUN: tn-run %s --entry=f --target-cpu=x86-64 --print-stage=buffers | FileCheck %s --check-prefix=VECTORS -DLENGTH=4
// RUN: tn-run %s --entry=f --target-cpu=haswell --print-stage=buffers | FileCheck %s --check-prefix=VECTORS -DLENGTH=8
// RUN: tn-run %s --entry=f --target-cpu=x86-64-v4 --print-stage=buffers | FileCheck %s --check-prefix=VECTORS -DLENGTH=16
// RUN: tn-run %s --entry=f --target-cpu=haswell --vector-width=128 --print-stage=buffers | FileCheck %s --check-prefix=VECTORS -DLENGTH=4
// VECTORS: vector<[[LENGTH]]xf32>
// RUN: tn-run %s --entry=f --target-cpu=x86-64 --print-stage=asm | FileCheck %s --check-prefix=SSE
// SSE-NOT: {{[yz]mm}}
// SSE: mulps {{.*}}xmm
// RUN: tn-run %s --entry=f --target-cpu=haswell --print-stage=asm | FileCheck %s --check-prefix=AVX2
// AVX2-NOT: zmm
// AVX2: vfmadd{{.*}}ymm

// Registers of bf16 hold any number of them.
// RUN: tn-run %s --entry=joins --target-cpu=sapphirerapids --print-stage=asm | FileCheck %s --check-prefix=JOINS
// JOINS: joins

// RUN: tn-run %s --entry=halves --target-cpu=sapphirerapids --print-stage=buffers | FileCheck %s --check-prefix=UNIT
// RUN: tn-run %s --entry=halves --target-cpu=sapphirerapids --matrix-unit=none --print-stage=buffers | FileCheck %s --check-prefix=NONE
// RUN: tn-run %s --entry=halves --target-cpu=skylake-avx512 --print-stage=buffers | FileCheck %s --check-prefix=NONE
// RUN: tn-run %s --entry=f16 --target-cpu=graniterapids --print-stage=asm | FileCheck %s --check-prefix=FP16
// RUN: tn-run %s --entry=f16 --target-cpu=sapphirerapids --print-stage=buffers | FileCheck %s --check-prefix=NONE
// RUN: tn-run %s --entry=bytes --target-cpu=sapphirerapids --print-stage=asm | FileCheck %s --check-prefix=BYTES
// RUN: tn-run %s --entry=bytes --target-cpu=skylake-avx512 --print-stage=asm | FileCheck %s --check-prefix=NO-BYTES
// UNIT: amx.tile_mulf
// BYTES: tdpbssd
// RUN: tn-run %s --entry=halves --target-cpu=znver4 --print-stage=asm | FileCheck %s --check-prefix=DOTS
// RUN: tn-run %s --entry=bytes --target-cpu=znver4 --print-stage=asm | FileCheck %s --check-prefix=BYTE-DOTS
// RUN: tn-run %s --entry=halves --target-cpu=znver4 --matrix-unit=vnni --print-stage=buffers | FileCheck %s --check-prefix=NONE
// RUN: tn-run %s --entry=halves --target-cpu=cooperlake --print-stage=buffers | FileCheck %s --check-prefix=NONE
// RUN: tn-run %s --entry=halves --target-cpu=cooperlake --matrix-unit=vnni-bf16 --print-stage=asm | FileCheck %s --check-prefix=DOTS
// RUN: tn-run %s --entry=bytes --target-cpu=cascadelake --print-stage=asm | FileCheck %s --check-prefix=BYTE-DOTS
// DOTS: vdpbf16ps {{.*}}zmm
// BYTE-DOTS: vpdpbusd {{.*}}zmm
// NO-BYTES-NOT: {{tdp|vpdp}}
// NO-BYTES: vpmulld
// FP16: tdpfp16ps
// NONE-NOT: amx
// NONE: vector.fma

// What a processor calls its own is no error before the run.
// RUN: tn-run %s --entry=f --target-cpu=bdver4 --print-stage=asm | FileCheck %s --check-prefix=SSE-OR-AVX
// SSE-OR-AVX: xmm
// RUN: not tn-run %s --entry=f --target-cpu=bdver4 2>&1 | FileCheck %s --check-prefix=LACKS
// LACKS: error: code for bdver4 does not run on this machine ({{.+}}), which has no {{.*}}xop
// RUN: not tn-run %s --entry=f --target-cpu=abacus 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: tn-run: error: --target-cpu: no processor of this architecture has the name 'abacus'; expected host or a name that LLVM knows
// RUN: not tn-run %s --entry=halves --target-cpu=x86-64 --matrix-unit=amx 2>&1 | FileCheck %s --check-prefix=MATRIX
// MATRIX: error: x86-64 has no matrix unit that may be used
// RUN: not tn-run %s --entry=f16 --target-cpu=sapphirerapids --matrix-unit=amx-fp16 --print-stage=asm 2>&1 | FileCheck %s --check-prefix=MATRIX16
// MATRIX16: error: sapphirerapids has no matrix unit for f16 that may be used
// RUN: not tn-run %s --entry=bytes --target-cpu=haswell --matrix-unit=vnni 2>&1 | FileCheck %s --check-prefix=LACKS-DOTS
// LACKS-DOTS: error: haswell has no dot products of vectors that may be used
// RUN: not tn-run %s --entry=halves --target-cpu=cascadelake --matrix-unit=vnni-bf16 2>&1 | FileCheck %s --check-prefix=LACKS-DOTS16
// LACKS-DOTS16: error: cascadelake has no dot products of vectors for bf16 that may be used

// RUN: not tn-run %s --entry=f --target-cpu=haswell --vector-width=512 --print-stage=asm 2>&1 | FileCheck %s --check-prefix=WIDE
// WIDE: error: vectors of 512 bits: those of haswell have 256

// Kept code belongs to its target; code for a matrix unit runs from a cache too.
// RUN: tn-run %s --entry=halves --cache=%t/code --verbose --output=%t 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: tn-run %s --entry=halves --cache=%t/code --verbose --expect=0:%t/result0.npy --tolerance=0 2>&1 | FileCheck %s --check-prefix=AGAIN
// RUN: tn-run %s --entry=halves --cache=%t/code --verbose --target-cpu=x86-64 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: tn-run %s --entry=halves --cache=%t/code --verbose --target-cpu=x86-64 --matrix-unit=none 2>&1 | FileCheck %s --check-prefix=PARTS
// FIRST: tn-run: remark: compiled 2 of 2 parts of the program
// AGAIN: tn-run: remark: the program came from the cache
// PARTS: tn-run: remark: compiled 1 of 2 parts of the program

func.func @f(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}

func.func @halves(%a: tensor<64x64xbf16>, %b: tensor<64x64xbf16>) -> tensor<64x64xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}

func.func @bytes(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>) -> tensor<64x64xi32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<64x64xi8>, tensor<64x64xi8>) -> tensor<64x64xi32>
  return %c : tensor<64x64xi32>
}

func.func @f16(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>) -> tensor<64x64xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}

func.func @joins(%x: tensor<17xbf16>) -> tensor<34xbf16> {
  %0 = tensor.concat dim(0) %x, %x : (tensor<17xbf16>, tensor<17xbf16>) -> tensor<34xbf16>
  return %0 : tensor<34xbf16>
}
