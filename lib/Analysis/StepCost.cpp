//===- StepCost.cpp - What a step adds to a cost --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepCost.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

const LogSum::Table LogSum::table;

StepCost::StepCost(SearchObjective objective, const MachineModel &machine,
                   bool anyActive)
    : objective(objective), machine(machine),
      logMultiplicationsPerSecond(std::log2(machine.multiplicationsPerSecond)),
      logElementsPerSecond(std::log2(machine.elementsPerSecond)),
      logSecondsPerStep(std::log2(machine.secondsPerStep)),
      power(anyActive ? 1 : 4) {}

double StepCost::getTotal(const TreeCost &cost) const {
  switch (objective) {
  case SearchObjective::Operations:
    return cost.weighted;
  case SearchObjective::Traffic:
    return cost.traffic;
  case SearchObjective::Peak:
    return cost.peak;
  case SearchObjective::Machine:
    return cost.seconds;
  }
  llvm_unreachable("all objectives are handled");
}

double StepCost::getLogTotal(const LogCost &cost) const {
  constexpr double log2Of10 = 3.321928094887362;
  switch (objective) {
  case SearchObjective::Operations:
    return cost.log10Weighted * log2Of10;
  case SearchObjective::Traffic:
    return cost.log10Traffic * log2Of10;
  case SearchObjective::Peak:
    return cost.log2Peak;
  case SearchObjective::Machine:
    return cost.log10Seconds * log2Of10;
  }
  llvm_unreachable("all objectives are handled");
}

double StepCost::get(const StepSizes &step) const {
  if (step.anyFree)
    return 0;
  double passes = getNumPasses(step.lhsActive, step.rhsActive);
  double moved = step.lhs + step.rhs + step.result;
  switch (objective) {
  case SearchObjective::Operations:
    return step.points * passes;
  case SearchObjective::Traffic:
    return moved * passes;
  case SearchObjective::Peak:
    return std::pow(moved, power);
  case SearchObjective::Machine:
    return passes * (std::max(step.points / machine.multiplicationsPerSecond,
                              moved / machine.elementsPerSecond) +
                     machine.secondsPerStep);
  }
  llvm_unreachable("all objectives are handled");
}

double StepCost::getLogOfOthers(const StepSizes &step) const {
  double moved = LogSum::get(LogSum::get(step.lhs, step.rhs), step.result);
  if (objective == SearchObjective::Traffic)
    return moved + getLogPasses(step);
  if (objective == SearchObjective::Peak)
    return moved * power;
  double seconds = std::max(step.points - logMultiplicationsPerSecond,
                            moved - logElementsPerSecond);
  return LogSum::get(seconds, logSecondsPerStep) + getLogPasses(step);
}
