//===- Options.h - The command line -----------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_TN_PLAN_OPTIONS_H
#define TENSORNET_TOOLS_TN_PLAN_OPTIONS_H

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Networks/NamedNetwork.h"

namespace mlir::tensornet {

/// What the tool is asked to do. One of the three sources is set.
struct PlanOptions {
  std::optional<std::string> einsum;
  std::vector<std::string> sizes;
  std::optional<std::string> network;
  std::optional<std::string> generate;
  /// Where a generated network goes.
  std::string output = "-";
  /// `all`, `none` or numbers of tensors.
  std::string active = "none";
  SearchOptions search;
  bool json = false;
  std::string draw;
};

/// Reads the command line. Ends the process, after one line on standard error,
/// where LLVM's parser refuses it; an error where flags or values make no
/// sense.
llvm::Expected<PlanOptions> parseCommandLine(int argc, char **argv);

/// The network that --einsum or --network names.
llvm::Expected<NamedNetwork> readNetwork(const PlanOptions &options);

/// Marks the leaves that --active names.
llvm::Error setActiveLeaves(llvm::StringRef active, ContractionGraph &graph);

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_TN_PLAN_OPTIONS_H
