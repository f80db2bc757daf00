//===- Pipelines.h - Pipelines of tensornet ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_PIPELINES_PIPELINES_H
#define TENSORNET_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"

namespace mlir::tensornet {

namespace cpu {
class TunedKernels;
} // namespace cpu

/// How `--tensornet-to-cpu` makes code.
enum class CpuStyle {
  optimised, ///< planned, tiled, vectorised, fused
  plain,     ///< one naive loop nest per contraction as written: the oracle
};

/// Where `--tensornet-to-cpu` stops.
enum class CpuStage {
  network,  ///< requests expanded
  pairwise, ///< contractions ordered (style=plain keeps them as written)
  linalg,   ///< destinations and linalg on tensors
  outlined, ///< the same on buffers, equal work in functions (style=plain: not)
  buffers,  ///< loops on buffers, whose places are planned
  llvm,     ///< the LLVM dialect
};

/// The options of `--tensornet-to-cpu`.
struct TensorNetToCpuOptions
    : public PassPipelineOptions<TensorNetToCpuOptions> {
  Option<CpuStyle> style{
      *this, "style", llvm::cl::desc("How code is made"),
      llvm::cl::init(CpuStyle::optimised),
      llvm::cl::values(
          clEnumValN(CpuStyle::optimised, "optimised",
                     "Planned, tiled, vectorised, fused (default)"),
          clEnumValN(CpuStyle::plain, "plain",
                     "One naive loop nest per contraction as written"))};
  Option<unsigned> vectorWidth{
      *this, "vector-width",
      llvm::cl::desc("Bits of a vector register that style=optimised uses: "
                     "128, 256 or 512; 0 asks the host"),
      llvm::cl::init(0)};
  Option<cpu::MatrixUnit> matrixUnit{
      *this, "matrix-unit",
      llvm::cl::desc("What multiplies matrices of halves and bytes in "
                     "style=optimised"),
      llvm::cl::init(cpu::MatrixUnit::host), cpu::getMatrixUnitValues()};
  Option<bool> parallel{
      *this, "parallel",
      llvm::cl::desc("Make loops of style=optimised that OpenMP's runtime "
                     "library runs on several threads"),
      llvm::cl::init(false)};
  Option<uint64_t> memoryLimit{
      *this, "memory-limit",
      llvm::cl::desc("Slice contractions that need more elements alive at one "
                     "time for value and derivatives (0: no limit)"),
      llvm::cl::init(0)};
  Option<uint64_t> workspaceLimit{
      *this, "workspace-limit",
      llvm::cl::desc("Refuse functions that need more bytes of memory for "
                     "intermediates of static size (0: no limit)"),
      llvm::cl::init(0)};
  Option<CpuStage> stage{
      *this, "stage", llvm::cl::desc("Where to stop"),
      llvm::cl::init(CpuStage::llvm),
      llvm::cl::values(
          clEnumValN(CpuStage::network, "network", "Requests expanded"),
          clEnumValN(CpuStage::pairwise, "pairwise", "Contractions ordered"),
          clEnumValN(CpuStage::linalg, "linalg",
                     "Destinations and linalg on tensors"),
          clEnumValN(CpuStage::outlined, "outlined",
                     "The same on buffers, equal work in functions"),
          clEnumValN(CpuStage::buffers, "buffers",
                     "Loops on buffers, whose places are planned"),
          clEnumValN(CpuStage::llvm, "llvm", "The LLVM dialect (default)"))};
  /// Kernels that style=optimised prefers to those of the cost model; null for
  /// none. They must outlive the passes.
  const cpu::TunedKernels *tunedKernels = nullptr;
};

/// Adds the passes that take a module in any form to the LLVM dialect, or to an
/// earlier stage.
///
/// Afterwards every public function `f` has a C interface `_mlir_ciface_f`. A
/// tensor argument is a memref of identity layout that the function does not
/// write. Where all tensor results have static shapes, each is a trailing
/// memref argument that the caller allocates and that overlaps no other;
/// otherwise the function returns memrefs that the caller frees. Scalars are
/// passed and returned as they are. Intermediates of style=optimised lie in
/// trailing memrefs of bytes that the caller owns (see
/// `--tensornet-plan-memory`); other ones are allocated and freed by the code,
/// with the caller's `malloc` and `free`. A failed run-time check calls
/// `tensornet_check_failed`, which the caller supplies (see
/// `--convert-assert-to-handler`).
/// With `parallel` the code calls OpenMP's runtime library, and its results do
/// not depend on the number of threads: they are those of code without
/// `parallel`, to the last bit.
void buildTensorNetToCpuPipeline(OpPassManager &pm,
                                 const TensorNetToCpuOptions &options);

/// Adds the passes from source form, requests included, to network form:
/// simplify, differentiate, inline, simplify, cse. Contractions that need more
/// than `memoryLimit` elements for value and derivatives are sliced (0: none).
void buildNetworkPipeline(OpPassManager &pm, uint64_t memoryLimit = 0);

/// Adds the passes from network form to pairwise form: plan, cse.
void buildPairwisePipeline(OpPassManager &pm, uint64_t memoryLimit = 0);

/// The part of style=plain: network form to `stage`.
void buildPlainCpuPipeline(OpPassManager &pm, CpuStage stage);

/// The part of style=optimised: pairwise form to the stage of `options`.
void buildOptimisedCpuPipeline(OpPassManager &pm,
                               const TensorNetToCpuOptions &options);

/// The end of style=optimised: from functions on buffers, whose kernels are yet
/// to be chosen, to the stage of `options`.
void buildOutlinedToLLVMPipeline(OpPassManager &pm,
                                 const TensorNetToCpuOptions &options);

/// Registers every pipeline as a flag.
void registerTensorNetPipelines();

} // namespace mlir::tensornet

#endif // TENSORNET_PIPELINES_PIPELINES_H
