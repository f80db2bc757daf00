//===- RowValues.h - One row of each memref in registers --------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWVALUES_H
#define TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWVALUES_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/MapVector.h"

#include <functional>

namespace mlir::tensornet::cpu {

/// What the ops of a group have read and written of one row of each memref, in
/// registers. A row that is one number has vector 0 only, a scalar.
class RowValues {
public:
  /// Vector `number` of the row of `memref`, or null.
  Value lookup(Value memref, int64_t number) const {
    const auto *found = entries.find({memref, number});
    return found == entries.end() ? Value() : found->second.value;
  }

  void setRead(Value memref, int64_t number, Value value) {
    entries[{memref, number}].value = value;
  }

  /// Replaces a value; `store` writes it to memory, if somebody asks for that.
  void setWritten(Value memref, int64_t number, Value value,
                  std::function<void(Value)> store) {
    entries[{memref, number}] = {value, std::move(store)};
  }

  /// Writes to memory what was set of memrefs that are `needed` there.
  void storeAll(llvm::function_ref<bool(Value)> needed) const {
    for (const auto &[place, entry] : entries)
      if (entry.store && needed(place.first))
        entry.store(entry.value);
  }

private:
  struct Entry {
    Value value;
    std::function<void(Value)> store;
  };
  llvm::MapVector<std::pair<Value, int64_t>, Entry> entries;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWVALUES_H
