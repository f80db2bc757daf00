// RUN: tn-opt %s --convert-assert-to-handler | FileCheck %s

// One text for equal messages and places, one declaration of the handler.
// CHECK: llvm.func @tensornet_check_failed(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64)
// CHECK-DAG: llvm.mlir.global internal constant @[[$PLACE:.+]]("net.mlir:3:7\00")
// CHECK-DAG: llvm.mlir.global internal constant @[[$TEXT:.+]]("extents differ\00")

// CHECK-LABEL: func.func @assertion
// CHECK: cf.cond_br %{{.+}}, ^[[REST:.+]], ^[[FAILED:.+]]
// CHECK: ^[[REST]]:
// CHECK: return
// CHECK: ^[[FAILED]]:
// CHECK: %[[NONE:.+]] = llvm.mlir.constant(0 : i64)
// CHECK: %[[PLACE:.+]] = llvm.mlir.addressof @[[$PLACE]]
// CHECK: %[[TEXT:.+]] = llvm.mlir.addressof @[[$TEXT]]
// CHECK: %[[NULL:.+]] = llvm.mlir.zero
// CHECK: llvm.call @tensornet_check_failed(%[[PLACE]], %[[TEXT]], %[[NULL]], %[[NONE]])
// CHECK: llvm.unreachable
func.func @assertion(%c: i1, %d: i1) -> i1 {
  cf.assert %c, "extents differ" loc("net.mlir":3:7)
  cf.assert %d, "extents differ" loc("net.mlir":3:7)
  return %c : i1
}

// The values go to the handler in an array.
// CHECK-LABEL: func.func @check(
// CHECK-SAME: %{{.+}}: i1, %[[M:.+]]: index, %[[N:.+]]: index)
// CHECK: %[[TWO:.+]] = llvm.mlir.constant(2 : i64)
// CHECK: %[[VALUES:.+]] = llvm.alloca %[[TWO]] x i64
// CHECK: %[[FIRST:.+]] = arith.index_cast %[[M]]
// CHECK: %[[AT0:.+]] = llvm.getelementptr %[[VALUES]][0]
// CHECK: llvm.store %[[FIRST]], %[[AT0]]
// CHECK: %[[SECOND:.+]] = arith.index_cast %[[N]]
// CHECK: %[[AT1:.+]] = llvm.getelementptr %[[VALUES]][1]
// CHECK: llvm.store %[[SECOND]], %[[AT1]]
// CHECK: llvm.call @tensornet_check_failed(%{{.+}}, %{{.+}}, %[[VALUES]], %[[TWO]])
func.func @check(%c: i1, %m: index, %n: index) {
  tensornet.check %c, "{0} is not {1}"(%m, %n)
  return
}
