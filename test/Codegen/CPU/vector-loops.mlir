// RUN: tn-opt %s --linalg-generalize-named-ops --tensornet-vector-loops=vector-width=512 | FileCheck %s

#ij = affine_map<(i, j) -> (i, j)>
#ji = affine_map<(i, j) -> (j, i)>
#i = affine_map<(i, j) -> (i)>
#j = affine_map<(i, j) -> (j)>

// Adjacent loops become one; math on vectors; the rest of a row is masked.
// CHECK-LABEL: func.func @elementwise
// CHECK: %[[END:.+]] = arith.constant 48 : index
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[END]]
// CHECK: math.exp {{.*}} : vector<16xf32>
// CHECK: vector.store
// CHECK: vector.constant_mask [2] : vector<16xi1>
// CHECK: vector.maskedstore
// CHECK-NOT: linalg.generic
func.func @elementwise(%a: memref<5x10xf32>, %b: memref<5x10xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<5x10xf32>) outs(%b : memref<5x10xf32>) {
  ^bb0(%x: f32, %y: f32):
    %e = math.exp %x : f32
    linalg.yield %e : f32
  }
  return
}

// A row is summed in registers, in an order that LLVM has no leave to change.
// CHECK-LABEL: func.func @row_sums
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-8: arith.addf %{{[^ ]+}}, %{{[^ ]+}} : vector<16xf32>
// CHECK: vector.reduction <add>
func.func @row_sums(%a: memref<8x640xf32>, %b: memref<8xf32>) {
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%a : memref<8x640xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x fastmath<reassoc> : f32
    linalg.yield %s : f32
  }
  return
}

