//===- CpuTarget.cpp - Processors that code is made for -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/CpuTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace mlir::tensornet::cpu;

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

const CpuTarget &CpuTarget::getHost() {
  static const CpuTarget host = [] {
    CpuTarget target;
    target.name = llvm::sys::getHostCPUName();
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      target.features.emplace(feature.first(), feature.second);
    if (target.has("amx-tile") && !requestMatrixRegisters())
      for (auto &[feature, exists] : target.features)
        exists &= !llvm::StringRef(feature).starts_with("amx-");
    return target;
  }();
  return host;
}

llvm::cl::ValuesClass mlir::tensornet::cpu::getMatrixUnitValues() {
  return llvm::cl::values(
      clEnumValN(MatrixUnit::host, "host",
                 "what the target has that is fastest (default)"),
      clEnumValN(MatrixUnit::none, "none", "multiply-adds of vectors"),
      clEnumValN(MatrixUnit::vnni, "vnni",
                 "dot products of vectors (AVX-512 VNNI), for bytes"),
      clEnumValN(MatrixUnit::vnniBF16, "vnni-bf16",
                 "dot products of vectors (AVX-512 VNNI and BF16), for bf16 "
                 "and bytes"),
      clEnumValN(MatrixUnit::amx, "amx", "Intel's AMX, for bf16 and bytes"),
      clEnumValN(MatrixUnit::amxFP16, "amx-fp16",
                 "Intel's AMX, for bf16, f16 and bytes"));
}

bool CpuTarget::has(MatrixUnit unit) const {
  switch (unit) {
  case MatrixUnit::host:
  case MatrixUnit::none:
    return true;
  case MatrixUnit::vnni:
    return getVectorBits() == 512 && has("avx512vnni");
  case MatrixUnit::vnniBF16:
    return has(MatrixUnit::vnni) && has("avx512bf16");
  case MatrixUnit::amx:
    return has("amx-bf16") && has("amx-int8");
  case MatrixUnit::amxFP16:
    return has(MatrixUnit::amx) && has("amx-fp16");
  }
  llvm_unreachable("all units are above");
}

MatrixUnit CpuTarget::getMatrixUnit() const {
  // On Sapphire Rapids those of bf16 are no faster than multiply-adds.
  bool isFastForBF16 = llvm::StringRef(name).starts_with("znver");
  for (MatrixUnit unit : {MatrixUnit::amxFP16, MatrixUnit::amx,
                          MatrixUnit::vnniBF16, MatrixUnit::vnni})
    if (has(unit) && (unit != MatrixUnit::vnniBF16 || isFastForBF16))
      return unit;
  return MatrixUnit::none;
}

static bool isHostX86() {
  return llvm::Triple(llvm::sys::getProcessTriple()).getArch() ==
         llvm::Triple::x86_64;
}

llvm::Expected<CpuTarget> CpuTarget::get(llvm::StringRef name) {
  if (name == "host")
    return getHost();
  if (!isHostX86() ||
      llvm::X86::parseArchX86(name, /*Only64Bit=*/true) == llvm::X86::CK_None)
    return llvm::createStringError("no processor of this architecture has the "
                                   "name '" +
                                   name +
                                   "'; expected host or a name that "
                                   "LLVM knows");
  llvm::SmallVector<llvm::StringRef> own;
  llvm::X86::getFeaturesForCPU(name, own);
  llvm::StringMap<bool> all;
  for (llvm::StringRef feature : own)
    llvm::X86::updateImpliedFeatures(feature, /*Enabled=*/true, all);
  CpuTarget target;
  target.name = name.str();
  for (llvm::StringRef feature : own)
    target.features.emplace(feature, true);
  for (const auto &feature : all)
    target.features.emplace(feature.first(), feature.second);
  return target;
}

std::string CpuTarget::getFeatures() const {
  std::string text;
  for (const auto &[feature, exists] : features)
    text +=
        (text.empty() ? "" : ",") + std::string(exists ? "+" : "-") + feature;
  return text;
}

bool CpuTarget::has(llvm::StringRef feature) const {
  auto found = features.find(feature);
  return found != features.end() && found->second;
}

unsigned CpuTarget::getVectorBits() const {
  if (has("avx512f") && has("avx512vl") && has("avx512bw"))
    return 512;
  return has("avx2") && has("fma") ? 256 : 128;
}

/// True for instructions that no compiler chooses by itself: those of systems,
/// and for waiting, caches and random numbers.
static bool isAskedForByName(llvm::StringRef feature) {
  static constexpr llvm::StringLiteral kNames[] = {
      "cldemote", "clflushopt", "clwb",    "clzero", "enqcmd",   "fsgsbase",
      "fxsr",     "hreset",     "invpcid", "kl",     "mwaitx",   "pconfig",
      "pku",      "prefetchi",  "ptwrite", "rdpid",  "rdpru",    "rdrnd",
      "rdseed",   "serialize",  "sgx",     "shstk",  "tsxldtrk", "uintr",
      "waitpkg",  "wbnoinvd",   "widekl",  "x87",    "xsave",    "xsavec",
      "xsaveopt", "xsaves"};
  return llvm::is_contained(kNames, feature);
}

llvm::Error CpuTarget::checkHost() const {
  const CpuTarget &host = getHost();
  std::string missing;
  for (const auto &[feature, exists] : features)
    if (exists && !host.has(feature) && !isAskedForByName(feature))
      missing += (missing.empty() ? "" : ", ") + feature;
  if (missing.empty())
    return llvm::Error::success();
  return llvm::createStringError("code for " + name +
                                 " does not run on this machine (" + host.name +
                                 "), which has no " + missing);
}
