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

unsigned mlir::tensornet::cpu::getHostVectorBits() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (features.lookup("avx512f") && features.lookup("avx512vl") &&
      features.lookup("avx512bw"))
    return 512;
  if (features.lookup("avx2") && features.lookup("fma"))
    return 256;
  return 128;
}