// Rows that are multiplied by one vector are summed several at a time, their lanes together; the
// product is rounded once, together with the sum.
// CHECK-LABEL: func.func @matrix_vector
// CHECK: scf.for {{.*}} to %c16{{.*}} step %c8
// CHECK: %[[X:.+]] = vector.load {{.*}} : memref<640xf32>
// CHECK-COUNT-8: vector.fma {{.*}}, %[[X]],
// CHECK: %[[NEXT:.+]] = vector.load {{.*}} : memref<640xf32>
// CHECK-COUNT-8: vector.fma {{.*}}, %[[NEXT]],
// CHECK: scf.yield
// CHECK-COUNT-14: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK: vector.store {{.*}} : memref<19xf32>, vector<8xf32>
// CHECK: scf.for
// CHECK-COUNT-14: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK: vector.constant_mask [3] : vector<8xi1>
// CHECK: vector.maskedstore {{.*}} : memref<19xf32>, vector<8xi1>, vector<8xf32>
// CHECK-NOT: vector.reduction
func.func @matrix_vector(%a: memref<19x640xf32>, %x: memref<640xf32>, %y: memref<19xf32>) {
  linalg.generic {indexing_maps = [#ij, #j, #i], iterator_types = ["parallel", "reduction"]}
    ins(%a, %x : memref<19x640xf32>, memref<640xf32>) outs(%y : memref<19xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// What fills the result before is added in registers, and not written.
// CHECK-LABEL: func.func @filled_matrix_vector
// CHECK-SAME: %[[N:[a-z0-9]+]]: f32
// CHECK-NOT: linalg.generic
// CHECK-NOT: load {{.*}} : memref<16xf32>
// CHECK: scf.yield
// CHECK-NOT: load {{.*}} : memref<16xf32>
// CHECK: %[[V:.+]] = vector.broadcast %[[N]] : f32 to vector<8xf32>
// CHECK: arith.addf %[[V]], %{{.+}} : vector<8xf32>
// CHECK-NEXT: vector.store {{.*}} : memref<16xf32>, vector<8xf32>
func.func @filled_matrix_vector(%n: f32, %a: memref<16x640xf32>, %x: memref<640xf32>, %y: memref<16xf32>) {
  linalg.fill ins(%n : f32) outs(%y : memref<16xf32>)
  linalg.generic {indexing_maps = [#ij, #j, #i], iterator_types = ["parallel", "reduction"]}
    ins(%a, %x : memref<16x640xf32>, memref<640xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// A product that reads what the fill wrote, as this one does, needs it.
// CHECK-LABEL: func.func @reads_filled
// CHECK: linalg.generic
// CHECK: vector.load {{.*}} : memref<16xf32>
func.func @reads_filled(%n: f32, %a: memref<16x16xf32>, %y: memref<16xf32>) {
  linalg.fill ins(%n : f32) outs(%y : memref<16xf32>)
  linalg.generic {indexing_maps = [#ij, #j, #i], iterator_types = ["parallel", "reduction"]}
    ins(%a, %y : memref<16x16xf32>, memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// Sums of columns add to the result many times.
// CHECK-LABEL: func.func @filled_column_sums
// CHECK: linalg.generic
// CHECK: vector.load {{.*}} : memref<64xf32>
func.func @filled_column_sums(%n: f32, %a: memref<8x64xf32>, %b: memref<64xf32>) {
  linalg.fill ins(%n : f32) outs(%b : memref<64xf32>)
  linalg.generic {indexing_maps = [#ij, #j], iterator_types = ["reduction", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%b : memref<64xf32>) {
  ^bb0(%e: f32, %sum: f32):
    %s = arith.addf %sum, %e : f32
    linalg.yield %s : f32
  }
  return
}

// Of few vectors, each vector of the matrix is multiplied by all: here eight rows
// at a time, whose results are neighbours.
// CHECK-LABEL: func.func @matrix_few_vectors
// CHECK: scf.for {{.*}} step %c8
// CHECK: %[[A:.+]] = vector.load {{.*}} : memref<12160xf32>
// CHECK: %[[X:.+]] = vector.load {{.*}} : memref<1280xf32>
// CHECK: vector.fma %[[A]], %[[X]],
// CHECK: %[[Z:.+]] = vector.load {{.*}} : memref<1280xf32>
// CHECK: vector.fma %[[A]], %[[Z]],
// CHECK: %[[B:.+]] = vector.load {{.*}} : memref<12160xf32>
// CHECK: vector.fma %[[B]], %[[X]],
// CHECK: vector.fma %[[B]], %[[Z]],
// CHECK: scf.yield
// CHECK-COUNT-2: vector.store {{.*}} : memref<38xf32>, vector<8xf32>
// CHECK-NOT: vector.reduction
func.func @matrix_few_vectors(%a: memref<19x640xf32>, %x: memref<2x640xf32>, %y: memref<19x2xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>, affine_map<(i, j, k) -> (i, j)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %x : memref<19x640xf32>, memref<2x640xf32>) outs(%y : memref<19x2xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// Six rows of four vectors have 24 sums; the results of a vector are neighbours,
// and loops of rows become one.
// CHECK-LABEL: func.func @few_vectors_matrix
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %c18{{.*}} step %c6
// CHECK-NOT: scf.for {{.*}} step %c1
// CHECK: scf.for
// CHECK-COUNT-24: vector.fma
// CHECK: scf.yield
// CHECK: vector.constant_mask [6] : vector<8xi1>
// CHECK-COUNT-4: vector.maskedstore {{.*}} : memref<80xf32>, vector<8xi1>, vector<8xf32>
func.func @few_vectors_matrix(%a: memref<4x5x640xf32>, %x: memref<4x640xf32>, %y: memref<4x4x5xf32>) {
  linalg.generic {indexing_maps = [affine_map<(j, h, i, k) -> (h, i, k)>, affine_map<(j, h, i, k) -> (j, k)>, affine_map<(j, h, i, k) -> (j, h, i)>],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%a, %x : memref<4x5x640xf32>, memref<4x640xf32>) outs(%y : memref<4x4x5xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// More vectors pass in blocks, here of five, five and three: five rows times five
// of them, whose results are neighbours, five by five.
// CHECK-LABEL: func.func @more_vectors_matrix
// CHECK: scf.for {{.*}} step %c5
// CHECK: scf.for {{.*}} to %c10{{.*}} step %c5
// CHECK: scf.for
// CHECK-COUNT-25: vector.fma
// CHECK: scf.yield
// CHECK: vector.constant_mask [5] : vector<8xi1>
// CHECK-COUNT-5: vector.maskedstore {{.*}} : memref<260xf32>, vector<8xi1>, vector<8xf32>
// CHECK: scf.for
// CHECK-COUNT-15: vector.fma
// CHECK: scf.yield
// CHECK: vector.constant_mask [3] : vector<8xi1>
// CHECK-COUNT-5: vector.maskedstore
func.func @more_vectors_matrix(%a: memref<20x640xf32>, %x: memref<13x640xf32>, %y: memref<20x13xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>, affine_map<(i, j, k) -> (i, j)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %x : memref<20x640xf32>, memref<13x640xf32>) outs(%y : memref<20x13xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// The loop of a batch between both goes around them.
// CHECK-LABEL: func.func @batch_of_vectors
// CHECK: scf.for {{.*}} to %c7{{.*}} step %c1
// CHECK: scf.for {{.*}} to %c20{{.*}} step %c5
// CHECK: scf.for
// CHECK-COUNT-20: vector.fma
func.func @batch_of_vectors(%a: memref<20x7x640xf32>, %x: memref<7x4x640xf32>, %y: memref<7x4x20xf32>) {
  linalg.generic {indexing_maps = [affine_map<(j, i, z, k) -> (i, z, k)>, affine_map<(j, i, z, k) -> (z, j, k)>, affine_map<(j, i, z, k) -> (z, j, i)>],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%a, %x : memref<20x7x640xf32>, memref<7x4x640xf32>) outs(%y : memref<7x4x20xf32>) {
  ^bb0(%e: f32, %f: f32, %sum: f32):
    %p = arith.mulf %e, %f fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// Columns are summed a block at a time.
// CHECK-LABEL: func.func @column_sums
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: vector.reduction
func.func @column_sums(%a: memref<8x64xf32>, %b: memref<64xf32>) {
  linalg.generic {indexing_maps = [#ij, #j], iterator_types = ["reduction", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%b : memref<64xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x fastmath<reassoc> : f32
    linalg.yield %s : f32
  }
  return
}

// Rows wider than registers are added to the result eight at a time.
// CHECK-LABEL: func.func @wide_column_sums
// CHECK: scf.for {{.*}} step %c8
// CHECK: scf.for
// CHECK-COUNT-8: arith.addf {{.*}} : vector<16xf32>
// CHECK: vector.store
// CHECK: scf.for
// CHECK-COUNT-3: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: arith.addf
// CHECK: return
func.func @wide_column_sums(%a: memref<19x512xf32>, %b: memref<512xf32>) {
  linalg.generic {indexing_maps = [#ij, #j], iterator_types = ["reduction", "parallel"]}
    ins(%a : memref<19x512xf32>) outs(%b : memref<512xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x fastmath<reassoc> : f32
    linalg.yield %s : f32
  }
  return
}

// A large sum has an order that any number of threads can follow.
// CHECK-LABEL: func.func @chunks
// CHECK: %[[PARTIAL:.+]] = memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CHECK: scf.for
// CHECK: memref.store %{{.+}}, %[[PARTIAL]]
// CHECK: scf.for
// CHECK: vector.reduction <add>
// CHECK: memref.store %{{.+}}, %[[PARTIAL]]
// CHECK: scf.for
// CHECK: memref.load %[[PARTIAL]]
func.func @chunks(%a: memref<1000000xf32>, %b: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
    ins(%a : memref<1000000xf32>) outs(%b : memref<f32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x fastmath<reassoc> : f32
    linalg.yield %s : f32
  }
  return
}

// A transpose turns squares of vectors round in registers.
// CHECK-LABEL: func.func @transpose
// CHECK: scf.for
// CHECK-COUNT-8: vector.load {{.*}} : memref<512xf32>, vector<8xf32>
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8: vector.store
// CHECK-NOT: linalg.generic
func.func @transpose(%a: memref<8x64xf32>, %b: memref<64x8xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%b : memref<64x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// What is left of both loops is masked.
// CHECK-LABEL: func.func @odd_transpose
// CHECK: vector.constant_mask [1] : vector<16xi1>
// CHECK: vector.constant_mask [3] : vector<16xi1>
// CHECK-NOT: linalg.generic
func.func @odd_transpose(%a: memref<33x19xf32>, %b: memref<19x33xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<33x19xf32>) outs(%b : memref<19x33xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Elements are interleaved within 128 bits, and these then change places: no
// shuffle needs a table of positions.
// CHECK-LABEL: func.func @transpose_lanes
// CHECK-COUNT-32: vector.shuffle {{.*}} [{{0, 16, 1, 17|2, 18, 3, 19}}, {{.*}}] : vector<16xf32>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]
func.func @transpose_lanes(%a: memref<16x16xf32>, %b: memref<16x16xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<16x16xf32>) outs(%b : memref<16x16xf32>) {
  ^bb0(%x: f32, %out: f32):
    linalg.yield %x : f32
  }
  return
}

// A short transpose fills no vectors.
// CHECK-LABEL: func.func @keeps_short_transpose
// CHECK: linalg.generic
func.func @keeps_short_transpose(%a: memref<2x64x8xf32>, %b: memref<8x64x2xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (k, j, i)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<2x64x8xf32>) outs(%b : memref<8x64x2xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Math without a vector form stays with the loops of linalg.
// CHECK-LABEL: func.func @keeps_erf
// CHECK: linalg.generic
func.func @keeps_erf(%a: memref<8x64xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%a : memref<8x64xf32>) {
  ^bb0(%x: f32, %y: f32):
    %e = math.erf %x : f32
    linalg.yield %e : f32
  }
  return
}

// An index is a number of every lane.
// CHECK-LABEL: func.func @index
// CHECK: scf.for %[[I:.+]] =
// CHECK: scf.for %[[J:.+]] =
// CHECK: %[[LANES:.+]] = vector.step : vector<16xindex>
// CHECK: arith.cmpi sge, %{{.+}}, %{{.+}} : vector<16xindex>
// CHECK: arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector<16xi1>, vector<16xf32>
// CHECK: vector.store
func.func @index(%a: memref<8x32xf32>, %b: memref<8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x32xf32>) outs(%b : memref<8x32xf32>) {
  ^bb0(%x: f32, %y: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %d = affine.apply affine_map<(i, j) -> (i - j)>(%i, %j)
    %in = arith.cmpi sge, %d, %c0 : index
    %s = arith.select %in, %x, %zero : f32
    linalg.yield %s : f32
  }
  return
}

// An affine subscript of an operand moves it by sums of strides.
// CHECK-LABEL: func.func @window
// CHECK: vector.load
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: linalg.generic
func.func @window(%a: memref<34xf32>, %w: memref<3xf32>, %b: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + j)>, #j, #i],
                  iterator_types = ["parallel", "reduction"]}
    ins(%a, %w : memref<34xf32>, memref<3xf32>) outs(%b : memref<32xf32>) {
  ^bb0(%x: f32, %f: f32, %y: f32):
    %p = arith.mulf %x, %f : f32
    %s = arith.addf %p, %y : f32
    linalg.yield %s : f32
  }
  return
}

// A result that no cache keeps goes past them, where it is aligned.
// CHECK-LABEL: func.func @streams
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: scf.if
// CHECK: vector.store {{.*}} : memref<2097152xf32>
// CHECK: } else {
// CHECK: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
func.func @streams(%a: memref<2097152xf32>, %b: memref<2097152xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
    ins(%a : memref<2097152xf32>) outs(%b : memref<2097152xf32>) {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  }
  return
}

// CHECK-LABEL: func.func @keeps_store_in_place
// CHECK-NOT: nontemporal
func.func @keeps_store_in_place(%a: memref<2097152xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
    ins(%a : memref<2097152xf32>) outs(%a : memref<2097152xf32>) {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  }
  return
}

// Four tiles side by side in the rows of a result, then the next rows.
// CHECK-LABEL: func.func @streams_tiles
// CHECK: scf.if
// CHECK: } else {
// CHECK: scf.for %{{.*}} to %c1024{{.*}} step %c64
// CHECK: scf.for %{{.*}} to %c1024{{.*}} step %c16
// CHECK: scf.for %{{.*}} to %c64{{.*}} step %c16
// CHECK: nontemporal = true
func.func @streams_tiles(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<1024x1024xf32>) outs(%b : memref<1024x1024xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Long rows of such a result come in the order of the input's memory, short
// ones one behind the other.
// CHECK-LABEL: func.func @streams_rows
// CHECK: scf.if
// CHECK: scf.for %{{.*}} to %c24
// CHECK: scf.for %{{.*}} to %c512
// CHECK: } else {
// CHECK: scf.for %{{.*}} to %c512
// CHECK: scf.for %{{.*}} to %c24
// CHECK: nontemporal = true
func.func @streams_rows(%a: memref<512x24x128xf32>, %b: memref<24x512x128xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (j, i, k)>, affine_map<(i, j, k) -> (i, j, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<512x24x128xf32>) outs(%b : memref<24x512x128xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// So do strips that are put together of short rows.
// CHECK-LABEL: func.func @streams_strips
// CHECK: scf.for %{{.*}} to %c24
// CHECK: scf.for %{{.*}} to %c25
// CHECK: scf.for %{{.*}} to %c26
// CHECK: memref.alloc
// CHECK: nontemporal = true
func.func @streams_strips(%a: memref<24x23x25x26x22xf32>, %b: memref<25x24x26x23x22xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k, l, m) -> (j, l, i, k, m)>, affine_map<(i, j, k, l, m) -> (i, j, k, l, m)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
    ins(%a : memref<24x23x25x26x22xf32>) outs(%b : memref<25x24x26x23x22xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// CHECK-LABEL: func.func @streams_short_rows
// CHECK: } else {
// CHECK: scf.for %{{.*}} to %c24
// CHECK: scf.for %{{.*}} to %c2048
// CHECK: nontemporal = true
func.func @streams_short_rows(%a: memref<2048x24x32xf32>, %b: memref<24x2048x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (j, i, k)>, affine_map<(i, j, k) -> (i, j, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<2048x24x32xf32>) outs(%b : memref<24x2048x32xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Where edges are rare, all of them have one code, with masks.
// CHECK-LABEL: func.func @rare_edges_of_tiles
// CHECK: scf.for %{{.*}} to %c203{{.*}} step %c16
// CHECK: scf.for %{{.*}} to %c301{{.*}} step %c16
// CHECK: scf.if
// CHECK: vector.load
// CHECK-COUNT-64: vector.shuffle
// CHECK: vector.store
// CHECK: } else {
// CHECK: vector.maskedload
// CHECK-COUNT-64: vector.shuffle
// CHECK: vector.maskedstore
// CHECK-NOT: vector.shuffle
// CHECK: return
func.func @rare_edges_of_tiles(%a: memref<301x203xf32>, %b: memref<203x301xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<301x203xf32>) outs(%b : memref<203x301xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Rows of odd length start anywhere: they are put together in cache, and stored
// from the first whole vector of memory on, where elements are aligned.
// CHECK-LABEL: func.func @strips_of_tiles
// CHECK: scf.for %[[I:.+]] = %{{.*}} to %c1003{{.*}} step %c32
// CHECK: %[[LEFT:.+]] = arith.subi %c1003{{.*}}, %[[I]]
// CHECK: arith.minsi %[[LEFT]], %c32
// CHECK: %[[STAGE:.+]] = memref.alloc() {alignment = 64 : i64} : memref<14848xf64>
// CHECK: vector.store {{.*}}, %[[STAGE]]
// CHECK: scf.if
// CHECK-NOT: nontemporal
// CHECK: } else {
// CHECK: vector.maskedstore
// CHECK: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true} : memref<1004003xf64>
// CHECK: vector.maskedstore
// CHECK: memref.dealloc %[[STAGE]]
func.func @strips_of_tiles(%a: memref<1001x1003xf64>, %b: memref<1003x1001xf64>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<1001x1003xf64>) outs(%b : memref<1003x1001xf64>) {
  ^bb0(%x: f64, %y: f64):
    linalg.yield %x : f64
  }
  return
}

// Short rows make up strips.
// CHECK-LABEL: func.func @strips_of_rows
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<{{[0-9]+}}xf32>
// CHECK: nontemporal = true
func.func @strips_of_rows(%a: memref<300x200x24xf32>, %b: memref<200x300x24xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (j, i, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<300x200x24xf32>) outs(%b : memref<200x300x24xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Rows shorter than a vector do where the result is large.
// CHECK-LABEL: func.func @strips_of_rows_shorter_than_vectors
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<{{[0-9]+}}xf32>
// CHECK: nontemporal = true
func.func @strips_of_rows_shorter_than_vectors(%a: memref<800x700x14xf32>, %b: memref<700x800x14xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (j, i, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<800x700x14xf32>) outs(%b : memref<700x800x14xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// CHECK-LABEL: func.func @keeps_rows_shorter_than_vectors
// CHECK-NOT: nontemporal
func.func @keeps_rows_shorter_than_vectors(%a: memref<400x300x14xf32>, %b: memref<300x400x14xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (j, i, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<400x300x14xf32>) outs(%b : memref<300x400x14xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// CHECK-LABEL: func.func @keeps_short_rows_of_tiles
// CHECK-NOT: memref.alloc
// CHECK-NOT: nontemporal
func.func @keeps_short_rows_of_tiles(%a: memref<24x60000xf32>, %b: memref<60000x24xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<24x60000xf32>) outs(%b : memref<60000x24xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// A row divided by one number is multiplied and corrected, where that is exact.
// CHECK-LABEL: func.func @quotients
// CHECK: %[[N:.+]] = vector.from_elements
// CHECK: arith.cmpf ogt, %[[N]]
// CHECK: arith.cmpf olt, %[[N]]
// CHECK: scf.if
// CHECK: %[[N:.+]] = vector.from_elements
// CHECK: arith.divf {{.*}}, %[[N]] : vector<1xf32>
// CHECK: arith.mulf
// CHECK-COUNT-2: math.fma
// CHECK: } else {
// CHECK: arith.divf {{.*}} : vector<16xf32>
func.func @quotients(%a: memref<8x640xf32>, %n: memref<8xf32>, %b: memref<8x640xf32>) {
  linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a, %n : memref<8x640xf32>, memref<8xf32>) outs(%b : memref<8x640xf32>) {
  ^bb0(%x: f32, %s: f32, %y: f32):
    %q = arith.divf %x, %s : f32
    linalg.yield %q : f32
  }
  return
}

// A quotient that is finite has a rest.
// CHECK-LABEL: func.func @bounded_quotients
// CHECK-COUNT-2: math.fma
// CHECK-NOT: arith.select
// CHECK: } else {
func.func @bounded_quotients(%a: memref<8x640xf32>, %n: memref<8xf32>, %b: memref<8x640xf32>) {
  linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a, %n : memref<8x640xf32>, memref<8xf32>) outs(%b : memref<8x640xf32>) {
  ^bb0(%x: f32, %s: f32, %y: f32):
    %q = arith.divf %x, %s {tensornet.bounded} : f32
    linalg.yield %q : f32
  }
  return
}

// The product of a vector and a matrix that no second cache holds asks for what
// rows of the matrix have next; a smaller one does not.
// CHECK-LABEL: func.func @large_matrix_vector
// CHECK: memref.prefetch {{.*}} : memref<1048576xf32>
// CHECK-LABEL: func.func @small_matrix_vector
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @large_matrix_vector(%a: memref<1024x1024xf32>, %x: memref<1024xf32>, %y: memref<1024xf32>) {
  linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%a, %x : memref<1024x1024xf32>, memref<1024xf32>) outs(%y : memref<1024xf32>) {
  ^bb0(%in: f32, %factor: f32, %sum: f32):
    %p = arith.mulf %in, %factor fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}
func.func @small_matrix_vector(%a: memref<512x512xf32>, %x: memref<512xf32>, %y: memref<512xf32>) {
  linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%a, %x : memref<512x512xf32>, memref<512xf32>) outs(%y : memref<512xf32>) {
  ^bb0(%in: f32, %factor: f32, %sum: f32):
    %p = arith.mulf %in, %factor fastmath<reassoc, contract> : f32
    %s = arith.addf %sum, %p fastmath<reassoc, contract> : f32
    linalg.yield %s : f32
  }
  return
}

// What follows in each row is asked for.
// CHECK-LABEL: func.func @prefetches
// CHECK: memref.prefetch {{.*}} read, locality<3>, data
// CHECK: memref.prefetch {{.*}} write, locality<3>, data
func.func @prefetches(%a: memref<301x303xf32>, %b: memref<303x301xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<301x303xf32>) outs(%b : memref<303x301xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Functions are chains of arithmetic: four vectors are computed op by op, then those that are left.
// CHECK-LABEL: func.func @several_vectors_at_once
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %c128{{.*}} step %c64
// CHECK-COUNT-4: vector.load
// CHECK-COUNT-4: arith.negf
// CHECK-COUNT-4: math.exp
// CHECK-COUNT-4: vector.store
// CHECK: scf.for %{{.+}} = %c128{{.*}} to %c160{{.*}} step %c16
// CHECK-NEXT: vector.load
// CHECK-NEXT: arith.negf
// CHECK-NEXT: math.exp
// CHECK-NEXT: vector.store
// CHECK: vector.maskedload
// CHECK: math.exp
// CHECK: vector.maskedstore
func.func @several_vectors_at_once(%x: memref<163xf32>, %y: memref<163xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
    ins(%x : memref<163xf32>) outs(%y : memref<163xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = arith.negf %in : f32
    %e = math.exp %n : f32
    linalg.yield %e : f32
  }
  return
}
