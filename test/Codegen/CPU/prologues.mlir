// RUN: tn-opt %s -split-input-file --tensornet-place-prologues=vector-width=512 | FileCheck %s --check-prefix=PLACE
// RUN: tn-opt %s -split-input-file --tensornet-outline-kernels --tensornet-cpu-kernels=vector-width=512 | FileCheck %s

#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The elementwise op moves behind the other one, with memory of its own.
// PLACE-LABEL: func.func @place
// PLACE: math.sin
// PLACE: %[[OWN:.+]] = tensor.empty() : tensor<512x512xf32>
// PLACE-NEXT: %[[P:.+]] = linalg.generic {{.+}} outs(%[[OWN]] : tensor<512x512xf32>) attrs = {tensornet.prologue}
// PLACE: linalg.fill
// PLACE-NEXT: tensornet.contract_into %[[P]][
func.func @place(%x: tensor<512x512xf32>, %y: tensor<512x512xf32>, %b: tensor<512x512xf32>) -> (tensor<512x512xf32>, tensor<512x512xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<512x512xf32>
  %p = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x, %y : tensor<512x512xf32>, tensor<512x512xf32>) outs(%e : tensor<512x512xf32>) {
  ^bb0(%in: f32, %more: f32, %out: f32):
    %s = arith.mulf %in, %more : f32
    linalg.yield %s : f32
  } -> tensor<512x512xf32>
  %q = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<512x512xf32>) outs(%e : tensor<512x512xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = math.sin %in : f32
    linalg.yield %s : f32
  } -> tensor<512x512xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
  %c = tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%z)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  return %c, %q : tensor<512x512xf32>, tensor<512x512xf32>
}

// Two contractions that pack it each compute what is cheap.
// PLACE-LABEL: func.func @twice
// PLACE: linalg.generic {{.+}} attrs = {tensornet.prologue}
// PLACE: tensornet.contract_into
// PLACE: linalg.generic {{.+}} attrs = {tensornet.prologue}
// PLACE: tensornet.contract_into
func.func @twice(%x: tensor<512x512xf32>, %b: tensor<512x512xf32>, %d: tensor<512x512xf32>, %e: tensor<512x512xf32>) -> (tensor<512x512xf32>, tensor<512x512xf32>) {
  %m = tensor.empty() : tensor<512x512xf32>
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<512x512xf32>) outs(%m : tensor<512x512xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  } -> tensor<512x512xf32>
  %c = tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%d)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  %r = tensornet.contract_into %p[k, i], %b[k, j] -> [i, j] outs(%e)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  return %c, %r : tensor<512x512xf32>, tensor<512x512xf32>
}

// An exponential is computed once.
// PLACE-LABEL: func.func @expensive_twice
// PLACE-NOT: tensornet.prologue
func.func @expensive_twice(%x: tensor<512x512xf32>, %b: tensor<512x512xf32>, %d: tensor<512x512xf32>, %e: tensor<512x512xf32>) -> (tensor<512x512xf32>, tensor<512x512xf32>) {
  %m = tensor.empty() : tensor<512x512xf32>
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<512x512xf32>) outs(%m : tensor<512x512xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = math.exp %in : f32
    linalg.yield %s : f32
  } -> tensor<512x512xf32>
  %c = tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%d)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  %r = tensornet.contract_into %p[k, i], %b[k, j] -> [i, j] outs(%e)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  return %c, %r : tensor<512x512xf32>, tensor<512x512xf32>
}

// A small operand is read in place.
// PLACE-LABEL: func.func @in_place
// PLACE-NOT: tensornet.prologue
func.func @in_place(%x: tensor<32x32xf32>, %b: tensor<32x32xf32>, %d: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %m = tensor.empty() : tensor<32x32xf32>
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<32x32xf32>) outs(%m : tensor<32x32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  } -> tensor<32x32xf32>
  %c = tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%d)
    : (tensor<32x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %c : tensor<32x32xf32>
}

// The sum goes on in the memory that the elementwise op reads.
// PLACE-LABEL: func.func @overwritten
// PLACE-NOT: tensornet.prologue
func.func @overwritten(%x: tensor<512x512xf32>, %b: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %m = tensor.empty() : tensor<512x512xf32>
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<512x512xf32>) outs(%m : tensor<512x512xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  } -> tensor<512x512xf32>
  %c = tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%x)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  return %c : tensor<512x512xf32>
}

// The product finishes its own result; that the next one packs it saves no more.
// PLACE-LABEL: func.func @finished
// PLACE-NOT: tensornet.prologue
func.func @finished(%x: tensor<512x512xf32>, %b: tensor<512x512xf32>, %d: tensor<512x512xf32>, %e: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %c = tensornet.contract_into %x[i, k], %b[k, j] -> [i, j] outs(%d)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  %p = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%c : tensor<512x512xf32>) outs(%c : tensor<512x512xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  } -> tensor<512x512xf32>
  %r = tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%e)
    : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  return %r : tensor<512x512xf32>
}

// -----

// PLACE-LABEL: func.func @exponentials

