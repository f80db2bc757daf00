//===- ArrayView.cpp - Arrays in memory of others -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/ArrayView.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

#include <algorithm>
#include <cstring>

using namespace mlir::tensornet;

ArrayView ArrayView::contiguous(ElementKind kind, std::byte *data,
                                llvm::ArrayRef<int64_t> shape) {
  ArrayView view;
  view.kind = kind;
  view.data = data;
  view.shape.assign(shape.begin(), shape.end());
  view.strides.resize(shape.size());
  // Of what has no elements, strides mean nothing and may overflow.
  uint64_t stride = getByteWidth(kind);
  for (size_t dim = shape.size(); dim-- > 0;) {
    view.strides[dim] = static_cast<int64_t>(stride);
    stride *= static_cast<uint64_t>(shape[dim]);
  }
  return view;
}

//===----------------------------------------------------------------------===//
// Where elements lie
//===----------------------------------------------------------------------===//

namespace {
/// Addresses of bytes, from the first one up to the one after the last.
struct ByteRange {
  int64_t from, to;
};
} // namespace

static bool isEmpty(const ArrayView &view) {
  return llvm::is_contained(view.shape, 0);
}

/// The bytes between the ends of a view that is not empty; std::nullopt where
/// they are not all addresses.
static std::optional<ByteRange> getByteRange(const ArrayView &view) {
  auto address = static_cast<int64_t>(reinterpret_cast<intptr_t>(view.data));
  std::optional<int64_t> from = address;
  std::optional<int64_t> to =
      llvm::checkedAdd<int64_t>(address, getByteWidth(view.kind));
  for (auto [extent, stride] : llvm::zip_equal(view.shape, view.strides)) {
    std::optional<int64_t> reach = llvm::checkedMul(extent - 1, stride);
    if (!reach)
      return std::nullopt;
    std::optional<int64_t> &end = *reach < 0 ? from : to;
    if (end)
      end = llvm::checkedAdd(*end, *reach);
  }
  if (!from || !to || *from < 0)
    return std::nullopt;
  return ByteRange{*from, *to};
}

llvm::Error ArrayView::check() const {
  if (strides.size() != shape.size())
    return llvm::createStringError("has " + llvm::Twine(strides.size()) +
                                   " strides for " + llvm::Twine(shape.size()) +
                                   " dimensions");
  for (auto [dim, extent] : llvm::enumerate(shape))
    if (extent < 0)
      return llvm::createStringError("has extent " + llvm::Twine(extent) +
                                     " in dimension " + llvm::Twine(dim));
  if (isEmpty(*this))
    return llvm::Error::success();
  if (!data)
    return llvm::createStringError("has elements but no memory");
  if (!getDataSize(kind, shape) || !getByteRange(*this))
    return llvm::createStringError("has elements beyond all addresses");
  return llvm::Error::success();
}

uint64_t ArrayView::getNumElements() const {
  return *getDataSize(kind, shape) / getByteWidth(kind);
}

/// What compiled code expects of the address of an element.
static unsigned getAlignment(ElementKind kind) {
  unsigned width = getByteWidth(kind);
  return isComplexKind(kind) ? width / 2 : width;
}

bool ArrayView::isContiguous() const {
  if (isEmpty(*this))
    return true;
  if (reinterpret_cast<uintptr_t>(data) % getAlignment(kind))
    return false;
  int64_t expected = getByteWidth(kind);
  for (size_t dim = shape.size(); dim-- > 0;) {
    if (shape[dim] != 1 && strides[dim] != expected)
      return false;
    expected *= shape[dim];
  }
  return true;
}

bool ArrayView::mayOverlap(const ArrayView &other) const {
  if (isEmpty(*this) || isEmpty(other))
    return false;
  ByteRange mine = *getByteRange(*this), others = *getByteRange(other);
  return mine.from < others.to && others.from < mine.to;
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

/// Calls `function` with the address of every element, in C order, whose
/// dimensions are those from `dim` on.
template <typename Function>
static void visitElements(const ArrayView &view, size_t dim, std::byte *data,
                          Function function) {
  if (dim == view.shape.size())
    return function(data);
  for (int64_t i = 0; i < view.shape[dim]; ++i)
    visitElements(view, dim + 1, data + i * view.strides[dim], function);
}

llvm::Expected<Array> ArrayView::copy() const {
  llvm::Expected<Array> array = Array::allocate(kind, shape);
  if (!array)
    return array;
  unsigned width = getByteWidth(kind);
  std::byte *target = array->data.data();
  if (isContiguous()) {
    if (!isEmpty(*this))
      std::memcpy(target, data, array->data.size());
    return array;
  }
  visitElements(*this, 0, data, [&](const std::byte *element) {
    std::memcpy(target, element, width);
    target += width;
  });
  return array;
}

void ArrayView::assign(const Array &array) const {
  unsigned width = getByteWidth(kind);
  const std::byte *source = array.data.data();
  if (!isEmpty(*this))
    visitElements(*this, 0, data, [&](std::byte *element) {
      std::memcpy(element, source, width);
      source += width;
    });
}

/// True where the strides alone say that no two elements share bytes: each
/// moves past all elements of the smaller ones.
static bool areNested(const ArrayView &view) {
  if (isEmpty(view))
    return true;
  llvm::SmallVector<std::pair<int64_t, int64_t>> dims;
  for (auto [extent, stride] : llvm::zip_equal(view.shape, view.strides))
    if (extent > 1)
      dims.push_back({std::abs(stride), extent});
  llvm::sort(dims);
  int64_t size = getByteWidth(view.kind);
  for (auto [stride, extent] : dims) {
    if (stride < size)
      return false;
    size += stride * (extent - 1);
  }
  return true;
}

bool mlir::tensornet::shareElements(llvm::ArrayRef<ArrayView> views) {
  bool areApart = llvm::all_of(views, areNested);
  for (size_t i = 0; i < views.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      areApart &= !views[i].mayOverlap(views[j]);
  if (areApart)
    return false;
  // Interleaved, or not: look.
  llvm::SmallVector<ByteRange, 0> elements;
  for (const ArrayView &view : views)
    if (!isEmpty(view))
      visitElements(view, 0, view.data, [&](const std::byte *element) {
        auto from = static_cast<int64_t>(reinterpret_cast<intptr_t>(element));
        elements.push_back({from, from + getByteWidth(view.kind)});
      });
  llvm::sort(elements, [](const ByteRange &a, const ByteRange &b) {
    return a.from < b.from;
  });
  for (size_t i = 1; i < elements.size(); ++i)
    if (elements[i].from < elements[i - 1].to)
      return true;
  return false;
}
