// RUN: tn-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{kernel has no entry 'tiles'}}
func.func private @unknown() attributes {test.kernel = #tensornet.kernel<tiles = [4]>}

// -----

// expected-error @below {{kernel has two entries 'swap'}}
func.func private @twice() attributes {test.kernel = #tensornet.kernel<swap = true, swap = true>}

// -----

// expected-error @below {{expected true or false, found 'yes'}}
func.func private @flag() attributes {test.kernel = #tensornet.kernel<swap = yes>}

// -----

// expected-error @below {{expected none, batch, rows or columns, found 'sums'}}
func.func private @share() attributes {test.kernel = #tensornet.kernel<distribute = sums>}

// -----

// expected-error @below {{'i01' is no name that the printer gives to an index}}
func.func private @name() attributes {test.kernel = #tensornet.kernel<rows = [i01]>}

// -----

// expected-error @below {{kernel lists index 'j' twice}}
func.func private @role() attributes {test.kernel = #tensornet.kernel<rows = [i, j], sum = [j]>}

// -----

// expected-error @below {{kernel has size 0 in row_tile, expected a positive one}}
func.func private @zero() attributes {test.kernel = #tensornet.kernel<row_tile = [0]>}

// -----

// expected-error @below {{kernel has an empty column_tile}}
func.func private @empty() attributes {test.kernel = #tensornet.kernel<column_tile = []>}

// -----

// expected-error @below {{kernel has 2 sizes in block, expected rows, columns and points of the sum}}
func.func private @block() attributes {test.kernel = #tensornet.kernel<block = [8, 16]>}
