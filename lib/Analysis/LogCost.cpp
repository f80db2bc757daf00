//===- LogCost.cpp - Costs beyond the range of double ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/LogCost.h"

#include "tensornet/Analysis/CostModel.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;

namespace {
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
} // namespace

static WideNumber getNumPoints(const ContractionGraph &graph,
                               llvm::ArrayRef<IndexId> indices) {
  WideNumber points = 1;
  for (IndexId index : indices)
    points = points * graph.getExtent(index);
  return points;
}

double mlir::tensornet::getLog2NumPoints(const ContractionGraph &graph,
                                         llvm::ArrayRef<IndexId> indices) {
  return getNumPoints(graph, indices).getLog2();
}

LogCost mlir::tensornet::computeLogCost(const ContractionGraph &graph,
                                        const ContractionTree &tree) {
  std::vector<bool> active = tree.computeActiveNodes(graph);
  std::vector<WideNumber> elements(tree.getNumNodes());
  auto isFree = [&](NodeId node) {
    return tree.isLeaf(node) && graph.getLeaf(node).free;
  };
  WideNumber value, weighted, written, largest, alive, peak;
  tree.walkSteps(graph, [&](const ContractionTree::StepView &step) {
    if (!isFree(step.lhs) && !isFree(step.rhs)) {
      WideNumber points =
          getNumPoints(graph, unite(step.lhsIndices, step.rhsIndices));
      value = value + points;
      weighted =
          weighted + points * getNumPasses(active[step.lhs], active[step.rhs]);
    }
    WideNumber size = getNumPoints(graph, step.resultIndices);
    elements[step.node] = size;
    written = written + size;
    largest = std::max(largest, size);
    alive = alive + size;
    peak = std::max(peak, alive);
    alive = alive - elements[step.lhs] - elements[step.rhs];
  });
  return {value.getLog10(), weighted.getLog10(), written.getLog2(),
          largest.getLog2(), peak.getLog2()};
}
