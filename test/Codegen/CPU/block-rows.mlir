// RUN: tn-opt %s --tensornet-block-rows=cache-bytes=8192 | FileCheck %s
// RUN: tn-opt %s --tensornet-block-rows="cache-bytes=8192 parallel" | FileCheck %s --check-prefix=THREADS

// CHECK-DAG: #[[$SCORES:.+]] = affine_set<(d0, d1, d2)[s0] : (d0 + s0 - d2 >= 0)>
// CHECK-DAG: #[[$SUM:.+]] = affine_set<(d0, d1, d2)[s0] : (d0 + s0 - d1 >= 0)>

#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// A matrix that is made, changed elementwise, summed along rows and used once
// never exists as a whole.
// CHECK-LABEL: func.func @attention
// CHECK-SAME: %[[Q:[^ ]+]]: tensor<128x8xf32>, %[[K:[^ ]+]]: tensor<8x64xf32>, %[[V:[^ ]+]]: tensor<64x8xf32>
// CHECK-NOT: tensor.empty() : tensor<128x64xf32>
// CHECK: %[[OUT:.+]] = tensor.empty() : tensor<128x8xf32>
// CHECK: scf.for %[[I:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%{{.+}} = %[[OUT]])
// CHECK: %[[QI:.+]] = tensor.extract_slice %[[Q]][%[[I]], 0] [16, 8] [1, 1]
// CHECK: tensornet.contract_into %[[QI]]{{.+}}, %[[K]]{{.+}} -> {{.+}} tensor<16x64xf32>
// CHECK: math.exp
// CHECK: linalg.generic {{.+}} iterator_types = ["parallel", "reduction"]
// CHECK: tensornet.contract_into
// CHECK: tensor.insert_slice %{{.+}} into %{{.+}}[%[[I]], 0] [16, 8] [1, 1]
// THREADS-LABEL: func.func @attention
// THREADS: scf.forall
// THREADS: tensor.parallel_insert_slice
func.func @attention(%q: tensor<128x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>) -> tensor<128x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<128x8xf32>, tensor<8x64xf32>, tensor<128x64xf32>) -> tensor<128x64xf32>
  %e = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<128x64xf32>) outs(%s : tensor<128x64xf32>) {
  ^bb0(%x: f32, %out: f32):
    %y = math.exp %x : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  %re = tensor.empty() : tensor<128xf32>
  %rz = linalg.fill ins(%zero : f32) outs(%re : tensor<128xf32>) -> tensor<128xf32>
  %r = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
    ins(%e : tensor<128x64xf32>) outs(%rz : tensor<128xf32>) {
  ^bb0(%x: f32, %out: f32):
    %y = arith.addf %out, %x : f32
    linalg.yield %y : f32
  } -> tensor<128xf32>
  %p = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
    ins(%e, %r : tensor<128x64xf32>, tensor<128xf32>) outs(%e : tensor<128x64xf32>) {
  ^bb0(%x: f32, %n: f32, %out: f32):
    %y = arith.divf %x, %n : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  %oe = tensor.empty() : tensor<128x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<128x8xf32>) -> tensor<128x8xf32>
  %o = tensornet.contract_into %p[i, j], %v[j, k] -> [i, k] outs(%oz)
    : (tensor<128x64xf32>, tensor<64x8xf32>, tensor<128x8xf32>) -> tensor<128x8xf32>
  return %o : tensor<128x8xf32>
}

// Bounds of a block know which rows it has.
// CHECK-LABEL: func.func @causal
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: tensornet.contract_into {{.+}} origin(%[[I]]) {bounds = #[[$SCORES]]} {{.+}} tensor<32x64xf32>
// CHECK: tensornet.contract_into {{.+}} origin(%[[I]]) {bounds = #[[$SUM]], strict_bounds} {{.+}} tensor<32x8xf32>
func.func @causal(%q: tensor<128x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>) -> tensor<128x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    {bounds = affine_set<(d0, d1, d2) : (d0 - d2 >= 0)>}
    : (tensor<128x8xf32>, tensor<8x64xf32>, tensor<128x64xf32>) -> tensor<128x64xf32>
  %e = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<128x64xf32>) outs(%s : tensor<128x64xf32>) {
  ^bb0(%x: f32, %out: f32):
    %y = math.exp %x : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  %oe = tensor.empty() : tensor<128x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<128x8xf32>) -> tensor<128x8xf32>
  %o = tensornet.contract_into %e[i, j], %v[j, k] -> [i, k] outs(%oz)
    {bounds = affine_set<(d0, d1, d2) : (d0 - d1 >= 0)>, strict_bounds}
    : (tensor<128x64xf32>, tensor<64x8xf32>, tensor<128x8xf32>) -> tensor<128x8xf32>
  return %o : tensor<128x8xf32>
}

