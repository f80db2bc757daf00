//===- Bufferize.cpp - Tensors to buffers ---------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Pipelines/Bufferize.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "tensornet/Conversion/Passes.h"

using namespace mlir;
using namespace mlir::tensornet;

void mlir::tensornet::buildBufferizePipeline(OpPassManager &pm) {
  // Identity layouts at function boundaries: callers pass plain arrays.
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  options.unknownTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  // A loop may carry a buffer that its body allocates.
  options.allowReturnAllocsFromLoops = true;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  // Loops that update sums in place carry no buffers, and branches that write
  // to one buffer return none, so that results may be computed where the caller
  // wants them.
  pm.addPass(createCanonicalizerPass());
  // Right after bufferization, while results are fresh allocations that an
  // argument can take the place of.
  pm.addPass(createResultsToOutParams());
  // What is left to allocate is what the code will ask memory for.
  pm.addPass(createCheckAllocations());
  // Frees what no result holds; needs the final signatures.
  bufferization::buildBufferDeallocationPipeline(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
}
