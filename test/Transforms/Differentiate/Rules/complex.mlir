// RUN: tn-opt %s --tensornet-differentiate="function=real_part mode=vjp" --canonicalize | FileCheck %s --check-prefix=RE
// RUN: tn-opt %s --tensornet-differentiate="function=product mode=vjp" --canonicalize | FileCheck %s --check-prefix=PRODUCT
// RUN: tn-opt %s --tensornet-differentiate="function=parts mode=vjp" --canonicalize | FileCheck %s --check-prefix=PARTS

// RE-LABEL: func.func @real_part_vjp
// RE-SAME:    %[[C:[^:,]+]]: f64)
// RE:         %[[ZERO:.+]] = arith.constant 0.000000e+00 : f64
// RE:         %[[DZ:.+]] = complex.create %[[C]], %[[ZERO]] : complex<f64>
// RE:         return %{{.+}}, %[[DZ]]
func.func @real_part(%z: complex<f64>) -> f64 {
  %0 = complex.re %z : complex<f64>
  return %0 : f64
}

// The other factor is conjugated.
// PRODUCT-LABEL: func.func @product_vjp
// PRODUCT-SAME:    %[[Z:[^:,]+]]: complex<f64>, %[[W:[^:,]+]]: complex<f64>, %[[C:[^:,]+]]: complex<f64>)
// PRODUCT-DAG:     %[[C0:.+]] = tensor.from_elements %[[C]]
// PRODUCT-DAG:     %[[W0:.+]] = tensor.from_elements %[[W]]
// PRODUCT-DAG:     %[[Z0:.+]] = tensor.from_elements %[[Z]]
// PRODUCT-DAG:     tensornet.contract conj %[[W0]][], %[[C0]][] -> []
// PRODUCT-DAG:     tensornet.contract conj %[[Z0]][], %[[C0]][] -> []
func.func @product(%z: complex<f64>, %w: complex<f64>) -> complex<f64> {
  %0 = complex.mul %z, %w : complex<f64>
  return %0 : complex<f64>
}

// PARTS-LABEL: func.func @parts_vjp
// PARTS-SAME:    %[[C:[^:,]+]]: complex<f32>)
// PARTS-DAG:     %[[REAL:.+]] = complex.re %[[C]]
// PARTS-DAG:     %[[IMAGINARY:.+]] = complex.im %[[C]]
// PARTS:         return %{{.+}}, %[[REAL]], %[[IMAGINARY]]
func.func @parts(%a: f32, %b: f32) -> complex<f32> {
  %0 = complex.create %a, %b : complex<f32>
  return %0 : complex<f32>
}
