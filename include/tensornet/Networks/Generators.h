//===- Generators.h - Families of networks ----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Networks of the kinds that planners are measured on, from a line of text:
//
//   mps:sites=64,bond=16
//   regular:nodes=200,degree=3,extent=2,seed=1
//
// The same text gives the same network on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_NETWORKS_GENERATORS_H
#define TENSORNET_NETWORKS_GENERATORS_H

#include "tensornet/Networks/NamedNetwork.h"

namespace mlir::tensornet {

/// The network that `text`, KIND or KIND:NAME=VALUE,..., asks for; parameters
/// that are not named have their defaults. An error where the kind or a
/// parameter is unknown or a value is out of range.
llvm::Expected<NamedNetwork> generateNetwork(llvm::StringRef text);
/// The names of all kinds.
std::vector<llvm::StringRef> getGeneratorKinds();
/// Prints all kinds with their parameters.
void printGenerators(llvm::raw_ostream &os);

} // namespace mlir::tensornet

#endif // TENSORNET_NETWORKS_GENERATORS_H
