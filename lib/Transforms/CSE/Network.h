//===- Network.h - Contractions as networks of tensors ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_CSE_NETWORK_H
#define TENSORNET_LIB_TRANSFORMS_CSE_NETWORK_H

#include "tensornet/Analysis/ContractionMatch.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"

namespace mlir::tensornet {

/// A hash that is the same for all contractions that `matchContractions` can
/// match: names of indices, order of operands and of result dimensions do not
/// enter.
llvm::hash_code hashContraction(const ContractionSpec &spec);

/// How the results of two contractions are equal (see Analysis/
/// ContractionMatch.h).
std::optional<DimPermutation> matchContractions(const ContractionSpec &first,
                                                const ContractionSpec &second,
                                                ResultOrder order);

/// The networks that contractions stand for: one contraction of the tensors
/// that several contractions in a row multiply, in whatever order.
class Networks {
public:
  /// The network of `op`. Contractions that make its operands are part of it
  /// where that leaves at most kMaxTensors tensors.
  const ContractionSpec &get(ContractOp op);
  /// Forgets `op`, which is about to be erased.
  void forget(ContractOp op) { networks.erase(op); }

  /// Networks of more tensors are not looked for, so that the work is linear.
  static constexpr unsigned kMaxTensors = 16;

private:
  /// Puts the network of `producer` in the place of an operand.
  void substitute(const ContractionSpec &producer, const Subscripts &read,
                  bool conjugated, IndexId &numIndices, ContractionSpec &spec);

  DenseMap<Operation *, ContractionSpec> networks;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_CSE_NETWORK_H