// A sum that is returned beside a result of the group's rows does not wait for
// these: nothing comes back from the caller.
// CHECK-LABEL: func.func @returned_together
// CHECK: scf.for
// CHECK: tensornet.contract_into
// CHECK: math.exp
// CHECK: tensornet.contract_into {{.+}} tensor<{{[0-9]+}}x8xf32>
// CHECK: tensornet.contract_into {{.+}} -> tensor<64x8xf32>
// CHECK: scf.yield
// CHECK: return
func.func @returned_together(%q: tensor<128x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>)
    -> (tensor<128x8xf32>, tensor<64x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<128x8xf32>, tensor<8x64xf32>, tensor<128x64xf32>) -> tensor<128x64xf32>
  %e = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<128x64xf32>) outs(%s : tensor<128x64xf32>) {
  ^bb0(%x: f32, %out: f32):
    %y = math.exp %x : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  %re = tensor.empty() : tensor<128xf32>
  %rz = linalg.fill ins(%zero : f32) outs(%re : tensor<128xf32>) -> tensor<128xf32>
  %r = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
    ins(%e : tensor<128x64xf32>) outs(%rz : tensor<128xf32>) {
  ^bb0(%x: f32, %out: f32):
    %y = arith.addf %out, %x : f32
    linalg.yield %y : f32
  } -> tensor<128xf32>
  %p = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
    ins(%e, %r : tensor<128x64xf32>, tensor<128xf32>) outs(%e : tensor<128x64xf32>) {
  ^bb0(%x: f32, %n: f32, %out: f32):
    %y = arith.divf %x, %n : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  %oe = tensor.empty() : tensor<128x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<128x8xf32>) -> tensor<128x8xf32>
  %o = tensornet.contract_into %p[i, j], %v[j, k] -> [i, k] outs(%oz)
    : (tensor<128x64xf32>, tensor<64x8xf32>, tensor<128x8xf32>) -> tensor<128x8xf32>
  %ge = tensor.empty() : tensor<64x8xf32>
  %gz = linalg.fill ins(%zero : f32) outs(%ge : tensor<64x8xf32>) -> tensor<64x8xf32>
  %g = tensornet.contract_into %p[i, j], %q[i, k] -> [j, k] outs(%gz)
    : (tensor<128x64xf32>, tensor<128x8xf32>, tensor<64x8xf32>) -> tensor<64x8xf32>
  return %o, %g : tensor<128x8xf32>, tensor<64x8xf32>
}

// A sum over the blocked rows adds up from block to block; threads share out
// what nobody sums over.
// CHECK-LABEL: func.func @sum_over_rows
// CHECK: %[[ZEROS:.+]] = linalg.fill {{.+}} -> tensor<4x64x8xf32>
// CHECK: scf.for {{.+}} iter_args(%[[S0:.+]] = %[[ZEROS]])
// CHECK: scf.for {{.+}} iter_args(%[[S1:.+]] = %[[S0]])
// CHECK: %[[PART:.+]] = tensor.extract_slice %[[S1]]{{.+}} to tensor<1x64x8xf32>
// CHECK: %[[NEXT:.+]] = tensornet.contract_into {{.+}} outs(%[[PART]])
// CHECK: tensor.insert_slice %[[NEXT]] into %[[S1]]
// THREADS-LABEL: func.func @sum_over_rows
// THREADS: scf.forall (%{{.+}}) in (4)
// THREADS: scf.for
func.func @sum_over_rows(%q: tensor<4x128x8xf32>, %k: tensor<4x8x64xf32>) -> tensor<4x64x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<4x128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<4x128x64xf32>) -> tensor<4x128x64xf32>
  %s = tensornet.contract_into %q[b, i, k], %k[b, k, j] -> [b, i, j] outs(%sz)
    : (tensor<4x128x8xf32>, tensor<4x8x64xf32>, tensor<4x128x64xf32>) -> tensor<4x128x64xf32>
  %oe = tensor.empty() : tensor<4x64x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<4x64x8xf32>) -> tensor<4x64x8xf32>
  %o = tensornet.contract_into %s[b, i, j], %q[b, i, k] -> [b, j, k] outs(%oz)
    : (tensor<4x128x64xf32>, tensor<4x128x8xf32>, tensor<4x64x8xf32>) -> tensor<4x64x8xf32>
  return %o : tensor<4x64x8xf32>
}

