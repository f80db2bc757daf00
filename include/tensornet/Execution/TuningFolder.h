//===- TuningFolder.h - Tuned kernels on disk -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Tuned kernels in a folder, for other processes.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_TUNINGFOLDER_H
#define TENSORNET_EXECUTION_TUNINGFOLDER_H

#include "tensornet/Codegen/CPU/Kernels/TunedKernels.h"
#include "tensornet/Execution/CacheFolder.h"

#include <mutex>

namespace mlir::tensornet {

/// The folder of tuned kernels that belongs to the folder of compiled code that
/// chooseCacheFolder() finds for `setting`; empty for none.
std::string chooseTuningFolder(llvm::StringRef setting);

/// Tuned kernels in a folder that any number of processes read and write at a
/// time. They are entries like those of compiled code: known by a hash of what
/// they compute, the compiler and the host, and ignored where they are damaged
/// or foreign.
class TuningFolder : public cpu::TunedKernels {
public:
  /// Opens the folder at `path`, which is made where it is missing. An error
  /// where it cannot be used.
  static llvm::Expected<std::unique_ptr<TuningFolder>>
  open(llvm::StringRef path);

  /// The same for reading: null where there is no such folder.
  static llvm::Expected<std::unique_ptr<TuningFolder>>
  openExisting(llvm::StringRef path);

  std::optional<std::string>
  find(const cpu::KernelSignature &signature) const override;
  void refuse(const cpu::KernelSignature &signature) const override;

  /// Keeps `kernel`, the text of a `#tensornet.kernel`. An error where it
  /// cannot be written.
  llvm::Error store(const cpu::KernelSignature &signature,
                    llvm::StringRef kernel);

  /// Forgets the kernel for `signature`, if any.
  llvm::Error remove(const cpu::KernelSignature &signature);

  /// Forgets all kernels.
  llvm::Error clear();

  /// A text that is another one after every change to the folder.
  std::string getState() const;

  llvm::StringRef getPath() const { return folder->getPath(); }

  /// How many kernels were taken.
  unsigned getNumFound() const;

  /// What there is to say about entries that were ignored, a line each.
  std::vector<std::string> takeNotes() const;

private:
  explicit TuningFolder(std::unique_ptr<CacheFolder> folder)
      : folder(std::move(folder)) {}

  llvm::Error changeState();
  void note(const CacheKey &key, llvm::StringRef text) const;

  std::unique_ptr<CacheFolder> folder;
  mutable std::mutex mutex;
  mutable unsigned numFound = 0;
  mutable std::vector<std::string> notes;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_TUNINGFOLDER_H
