// RUN: tn-opt %s --tensornet-inline-stack-scopes | FileCheck %s

func.func private @work() -> index

// CHECK-LABEL: func.func @call(
// CHECK-NEXT: %[[N:.+]] = call @work
// CHECK-NEXT: return %[[N]]
func.func @call() -> index {
  %0 = memref.alloca_scope -> (index) {
    %n = func.call @work() : () -> index
    memref.alloca_scope.return %n : index
  }
  return %0 : index
}

// CHECK-LABEL: func.func @stack_memory(
// CHECK: memref.alloca_scope
// CHECK-NEXT: memref.alloca()
func.func @stack_memory() {
  memref.alloca_scope {
    %a = memref.alloca() : memref<4xf32>
    %c0 = arith.constant 0 : index
    %x = memref.load %a[%c0] : memref<4xf32>
    memref.store %x, %a[%c0] : memref<4xf32>
    memref.alloca_scope.return
  }
  return
}
