// RUN: tn-opt %s --tensornet-split-sums=vector-width=512 | FileCheck %s
// RUN: tn-opt %s --tensornet-to-cpu="parallel vector-width=512 stage=buffers" | FileCheck %s --check-prefix=CPU
// RUN: tn-opt %s --tensornet-to-cpu="vector-width=512 stage=buffers" | FileCheck %s --check-prefix=CPU

// Pieces are the same for any number of threads.
// RUN: rm -rf %t && mkdir %t
// RUN: tn-run %s --entry=long --output=%t
// RUN: tn-run %s --entry=long --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=long --threads=3 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=long --pipeline=plain --expect=0:%t/result0.npy --tolerance=1e-2
// RUN: tn-run %s --entry=cube --output=%t
// RUN: tn-run %s --entry=cube --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=cube --pipeline=plain --expect=0:%t/result0.npy --tolerance=1e-2

// CHECK-LABEL: func.func @long
// CHECK: %[[A:.+]] = tensor.expand_shape %{{.+}} {{\[\[}}0], [1, 2]] {{.+}} : tensor<8x100000xf32> into tensor<8x16x6250xf32>
// CHECK: %[[B:.+]] = tensor.expand_shape %{{.+}} {{\[\[}}0, 1], [2]] {{.+}} : tensor<100000x8xf32> into tensor<16x6250x8xf32>
// CHECK: %[[P:.+]] = tensornet.contract %[[A]][i, j, k], %[[B]][j, k, l] -> [j, i, l]
// CHECK: tensornet.contract %[[P]][i, j, k] -> [j, k] : (tensor<16x8x8xf32>) -> tensor<8x8xf32>
// CPU-LABEL: func.func @long
// CPU: memref.expand_shape
func.func @long(%a: tensor<8x100000xf32>, %b: tensor<100000x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<8x100000xf32>, tensor<100000x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// A factor is multiplied after the pieces are added.
// CHECK-LABEL: func.func @factor
// CHECK: %[[P:.+]] = tensornet.contract {{.+}} -> tensor<16x8x8xf32>
// CHECK: tensornet.contract %{{.+}}[], %[[P]][i, j, k] -> [j, k]
func.func @factor(%f: tensor<f32>, %a: tensor<8x100000xf32>, %b: tensor<100000x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %f[], %b[k, j] -> [i, j]
    : (tensor<8x100000xf32>, tensor<f32>, tensor<100000x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// A sum over several indices: the one whose pieces are long runs of neighbours in
// both operands is cut.
// CHECK-LABEL: func.func @cube
// CHECK: tensor.expand_shape %{{.+}} {{\[\[}}0], [1, 2], [3], [4]] {{.+}} : tensor<8x20x96x20xf32> into tensor<8x10x2x96x20xf32>
// CHECK: -> tensor<10x8x8xf32>
func.func @cube(%a: tensor<8x20x96x20xf32>, %b: tensor<20x96x20x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k, l, m], %b[k, l, m, j] -> [i, j]
    : (tensor<8x20x96x20xf32>, tensor<20x96x20x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// Where all runs are long, the longest index is.
// CHECK-LABEL: func.func @long_runs
// CHECK: into tensor<8x24x16x6x200xf32>
func.func @long_runs(%a: tensor<8x24x96x200xf32>, %b: tensor<24x96x200x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k, l, m], %b[k, l, m, j] -> [i, j]
    : (tensor<8x24x96x200xf32>, tensor<24x96x200x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// Pieces of k would read two neighbours of b each, and every line of the cache
// again and again.
// CHECK-LABEL: func.func @short_runs
// CHECK-NOT: expand_shape
func.func @short_runs(%a: tensor<32x8x7x961xf32>, %b: tensor<7x961x8x32xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[k, i, l, m], %b[l, m, j, k] -> [i, j]
    : (tensor<32x8x7x961xf32>, tensor<7x961x8x32xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// The results of all pieces would be as many as the operands have elements.
// CHECK-LABEL: func.func @many_results
// CHECK-NOT: expand_shape
func.func @many_results(%a: tensor<60x1024xf32>, %b: tensor<1024x60xf32>) -> tensor<60x60xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<60x1024xf32>, tensor<1024x60xf32>) -> tensor<60x60xf32>
  return %c : tensor<60x60xf32>
}

// Pieces keep the sum of halves in f32.
// CHECK-LABEL: func.func @halves
// CHECK: -> tensor<16x8x8xf32>
// CHECK: (tensor<16x8x8xf32>) -> tensor<8x8xbf16>
func.func @halves(%a: tensor<8x100000xbf16>, %b: tensor<100000x8xbf16>) -> tensor<8x8xbf16> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<8x100000xbf16>, tensor<100000x8xbf16>) -> tensor<8x8xbf16>
  return %c : tensor<8x8xbf16>
}

// Rows enough for threads.
// CHECK-LABEL: func.func @rows
// CHECK-NOT: expand_shape
func.func @rows(%a: tensor<512x100000xf32>, %b: tensor<100000x64xf32>) -> tensor<512x64xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<512x100000xf32>, tensor<100000x64xf32>) -> tensor<512x64xf32>
  return %c : tensor<512x64xf32>
}

// Too little work.
// CHECK-LABEL: func.func @short
// CHECK-NOT: expand_shape
func.func @short(%a: tensor<8x1024xf32>, %b: tensor<1024x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<8x1024xf32>, tensor<1024x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// No number of pieces divides the extent.
// CHECK-LABEL: func.func @prime
// CHECK-NOT: expand_shape
func.func @prime(%a: tensor<8x100003xf32>, %b: tensor<100003x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<8x100003xf32>, tensor<100003x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// Extents that only the run knows.
// CHECK-LABEL: func.func @dynamic
// CHECK-NOT: expand_shape
func.func @dynamic(%a: tensor<8x?xf32>, %b: tensor<?x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<8x?xf32>, tensor<?x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// The same, though another operand knows the extent.
// CHECK-LABEL: func.func @one_dynamic
// CHECK-NOT: expand_shape
func.func @one_dynamic(%a: tensor<8x?xf32>, %b: tensor<100000x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<8x?xf32>, tensor<100000x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}

// A kernel that is given stays whole.
// CHECK-LABEL: func.func @given
// CHECK-NOT: expand_shape
func.func @given(%a: tensor<8x100000xf32>, %b: tensor<100000x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j] {kernel = #tensornet.kernel<row_tile = [4]>}
    : (tensor<8x100000xf32>, tensor<100000x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
}
