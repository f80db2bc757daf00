// RUN: tn-opt %s --tensornet-omit-barriers | FileCheck %s

func.func private @work(i64)

// Nobody needs the end of the first loop to wait but the second one.
// CHECK-LABEL: func.func @two_loops
// CHECK: omp.parallel
// CHECK: omp.wsloop {
// CHECK: omp.wsloop nowait {
// CHECK: omp.terminator
func.func @two_loops(%n: i64) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : i64 = (%c0) to (%n) step (%c1) {
        func.call @work(%i) : (i64) -> ()
        omp.yield
      }
    }
    omp.wsloop {
      omp.loop_nest (%i) : i64 = (%c0) to (%n) step (%c1) {
        func.call @work(%i) : (i64) -> ()
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
