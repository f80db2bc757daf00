// RUN: tn-opt %s --tensornet-cpu-kernels=vector-width=100 -verify-diagnostics

// expected-error @below {{vector-width is 100, expected 128, 256 or 512}}
module {
}
