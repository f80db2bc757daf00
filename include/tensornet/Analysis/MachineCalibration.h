//===- MachineCalibration.h - The machine model of this host ----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_MACHINECALIBRATION_H
#define TENSORNET_ANALYSIS_MACHINECALIBRATION_H

#include "tensornet/Analysis/CostModel.h"

namespace mlir::tensornet {

/// Measures one core of this host in double precision, which takes about a
/// tenth of a second: the multiplications of a vectorised kernel on data in the
/// first cache, and the elements that a copy beyond all caches moves. Figures
/// have two digits, so that they seldom change.
MachineModel measureMachine();

/// The model of this host. The first call ever measures and keeps the figures
/// in a file of the user's cache folder (tensornet/machine.json), where later
/// ones find them: a plan for this host stays the same. A file of another
/// processor, or one that cannot be read, is measured anew.
MachineModel getHostMachine();

/// The same with a file of this name.
MachineModel getHostMachine(llvm::StringRef path);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_MACHINECALIBRATION_H
