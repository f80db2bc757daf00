// RUN: tn-opt %s --allow-unregistered-dialect --tensornet-plan-memory | FileCheck %s
// RUN: tn-opt %s --allow-unregistered-dialect --tensornet-plan-memory --tensornet-print-cost -o /dev/null | FileCheck %s --check-prefix=COST

// Buffers that do not live at one time share bytes; those that do lie apart.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:.+]]: memref<16xf32>, %[[W:.+]]: memref<128xi8>)
// CHECK-SAME: tensornet.workspace = 128 : i64
// CHECK-NOT: alloc
// CHECK: memref.view %[[W]][%c0{{.*}}][] : memref<128xi8> to memref<16xf32>
// CHECK: memref.view %[[W]][%c64{{.*}}][] : memref<128xi8> to memref<16xf32>
// CHECK: memref.view %[[W]][%c0{{.*}}][] : memref<128xi8> to memref<8xf64>
// COST: @chain: {{.*}} workspace=128
// COST-NOT: pooled
func.func @chain(%x: memref<16xf32>) {
  %a = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %a, %b : memref<16xf32> to memref<16xf32>
  memref.dealloc %a : memref<16xf32>
  %c = memref.alloc() : memref<8xf64>
  "test.use"(%b, %c) : (memref<16xf32>, memref<8xf64>) -> ()
  memref.dealloc %b : memref<16xf32>
  memref.dealloc %c : memref<8xf64>
  return
}

// The lifetime of a buffer starts at its first use.
// CHECK-LABEL: func.func @late(
// CHECK-SAME: memref<64xi8>
func.func @late() {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  "test.use"(%a) : (memref<16xf32>) -> ()
  memref.dealloc %a : memref<16xf32>
  "test.use"(%b) : (memref<16xf32>) -> ()
  memref.dealloc %b : memref<16xf32>
  return
}

// What lives across a loop keeps its bytes; each step of the loop uses the same.
// CHECK-LABEL: func.func @loop(
// CHECK-SAME: %[[W:.+]]: memref<192xi8>)
// CHECK: memref.view
// CHECK: scf.for
// CHECK-COUNT-2: memref.view
// CHECK-NOT: memref.view
func.func @loop() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = memref.alloc() : memref<16xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    %b = memref.alloc() : memref<32xf32>
    "test.use"(%a, %b) : (memref<16xf32>, memref<32xf32>) -> ()
    memref.dealloc %b : memref<32xf32>
    %c = memref.alloc() : memref<16xf32>
    "test.use"(%c) : (memref<16xf32>) -> ()
    memref.dealloc %c : memref<16xf32>
  }
  memref.dealloc %a : memref<16xf32>
  return
}

// The workspace of a callee lies where the caller's is free during the call.
// CHECK-LABEL: func.func @caller(
// CHECK-SAME: %[[W:.+]]: memref<192xi8>)
// CHECK-DAG: %[[A:.+]] = memref.view %[[W]][%c0{{.*}}][] : memref<192xi8> to memref<16xf32>
// CHECK: %[[V:.+]] = memref.view %[[W]][%c64{{.*}}][] : memref<192xi8> to memref<128xi8>
// CHECK: call @callee(%[[A]], %[[V]]) : (memref<16xf32>, memref<128xi8>) -> ()
// CHECK: %[[V:.+]] = memref.view %[[W]][%c64{{.*}}][] : memref<192xi8> to memref<128xi8>
// CHECK: call @callee(%[[A]], %[[V]])
// COST: @caller: {{.*}} workspace=192
func.func @caller() {
  %a = memref.alloc() : memref<16xf32>
  call @callee(%a) : (memref<16xf32>) -> ()
  call @callee(%a) : (memref<16xf32>) -> ()
  memref.dealloc %a : memref<16xf32>
  return
}
// CHECK-LABEL: func.func private @callee(
// CHECK-SAME: memref<16xf32>, %{{.+}}: memref<128xi8>)
func.func private @callee(%x: memref<16xf32>) {
  %b = memref.alloc() : memref<32xf32>
  "test.use"(%x, %b) : (memref<16xf32>, memref<32xf32>) -> ()
  memref.dealloc %b : memref<32xf32>
  return
}

// Each thread of a parallel loop has a part, also for what its body calls.
// CHECK-LABEL: func.func @threads(
// CHECK-SAME: %[[W:.+]]: memref<64xi8>, %[[T:.+]]: memref<?xi8>)
// CHECK-SAME: tensornet.thread_workspace = 192 : i64, tensornet.workspace = 64 : i64
// CHECK: memref.view %[[W]]
// CHECK: scf.parallel
// CHECK-NEXT: %[[N:.+]] = func.call @tensornet_thread_number() : () -> index
// CHECK: %[[AT:.+]] = arith.muli %[[N]], %c192
// CHECK: %[[PART:.+]] = memref.view %[[T]][%[[AT]]][] : memref<?xi8> to memref<192xi8>
// CHECK: %[[B:.+]] = memref.view %[[PART]][%{{.+}}][] : memref<192xi8> to memref<16xf32>
// CHECK: %[[V:.+]] = memref.view %[[PART]][%{{.+}}][] : memref<192xi8> to memref<128xi8>
// CHECK: call @callee(%[[B]], %[[V]])
// COST: @threads: {{.*}} workspace=64 thread-workspace=192
func.func @threads() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = memref.alloc() : memref<16xf32>
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    %b = memref.alloc() : memref<16xf32>
    "test.use"(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
    func.call @callee(%b) : (memref<16xf32>) -> ()
    memref.dealloc %b : memref<16xf32>
    scf.reduce
  }
  memref.dealloc %a : memref<16xf32>
  return
}

