//===- TensorNetPlugin.cpp - Dialect and passes for stock MLIR tools ------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads into `mlir-opt --load-dialect-plugin=... --load-pass-plugin=...`.
//
//===----------------------------------------------------------------------===//

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "tensornet/InitAll.h"

using namespace mlir;

/// What `--load-dialect-plugin` asks a library for.
extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "TensorNet", TENSORNET_VERSION,
          [](DialectRegistry *registry) {
            tensornet::registerTensorNetDialects(*registry);
          }};
}

/// What `--load-pass-plugin` asks a library for.
extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "TensorNet", TENSORNET_VERSION,
          [] { tensornet::registerTensorNetPasses(); }};
}
