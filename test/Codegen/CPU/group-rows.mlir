// RUN: tn-opt %s --tensornet-group-rows=vector-width=512 | FileCheck %s
// RUN: tn-opt %s --tensornet-group-rows=vector-width=512 --tensornet-vector-loops=vector-width=512 \
// RUN:   | FileCheck %s --check-prefix=LOOPS
// RUN: tn-opt %s --tensornet-group-rows=vector-width=512 --tensornet-outline-kernels \
// RUN:   | FileCheck %s --check-prefix=OUTLINED

#i = affine_map<(i, j) -> (i)>
#ij = affine_map<(i, j) -> (i, j)>
#j = affine_map<(i, j) -> (j)>
#ji = affine_map<(i, j) -> (j, i)>
#v = affine_map<(i) -> (i)>

// The fill that a sum starts from comes along; the op between stays behind.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[S:.+]] = memref.alloc() : memref<64xf32>
// CHECK: linalg.generic {{.*}}attrs = {tensornet.rows = array<i64: 0, 1>}
// CHECK: math.exp
// CHECK-NEXT: linalg.yield
// CHECK: linalg.generic {{.*}}attrs = {tensornet.rows = array<i64: 0, 1>}
// CHECK: linalg.generic {{.*}}attrs = {tensornet.rows = array<i64: 0, 1>}
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}}attrs = {tensornet.rows = array<i64: 0, 1>}
// CHECK: arith.divf
// CHECK: tensornet.contract_into
// CHECK: memref.dealloc

// Rows share one loop over blocks.
// LOOPS-LABEL: func.func @softmax
// LOOPS: memref.alloca() {alignment = 64 : i64} : memref<64xf32>
// LOOPS: scf.for
// LOOPS: math.exp {{.*}} : vector<16xf32>
// LOOPS: vector.store
// LOOPS: vector.reduction <add>
// LOOPS: arith.divf {{.*}} : vector<16xf32>
// LOOPS-NOT: linalg.generic

// And one function, with the memory that only the group needs.
// OUTLINED-LABEL: func.func @softmax
// OUTLINED-NOT: memref.alloc
// OUTLINED: call @tensornet_kernel
// OUTLINED-LABEL: func.func private @tensornet_kernel
// OUTLINED: memref.alloc
// OUTLINED-COUNT-4: attrs = {tensornet.rows = array<i64: 0, 1>}
func.func @softmax(%x: memref<64x640xf32>, %a: memref<8x8xf32>, %b: memref<8x8xf32>, %y: memref<64x640xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<64x640xf32>) outs(%y : memref<64x640xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  tensornet.contract_into %a[i, j], %a[j, k] -> [i, k] outs(%b)
    : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  %s = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<64xf32>)
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%y : memref<64x640xf32>) outs(%s : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : memref<64xf32>) outs(%y : memref<64x640xf32>) {
  ^bb0(%in: f32, %out: f32):
    %q = arith.divf %out, %in : f32
    linalg.yield %q : f32
  }
  memref.dealloc %s : memref<64xf32>
  return
}

