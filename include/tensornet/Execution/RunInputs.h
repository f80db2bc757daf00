//===- RunInputs.h - The inputs of a run ------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The inputs of a run: from files, else random.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_RUNINPUTS_H
#define TENSORNET_EXECUTION_RUNINPUTS_H

#include "tensornet/Execution/Signature.h"

#include <map>
#include <string>

namespace mlir::tensornet {

struct InputSources {
  /// NumPy files, by number of the input.
  std::map<unsigned, std::string> files;
  /// Shapes, by number of the input; needed where a random input's type is
  /// dynamic.
  std::map<unsigned, SmallVector<int64_t>> shapes;
  /// Of the random inputs. Input I is drawn from stream I of the seed, whatever
  /// the other inputs are.
  uint64_t seed = 0;
};

/// One array per input of the signature. An error names the input, what its
/// type asks for and what was found.
llvm::Expected<SmallVector<Array>> makeInputs(const Signature &signature,
                                              const InputSources &sources);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_RUNINPUTS_H
