//===- FunctionFormat.h - Numbers that functions need -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_VECTORS_FUNCTIONFORMAT_H
#define TENSORNET_LIB_CODEGEN_CPU_VECTORS_FUNCTIONFORMAT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cmath>

namespace mlir::tensornet::cpu {

/// What a floating-point type makes of the functions.
struct FunctionFormat {
  unsigned bits;
  /// The bits of the fraction, and the exponent of 1.
  int64_t fraction, bias;
  /// (2^r - 1) / r for |r| <= 1/2, from r^0 on: interpolated at Chebyshev's
  /// points, relative error 2.2e-8 and 5.2e-17.
  llvm::ArrayRef<double> coefficients;
  /// log2(e) and what it lacks in this type.
  double log2e, log2eRest;
  /// exp is 0 below and infinite above; so is exp2.
  double leastExp, mostExp, leastExp2, mostExp2;
  /// tanh is 1 from here on.
  double mostTanh;
  /// The reciprocal of 1 + exp(-2x) is a normal number from here on.
  double leastLogistic;
  /// 2^(n / 16) (2^(n / 8) in f64) for a register's lanes: as many as the last
  /// `tableBits` of n tell apart. Polynomials for |r| <= 1/32 (1/16) go with
  /// it, relative error of 2^r 2.3e-9 and 6.3e-18.
  unsigned tableBits;
  llvm::ArrayRef<double> tableCoefficients;
  /// Steps of Newton's that make the machine's reciprocals, 14 bits, exact.
  unsigned newtonSteps;
  llvm::StringRef permute, reciprocal;

  /// What rounds smaller numbers to integers when it is added and subtracted:
  /// numbers of its size have no fraction. Their last bits are then the biased
  /// exponent of 2 to that integer.
  double getRounder() const { return std::ldexp(1.5, fraction) + double(bias); }
  /// The same for multiples of what the table has steps of.
  double getTableRounder() const {
    return std::ldexp(1.5, fraction - tableBits);
  }
};

inline constexpr double kCoefficients32[] = {0x1.62e43p-1,  0x1.ebfbep-3,
                                             0x1.c6af6cp-5, 0x1.3b2a54p-7,
                                             0x1.5f089p-10, 0x1.44138ap-13};
inline constexpr double kCoefficients64[] = {
    0x1.62e42fefa39efp-1,  0x1.ebfbdff82c598p-3,  0x1.c6b08d704a0c1p-5,
    0x1.3b2ab6fba1ddcp-7,  0x1.5d87fe78a5449p-10, 0x1.430913096fc15p-13,
    0x1.ffcbfc667f965p-17, 0x1.62bfd4772b35dp-20, 0x1.b524fc0e6936ap-24,
    0x1.e60640b3a3c4cp-28, 0x1.e9d247bb5d866p-32};

inline constexpr double kTableCoefficients32[] = {0x1.62e43p-1, 0x1.ebff92p-3,
                                                  0x1.c6b29ap-5};
inline constexpr double kTableCoefficients64[] = {
    0x1.62e42fefa39efp-1, 0x1.ebfbdff82c6c5p-3,  0x1.c6b08d704a11fp-5,
    0x1.3b2ab6f1f1910p-7, 0x1.5d87fe72ac65ep-10, 0x1.430deca12d584p-13,
    0x1.ffd1f6633bd3ap-17};

inline constexpr FunctionFormat kFormat32 = {32,
                                             23,
                                             127,
                                             kCoefficients32,
                                             0x1.715476p+0,
                                             0x1.4ae0cp-26,
                                             -104.,
                                             89.,
                                             -151.,
                                             129.,
                                             9.1,
                                             -43.,
                                             4,
                                             kTableCoefficients32,
                                             1,
                                             "llvm.x86.avx512.permvar.sf.512",
                                             "llvm.x86.avx512.rcp14.ps.512"};
inline constexpr FunctionFormat kFormat64 = {64,
                                             52,
                                             1023,
                                             kCoefficients64,
                                             0x1.71547652b82fep+0,
                                             0x1.777d0ffda0d24p-56,
                                             -746.,
                                             710.,
                                             -1076.,
                                             1025.,
                                             19.1,
                                             -353.,
                                             3,
                                             kTableCoefficients64,
                                             2,
                                             "llvm.x86.avx512.permvar.df.512",
                                             "llvm.x86.avx512.rcp14.pd.512"};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_VECTORS_FUNCTIONFORMAT_H
