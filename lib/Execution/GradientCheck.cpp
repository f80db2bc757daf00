//===- GradientCheck.cpp - Against central differences --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/GradientCheck.h"
#include "tensornet/Execution/CompareArrays.h"
#include "tensornet/Execution/RandomArray.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tensornet;

namespace {
/// A direction in the space of one differentiated argument.
struct Direction {
  /// The argument's place in wrt.
  unsigned place;
  /// "entry [1, 2]", "random direction 3".
  std::string name;
  /// The entries that are not zero.
  SmallVector<std::pair<int64_t, std::complex<double>>, 1> entries;
};

/// A multiple of a direction.
using Step = std::pair<const Direction *, double>;
} // namespace

//===----------------------------------------------------------------------===//
// Directions
//===----------------------------------------------------------------------===//

static void appendEntry(const Array &array, unsigned place, int64_t position,
                        std::vector<Direction> &directions) {
  std::string name = "entry " + formatPosition(position, array.shape);
  directions.push_back({place, name, {{position, 1}}});
  if (isComplexKind(array.kind))
    directions.push_back(
        {place, name + ", imaginary part", {{position, {0, 1}}}});
}

/// A random direction of length one.
static Direction makeRandomDirection(const Array &array, unsigned place,
                                     unsigned number, RandomStream &stream) {
  Direction direction{place, "random direction " + std::to_string(number), {}};
  double norm = 0;
  for (int64_t i = 0, e = array.getNumElements(); i < e; ++i) {
    std::complex<double> value = stream.nextNormal();
    if (isComplexKind(array.kind))
      value.imag(stream.nextNormal());
    direction.entries.push_back({i, value});
    norm += std::norm(value);
  }
  for (auto &[position, value] : direction.entries)
    value /= std::sqrt(norm);
  return direction;
}