// Another row of what the first op writes.
// CHECK-LABEL: func.func @keeps_transposed_use
// CHECK-NOT: tensornet.rows
func.func @keeps_transposed_use(%x: memref<64x64xf32>, %y: memref<64x64xf32>, %z: memref<64x64xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<64x64xf32>) outs(%y : memref<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  linalg.generic {indexing_maps = [#ij, #ji, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x, %y : memref<64x64xf32>, memref<64x64xf32>) outs(%z : memref<64x64xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %e = arith.addf %in, %in2 : f32
    linalg.yield %e : f32
  }
  return
}

// The sum of columns needs all rows.
// CHECK-LABEL: func.func @keeps_column_sum
// CHECK-NOT: tensornet.rows
func.func @keeps_column_sum(%x: memref<64x64xf32>, %s: memref<64xf32>) {
  linalg.generic {indexing_maps = [#ji, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<64x64xf32>) outs(%s : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#j, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : memref<64xf32>) outs(%x : memref<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %q = arith.divf %out, %in : f32
    linalg.yield %q : f32
  }
  return
}

// What stands between writes what the second op reads.
// CHECK-LABEL: func.func @keeps_order
// CHECK-NOT: tensornet.rows
func.func @keeps_order(%x: memref<64x64xf32>, %y: memref<64x64xf32>, %z: memref<64x64xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<64x64xf32>) outs(%y : memref<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  memref.copy %y, %x : memref<64x64xf32> to memref<64x64xf32>
  linalg.generic {indexing_maps = [#ij, #ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x, %y : memref<64x64xf32>, memref<64x64xf32>) outs(%z : memref<64x64xf32>) {
  ^bb0(%in: f32, %in2: f32, %out: f32):
    %e = arith.addf %in, %in2 : f32
    linalg.yield %e : f32
  }
  return
}

// Two views of one buffer may have rows in common.
// CHECK-LABEL: func.func @keeps_views
// CHECK-NOT: tensornet.rows
func.func @keeps_views(%x: memref<65xf32>, %y: memref<64xf32>) {
  %a = memref.subview %x[0] [64] [1] : memref<65xf32> to memref<64xf32, strided<[1]>>
  %b = memref.subview %x[1] [64] [1] : memref<65xf32> to memref<64xf32, strided<[1], offset: 1>>
  linalg.generic {indexing_maps = [#v, #v], iterator_types = ["parallel"]}
    ins(%y : memref<64xf32>) outs(%a : memref<64xf32, strided<[1]>>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  linalg.generic {indexing_maps = [#v, #v], iterator_types = ["parallel"]}
    ins(%b : memref<64xf32, strided<[1], offset: 1>>) outs(%y : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  return
}

// A sum over rows starts before the first block.
// CHECK-LABEL: func.func @sum_over_rows
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}attrs = {tensornet.rows = array<i64: [[ID:[0-9]+]], 1>}
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]{{.*}}attrs = {tensornet.rows = array<i64: [[ID]], 1>}

// Each piece of rows has a sum of its own.
// LOOPS-LABEL: func.func @sum_over_rows
// LOOPS: memref.alloca() {alignment = 64 : i64} : memref<10240xf32>
// LOOPS: scf.for
// LOOPS: scf.for
// LOOPS: math.exp
// LOOPS-NOT: linalg.generic
// LOOPS: return
func.func @sum_over_rows(%x: memref<512x640xf32>, %y: memref<512x640xf32>, %s: memref<640xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<512x640xf32>) outs(%y : memref<512x640xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  linalg.fill ins(%zero : f32) outs(%s : memref<640xf32>)
  linalg.generic {indexing_maps = [#ij, #j], iterator_types = ["reduction", "parallel"]}
    ins(%y : memref<512x640xf32>) outs(%s : memref<640xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  return
}

// Rows of few vectors stay in registers, four at a time, and are stored once.
// LOOPS-LABEL: func.func @short_rows
// LOOPS-NOT: memref.alloca
// LOOPS: scf.for
// LOOPS-SAME: step %c4
// LOOPS: vector.load
// LOOPS: vector.maskedload
// LOOPS-COUNT-8: math.exp
// LOOPS-NOT: store
// LOOPS-COUNT-6: vector.shuffle
// LOOPS-NOT: vector.reduction
// LOOPS-COUNT-8: arith.divf {{.*}} : vector<16xf32>
// LOOPS-COUNT-4: vector.maskedstore
// LOOPS-NOT: store
// LOOPS: return
func.func @short_rows(%x: memref<64x24xf32>, %y: memref<64x24xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<64x24xf32>) outs(%y : memref<64x24xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  %s = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<64xf32>)
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%y : memref<64x24xf32>) outs(%s : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : memref<64xf32>) outs(%y : memref<64x24xf32>) {
  ^bb0(%in: f32, %out: f32):
    %q = arith.divf %out, %in : f32
    linalg.yield %q : f32
  }
  memref.dealloc %s : memref<64xf32>
  return
}

// Four rows at a time: their sums are found together, and one test takes all of them as divisors.
// LOOPS-LABEL: func.func @short_quotients
// LOOPS: scf.for
// LOOPS-SAME: step %c4
// LOOPS-COUNT-6: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// LOOPS-NOT: vector.reduction <add>
// LOOPS: %[[ARE:.+]] = vector.reduction <and>, %{{.+}} : vector<4xi1>
// LOOPS: scf.if %[[ARE]]
// LOOPS: arith.divf {{.*}} : vector<4xf32>
// LOOPS-COUNT-32: math.fma
// LOOPS: else
// LOOPS-COUNT-16: arith.divf {{.*}} : vector<16xf32>
// LOOPS: return
func.func @short_quotients(%x: memref<64x64xf32>, %y: memref<64x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<64xf32>)
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<64x64xf32>) outs(%s : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x, %s : memref<64x64xf32>, memref<64xf32>) outs(%y : memref<64x64xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %q = arith.divf %in, %sum : f32
    linalg.yield %q : f32
  }
  memref.dealloc %s : memref<64xf32>
  return
}

// The last op that reads rows of a tensor asks for those of the next block, the one before it for what
// it is about to write.
// LOOPS-LABEL: func.func @reads_ahead
// LOOPS-NOT: , read, locality
// LOOPS: memref.prefetch %[[Y:.+]][%[[AT:.+]]], write, locality<3>, data : memref<262144xf32>
// LOOPS-NEXT: vector.load %{{.+}}[%[[AT]]]
// LOOPS-NOT: , read, locality
// LOOPS: vector.reduction <add>
// LOOPS-NOT: , write, locality
// LOOPS: %[[NEXT:.+]] = arith.addi %{{.*}}, %c{{[0-9]+}}
// LOOPS-NEXT: memref.prefetch %{{.*}}[%[[NEXT]]], read, locality<3>, data : memref<262144xf32>
// LOOPS-NEXT: vector.load
// LOOPS-COUNT-3: memref.prefetch
// LOOPS-NOT: memref.prefetch
// LOOPS: math.exp
// LOOPS-NOT: memref.prefetch
// LOOPS: vector.store %{{.+}}, %[[Y]][
// LOOPS: return
func.func @reads_ahead(%x: memref<256x1024xf32>, %s: memref<256xf32>, %y: memref<256x1024xf32>) {
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<256x1024xf32>) outs(%s : memref<256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x, %s : memref<256x1024xf32>, memref<256xf32>) outs(%y : memref<256x1024xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %e = math.exp %in : f32
    %q = arith.mulf %e, %sum : f32
    linalg.yield %q : f32
  }
  return
}

// NaN and signs of zeros are looked for beside the largest number.
// LOOPS-LABEL: func.func @extremes
// LOOPS: scf.for
// LOOPS: arith.maximumf {{.*}} fastmath<nnan,nsz> : vector<16xf32>
// LOOPS: arith.andi {{.*}} : vector<16xi32>
// LOOPS: %[[NUMBERS:.+]] = arith.cmpf ord, %{{.*}} : vector<16xf32>
// LOOPS: arith.andi {{.*}}%[[NUMBERS]] : vector<16xi1>
// LOOPS: vector.reduction <and>, %{{.*}} : vector<16xi1> into i1
// LOOPS: vector.reduction <and>, %{{.*}} : vector<16xi1> into i1
// LOOPS: vector.reduction <maximumf>, %{{.*}} fastmath<nnan,nsz> : vector<16xf32> into f32
// LOOPS: return
func.func @extremes(%x: memref<64x512xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<64x512xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.maximumf %out, %in : f32
    linalg.yield %t : f32
  }
  return
}

// Neither is looked for where nothing depends on it (--tensornet-bound-exponentials).
// LOOPS-LABEL: func.func @extremes_of_numbers
// LOOPS: scf.for
// LOOPS: %[[BEYOND:.+]] = arith.cmpf ogt, %[[NEXT:.+]], %[[KNOWN:.+]] : vector<16xf32>
// LOOPS: arith.select %[[BEYOND]], %[[NEXT]], %[[KNOWN]] : vector<16xi1>, vector<16xf32>
// LOOPS-NOT: arith.andi
// LOOPS: vector.reduction <maximumf>, %{{.*}} fastmath<nnan,nsz> : vector<16xf32> into f32
// LOOPS-NOT: arith.select
// LOOPS: return
func.func @extremes_of_numbers(%x: memref<64x512xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<64x512xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.maximumf %out, %in {tensornet.ignores_nan} : f32
    linalg.yield %t : f32
  }
  return
}

// What no cache keeps is stored past them, once; the row before lies elsewhere.
// LOOPS-LABEL: func.func @streamed_rows
// LOOPS: memref.extract_aligned_pointer_as_index
// LOOPS: scf.if
// LOOPS: } else {
// LOOPS: %[[ROW:.+]] = memref.alloca() {{.*}} : memref<{{[0-9]+}}xf32>
// LOOPS: vector.store {{.*}}, %[[ROW]]
// LOOPS: arith.divf {{.*}} : vector<1xf32>
// LOOPS: vector.load %[[ROW]]
// LOOPS: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
func.func @streamed_rows(%x: memref<1024x1088xf32>, %y: memref<1024x1088xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<1024x1088xf32>) outs(%y : memref<1024x1088xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  %s = memref.alloc() : memref<1024xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<1024xf32>)
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%y : memref<1024x1088xf32>) outs(%s : memref<1024xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%y, %s : memref<1024x1088xf32>, memref<1024xf32>) outs(%y : memref<1024x1088xf32>) {
  ^bb0(%e: f32, %in: f32, %out: f32):
    %q = arith.divf %e, %in : f32
    linalg.yield %q : f32
  }
  memref.dealloc %s : memref<1024xf32>
  return
}

// So it is where the last op replaces what it reads.
// LOOPS-LABEL: func.func @streamed_rows_in_place
// LOOPS: memref.extract_aligned_pointer_as_index
// LOOPS: scf.if
// LOOPS: } else {
// LOOPS: %[[ROW:.+]] = memref.alloca() {{.*}} : memref<{{[0-9]+}}xf32>
// LOOPS: vector.store {{.*}}, %[[ROW]]
// LOOPS: arith.divf {{.*}} : vector<1xf32>
// LOOPS: vector.load %[[ROW]]
// LOOPS: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
func.func @streamed_rows_in_place(%x: memref<1024x1088xf32>, %y: memref<1024x1088xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<1024x1088xf32>) outs(%y : memref<1024x1088xf32>) {
  ^bb0(%in: f32, %out: f32):
    %e = math.exp %in : f32
    linalg.yield %e : f32
  }
  %s = memref.alloc() : memref<1024xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<1024xf32>)
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%y : memref<1024x1088xf32>) outs(%s : memref<1024xf32>) {
  ^bb0(%in: f32, %out: f32):
    %t = arith.addf %out, %in fastmath<reassoc> : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%s : memref<1024xf32>) outs(%y : memref<1024x1088xf32>) {
  ^bb0(%in: f32, %out: f32):
    %q = arith.divf %out, %in : f32
    linalg.yield %q : f32
  }
  memref.dealloc %s : memref<1024xf32>
  return
}