// The last block of an uneven extent is smaller; the body asks for row numbers.
// CHECK-LABEL: func.func @uneven
// CHECK: scf.for %[[I:.+]] =
// CHECK: tensor<24x64xf32>
// CHECK: linalg.index 0
// CHECK: affine.apply #{{.+}}
// CHECK: scf.yield
// CHECK: tensor<2x64xf32>
// CHECK: return
func.func @uneven(%q: tensor<98x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>) -> tensor<98x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<98x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<98x64xf32>) -> tensor<98x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<98x8xf32>, tensor<8x64xf32>, tensor<98x64xf32>) -> tensor<98x64xf32>
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<98x64xf32>) outs(%s : tensor<98x64xf32>) {
  ^bb0(%x: f32, %out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %below = arith.cmpi sge, %i, %j : index
    %y = arith.select %below, %x, %zero : f32
    linalg.yield %y : f32
  } -> tensor<98x64xf32>
  %oe = tensor.empty() : tensor<98x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<98x8xf32>) -> tensor<98x8xf32>
  %o = tensornet.contract_into %p[i, j], %v[j, k] -> [i, k] outs(%oz)
    : (tensor<98x64xf32>, tensor<64x8xf32>, tensor<98x8xf32>) -> tensor<98x8xf32>
  return %o : tensor<98x8xf32>
}

// Two layers of a network: each block of rows would read both matrices again.
// CHECK-LABEL: func.func @large_matrices
// CHECK-NOT: scf.for
// CHECK: return
func.func @large_matrices(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>, %u: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %he = tensor.empty() : tensor<64x64xf32>
  %hz = linalg.fill ins(%zero : f32) outs(%he : tensor<64x64xf32>) -> tensor<64x64xf32>
  %h = tensornet.contract_into %x[i, k], %w[k, j] -> [i, j] outs(%hz)
    : (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %oe = tensor.empty() : tensor<64x64xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<64x64xf32>) -> tensor<64x64xf32>
  %o = tensornet.contract_into %h[i, j], %u[j, k] -> [i, k] outs(%oz)
    : (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %o : tensor<64x64xf32>
}

// What fits a cache anyway gains nothing.
// CHECK-LABEL: func.func @small
// CHECK-NOT: scf.for
// CHECK: return
func.func @small(%q: tensor<16x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>) -> tensor<16x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<16x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<16x64xf32>) -> tensor<16x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<16x8xf32>, tensor<8x64xf32>, tensor<16x64xf32>) -> tensor<16x64xf32>
  %oe = tensor.empty() : tensor<16x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<16x8xf32>) -> tensor<16x8xf32>
  %o = tensornet.contract_into %s[i, j], %v[j, k] -> [i, k] outs(%oz)
    : (tensor<16x64xf32>, tensor<64x8xf32>, tensor<16x8xf32>) -> tensor<16x8xf32>
  return %o : tensor<16x8xf32>
}

