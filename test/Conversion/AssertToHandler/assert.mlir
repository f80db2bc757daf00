// RUN: tn-opt %s --convert-assert-to-handler | FileCheck %s

// One text for equal messages, one declaration of the handler.
// CHECK: llvm.func @tensornet_check_failed(!llvm.ptr)
// CHECK: llvm.mlir.global internal constant @[[$TEXT:.+]]("net.mlir:3:7: extents differ\00")

// CHECK-LABEL: func.func @check
// CHECK: cf.cond_br %{{.+}}, ^[[REST:.+]], ^[[FAILED:.+]]
// CHECK: ^[[REST]]:
// CHECK: return
// CHECK: ^[[FAILED]]:
// CHECK: %[[P:.+]] = llvm.mlir.addressof @[[$TEXT]]
// CHECK: llvm.call @tensornet_check_failed(%[[P]])
// CHECK: llvm.unreachable
func.func @check(%c: i1, %d: i1) -> i1 {
  cf.assert %c, "extents differ" loc("net.mlir":3:7)
  cf.assert %d, "extents differ" loc("net.mlir":3:7)
  return %c : i1
}
