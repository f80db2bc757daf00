//===- CpuTarget.h - Processors that code is made for -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_CPUTARGET_H
#define TENSORNET_CODEGEN_CPU_CPUTARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace mlir::tensornet::cpu {

/// What multiplies matrices of half precision, and of 8-bit integers with sums
/// of 32 bits.
enum class MatrixUnit {
  host,     ///< what the processor has of these that may be used and is fastest
  none,     ///< multiply-adds of vectors
  vnni,     ///< dot products of vectors of 512 bits (AVX-512 VNNI), for bytes
  vnniBF16, ///< the same (AVX-512 VNNI and BF16), for bf16 and bytes
  amx,      ///< Intel's AMX, for bf16 and bytes
  amxFP16,  ///< Intel's AMX, for bf16, f16 and bytes
};

/// True for dot products of vectors.
inline bool isOfVectors(MatrixUnit unit) {
  return unit == MatrixUnit::vnni || unit == MatrixUnit::vnniBF16;
}

/// The names of the units on command lines, and what they stand for.
llvm::cl::ValuesClass getMatrixUnitValues();

/// A processor that code is made for.
class CpuTarget {
public:
  /// The processor of this machine, with what the system lets a process use.
  /// The first call asks the system for the registers of the matrix unit:
  /// without it, code that uses them does not run.
  static const CpuTarget &getHost();

  /// The processor that LLVM calls `name` ("haswell", "x86-64", ...), or that
  /// of this machine for "host". An error where the architecture of this
  /// machine has no such processor.
  static llvm::Expected<CpuTarget> get(llvm::StringRef name);

  /// LLVM's name of the processor.
  llvm::StringRef getName() const { return name; }
  /// All that the processor has, and known to lack, as LLVM writes it:
  /// "+avx2,-avx512f".
  std::string getFeatures() const;
  bool has(llvm::StringRef feature) const;

  /// The bits of the vector registers that kernels use: 512, 256 or 128.
  unsigned getVectorBits() const;
  /// True where the processor has `unit`.
  bool has(MatrixUnit unit) const;
  /// The matrix unit to use: one that the processor has, or none.
  MatrixUnit getMatrixUnit() const;

  /// An error, which names what is missing, where code for the processor may
  /// not run on this machine.
  llvm::Error checkHost() const;

private:
  CpuTarget() = default;

  std::string name;
  std::map<std::string, bool, std::less<>> features;
};

/// The bits of the vector registers that a pass makes code for: what its option
/// `vectorWidth` says or, where that is 0, those of this machine.
inline unsigned getVectorBits(unsigned vectorWidth) {
  return vectorWidth ? vectorWidth : CpuTarget::getHost().getVectorBits();
}

/// The matrix unit that a pass makes code for: what its option says, or that of
/// this machine for MatrixUnit::host.
inline MatrixUnit getMatrixUnit(MatrixUnit option) {
  return option == MatrixUnit::host ? CpuTarget::getHost().getMatrixUnit()
                                    : option;
}

/// True where code for vectors of so many bits may use fused multiply-adds:
/// processors that have them have vectors of 256 bits or more
/// (CpuTarget::getVectorBits).
inline bool hasFusedMultiplyAdds(unsigned vectorBits) {
  return vectorBits > 128;
}

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_CODEGEN_CPU_CPUTARGET_H
