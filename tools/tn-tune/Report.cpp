//===- Report.cpp - What the tuner prints ---------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::tensornet;

static double getRatio(const KernelSearchResult &found) {
  return found.tunedSeconds / found.modelSeconds;
}

/// The ratios of all kernels that were timed, in order of size.
static std::vector<double> collectRatios(const TuneReport &report) {
  std::vector<double> ratios;
  for (const TuneEntry &entry : report.entries)
    if (entry.found)
      ratios.push_back(getRatio(*entry.found));
  llvm::sort(ratios);
  return ratios;
}

static double getMedian(ArrayRef<double> sorted) {
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

static std::string toText(KernelAttr kernel) {
  std::string text;
  llvm::raw_string_ostream(text) << kernel;
  return text;
}

//===----------------------------------------------------------------------===//
// For people
//===----------------------------------------------------------------------===//

void mlir::tensornet::printEntry(llvm::raw_ostream &os,
                                 const TuneEntry &entry) {
  os << entry.kernel.contraction;
  if (entry.kernel.numCalls > 1)
    os << ", " << entry.kernel.numCalls << " times";
  os << "\n";
  if (!entry.found) {
    os << "  cannot be timed alone, or loops are as good\n";
    return;
  }
  const KernelSearchResult &found = *entry.found;
  os << llvm::format("  model %.3e s  ", found.modelSeconds) << found.model
     << "\n";
  if (entry.isFaster())
    os << llvm::format("  tuned %.3e s  ", found.tunedSeconds) << found.tuned
       << "\n";
  os << llvm::format("  tuned/model %.3f, %u trials", getRatio(found),
                     found.numTrials);
  if (found.numWrong)
    os << ", " << found.numWrong << " with other results";
  os << "\n";
}

void mlir::tensornet::printSummary(llvm::raw_ostream &os,
                                   const TuneReport &report) {
  std::vector<double> ratios = collectRatios(report);
  if (ratios.empty()) {
    os << "there is no kernel to tune\n";
    return;
  }
  size_t numFaster =
      llvm::count_if(report.entries, std::mem_fn(&TuneEntry::isFaster));
  os << "\n"
     << ratios.size() << " kernels, " << numFaster << " faster than the model's"
     << llvm::format(": tuned/model %.3f in median, %.3f at best; %.1f s\n",
                     getMedian(ratios), ratios[0], report.seconds);
  if (!report.folder.empty() && numFaster)
    os << "kept in " << report.folder << "\n";
}

//===----------------------------------------------------------------------===//
// For scripts
//===----------------------------------------------------------------------===//

static llvm::json::Object toJson(const TuneEntry &entry) {
  llvm::json::Object object{
      {"contraction", entry.kernel.contraction},
      {"calls", static_cast<int64_t>(entry.kernel.numCalls)}};
  if (!entry.found)
    return object;
  const KernelSearchResult &found = *entry.found;
  object["model"] = toText(found.model);
  object["tuned"] = toText(found.tuned);
  object["model_s"] = found.modelSeconds;
  object["tuned_s"] = found.tunedSeconds;
  object["trials"] = static_cast<int64_t>(found.numTrials);
  object["wrong"] = static_cast<int64_t>(found.numWrong);
  return object;
}

void mlir::tensornet::printJson(llvm::raw_ostream &os,
                                const TuneReport &report) {
  llvm::json::Array kernels;
  for (const TuneEntry &entry : report.entries)
    kernels.push_back(toJson(entry));
  llvm::json::Object object{{"kernels", std::move(kernels)},
                            {"seconds", report.seconds},
                            {"interrupted", report.isInterrupted},
                            {"folder", report.folder}};
  std::vector<double> ratios = collectRatios(report);
  if (!ratios.empty())
    object["median_ratio"] = getMedian(ratios);
  os << llvm::formatv("{0:2}", llvm::json::Value(std::move(object))) << "\n";
}