static void appendDirections(const Array &array, unsigned place,
                             int64_t exhaustiveEntries, RandomStream &stream,
                             std::vector<Direction> &directions) {
  int64_t numElements = array.getNumElements();
  if (numElements <= exhaustiveEntries) {
    for (int64_t i = 0; i < numElements; ++i)
      appendEntry(array, place, i, directions);
    return;
  }
  for (unsigned i = 0; i < kSampledDirections; ++i) {
    directions.push_back(makeRandomDirection(array, place, i, stream));
    appendEntry(array, place, stream.next() % numElements, directions);
  }
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {
/// Steps that balance rounding against the next term of Taylor's series, for
/// first and second differences: the third and the fourth root of the
/// precision.
constexpr double kFirstStep = 0x1p-17;
constexpr double kSecondStep = 0x1p-13;

class Checker {
public:
  Checker(const GradientProblem &problem, ArrayRef<const Array *> inputs,
          ArrayRef<Array> derivatives);

  llvm::Error run();
  GradientReport takeReport() { return std::move(report); }

private:
  using Values = llvm::Expected<SmallVector<Array>>;

  const Array &getArgument(unsigned place) const {
    return *inputs[problem.wrt[place]];
  }
  /// `factor`, times the magnitude of what the direction changes.
  double getStepLength(const Direction &direction, double factor) const;
  /// The values at the point moved by `steps`.
  Values evaluate(ArrayRef<Step> steps) const;
  /// (values at +h) - (values at -h), over 2h.
  Values differentiate(const Direction &direction) const;
  void compare(std::complex<double> derivative, std::complex<double> difference,
               const llvm::Twine &what);

  llvm::Error checkGradients();
  llvm::Error checkTangents();
  llvm::Error checkJacobians();
  llvm::Error checkHessians();

  const GradientProblem &problem;
  /// In double precision.
  ArrayRef<const Array *> inputs;
  /// The results of the derivative function.
  ArrayRef<Array> derivatives;
  /// Numbers of the results that have derivatives.
  SmallVector<unsigned> floating;
  std::vector<Direction> directions;
  GradientReport report;
};
} // namespace

static bool hasDerivative(ElementKind kind) {
  return isFloatingKind(kind) || isComplexKind(kind);
}

Checker::Checker(const GradientProblem &problem, ArrayRef<const Array *> inputs,
                 ArrayRef<Array> derivatives)
    : problem(problem), inputs(inputs), derivatives(derivatives) {
  for (auto [number, type] :
       llvm::enumerate(problem.value.getSignature().results))
    if (hasDerivative(type.kind))
      floating.push_back(number);
  if (problem.mode == DerivativeMode::jvp)
    return;
  // Pairs of directions are compared for second derivatives.
  int64_t exhaustive = problem.mode == DerivativeMode::hessian
                           ? kSampledDirections
                           : kExhaustiveEntries;
  for (unsigned place = 0; place < problem.wrt.size(); ++place) {
    RandomStream stream(problem.seed, ~uint64_t(place));
    appendDirections(getArgument(place), place, exhaustive, stream, directions);
  }
}

llvm::Error Checker::run() {
  switch (problem.mode) {
  case DerivativeMode::valueAndGrad:
  case DerivativeMode::vjp:
    return checkGradients();
  case DerivativeMode::jvp:
    return checkTangents();
  case DerivativeMode::jacobian:
    return checkJacobians();
  case DerivativeMode::hessian:
    return checkHessians();
  }
  llvm_unreachable("every mode has a check");
}

double Checker::getStepLength(const Direction &direction, double factor) const {
  double magnitude = 1;
  const Array &argument = getArgument(direction.place);
  for (const auto &[position, value] : direction.entries)
    magnitude = std::max(magnitude, std::abs(argument.get(position)));
  return factor * magnitude;
}

Checker::Values Checker::evaluate(ArrayRef<Step> steps) const {
  size_t numInputs = problem.value.getSignature().inputs.size();
  SmallVector<const Array *> point(inputs.take_front(numInputs));
  SmallVector<Array> moved(problem.wrt.size());
  for (auto [direction, length] : steps) {
    Array &array = moved[direction->place];
    if (!array.data.data()) {
      llvm::Expected<Array> copy = getArgument(direction->place).clone();
      if (!copy)
        return copy.takeError();
      array = std::move(*copy);
      point[problem.wrt[direction->place]] = &array;
    }
    for (const auto &[position, value] : direction->entries)
      array.set(position, array.get(position) + length * value);
  }
  return problem.value.call(point);
}

Checker::Values Checker::differentiate(const Direction &direction) const {
  double length = getStepLength(direction, kFirstStep);
  Values forward = evaluate({{&direction, length}});
  if (!forward)
    return forward;
  Values backward = evaluate({{&direction, -length}});
  if (!backward)
    return backward;
  for (auto [after, before] : llvm::zip_equal(*forward, *backward)) {
    if (!hasDerivative(after.kind))
      continue;
    for (int64_t i = 0, e = after.getNumElements(); i < e; ++i)
      after.set(i, (after.get(i) - before.get(i)) / (2 * length));
  }
  return forward;
}

static std::string formatNumber(std::complex<double> value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::format("%.12g", value.real());
  if (value.imag() != 0)
    os << llvm::format("%+.12gi", value.imag());
  return text;
}

void Checker::compare(std::complex<double> derivative,
                      std::complex<double> difference,
                      const llvm::Twine &what) {
  double error = getElementError(derivative, difference);
  if (++report.numComparisons > 1 && error <= report.largestError)
    return;
  report.largestError = error;
  report.worst = (what + ": derivative " + formatNumber(derivative) +
                  ", difference " + formatNumber(difference))
                     .str();
}

/// Re sum conj(a) b
static double pair(const Array &a, const Array &b) {
  double sum = 0;
  for (int64_t i = 0, e = a.getNumElements(); i < e; ++i)
    sum += std::real(std::conj(a.get(i)) * b.get(i));
  return sum;
}

/// Re sum conj(gradient) direction
static double pair(const Array &gradient, const Direction &direction) {
  double sum = 0;
  for (const auto &[position, value] : direction.entries)
    sum += std::real(std::conj(gradient.get(position)) * value);
  return sum;
}

llvm::Error Checker::checkGradients() {
  const Signature &signature = problem.value.getSignature();
  for (const Direction &direction : directions) {
    Values change = differentiate(direction);
    if (!change)
      return change.takeError();
    double difference = 0;
    if (problem.mode == DerivativeMode::valueAndGrad)
      difference = change->front().get(0).real();
    else
      for (auto [seed, number] : llvm::enumerate(floating))
        difference +=
            pair(*inputs[signature.inputs.size() + seed], (*change)[number]);
    const Array &gradient =
        derivatives[signature.results.size() + direction.place];
    compare(pair(gradient, direction), difference,
            "argument #" + llvm::Twine(problem.wrt[direction.place]) + ", " +
                direction.name);
  }
  return llvm::Error::success();
}

/// The tangents are one direction in the space of all arguments.
llvm::Error Checker::checkTangents() {
  const Signature &signature = problem.value.getSignature();
  std::vector<Direction> tangents;
  for (unsigned place = 0; place < problem.wrt.size(); ++place) {
    const Array &tangent = *inputs[signature.inputs.size() + place];
    Direction direction{place, "", {}};
    for (int64_t i = 0, e = tangent.getNumElements(); i < e; ++i)
      direction.entries.push_back({i, tangent.get(i)});
    tangents.push_back(std::move(direction));
  }
  SmallVector<Step> forward, backward;
  for (const Direction &tangent : tangents) {
    forward.push_back({&tangent, kFirstStep});
    backward.push_back({&tangent, -kFirstStep});
  }
  Values after = evaluate(forward);
  if (!after)
    return after.takeError();
  Values before = evaluate(backward);
  if (!before)
    return before.takeError();
  for (auto [place, number] : llvm::enumerate(floating)) {
    const Array &tangent = derivatives[signature.results.size() + place];
    for (int64_t i = 0, e = tangent.getNumElements(); i < e; ++i)
      compare(tangent.get(i),
              ((*after)[number].get(i) - (*before)[number].get(i)) /
                  (2 * kFirstStep),
              "result #" + llvm::Twine(number) + ", entry " +
                  formatPosition(i, tangent.shape));
  }
  return llvm::Error::success();
}

llvm::Error Checker::checkJacobians() {
  for (const Direction &direction : directions) {
    Values change = differentiate(direction);
    if (!change)
      return change.takeError();
    int64_t numColumns = getArgument(direction.place).getNumElements();
    for (auto [row, number] : llvm::enumerate(floating)) {
      const Array &jacobian =
          derivatives[row * problem.wrt.size() + direction.place];
      const Array &result = (*change)[number];
      for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
        double derivative = 0;
        for (const auto &[position, value] : direction.entries)
          derivative +=
              jacobian.get(i * numColumns + position).real() * value.real();
        compare(derivative, result.get(i),
                "result #" + llvm::Twine(number) + " by argument #" +
                    llvm::Twine(problem.wrt[direction.place]) + ", row " +
                    formatPosition(i, result.shape) + ", " + direction.name);
      }
    }
  }
  return llvm::Error::success();
}

