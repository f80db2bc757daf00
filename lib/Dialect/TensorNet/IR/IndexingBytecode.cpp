//===- IndexingBytecode.cpp - Bytecode of the dialect ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/IndexingBytecode.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// Codes of the attributes of the dialect.
enum class AttributeCode : uint64_t { indexing = 0 };

/// The version of the encoding, written with every module.
constexpr uint64_t kEncodingVersion = 1;

struct TensorNetVersion : DialectVersion {
  explicit TensorNetVersion(uint64_t version) : version(version) {}
  uint64_t version;
};

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void writeSubscripts(DialectBytecodeWriter &writer,
                     const Subscripts &subscripts) {
  writer.writeList(subscripts, [&](const LinearForm &form) {
    writer.writeList(form.getTerms(), [&](const LinearForm::Term &term) {
      writer.writeVarInt(term.index);
      writer.writeSignedVarInt(term.coefficient);
    });
    writer.writeSignedVarInt(form.getConstant());
  });
}

void writeIndexing(DialectBytecodeWriter &writer, const Indexing &indexing) {
  writer.writeVarInt(indexing.operands.size());
  for (auto [subscripts, conjugated] :
       llvm::zip_equal(indexing.operands, indexing.conjugated)) {
    writer.writeVarInt(conjugated);
    writeSubscripts(writer, subscripts);
  }
  writeSubscripts(writer, indexing.result);
  writer.writeList(indexing.extents, [&](const ExplicitExtent &entry) {
    writer.writeVarInt(entry.index);
    writer.writeSignedVarInt(entry.extent);
  });
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

LogicalResult readForm(DialectBytecodeReader &reader, LinearForm &form) {
  SmallVector<LinearForm::Term> terms;
  auto readTerm = [&](LinearForm::Term &term) -> LogicalResult {
    uint64_t index;
    if (failed(reader.readVarInt(index)) ||
        failed(reader.readSignedVarInt(term.coefficient)))
      return failure();
    if (index >= std::numeric_limits<IndexId>::max())
      return reader.emitError("index number ") << index << " is too large";
    term.index = index;
    return success();
  };
  int64_t constant;
  if (failed(reader.readList(terms, readTerm)) ||
      failed(reader.readSignedVarInt(constant)))
    return failure();
  std::optional<LinearForm> read = LinearForm::get(terms, constant);
  if (!read)
    return reader.emitError("a subscript has a coefficient beyond 64 bits");
  form = *read;
  return success();
}

LogicalResult readSubscripts(DialectBytecodeReader &reader,
                             Subscripts &subscripts) {
  return reader.readList(
      subscripts, [&](LinearForm &form) { return readForm(reader, form); });
}

LogicalResult readExtent(DialectBytecodeReader &reader,
                         ExplicitExtent &extent) {
  uint64_t index;
  if (failed(reader.readVarInt(index)) ||
      failed(reader.readSignedVarInt(extent.extent)))
    return failure();
  extent.index = index;
  return success();
}

FailureOr<Indexing> readIndexing(DialectBytecodeReader &reader) {
  Indexing indexing;
  uint64_t numOperands;
  if (failed(reader.readVarInt(numOperands)))
    return failure();
  for (uint64_t i = 0; i < numOperands; ++i) {
    uint64_t conjugated;
    if (failed(reader.readVarInt(conjugated)) ||
        failed(readSubscripts(reader, indexing.operands.emplace_back())))
      return failure();
    indexing.conjugated.push_back(conjugated != 0);
  }
  auto readEntry = [&](ExplicitExtent &extent) {
    return readExtent(reader, extent);
  };
  if (failed(readSubscripts(reader, indexing.result)) ||
      failed(reader.readList(indexing.extents, readEntry)))
    return failure();
  return indexing;
}

struct TensorNetBytecodeInterface : BytecodeDialectInterface {
  explicit TensorNetBytecodeInterface(Dialect *dialect)
      : BytecodeDialectInterface(dialect) {}

  LogicalResult writeAttribute(Attribute attr,
                               DialectBytecodeWriter &writer) const final {
    auto indexing = dyn_cast<IndexingAttr>(attr);
    if (!indexing)
      return failure();
    writer.writeVarInt(static_cast<uint64_t>(AttributeCode::indexing));
    writeIndexing(writer, indexing.getValue());
    return success();
  }

  Attribute readAttribute(DialectBytecodeReader &reader) const final {
    uint64_t code;
    if (failed(reader.readVarInt(code)))
      return {};
    if (code != static_cast<uint64_t>(AttributeCode::indexing)) {
      reader.emitError("unknown tensornet attribute code ") << code;
      return {};
    }
    FailureOr<Indexing> indexing = readIndexing(reader);
    if (failed(indexing))
      return {};
    return IndexingAttr::getChecked([&] { return reader.emitError(); },
                                    getContext(), *indexing);
  }

  void writeVersion(DialectBytecodeWriter &writer) const final {
    writer.writeVarInt(kEncodingVersion);
  }

  std::unique_ptr<DialectVersion>
  readVersion(DialectBytecodeReader &reader) const final {
    uint64_t version;
    if (failed(reader.readVarInt(version)))
      return nullptr;
    if (version != kEncodingVersion) {
      reader.emitError("tensornet bytecode has version ")
          << version << ", this build reads version " << kEncodingVersion;
      return nullptr;
    }
    return std::make_unique<TensorNetVersion>(version);
  }
};

} // namespace

void mlir::tensornet::addBytecodeInterface(TensorNetDialect &dialect) {
  dialect.addInterfaces<TensorNetBytecodeInterface>();
}
