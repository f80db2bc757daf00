//===- SanitizerOptions.cpp - Defaults of the sanitizers ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked into tools and unit tests of sanitizer builds.
//
//===----------------------------------------------------------------------===//

/// Our objects poison the slabs of LLVM's bump allocators, and libMLIR, built
/// without AddressSanitizer, hands out parts of them without unpoisoning.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0";
}

extern "C" const char *__ubsan_default_options() {
  return "print_stacktrace=1";
}

/// The OpenMP runtime lets go of some memory of a team that grew (version 22
/// with 16 threads and more: 27 KB, once).
extern "C" const char *__lsan_default_suppressions() {
  return "leak:libomp.so\n";
}