// Sizes that only the run knows have no cost.
// CHECK-LABEL: func.func @dynamic
// CHECK-NOT: scf.for
// CHECK: return
func.func @dynamic(%q: tensor<?x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>, %se: tensor<?x64xf32>, %oe: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%se)
    : (tensor<?x8xf32>, tensor<8x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %o = tensornet.contract_into %s[i, j], %v[j, k] -> [i, k] outs(%oe)
    : (tensor<?x64xf32>, tensor<64x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %o : tensor<?x8xf32>
}

// The mean over columns needs every row first: no block of rows can go on.
// CHECK-LABEL: func.func @needs_all_rows
// CHECK-NOT: scf.for
// CHECK: return
func.func @needs_all_rows(%q: tensor<128x8xf32>, %k: tensor<8x64xf32>) -> tensor<128x64xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<128x8xf32>, tensor<8x64xf32>, tensor<128x64xf32>) -> tensor<128x64xf32>
  %me = tensor.empty() : tensor<f32>
  %mz = linalg.fill ins(%zero : f32) outs(%me : tensor<f32>) -> tensor<f32>
  %m = linalg.generic {indexing_maps = [#all, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
    ins(%s : tensor<128x64xf32>) outs(%mz : tensor<f32>) {
  ^bb0(%x: f32, %out: f32):
    %y = arith.addf %out, %x : f32
    linalg.yield %y : f32
  } -> tensor<f32>
  %p = linalg.generic {indexing_maps = [#all, affine_map<(i, j) -> ()>, #all], iterator_types = ["parallel", "parallel"]}
    ins(%s, %m : tensor<128x64xf32>, tensor<f32>) outs(%s : tensor<128x64xf32>) {
  ^bb0(%x: f32, %n: f32, %out: f32):
    %y = arith.subf %x, %n : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  return %p : tensor<128x64xf32>
}

// Where rows make blocks enough, threads share these out, head after head, and
// have in common what all rows of a head read.
// THREADS-LABEL: func.func @heads
// THREADS: scf.for %[[H:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args
// THREADS: scf.forall (%[[I:.+]]) = (0) to (256) step
// THREADS: tensor.extract_slice %{{.+}}[%[[H]], %[[I]], 0] [1, {{[0-9]+}}, 8]
// THREADS: tensor.parallel_insert_slice %{{.+}} into %{{.+}}[%[[H]], %[[I]], 0]
func.func @heads(%q: tensor<4x256x8xf32>, %k: tensor<4x8x64xf32>, %v: tensor<4x64x8xf32>) -> tensor<4x256x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<4x256x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<4x256x64xf32>) -> tensor<4x256x64xf32>
  %s = tensornet.contract_into %q[b, i, k], %k[b, k, j] -> [b, i, j] outs(%sz)
    : (tensor<4x256x8xf32>, tensor<4x8x64xf32>, tensor<4x256x64xf32>) -> tensor<4x256x64xf32>
  %oe = tensor.empty() : tensor<4x256x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<4x256x8xf32>) -> tensor<4x256x8xf32>
  %o = tensornet.contract_into %s[b, i, j], %v[b, j, k] -> [b, i, k] outs(%oz)
    : (tensor<4x256x64xf32>, tensor<4x64x8xf32>, tensor<4x256x8xf32>) -> tensor<4x256x8xf32>
  return %o : tensor<4x256x8xf32>
}

// A sum of everything would have the blocks come one after the other.
// CHECK-LABEL: func.func @total
// CHECK: %[[O:.+]] = scf.for
// CHECK-COUNT-2: tensornet.contract_into
// CHECK: linalg.generic {{.+}} iterator_types = ["reduction", "reduction"]} ins(%[[O]]
// THREADS-LABEL: func.func @total
// THREADS: scf.forall
// THREADS: linalg.generic {{.+}} iterator_types = ["reduction", "reduction"]}
func.func @total(%q: tensor<128x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>) -> (tensor<128x8xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<128x8xf32>, tensor<8x64xf32>, tensor<128x64xf32>) -> tensor<128x64xf32>
  %oe = tensor.empty() : tensor<128x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<128x8xf32>) -> tensor<128x8xf32>
  %o = tensornet.contract_into %s[i, j], %v[j, k] -> [i, k] outs(%oz)
    : (tensor<128x64xf32>, tensor<64x8xf32>, tensor<128x8xf32>) -> tensor<128x8xf32>
  %te = tensor.empty() : tensor<f32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<f32>) -> tensor<f32>
  %t = linalg.generic {indexing_maps = [#all, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
    ins(%o : tensor<128x8xf32>) outs(%tz : tensor<f32>) {
  ^bb0(%x: f32, %out: f32):
    %y = arith.addf %out, %x : f32
    linalg.yield %y : f32
  } -> tensor<f32>
  return %o, %t : tensor<128x8xf32>, tensor<f32>
}

// A sum that has nothing of the blocked rows goes on in place.
// CHECK-LABEL: func.func @weights
// CHECK: scf.for {{.+}} iter_args(%[[SUM:.+]] = %{{.+}}) -> (tensor<8x64xf32>)
// CHECK: tensornet.contract_into
// CHECK: %[[NEXT:.+]] = tensornet.contract_into {{.+}} outs(%[[SUM]])
// CHECK-NOT: insert_slice
// CHECK: scf.yield %[[NEXT]]
func.func @weights(%q: tensor<112x8xf32>, %k: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<112x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<112x64xf32>) -> tensor<112x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<112x8xf32>, tensor<8x64xf32>, tensor<112x64xf32>) -> tensor<112x64xf32>
  %ge = tensor.empty() : tensor<8x64xf32>
  %gz = linalg.fill ins(%zero : f32) outs(%ge : tensor<8x64xf32>) -> tensor<8x64xf32>
  %g = tensornet.contract_into %q[i, k], %s[i, j] -> [k, j] outs(%gz)
    : (tensor<112x8xf32>, tensor<112x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  return %g : tensor<8x64xf32>
}

