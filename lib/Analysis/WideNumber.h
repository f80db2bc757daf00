//===- WideNumber.h - Numbers of any size -----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums and products whose logarithms are wanted, whatever their size.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_WIDENUMBER_H
#define TENSORNET_LIB_ANALYSIS_WIDENUMBER_H

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace mlir::tensornet::detail {

/// A number that is not negative, with the digits of a double and a range of
/// its own: digits * 2^exponent.
class WideNumber {
public:
  WideNumber(double number = 0) { set(number, 0); }

  WideNumber operator*(WideNumber other) const {
    return WideNumber(digits * other.digits, exponent + other.exponent);
  }
  WideNumber operator+(WideNumber other) const {
    return combine(other, other.digits);
  }
  /// `other` is at most this number but for rounding.
  WideNumber operator-(WideNumber other) const {
    return combine(other, -other.digits);
  }
  bool operator<(WideNumber other) const {
    if (digits == 0 || other.digits == 0)
      return digits < other.digits;
    return exponent != other.exponent ? exponent < other.exponent
                                      : digits < other.digits;
  }
  double getLog2() const {
    return std::log2(digits) + static_cast<double>(exponent);
  }
  double getLog10() const {
    // Numbers that a double holds keep its digits.
    if (std::abs(exponent) < 1000)
      return std::log10(std::ldexp(digits, static_cast<int>(exponent)));
    return std::log10(digits) + static_cast<double>(exponent) * std::log10(2.0);
  }

private:
  WideNumber(double number, int64_t scale) { set(number, scale); }
  /// Becomes number * 2^scale, digits from 0.5 to below 1.
  void set(double number, int64_t scale) {
    int shift = 0;
    digits = std::frexp(std::max(number, 0.0), &shift);
    exponent = digits == 0 ? 0 : shift + scale;
  }
  WideNumber combine(WideNumber other, double signedDigits) const {
    if (digits == 0)
      return WideNumber(signedDigits, other.exponent);
    if (other.digits == 0)
      return *this;
    // What is more than 2^1000 smaller changes nothing.
    int64_t top = std::max(exponent, other.exponent);
    auto align = [&](double number, int64_t from) {
      return std::ldexp(number,
                        static_cast<int>(std::max<int64_t>(from - top, -1000)));
    };
    return WideNumber(
        align(digits, exponent) + align(signedDigits, other.exponent), top);
  }

  double digits = 0;
  int64_t exponent = 0;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_WIDENUMBER_H