#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// Vectors of the operands are loaded, one number for a whole row is not; what
// they make goes into the tiles, lanes past the end as zeros.
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK-NOT: linalg.generic
// CHECK: tensornet.kernel = "{{.*}}computes b
// CHECK: vector.maskedload
// CHECK: memref.load
// CHECK: vector.broadcast
// CHECK: math.exp {{.+}} : vector<16xf32>
// CHECK: arith.select
// CHECK: vector.store
// CHECK: vector.fma
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @exponentials(%x: memref<500x500xf32>, %max: memref<500xf32>, %a: memref<500x500xf32>, %c: memref<500x500xf32>) {
  %p = memref.alloc() : memref<500x500xf32>
  linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x, %max : memref<500x500xf32>, memref<500xf32>) outs(%p : memref<500x500xf32>) attrs = {tensornet.prologue} {
  ^bb0(%in: f32, %most: f32, %out: f32):
    %s = arith.subf %in, %most : f32
    %r = math.exp %s : f32
    linalg.yield %r : f32
  }
  tensornet.contract_into %a[i, k], %p[k, j] -> [i, j] outs(%c)
    : (memref<500x500xf32>, memref<500x500xf32>, memref<500x500xf32>) -> ()
  memref.dealloc %p : memref<500x500xf32>
  return
}

// -----

#all = affine_map<(i, j) -> (i, j)>

// Rows that are runs along the sum would be read in place; those that packing
// computes are packed.
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK-NOT: linalg.generic
// CHECK: tensornet.kernel = "{{.*}}pack a, {{.*}}computes a
// CHECK: arith.maximumf {{.+}} : vector<16xf32>
func.func @rectified_rows(%x: memref<500x500xf32>, %b: memref<500x500xf32>, %c: memref<500x500xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<500x500xf32>
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<500x500xf32>) outs(%p : memref<500x500xf32>) attrs = {tensornet.prologue} {
  ^bb0(%in: f32, %out: f32):
    %r = arith.maximumf %in, %zero : f32
    linalg.yield %r : f32
  }
  tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<500x500xf32>, memref<500x500xf32>, memref<500x500xf32>) -> ()
  memref.dealloc %p : memref<500x500xf32>
  return
}

// -----

#all = affine_map<(i, j) -> (i, j)>

// Numbers are rounded to the type that was asked for before they are widened.
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK: %[[NARROW:.+]] = arith.truncf {{.+}} vector<16xf32> to vector<16xf16>
// CHECK: arith.extf {{.+}} : vector<16xf16> to vector<16xf32>
func.func @narrow(%x: memref<512x512xf32>, %b: memref<512x512xf16>, %c: memref<512x512xf32>) {
  %p = memref.alloc() : memref<512x512xf16>
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<512x512xf32>) outs(%p : memref<512x512xf16>) attrs = {tensornet.prologue} {
  ^bb0(%in: f32, %out: f16):
    %s = arith.truncf %in : f32 to f16
    linalg.yield %s : f16
  }
  tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<512x512xf16>, memref<512x512xf16>, memref<512x512xf32>) -> ()
  memref.dealloc %p : memref<512x512xf16>
  return
}

// -----

#all = affine_map<(i, j) -> (i, j)>
#transposed = affine_map<(i, j) -> (j, i)>

// An operand that lies across vectors: the op stays, in the same function.
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK: linalg.generic
// CHECK-NOT: computes
// CHECK: return
func.func @across(%x: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>) {
  %p = memref.alloc() : memref<512x512xf32>
  linalg.generic {indexing_maps = [#transposed, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<512x512xf32>) outs(%p : memref<512x512xf32>) attrs = {tensornet.prologue} {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  }
  tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  memref.dealloc %p : memref<512x512xf32>
  return
}

// -----

#all = affine_map<(i, j) -> (i, j)>

// The product is written over what the op reads: it is an op like others.
// CHECK-LABEL: func.func @over_its_operand
// CHECK: call @tensornet_kernel(
// CHECK: call @tensornet_kernel_0(
// CHECK-LABEL: func.func private @tensornet_kernel(
// CHECK: linalg.generic
// CHECK-NOT: tensornet.prologue
func.func @over_its_operand(%x: memref<512x512xf32>, %b: memref<512x512xf32>) {
  %p = memref.alloc() : memref<512x512xf32>
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<512x512xf32>) outs(%p : memref<512x512xf32>) attrs = {tensornet.prologue} {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  }
  tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%x)
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  memref.dealloc %p : memref<512x512xf32>
  return
}

// -----

#all = affine_map<(i, j) -> (i, j)>

// So is one whose result others read.
// CHECK-LABEL: func.func @read_elsewhere
// CHECK: call @tensornet_kernel(
// CHECK: call @tensornet_kernel_0(
// CHECK-NOT: tensornet.prologue
func.func @read_elsewhere(%x: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>, %y: memref<512x512xf32>) {
  %p = memref.alloc() : memref<512x512xf32>
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<512x512xf32>) outs(%p : memref<512x512xf32>) attrs = {tensornet.prologue} {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    linalg.yield %s : f32
  }
  tensornet.contract_into %p[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  memref.copy %p, %y : memref<512x512xf32> to memref<512x512xf32>
  memref.dealloc %p : memref<512x512xf32>
  return
}