/// u' H v
static double pair(const Array &hessian, int64_t numColumns, const Direction &u,
                   const Direction &v) {
  double sum = 0;
  for (const auto &[row, left] : u.entries)
    for (const auto &[column, right] : v.entries)
      sum += left.real() * hessian.get(row * numColumns + column).real() *
             right.real();
  return sum;
}

llvm::Error Checker::checkHessians() {
  for (const Direction &u : directions) {
    for (const Direction &v : directions) {
      double du = getStepLength(u, kSecondStep);
      double dv = getStepLength(v, kSecondStep);
      double difference = 0;
      for (double sign : {1., -1.}) {
        for (double otherSign : {1., -1.}) {
          Values values = evaluate({{&u, sign * du}, {&v, otherSign * dv}});
          if (!values)
            return values.takeError();
          difference += sign * otherSign * values->front().get(0).real();
        }
      }
      const Array &hessian =
          derivatives[u.place * problem.wrt.size() + v.place];
      compare(pair(hessian, getArgument(v.place).getNumElements(), u, v),
              difference / (4 * du * dv),
              "arguments #" + llvm::Twine(problem.wrt[u.place]) + " and #" +
                  llvm::Twine(problem.wrt[v.place]) + ", " + u.name + " and " +
                  v.name);
    }
  }
  return llvm::Error::success();
}

/// Floating arrays in f64, complex ones in complex<f64>, others as they are.
static llvm::Expected<SmallVector<Array>> widen(ArrayRef<Array> arrays) {
  SmallVector<Array> result;
  for (const Array &array : arrays) {
    ElementKind kind = isFloatingKind(array.kind)  ? ElementKind::F64
                       : isComplexKind(array.kind) ? ElementKind::C128
                                                   : array.kind;
    llvm::Expected<Array> wide =
        kind == array.kind ? array.clone() : convertArray(array, kind);
    if (!wide)
      return wide.takeError();
    result.push_back(std::move(*wide));
  }
  return result;
}

llvm::Expected<GradientReport>
mlir::tensornet::checkGradient(const GradientProblem &problem) {
  llvm::Expected<SmallVector<Array>> wide = widen(problem.inputs);
  if (!wide)
    return wide.takeError();
  SmallVector<const Array *> inputs =
      llvm::map_to_vector(*wide, [](const Array &array) { return &array; });
  llvm::Expected<SmallVector<Array>> derivatives =
      problem.derivative.call(inputs);
  if (!derivatives)
    return derivatives.takeError();
  Checker checker(problem, inputs, *derivatives);
  if (llvm::Error error = checker.run())
    return std::move(error);
  return checker.takeReport();
}
