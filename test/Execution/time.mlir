// One JSON line, after the results.

// RUN: tn-run %s --entry=f --time=3 | FileCheck %s
// RUN: tn-run %s --entry=f --time=3 --threads=2 --pipeline=plain | FileCheck %s --check-prefix=THREADS
// RUN: tn-run %s --entry=f --time=2 | tail -1 | %python -c 'import json, sys; d = json.load(sys.stdin); assert d["min_s"] <= d["median_s"] and d["compile_s"] > 0'
// RUN: printf '5\n7\n' | tn-run %s --entry=f --time-turns | FileCheck %s --check-prefix=TURNS
// CHECK: result0: 4xf32
// CHECK-NEXT: {"median_s": {{[0-9.e-]+}}, "min_s": {{[0-9.e-]+}}, "compile_s": {{[0-9.e-]+}}, "cached": false, "repeats": 3, "batch": {{[0-9]+}}, "workspace_bytes": 0, "allocations": 0, "system_allocations": 0, "threads": 1}
// TURNS: result0: 4xf32
// TURNS-NEXT: {"median_s": {{.*}}"repeats": 5
// TURNS-NEXT: {"median_s": {{.*}}"repeats": 7
// TURNS-NOT: repeats
// THREADS: "repeats": 3, {{.*}}, "threads": 2}
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %a, %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
