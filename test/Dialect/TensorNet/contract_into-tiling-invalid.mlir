// RUN: tn-opt %s --transform-interpreter -split-input-file -verify-diagnostics

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %0 = transform.structured.match ops{["tensornet.contract_into"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %0 tile_sizes [2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }

  // Near the border a tile reads outside of %x, which no slice can show.
  func.func @padded(%x: tensor<8xf32>, %w: tensor<3xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
    // expected-error @below {{to tile operation}}
    // expected-error @below {{failed to generate tiling loops}}
    %0 = tensornet.contract_into %x[h + kh - 1], %w[kh] -> [h] outs(%c)
         : (tensor<8xf32>, tensor<3xf32>, tensor<8xf32>) -> tensor<8xf32>
    return %0 : tensor<8xf32>
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %0 = transform.structured.match ops{["tensornet.contract_into"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %0 tile_sizes [2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }

  // Only the run knows whether the subscript stays inside %x.
  func.func @dynamic_subscript(%x: tensor<?xf32>, %w: tensor<3xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
    // expected-error @below {{to tile operation}}
    // expected-error @below {{failed to generate tiling loops}}
    %0 = tensornet.contract_into %x[h + kh], %w[kh] -> [h] outs(%c)
         : (tensor<?xf32>, tensor<3xf32>, tensor<8xf32>) -> tensor<8xf32>
    return %0 : tensor<8xf32>
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %0 = transform.structured.match ops{["tensornet.contract_into"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %0 tile_sizes [2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }

  // Tiles of 2 do not divide 7, so where a mirrored slice begins depends on the
  // run.
  func.func @mirrored_remainder(%x: tensor<7xf32>, %w: tensor<3xf32>, %c: tensor<7xf32>) -> tensor<7xf32> {
    // expected-error @below {{to tile operation}}
    // expected-error @below {{failed to generate tiling loops}}
    %0 = tensornet.contract_into %x[-h + 6], %w[k] -> [h] outs(%c)
         : (tensor<7xf32>, tensor<3xf32>, tensor<7xf32>) -> tensor<7xf32>
    return %0 : tensor<7xf32>
  }
}
