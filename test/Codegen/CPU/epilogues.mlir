// RUN: tn-opt %s --tensornet-place-epilogues | FileCheck %s --check-prefix=PLACE
// RUN: tn-opt %s --tensornet-outline-kernels --tensornet-cpu-kernels=vector-width=512 | FileCheck %s

#all = affine_map<(i, j) -> (i, j)>
#transposed = affine_map<(i, j) -> (j, i)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>

// The elementwise op moves up to its operands; the contraction follows them
// where these come later.
// PLACE-LABEL: func.func @place
// PLACE: %[[Y:.+]] = linalg.generic {{.+}} ins(%{{.+}} : tensor<32x32xf32>)
// PLACE: linalg.fill
// PLACE-NEXT: tensornet.contract_into
// PLACE-NEXT: linalg.generic {{.+}} ins(%{{.+}}, %[[Y]] :
func.func @place(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>, %x: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x32xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<32x32xf32>) -> tensor<32x32xf32>
  %c = tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%z)
    : (tensor<32x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  %e1 = tensor.empty() : tensor<32x32xf32>
  %y = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<32x32xf32>) outs(%e1 : tensor<32x32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = math.sin %in : f32
    linalg.yield %s : f32
  } -> tensor<32x32xf32>
  %r = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c, %y : tensor<32x32xf32>, tensor<32x32xf32>) outs(%c : tensor<32x32xf32>) {
  ^bb0(%in: f32, %more: f32, %out: f32):
    %s = arith.addf %in, %more : f32
    linalg.yield %s : f32
  } -> tensor<32x32xf32>
  return %r : tensor<32x32xf32>
}

// A vector of the result is finished before it is stored: one value per column
// and one per row enter as vectors.
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK-NOT: linalg.generic
// CHECK: vector.fma
// CHECK: vector.load %{{.+}} : memref<32xf32>
// CHECK: memref.load
// CHECK: vector.broadcast
// CHECK: arith.addf
// CHECK: math.tanh {{.+}} : vector<16xf32>
// CHECK: vector.store
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @layer(%a: memref<32x32xf32>, %b: memref<32x32xf32>, %v: memref<32xf32>, %w: memref<32xf32>, %c: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<32x32xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x32xf32>, memref<32x32xf32>, memref<32x32xf32>) -> ()
  linalg.generic {indexing_maps = [#all, #column, #row, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c, %v, %w : memref<32x32xf32>, memref<32xf32>, memref<32xf32>) outs(%c : memref<32x32xf32>) {
  ^bb0(%in: f32, %bias: f32, %factor: f32, %out: f32):
    %s = arith.addf %in, %bias : f32
    %t = arith.mulf %s, %factor : f32
    %r = math.tanh %t : f32
    linalg.yield %r : f32
  }
  return
}

// Only the last block of the sum is finished; the result of another type goes to
// its own buffer, and the sum is not stored once it is complete.
// CHECK-LABEL: func.func private @tensornet_kernel_0
// CHECK: %[[LAST:.+]] = arith.cmpi sge
// CHECK: scf.if %[[LAST]] {
// CHECK: arith.truncf {{.+}} to vector<16xbf16>
// CHECK: vector.store {{.+}} vector<16xbf16>
// CHECK: } else {
// CHECK: vector.store {{.+}} vector<16xf32>
func.func @rounding(%a: memref<32x2048xf32>, %b: memref<2048x512xf32>, %r: memref<32x512xbf16>) {
  %zero = arith.constant 0.0 : f32
  %c = memref.alloc() : memref<32x512xf32>
  linalg.fill ins(%zero : f32) outs(%c : memref<32x512xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x2048xf32>, memref<2048x512xf32>, memref<32x512xf32>) -> ()
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c : memref<32x512xf32>) outs(%r : memref<32x512xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %s = arith.truncf %in : f32 to bf16
    linalg.yield %s : bf16
  }
  memref.dealloc %c : memref<32x512xf32>
  return
}

// What is written is an operand of the product, of which other tiles still
// need all.
// CHECK-LABEL: func.func private @tensornet_kernel_1
// CHECK: vector.fma
// CHECK-NOT: linalg.generic
// CHECK: return
// CHECK-LABEL: func.func private @tensornet_kernel_2
// CHECK: linalg.generic
func.func @over_an_input(%a: memref<32x32xf32>, %b: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %c = memref.alloc() : memref<32x32xf32>
  linalg.fill ins(%zero : f32) outs(%c : memref<32x32xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x32xf32>, memref<32x32xf32>, memref<32x32xf32>) -> ()
  linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c, %a : memref<32x32xf32>, memref<32x32xf32>) outs(%a : memref<32x32xf32>) {
  ^bb0(%in: f32, %x: f32, %out: f32):
    %s = arith.addf %in, %x : f32
    linalg.yield %s : f32
  }
  memref.dealloc %c : memref<32x32xf32>
  return
}

// An operand that lies across the vectors of the result: the op stays, in the
// same function.
// CHECK-LABEL: func.func private @tensornet_kernel_3
// CHECK: vector.fma
// CHECK: linalg.generic
// CHECK: return
func.func @across(%a: memref<32x32xf32>, %b: memref<32x32xf32>, %x: memref<32x32xf32>, %c: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<32x32xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x32xf32>, memref<32x32xf32>, memref<32x32xf32>) -> ()
  linalg.generic {indexing_maps = [#all, #transposed, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c, %x : memref<32x32xf32>, memref<32x32xf32>) outs(%c : memref<32x32xf32>) {
  ^bb0(%in: f32, %y: f32, %out: f32):
    %s = arith.addf %in, %y : f32
    linalg.yield %s : f32
  }
  return
}

// Without a known last point of the sum, or without any, nothing would finish
// the result.
// CHECK-LABEL: func.func private @tensornet_kernel_4
// CHECK: vector.fma
// CHECK: linalg.generic
// CHECK: return
func.func @dynamic_sum(%a: memref<32x?xf32>, %b: memref<?x32xf32>, %c: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<32x32xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x?xf32>, memref<?x32xf32>, memref<32x32xf32>) -> ()
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c : memref<32x32xf32>) outs(%c : memref<32x32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %r = math.tanh %in : f32
    linalg.yield %r : f32
  }
  return
}

// Rows and columns of several dimensions each: the bias has all of the columns.
// CHECK-LABEL: func.func private @tensornet_kernel_5(
// CHECK: vector.fma
// CHECK: vector.load %{{.+}} : memref<48xf32>, vector<16xf32>
// CHECK: arith.addf
// CHECK: vector.store
// CHECK-NOT: linalg.generic
func.func @heads(%x: memref<64x11x48xf32>, %w: memref<48x4x12xf32>, %bias: memref<4x12xf32>, %out: memref<64x11x4x12xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%out : memref<64x11x4x12xf32>)
  tensornet.contract_into %x[i, j, k], %w[k, l, m] -> [i, j, l, m] outs(%out)
    : (memref<64x11x48xf32>, memref<48x4x12xf32>, memref<64x11x4x12xf32>) -> ()
  linalg.generic {indexing_maps = [affine_map<(i, j, l, m) -> (i, j, l, m)>, affine_map<(i, j, l, m) -> (l, m)>, affine_map<(i, j, l, m) -> (i, j, l, m)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%out, %bias : memref<64x11x4x12xf32>, memref<4x12xf32>) outs(%out : memref<64x11x4x12xf32>) {
  ^bb0(%in: f32, %b: f32, %o: f32):
    %s = arith.addf %in, %b : f32
    linalg.yield %s : f32
  }
  return
}
