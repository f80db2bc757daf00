// RUN: tn-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{tiles have width 0, expected at least 1}}
func.func private @width() attributes {test.tiles = #tensornet.tiles<rows = [4, 1], sum = [4, 4], width = 0>}

// -----

// expected-error @below {{tiles list 3 numbers in rows, expected pairs of extent and stride}}
func.func private @pairs() attributes {test.tiles = #tensornet.tiles<rows = [4, 1, 2], sum = [4, 4], width = 2>}

// -----

// expected-error @below {{tiles have extent 0 in batch, expected at least 1}}
func.func private @extent() attributes {test.tiles = #tensornet.tiles<batch = [0, 1], rows = [4, 1], sum = [4, 4], width = 2>}

// -----

// expected-error @below {{tiles start at offset -1, expected at least 0}}
func.func private @offset() attributes {test.tiles = #tensornet.tiles<rows = [4, 1], sum = [4, 4], width = 2, offset = -1>}

// -----

// expected-error @below {{tiles hold more numbers than any memory}}
func.func private @size() attributes {test.tiles = #tensornet.tiles<rows = [1099511627776, 1], sum = [1099511627776, 4], width = 2>}

// -----

func.func @tiles_c1(%b: memref<4x4xf32, affine_map<(i, j) -> (i floordiv 2, j)>>, %p: memref<1x2x4x2xf32>) {
  // expected-error @below {{has a source without strides}}
  tensornet.pack_tiles %b into %p {tiles = #tensornet.tiles<rows = [4, 4], sum = [4, 1], width = 2>}
    : memref<4x4xf32, affine_map<(i, j) -> (i floordiv 2, j)>> into memref<1x2x4x2xf32>
  return
}

// -----

func.func @tiles_c2(%b: memref<4x4xf32>, %p: memref<1x1x4x2xf32>) {
  // expected-error @below {{has a panel of shape 1x1x4x2, but its tiles have 1x2x4x2}}
  tensornet.pack_tiles %b into %p {tiles = #tensornet.tiles<rows = [4, 4], sum = [4, 1], width = 2>}
    : memref<4x4xf32> into memref<1x1x4x2xf32>
  return
}

// -----

func.func @tiles_c3(%b: memref<4x4xf64>, %p: memref<1x2x4x2xf32>) -> memref<4x4xf64> {
  // expected-error @below {{has numbers of type 'f64', which do not become 'f32'}}
  %t = tensornet.with_tiles %b, %p {tiles = #tensornet.tiles<rows = [4, 4], sum = [4, 1], width = 2>}
    : memref<4x4xf64>, memref<1x2x4x2xf32>
  return %t : memref<4x4xf64>
}