// A caller passes the parts of the threads on.
// CHECK-LABEL: func.func @passes(
// CHECK-SAME: %[[W:.+]]: memref<64xi8>, %[[T:.+]]: memref<?xi8>)
// CHECK: call @threads(%{{.+}}, %[[T]]) : (memref<64xi8>, memref<?xi8>) -> ()
func.func @passes() {
  call @threads() : () -> ()
  return
}

// Inside a parallel loop, loops on threads get memory from the pool.
// CHECK-LABEL: func.func @nested()
// CHECK: scf.parallel
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<64xi8>
// CHECK: func.call @tensornet_num_threads() : () -> index
// CHECK: memref.alloc(%{{.+}}) {alignment = 64 : i64} : memref<?xi8>
// CHECK: call @threads
// CHECK: memref.dealloc
// CHECK: memref.dealloc
// COST: @nested: {{.*}} workspace=0 pooled=1
func.func @nested() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    func.call @threads() : () -> ()
    scf.reduce
  }
  return
}

// What a function hands out, or whose size only the run knows, stays.
// CHECK-LABEL: func.func @left(
// CHECK: memref.alloc(%{{.+}}) : memref<?xf32>
// CHECK: memref.alloc() : memref<4xf32>
// COST: @left: {{.*}} workspace=0 pooled=2
func.func @left(%n: index) -> memref<4xf32> {
  %a = memref.alloc(%n) : memref<?xf32>
  "test.use"(%a) : (memref<?xf32>) -> ()
  memref.dealloc %a : memref<?xf32>
  %b = memref.alloc() : memref<4xf32>
  return %b : memref<4xf32>
}

// A function that calls itself gets a new workspace each time.
// CHECK-LABEL: func.func @recursive(
// CHECK-SAME: %[[W:.+]]: memref<64xi8>)
// CHECK: scf.if
// CHECK: %[[NEW:.+]] = memref.alloc() {alignment = 64 : i64} : memref<64xi8>
// CHECK: call @recursive(%{{.+}}, %[[NEW]])
// CHECK: memref.dealloc %[[NEW]]
func.func @recursive(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<16xf32>
  %more = arith.cmpi sgt, %n, %c0 : index
  scf.if %more {
    %less = arith.subi %n, %c1 : index
    func.call @recursive(%less) : (index) -> ()
  }
  "test.use"(%a) : (memref<16xf32>) -> ()
  memref.dealloc %a : memref<16xf32>
  return
}

// A function that is not only called keeps its type.
// CHECK-LABEL: func.func private @pinned()
// CHECK: memref.alloc
func.func private @pinned() {
  %a = memref.alloc() : memref<16xf32>
  "test.use"(%a) : (memref<16xf32>) -> ()
  memref.dealloc %a : memref<16xf32>
  return
}
func.func @takes_address() -> (() -> ()) {
  %f = func.constant @pinned : () -> ()
  return %f : () -> ()
}

// A function that nobody calls.
// CHECK-LABEL: func.func private @dead(
// CHECK-SAME: %[[X:.+]]: memref<16xf32>, %[[W:.+]]: memref<128xi8>)
// CHECK: call @callee(%[[X]], %{{.+}}) : (memref<16xf32>, memref<128xi8>) -> ()
func.func private @dead(%x: memref<16xf32>) {
  call @callee(%x) : (memref<16xf32>) -> ()
  return
}

// The plan of a kernel stays readable.
// CHECK-LABEL: func.func @noted(
// CHECK: memref.view {{.*}} {tensornet.kernel = "tile"} :
func.func @noted() {
  %a = memref.alloc() {tensornet.kernel = "tile"} : memref<16xf32>
  "test.use"(%a) : (memref<16xf32>) -> ()
  memref.dealloc %a : memref<16xf32>
  return
}

// Sizes and places beyond 2^31 elements.
// CHECK-LABEL: func.func @huge(
// CHECK-SAME: %[[W:.+]]: memref<8589935104xi8>)
// CHECK-DAG: %[[AT:.+]] = arith.constant 4294967552 : index
// CHECK-DAG: memref.view %[[W]][%[[AT]]][] : memref<8589935104xi8> to memref<4294967296xi8>
func.func @huge() {
  %a = memref.alloc() : memref<4294967296xi8>
  %b = memref.alloc() : memref<4294967296xi8>
  "test.use"(%a, %b) : (memref<4294967296xi8>, memref<4294967296xi8>) -> ()
  memref.dealloc %a : memref<4294967296xi8>
  memref.dealloc %b : memref<4294967296xi8>
  return
}

// The record that callers from outside read.
// CHECK: memref.global "public" constant @_tensornet_workspace_chain : memref<2xi64> = dense<[128, 0]>
// CHECK: memref.global "public" constant @_tensornet_workspace_threads : memref<2xi64> = dense<[64, 192]>
// CHECK-NOT: @_tensornet_workspace_callee
