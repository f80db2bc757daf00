// RUN: tn-opt %s --tensornet-bound-exponentials | FileCheck %s

#ij = affine_map<(d0, d1) -> (d0, d1)>
#i = affine_map<(d0, d1) -> (d0)>
#j = affine_map<(d0, d1) -> (d1)>

// exp(x - m) is at most 1 for the maxima m of rows of x.
// CHECK-LABEL: func.func @softmax
// CHECK: math.exp {{.*}} {tensornet.bounded}
// CHECK: arith.divf {{.*}} {tensornet.bounded}
func.func @softmax(%x: tensor<8x8xf32>, %low: tensor<8xf32>, %s: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %m = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x8xf32>) outs(%low : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %ms = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%m : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %d = arith.subf %x, %ms : tensor<8x8xf32>
  %p = math.exp %d : tensor<8x8xf32>
  %y = arith.divf %p, %s : tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// The maxima of rows are not those of columns.
// CHECK-LABEL: func.func @keeps_other_rows
// CHECK-NOT: tensornet.bounded
func.func @keeps_other_rows(%x: tensor<8x8xf32>, %low: tensor<8xf32>) -> tensor<8x8xf32> {
  %m = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x8xf32>) outs(%low : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %ms = linalg.generic {indexing_maps = [#j, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%m : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %d = arith.subf %x, %ms : tensor<8x8xf32>
  %p = math.exp %d : tensor<8x8xf32>
  return %p : tensor<8x8xf32>
}

// Nor are sums bounds.
// CHECK-LABEL: func.func @keeps_sums
// CHECK-NOT: tensornet.bounded
func.func @keeps_sums(%x: tensor<8x8xf32>, %zero: tensor<8xf32>) -> tensor<8x8xf32> {
  %m = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x8xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out fastmath<reassoc> : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %ms = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%m : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %d = arith.subf %x, %ms : tensor<8x8xf32>
  %p = math.exp %d : tensor<8x8xf32>
  return %p : tensor<8x8xf32>
}

// NaN in a row makes its sum NaN, and so all of its quotients.
// CHECK-LABEL: func.func @maxima_without_nan
// CHECK: arith.maximumf {{.*}} {tensornet.ignores_nan}
func.func @maxima_without_nan(%x: tensor<8x8xf32>, %low: tensor<8xf32>, %zero: tensor<8xf32>) -> tensor<8x8xf32> {
  %m = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x8xf32>) outs(%low : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %ms = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%m : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %d = arith.subf %x, %ms : tensor<8x8xf32>
  %p = math.exp %d : tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%p : tensor<8x8xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out fastmath<reassoc> : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %ss = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %y = arith.divf %p, %ss : tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// Exponentials that are results, too, are NaN only where the maximum is.
// CHECK-LABEL: func.func @keeps_nan_of_exponentials
// CHECK-NOT: tensornet.ignores_nan
func.func @keeps_nan_of_exponentials(%x: tensor<8x8xf32>, %low: tensor<8xf32>, %zero: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %m = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x8xf32>) outs(%low : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %ms = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%m : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %d = arith.subf %x, %ms : tensor<8x8xf32>
  %p = math.exp %d : tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%p : tensor<8x8xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out fastmath<reassoc> : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %ss = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %y = arith.divf %p, %ss : tensor<8x8xf32>
  return %y, %p : tensor<8x8xf32>, tensor<8x8xf32>
}

// CHECK-LABEL: func.func @keeps_nan_of_maxima
// CHECK-NOT: tensornet.ignores_nan
func.func @keeps_nan_of_maxima(%x: tensor<8x8xf32>, %low: tensor<8xf32>, %zero: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8xf32>) {
  %m = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x8xf32>) outs(%low : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %ms = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%m : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %d = arith.subf %x, %ms : tensor<8x8xf32>
  %p = math.exp %d : tensor<8x8xf32>
  %s = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%p : tensor<8x8xf32>) outs(%zero : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out fastmath<reassoc> : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %ss = linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x8xf32>
  %y = arith.divf %p, %ss : tensor<8x8xf32>
  return %y, %m : tensor<8x8xf32>, tensor<8xf32>
}
