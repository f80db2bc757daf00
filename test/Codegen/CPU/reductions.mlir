// RUN: tn-opt %s -split-input-file --tensornet-place-reductions=vector-width=512 | FileCheck %s --check-prefix=PLACE
// RUN: tn-opt %s -split-input-file --tensornet-outline-kernels --tensornet-cpu-kernels=vector-width=512 | FileCheck %s

#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>

// The sum over rows moves up to the op that finishes them, with what it starts
// from.
// PLACE-LABEL: func.func @place
// PLACE: tensornet.contract_into
// PLACE-NEXT: linalg.generic
// PLACE: tensor.empty() : tensor<200xf32>
// PLACE-NEXT: linalg.fill
// PLACE-NEXT: linalg.generic {{.+}} attrs = {tensornet.reduction = true}
// PLACE: tensornet.contract_into
func.func @place(%a: tensor<100x300xf32>, %b: tensor<300x200xf32>, %d: tensor<100x200xf32>, %e: tensor<100x100xf32>) -> (tensor<100x100xf32>, tensor<200xf32>) {
  %zero = arith.constant 0.0 : f32
  %c = tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%d)
    : (tensor<100x300xf32>, tensor<300x200xf32>, tensor<100x200xf32>) -> tensor<100x200xf32>
  %t = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c : tensor<100x200xf32>) outs(%c : tensor<100x200xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = math.tanh %in : f32
    linalg.yield %s : f32
  } -> tensor<100x200xf32>
  %g = tensornet.contract_into %t[i, k], %t[j, k] -> [i, j] outs(%e)
    : (tensor<100x200xf32>, tensor<100x200xf32>, tensor<100x100xf32>) -> tensor<100x100xf32>
  %m = tensor.empty() : tensor<200xf32>
  %z = linalg.fill ins(%zero : f32) outs(%m : tensor<200xf32>) -> tensor<200xf32>
  %r = linalg.generic {indexing_maps = [#all, #column], iterator_types = ["reduction", "parallel"]}
    ins(%t : tensor<100x200xf32>) outs(%z : tensor<200xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %s : f32
  } -> tensor<200xf32>
  return %g, %r : tensor<100x100xf32>, tensor<200xf32>
}

// Sums whose order is given stay, and so do those that keep rows.
// PLACE-LABEL: func.func @stay
// PLACE-NOT: tensornet.reduction
func.func @stay(%a: tensor<100x300xf32>, %b: tensor<300x200xf32>, %d: tensor<100x200xf32>, %y: tensor<200xf32>, %z: tensor<100xf32>) -> (tensor<100x200xf32>, tensor<200xf32>, tensor<100xf32>) {
  %c = tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%d)
    : (tensor<100x300xf32>, tensor<300x200xf32>, tensor<100x200xf32>) -> tensor<100x200xf32>
  %r = linalg.generic {indexing_maps = [#all, #column], iterator_types = ["reduction", "parallel"]}
    ins(%c : tensor<100x200xf32>) outs(%y : tensor<200xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  } -> tensor<200xf32>
  %q = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
    ins(%c : tensor<100x200xf32>) outs(%z : tensor<100xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %s : f32
  } -> tensor<100xf32>
  return %c, %r, %q : tensor<100x200xf32>, tensor<200xf32>, tensor<100xf32>
}

// -----

#all = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// PLACE-LABEL: func.func @squares

// Vectors of the tile are added up, one part for each tile of rows; the product,
// which nobody else reads, is not stored once it is complete. Then the parts are.
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK: %[[PARTS:.+]] = memref.alloc() {{.+}} : memref<[[TILES:[0-9]+]]x192xf32>
// CHECK: vector.fma
// CHECK: tensornet.kernel = "{{.*}}reduces
// CHECK: linalg.generic {{.+}} ins(%[[PARTS]] : memref<[[TILES]]x192xf32>) outs(%{{.+}} : memref<192xf32>)
// CHECK-NEXT: ^bb0(%[[PART:.+]]: f32, %[[SUM:.+]]: f32):
// CHECK-NEXT: arith.addf %[[SUM]], %[[PART]]
// CHECK: memref.dealloc %[[PARTS]]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @squares(%a: memref<96x64xf32>, %b: memref<64x192xf32>, %r: memref<192xf32>) {
  %zero = arith.constant 0.0 : f32
  %c = memref.alloc() : memref<96x192xf32>
  linalg.fill ins(%zero : f32) outs(%c : memref<96x192xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<96x64xf32>, memref<64x192xf32>, memref<96x192xf32>) -> ()
  linalg.fill ins(%zero : f32) outs(%r : memref<192xf32>)
  linalg.generic {indexing_maps = [#all, #column], iterator_types = ["reduction", "parallel"]}
    ins(%c : memref<96x192xf32>) outs(%r : memref<192xf32>) attrs = {tensornet.reduction = true} {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in fastmath<reassoc> : f32
    %t = arith.addf %out, %s fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  memref.dealloc %c : memref<96x192xf32>
  return
}

// -----

#all = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// The op in between may change what is summed: both are ops of their own.
// CHECK-LABEL: func.func @changed
// CHECK: call @tensornet_kernel(
// CHECK: call @tensornet_kernel_0(
// CHECK: call @tensornet_kernel_1(
// CHECK-NOT: reduces
func.func @changed(%a: memref<96x64xf32>, %b: memref<64x192xf32>, %c: memref<96x192xf32>, %r: memref<192xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<96x64xf32>, memref<64x192xf32>, memref<96x192xf32>) -> ()
  linalg.generic {indexing_maps = [#column, #all], iterator_types = ["parallel", "parallel"]}
    ins(%r : memref<192xf32>) outs(%c : memref<96x192xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#all, #column], iterator_types = ["reduction", "parallel"]}
    ins(%c : memref<96x192xf32>) outs(%r : memref<192xf32>) attrs = {tensornet.reduction = true} {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  return
}
