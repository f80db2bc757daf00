//===- ArrayFiles.cpp - Arrays in files -----------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/ArrayFiles.h"
#include "tensornet/Execution/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir::tensornet;

/// The element type of the file that `kind` is written to.
static NpyKind getNpyKind(ElementKind kind) {
  switch (kind) {
  case ElementKind::I1:
    return NpyKind::Bool;
  case ElementKind::I8:
    return NpyKind::I8;
  case ElementKind::I16:
    return NpyKind::I16;
  case ElementKind::I32:
    return NpyKind::I32;
  case ElementKind::I64:
  case ElementKind::Index:
    return NpyKind::I64;
  case ElementKind::F16:
    return NpyKind::F16;
  case ElementKind::BF16:
  case ElementKind::F32:
    return NpyKind::F32;
  case ElementKind::F64:
    return NpyKind::F64;
  case ElementKind::C64:
    return NpyKind::C64;
  case ElementKind::C128:
    return NpyKind::C128;
  }
  llvm_unreachable("every kind is written as another");
}

/// The kind of arrays with the elements of the file, where bf16 can be read
/// from it.
static std::optional<ElementKind> getFloatingKind(NpyKind kind) {
  switch (kind) {
  case NpyKind::F16:
    return ElementKind::F16;
  case NpyKind::F32:
    return ElementKind::F32;
  case NpyKind::F64:
    return ElementKind::F64;
  default:
    return std::nullopt;
  }
}

static std::string formatShape(llvm::ArrayRef<int64_t> shape) {
  std::string text = "(";
  for (int64_t extent : shape)
    text += (text.size() > 1 ? ", " : "") +
            (extent < 0 ? "?" : std::to_string(extent));
  return text + (shape.size() == 1 ? ",)" : ")");
}

static bool matches(llvm::ArrayRef<int64_t> found,
                    llvm::ArrayRef<int64_t> expected) {
  return found.size() == expected.size() &&
         llvm::all_of(llvm::zip_equal(found, expected), [](auto extents) {
           return std::get<1>(extents) < 0 ||
                  std::get<0>(extents) == std::get<1>(extents);
         });
}

static llvm::Error makeError(llvm::StringRef path, const llvm::Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

llvm::Expected<Array>
mlir::tensornet::readArray(llvm::StringRef path, ElementKind kind,
                           llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<NpyArray> file = readNpy(path);
  if (!file)
    return file.takeError();
  std::optional<ElementKind> roundedFrom =
      kind == ElementKind::BF16 ? getFloatingKind(file->kind) : std::nullopt;
  if (!roundedFrom && file->kind != getNpyKind(kind))
    return makeError(path, "expected elements of type " +
                               getNpyKindName(getNpyKind(kind)) + " for " +
                               getElementKindName(kind) + ", found " +
                               getNpyKindName(file->kind));
  if (!matches(file->shape, shape))
    return makeError(path, "expected shape " + formatShape(shape) + ", found " +
                               formatShape(file->shape));
  Array array;
  array.kind = roundedFrom ? *roundedFrom : kind;
  array.shape = std::move(file->shape);
  array.data = std::move(file->data);
  if (roundedFrom)
    return convertArray(array, kind);
  return array;
}

llvm::Error mlir::tensornet::writeArray(llvm::StringRef path,
                                        const Array &array) {
  if (array.kind == ElementKind::BF16) {
    llvm::Expected<Array> wide = convertArray(array, ElementKind::F32);
    if (!wide)
      return wide.takeError();
    return writeArray(path, *wide);
  }
  return writeNpy(path, getNpyKind(array.kind), array.shape,
                  llvm::ArrayRef(array.data.data(), array.data.size()));
}