// Each block has all columns of the matrix between: what sums over them starts
// and ends in one block.
// CHECK-LABEL: func.func @chain
// CHECK-NOT: linalg.fill
// CHECK: %[[OUT:.+]] = tensor.empty() : tensor<128x8xf32>
// CHECK-NOT: linalg.fill
// CHECK: scf.for {{.+}} iter_args(%{{.+}} = %[[OUT]])
// CHECK: math.exp
// CHECK: linalg.fill {{.+}} tensor<32x8xf32>
func.func @chain(%q: tensor<128x8xf32>, %k: tensor<8x64xf32>, %v: tensor<64x8xf32>) -> tensor<128x8xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<128x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<128x64xf32>) -> tensor<128x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<128x8xf32>, tensor<8x64xf32>, tensor<128x64xf32>) -> tensor<128x64xf32>
  %e = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<128x64xf32>) outs(%s : tensor<128x64xf32>) {
  ^bb0(%x: f32, %out: f32):
    %y = math.exp %x : f32
    linalg.yield %y : f32
  } -> tensor<128x64xf32>
  %oe = tensor.empty() : tensor<128x8xf32>
  %oz = linalg.fill ins(%zero : f32) outs(%oe : tensor<128x8xf32>) -> tensor<128x8xf32>
  %o = tensornet.contract_into %e[i, j], %v[j, k] -> [i, k] outs(%oz)
    : (tensor<128x64xf32>, tensor<64x8xf32>, tensor<128x8xf32>) -> tensor<128x8xf32>
  return %o : tensor<128x8xf32>
}

// Where nothing but sums would be left to threads, each block leaves its own;
// they are added at the end, by one thread, too.
// CHECK-LABEL: func.func @sums_of_blocks
// CHECK-DAG: %[[PIECES:.+]] = tensor.empty() : tensor<8x8x64xf32>
// CHECK-DAG: %[[ZEROS:.+]] = linalg.fill {{.+}} -> tensor<8x64xf32>
// CHECK: %[[SUMS:.+]] = scf.for %[[I:.+]] = {{.+}} iter_args(%[[ALL:.+]] = %[[PIECES]])
// CHECK: %[[NUMBER:.+]] = arith.divui %[[I]], %{{.+}}
// CHECK: %[[PIECE:.+]] = tensor.extract_slice %[[ALL]][%[[NUMBER]], 0, 0] [1, 8, 64]
// CHECK: %[[START:.+]] = linalg.fill {{.+}} outs(%[[PIECE]]
// CHECK: %[[SUM:.+]] = tensornet.contract_into {{.+}} outs(%[[START]])
// CHECK: tensor.insert_slice %[[SUM]] into %[[ALL]][%[[NUMBER]], 0, 0] [1, 8, 64]
// CHECK: linalg.generic {{.+}} ["reduction", "parallel", "parallel"]} ins(%[[SUMS]] : {{.+}}) outs(%[[ZEROS]]
// THREADS-LABEL: func.func @sums_of_blocks
// THREADS: scf.forall (%[[I:.+]]) = (0) to (256) step (32) shared_outs(%{{.+}} = %{{.+}}) -> (tensor<8x8x64xf32>)
// THREADS: %[[NUMBER:.+]] = arith.divui %[[I]], %{{.+}}
// THREADS: tensor.parallel_insert_slice {{.+}}[%[[NUMBER]], 0, 0] [1, 8, 64]
func.func @sums_of_blocks(%q: tensor<256x8xf32>, %k: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<256x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<256x64xf32>) -> tensor<256x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<256x8xf32>, tensor<8x64xf32>, tensor<256x64xf32>) -> tensor<256x64xf32>
  %ge = tensor.empty() : tensor<8x64xf32>
  %gz = linalg.fill ins(%zero : f32) outs(%ge : tensor<8x64xf32>) -> tensor<8x64xf32>
  %g = tensornet.contract_into %q[i, k], %s[i, j] -> [k, j] outs(%gz)
    : (tensor<256x8xf32>, tensor<256x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  return %g : tensor<8x64xf32>
}

