// The same program becomes the same code, wherever memory lies: caches find it
// again, and results have the same bits.
// RUN: tn-opt %examples/transformer/transformer.mlir --tensornet-to-cpu="parallel vector-width=512 stage=outlined" -o %t.1
// RUN: tn-opt %examples/transformer/transformer.mlir --tensornet-to-cpu="parallel vector-width=512 stage=outlined" -o %t.2
// RUN: tn-opt %examples/transformer/transformer.mlir --tensornet-to-cpu="parallel vector-width=512 stage=outlined" -o %t.3
// RUN: diff %t.1 %t.2
// RUN: diff %t.1 %t.3
