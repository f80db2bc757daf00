//===- KernelChoice.cpp - How a kernel is made ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/KernelChoice.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <tuple>

using namespace mlir::tensornet;

static auto getFields(const KernelChoice &choice) {
  return std::tie(choice.batch, choice.rows, choice.columns, choice.sum,
                  choice.swap, choice.rowTile, choice.columnTile,
                  choice.joinColumns, choice.block, choice.rowGroup,
                  choice.packA, choice.packB, choice.distribute);
}

bool KernelChoice::operator==(const KernelChoice &other) const {
  return getFields(*this) == getFields(other);
}

/// Absent values, and numbers, flags and lists of these.
template <typename T>
static llvm::hash_code hashField(const std::optional<T> &field) {
  if (!field)
    return llvm::hash_value(false);
  if constexpr (std::is_scalar_v<T>)
    return llvm::hash_combine(true, *field);
  else
    return llvm::hash_combine(true, llvm::hash_combine_range(*field));
}

llvm::hash_code mlir::tensornet::hash_value(const KernelChoice &choice) {
  return std::apply(
      [](const auto &...fields) {
        return llvm::hash_combine(hashField(fields)...);
      },
      getFields(choice));
}

static constexpr std::pair<Distribution, llvm::StringLiteral> kWords[] = {
    {Distribution::none, "none"},
    {Distribution::batch, "batch"},
    {Distribution::rows, "rows"},
    {Distribution::columns, "columns"},
    {Distribution::sum, "sum"}};

llvm::StringRef mlir::tensornet::stringify(Distribution distribution) {
  for (const auto &[value, word] : kWords)
    if (value == distribution)
      return word;
  llvm_unreachable("every distribution has a word");
}

std::optional<Distribution>
mlir::tensornet::parseDistribution(llvm::StringRef word) {
  for (const auto &[value, text] : kWords)
    if (text == word)
      return value;
  return std::nullopt;
}
