//===- NetworkJson.h - Networks in JSON -------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The format that the cotengra project uses:
//
//   { "inputs": [["i", "j"], ["j", "k"]],
//     "output": ["i", "k"],
//     "size_dict": {"i": 4, "j": 8, "k": 2} }
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_NETWORKS_NETWORKJSON_H
#define TENSORNET_NETWORKS_NETWORKJSON_H

#include "tensornet/Networks/NamedNetwork.h"

namespace mlir::tensornet {

/// Reads a network from JSON text. Index names are strings of any length; they
/// may repeat in a tensor and occur in any number of tensors. `size_dict` may
/// have further entries. The error is one line that says where what was
/// expected; other keys are an error that names them.
llvm::Expected<NamedNetwork> parseNetworkJson(llvm::StringRef text);
/// Reads a network from a file, `-` being standard input. Errors start with the
/// name of the file.
llvm::Expected<NamedNetwork> readNetworkFile(llvm::StringRef path);
/// Writes a network such that `parseNetworkJson` gives an equal one: a line per
/// tensor, and one of extents.
void writeNetworkJson(const NamedNetwork &network, llvm::raw_ostream &os);

} // namespace mlir::tensornet

#endif // TENSORNET_NETWORKS_NETWORKJSON_H
