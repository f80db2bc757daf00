//===- HostVectors.cpp - Vector registers of this machine -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/HostVectors.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// Asks Linux for the registers of the matrix unit, which a process has to do
/// once.
static bool requestMatrixRegisters() {
#if defined(__linux__) && defined(__x86_64__)
  constexpr int requestPermission = 0x1023, tileData = 18;
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
#else
  return false;
#endif
}

bool mlir::tensornet::cpu::hasHostMatrixUnit() {
  static const bool isUsable = [] {
    llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
    return features.lookup("amx-bf16") && requestMatrixRegisters();
  }();
  return isUsable;
}

unsigned mlir::tensornet::cpu::getHostVectorBits() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (features.lookup("avx512f") && features.lookup("avx512vl") &&
      features.lookup("avx512bw"))
    return 512;
  if (features.lookup("avx2") && features.lookup("fma"))
    return 256;
  return 128;
}
