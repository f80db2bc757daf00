//===- Prepare.h - Functions ready to differentiate -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy of a function that can be differentiated op by op: one block, calls
// inlined, contractions on active paths in an order that suits the gradients.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_PREPARE_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_PREPARE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tensornet/Transforms/Differentiate/Activity.h"
#include "tensornet/Transforms/Plan/Slicing.h"

namespace mlir::tensornet {

/// The copy, with the activity of its values. It stands beside the original
/// function and is erased with this object.
class PreparedFunction {
public:
  /// Copies `function` and prepares the copy for derivatives of
  /// `activeResults` with respect to `activeArguments`; contractions on active
  /// paths are sliced where they need more than `memoryLimit` elements (0 for
  /// no limit). Fails after an error at the op that cannot be differentiated or
  /// does not fit.
  static FailureOr<std::unique_ptr<PreparedFunction>>
  create(func::FuncOp function, const llvm::BitVector &activeArguments,
         const llvm::BitVector &activeResults, uint64_t memoryLimit);
  ~PreparedFunction();

  /// Tells remark streamers how much of the function is on active paths, for
  /// the derivative that is asked for at `request`.
  void emitActivityRemark(Location request);

  Block &getBody() { return copy.getBody().front(); }
  func::ReturnOp getReturn() {
    return cast<func::ReturnOp>(getBody().getTerminator());
  }
  const ActivityAnalysis &getActivity() const { return *activity; }
  /// How `op`, a contraction of several tensors, is evaluated slice by slice;
  /// null for all other ops.
  const SlicedTree *getSlicedTree(Operation &op) const {
    auto found = slicedTrees.find(&op);
    return found == slicedTrees.end() ? nullptr : &found->second;
  }

private:
  explicit PreparedFunction(func::FuncOp copy) : copy(copy) {}
  LogicalResult analyze();
  LogicalResult orderContractions(uint64_t memoryLimit);
  LogicalResult checkRules();

  func::FuncOp copy;
  llvm::BitVector activeArguments;
  llvm::BitVector activeResults;
  std::unique_ptr<ActivityAnalysis> activity;
  llvm::DenseMap<Operation *, SlicedTree> slicedTrees;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_PREPARE_H