// Each of 16 parts adds up its blocks, of two rows of `a` and two halves of `b`,
// in sums of its own.
// CHECK-LABEL: func.func @sums_of_parts
// CHECK-DAG: %[[PIECES:.+]] = tensor.empty() : tensor<16x8x64xf32>
// CHECK-DAG: %[[ZEROS:.+]] = linalg.fill {{.+}} -> tensor<8x64xf32>
// CHECK: %[[SUMS:.+]] = scf.for %[[I:.+]] = %{{.+}} to %c32{{.*}} step %c2{{.*}} iter_args(%[[ALL:.+]] = %[[PIECES]])
// CHECK: %[[START:.+]] = linalg.fill {{.+}} -> tensor<8x64xf32>
// CHECK: %[[PART:.+]] = scf.for %[[A:.+]] = %{{.+}} iter_args(%[[OUTER:.+]] = %[[START]]) -> (tensor<8x64xf32>)
// CHECK: %[[ROW:.+]] = affine.apply #{{.+}}(%[[I]], %[[A]])
// CHECK: scf.for %[[B:.+]] = %{{.+}} iter_args(%[[INNER:.+]] = %[[OUTER]]) -> (tensor<8x64xf32>)
// CHECK: tensor.extract_slice %{{.+}}[%[[ROW]], %[[B]], 0] [1, 32, 8]
// CHECK: %[[SUM:.+]] = tensornet.contract_into {{.+}} outs(%[[INNER]])
// CHECK: scf.yield %[[SUM]]
// CHECK: tensor.insert_slice %[[PART]] into %[[ALL]]
// CHECK: linalg.generic {{.+}} ["reduction", "parallel", "parallel"]} ins(%[[SUMS]] : {{.+}}) outs(%[[ZEROS]]
// THREADS-LABEL: func.func @sums_of_parts
// THREADS: scf.forall (%[[I:.+]]) = (0) to (32) step (2)
// THREADS: linalg.fill
// THREADS: scf.for
// THREADS: scf.for
// THREADS: tensor.parallel_insert_slice
func.func @sums_of_parts(%q: tensor<32x64x8xf32>, %k: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<32x64x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<32x64x64xf32>) -> tensor<32x64x64xf32>
  %s = tensornet.contract_into %q[a, b, k], %k[k, j] -> [a, b, j] outs(%sz)
    : (tensor<32x64x8xf32>, tensor<8x64xf32>, tensor<32x64x64xf32>) -> tensor<32x64x64xf32>
  %ge = tensor.empty() : tensor<8x64xf32>
  %gz = linalg.fill ins(%zero : f32) outs(%ge : tensor<8x64xf32>) -> tensor<8x64xf32>
  %g = tensornet.contract_into %q[a, b, k], %s[a, b, j] -> [k, j] outs(%gz)
    : (tensor<32x64x8xf32>, tensor<32x64x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  return %g : tensor<8x64xf32>
}

// A sum that goes on from what there is has no pieces.
// CHECK-LABEL: func.func @goes_on
// CHECK-SAME: %[[G:[^ ]+]]: tensor<8x64xf32>)
// CHECK: scf.for {{.+}} iter_args(%{{.+}} = %[[G]])
func.func @goes_on(%q: tensor<256x8xf32>, %k: tensor<8x64xf32>, %g: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant 0.0 : f32
  %se = tensor.empty() : tensor<256x64xf32>
  %sz = linalg.fill ins(%zero : f32) outs(%se : tensor<256x64xf32>) -> tensor<256x64xf32>
  %s = tensornet.contract_into %q[i, k], %k[k, j] -> [i, j] outs(%sz)
    : (tensor<256x8xf32>, tensor<8x64xf32>, tensor<256x64xf32>) -> tensor<256x64xf32>
  %h = tensornet.contract_into %q[i, k], %s[i, j] -> [k, j] outs(%g)
    : (tensor<256x8xf32>, tensor<256x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  return %h : tensor<8x64xf32>
}
