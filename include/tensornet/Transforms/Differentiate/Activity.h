//===- Activity.h - Varied and useful values --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which values of a function a derivative has to follow: those that depend on
// a differentiated argument (varied) and that a differentiated result depends
// on (useful).
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_DIFFERENTIATE_ACTIVITY_H
#define TENSORNET_TRANSFORMS_DIFFERENTIATE_ACTIVITY_H

#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::tensornet {

/// The activity of every value of one function. Dependence follows operands,
/// values captured by regions, and control flow known to MLIR's data-flow
/// framework; it ends where DifferentiableOpInterface says that a derivative
/// is zero and at values of integer type.
class ActivityAnalysis {
public:
  /// `activeArguments` and `activeResults` say which arguments are
  /// differentiated and which results have cotangents (or tangents).
  ActivityAnalysis(FunctionOpInterface function,
                   const llvm::BitVector &activeArguments,
                   const llvm::BitVector &activeResults);

  /// Fails if the solver did not converge.
  LogicalResult getStatus() const { return status; }

  bool isVaried(Value value) const;
  bool isUseful(Value value) const;
  bool isActive(Value value) const {
    return isVaried(value) && isUseful(value);
  }
  /// True where some result of `op` is active.
  bool isActive(Operation *op) const;

private:
  DataFlowSolver solver;
  SymbolTableCollection symbolTable;
  LogicalResult status = success();
};

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_DIFFERENTIATE_ACTIVITY_H
