# MLIR's headers, parsed once for all libraries: this halves the time of a build.
# Compiler caches cannot use such a header, so a launcher turns it off.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(precompile_default OFF)
else()
  set(precompile_default ON)
endif()
option(TENSORNET_PRECOMPILE_HEADERS "Precompile MLIR's headers" ${precompile_default})
if(TENSORNET_PRECOMPILE_HEADERS)
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cpp" CONTENT "")
  add_library(tensornet-precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cpp")
  target_precompile_headers(tensornet-precompiled PRIVATE
    <mlir/Dialect/Affine/IR/AffineOps.h>
    <mlir/Dialect/Arith/IR/Arith.h>
    <mlir/Dialect/Complex/IR/Complex.h>
    <mlir/Dialect/Func/IR/FuncOps.h>
    <mlir/Dialect/Linalg/IR/Linalg.h>
    <mlir/Dialect/Math/IR/Math.h>
    <mlir/Dialect/MemRef/IR/MemRef.h>
    <mlir/Dialect/Tensor/IR/Tensor.h>
    <mlir/Pass/Pass.h>
    <mlir/Transforms/DialectConversion.h>
    <mlir/Transforms/GreedyPatternRewriteDriver.h>)
endif()
