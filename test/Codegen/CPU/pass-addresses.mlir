// RUN: tn-opt %s --tensornet-pass-addresses | FileCheck %s
// RUN: tn-opt %s --tensornet-pass-addresses --convert-to-llvm --canonicalize | FileCheck %s --check-prefix=LLVM

// CHECK: func.func private @static(%{{.+}}: memref<4x4xf32> {llvm.noalias}, %{{.+}}: memref<4xf32, {{.*}}> {llvm.noalias}, %{{.+}}: f32) attributes {llvm.bareptr}
// LLVM: llvm.func @static(%{{.+}}: !llvm.ptr {llvm.noalias}, %{{.+}}: !llvm.ptr {llvm.noalias}, %{{.+}}: f32)
func.func private @static(%a: memref<4x4xf32>, %b: memref<4xf32, strided<[8], offset: 2>>, %x: f32) {
  %c0 = arith.constant 0 : index
  memref.store %x, %a[%c0, %c0] : memref<4x4xf32>
  memref.store %x, %b[%c0] : memref<4xf32, strided<[8], offset: 2>>
  return
}

// The run knows more than the address.
// CHECK: func.func private @dynamic
// CHECK-NOT: llvm.bareptr
func.func private @dynamic(%a: memref<?xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  memref.store %x, %a[%c0] : memref<?xf32>
  return
}

// CHECK: func.func private @returns
// CHECK-NOT: llvm.bareptr
func.func private @returns(%a: memref<4xf32>) -> memref<4xf32> {
  return %a : memref<4xf32>
}

// Somebody may call it by its address.
// CHECK: func.func private @pointed
// CHECK-NOT: llvm.bareptr
func.func private @pointed(%a: memref<4xf32>) {
  return
}

// Its callers are elsewhere.
// CHECK: func.func @public
// CHECK-NOT: llvm.bareptr
// LLVM: llvm.func @public(
// LLVM: llvm.call @static(%{{.+}}, %{{.+}}, %{{.+}}) : (!llvm.ptr, !llvm.ptr, f32) -> ()
func.func @public(%a: memref<4x4xf32>, %b: memref<4xf32, strided<[8], offset: 2>>, %x: f32) -> ((memref<4xf32>) -> ()) {
  call @static(%a, %b, %x) : (memref<4x4xf32>, memref<4xf32, strided<[8], offset: 2>>, f32) -> ()
  %f = constant @pointed : (memref<4xf32>) -> ()
  return %f : (memref<4xf32>) -> ()
}

// Parts of one buffer may overlap, a third argument is apart from them.
// CHECK: func.func private @parts(%{{.+}}: memref<4xf32>, %{{.+}}: memref<4xf32>, %{{.+}}: memref<4xf32> {llvm.noalias})
func.func private @parts(%a: memref<4xf32>, %b: memref<4xf32>, %c: memref<4xf32>) {
  return
}

// So may what a caller in the program was passed itself.
// CHECK: func.func private @passed_on(%{{.+}}: memref<4xf32>, %{{.+}}: memref<4xf32>)
func.func private @passed_on(%a: memref<4xf32>, %b: memref<4xf32>) {
  return
}

func.func private @between(%a: memref<4xf32>, %b: memref<4xf32>) {
  call @passed_on(%a, %b) : (memref<4xf32>, memref<4xf32>) -> ()
  return
}

func.func @calls_parts(%buffer: memref<64xi8>, %c: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %a = memref.view %buffer[%c0][] : memref<64xi8> to memref<4xf32>
  %b = memref.view %buffer[%c16][] : memref<64xi8> to memref<4xf32>
  call @parts(%a, %b, %c) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
  call @between(%a, %c) : (memref<4xf32>, memref<4xf32>) -> ()
  return
}
