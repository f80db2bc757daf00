// RUN: tn-opt --show-dialects | FileCheck %s

// CHECK: linalg
// CHECK: tensornet
