//===- Npy.cpp - NumPy array files ----------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Npy.h"

#include "NpyHeader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SwapByteOrder.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <utility>

using namespace mlir::tensornet;
using llvm::Error;
using llvm::Expected;
using llvm::MutableArrayRef;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;

static constexpr StringRef kMagic("\x93NUMPY", 6);
/// NumPy pads the header so that the elements start at such a multiple.
static constexpr size_t kDataAlignment = 64;
/// Bounds what is read before anything is known about the file; the header of
/// an array of the largest rank takes under 2 kB.
static constexpr uint64_t kMaxHeaderSize = 1 << 20;

static Error makeError(StringRef path, const Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

std::optional<uint64_t>
mlir::tensornet::getNpyDataSize(NpyKind kind, llvm::ArrayRef<int64_t> shape) {
  int64_t size = getNpyByteWidth(kind);
  bool isEmpty = false;
  for (int64_t extent : shape) {
    if (extent == 0)
      isEmpty = true;
    else if (extent < 0 || llvm::MulOverflow(size, extent, size))
      return std::nullopt;
  }
  return isEmpty ? 0 : size;
}

/// The number of bytes that `shape` takes, or an error that shows the shape.
static Expected<uint64_t> computeDataSize(StringRef path, NpyKind kind,
                                          llvm::ArrayRef<int64_t> shape) {
  if (std::optional<uint64_t> size = getNpyDataSize(kind, shape))
    return *size;
  std::string extents;
  llvm::raw_string_ostream os(extents);
  llvm::interleaveComma(shape, os);
  return makeError(path, "expected an array of less than 2^63 bytes, found "
                         "extents " +
                             extents);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// A regular file that is read from its start to its end.
class InputFile {
public:
  static Expected<InputFile> open(StringRef path);
  InputFile(InputFile &&other)
      : path(other.path), handle(std::exchange(other.handle, fs::kInvalidFile)),
        remaining(other.remaining) {}
  ~InputFile() {
    if (handle != fs::kInvalidFile)
      fs::closeFile(handle);
  }

  /// Bytes that have not been read.
  uint64_t getRemaining() const { return remaining; }
  /// Reads the next bytes, as many as `bytes` has; `what` names them.
  Error read(MutableArrayRef<char> bytes, StringRef what);
  Error makeError(const Twine &message) { return ::makeError(path, message); }

private:
  InputFile(StringRef path, fs::file_t handle) : path(path), handle(handle) {}

  StringRef path;
  fs::file_t handle;
  uint64_t remaining = 0;
};

} // namespace

Expected<InputFile> InputFile::open(StringRef path) {
  // Opening a pipe would wait for its other end, so look first.
  fs::file_status status;
  if (std::error_code error = fs::status(path, status))
    return ::makeError(path, "cannot be read: " + error.message());
  if (status.type() != fs::file_type::regular_file)
    return ::makeError(path, "expected a regular file");
  Expected<fs::file_t> handle = fs::openNativeFileForRead(path);
  if (!handle)
    return ::makeError(path,
                       "cannot be read: " + llvm::toString(handle.takeError()));
  InputFile file(path, *handle);
  file.remaining = status.getSize();
  return std::move(file);
}

Error InputFile::read(MutableArrayRef<char> bytes, StringRef what) {
  if (bytes.size() > remaining)
    return makeError("expected " + Twine(bytes.size()) + " bytes of " + what +
                     ", found " + Twine(remaining));
  while (!bytes.empty()) {
    Expected<size_t> count = fs::readNativeFile(handle, bytes);
    if (!count)
      return makeError("cannot be read: " + llvm::toString(count.takeError()));
    if (*count == 0)
      return makeError("the file became shorter while it was read");
    bytes = bytes.drop_front(*count);
    remaining -= *count;
  }
  return Error::success();
}

/// Reads all that comes before the elements.
static Expected<NpyHeader> readHeader(InputFile &file) {
  char preamble[8];
  if (Error error = file.read(preamble, "magic string and version"))
    return error;
  if (StringRef(preamble, kMagic.size()) != kMagic)
    return file.makeError("expected the magic string of a .npy file, found "
                          "bytes " +
                          llvm::toHex(StringRef(preamble, kMagic.size())));
  unsigned major = static_cast<uint8_t>(preamble[6]);
  unsigned minor = static_cast<uint8_t>(preamble[7]);
  if (major < 1 || major > 3 || minor != 0)
    return file.makeError("expected version 1.0, 2.0 or 3.0, found " +
                          Twine(major) + "." + Twine(minor));

  char lengthField[4] = {};
  if (Error error =
          file.read(MutableArrayRef<char>(lengthField, major == 1 ? 2 : 4),
                    "header length"))
    return error;
  uint64_t length = llvm::support::endian::read32le(lengthField);
  if (length > kMaxHeaderSize)
    return file.makeError("expected a header of at most " +
                          Twine(kMaxHeaderSize) + " bytes, found a length of " +
                          Twine(length));
  if (length > file.getRemaining())
    return file.makeError("expected " + Twine(length) +
                          " bytes of header, found " +
                          Twine(file.getRemaining()));
  llvm::SmallVector<char, 128> text(length);
  if (Error error = file.read(text, "header"))
    return error;
  Expected<NpyHeader> header = parseNpyHeader(StringRef(text.data(), length));
  if (!header)
    return file.makeError(llvm::toString(header.takeError()));
  return header;
}

/// Reverses the bytes of each of the `count` numbers of type `T`.
template <typename T>
static void swapNumbers(std::byte *data, size_t count) {
  for (size_t i = 0; i < count; ++i, data += sizeof(T)) {
    T number;
    std::memcpy(&number, data, sizeof(T));
    number = llvm::byteswap(number);
    std::memcpy(data, &number, sizeof(T));
  }
}

/// Brings elements to host byte order; complex ones part by part.
static void swapElements(NpyKind kind, AlignedBuffer &data) {
  bool isComplex = kind == NpyKind::C64 || kind == NpyKind::C128;
  unsigned width = getNpyByteWidth(kind) / (isComplex ? 2 : 1);
  size_t count = data.size() / width;
  if (width == 2)
    swapNumbers<uint16_t>(data.data(), count);
  else if (width == 4)
    swapNumbers<uint32_t>(data.data(), count);
  else if (width == 8)
    swapNumbers<uint64_t>(data.data(), count);
}

/// Copies elements of `Width` bytes from Fortran to C order.
template <unsigned Width>
static void copyFromFortranOrder(llvm::ArrayRef<int64_t> shape,
                                 const AlignedBuffer &source,
                                 AlignedBuffer &target) {
  size_t rank = shape.size();
  llvm::SmallVector<int64_t> strides(rank, Width), position(rank, 0);
  for (size_t d = 1; d < rank; ++d)
    strides[d] = strides[d - 1] * shape[d - 1];

  const std::byte *from = source.data();
  std::byte *to = target.data(), *end = to + target.size();
  for (; to != end; to += Width) {
    std::memcpy(to, from, Width);
    for (size_t d = rank; d-- > 0;) {
      from += strides[d];
      if (++position[d] < shape[d])
        break;
      from -= strides[d] * shape[d];
      position[d] = 0;
    }
  }
}

/// Replaces elements in Fortran order by the same in C order.
static Error convertToCOrder(NpyArray &array) {
  Expected<AlignedBuffer> target = AlignedBuffer::allocate(array.data.size());
  if (!target)
    return target.takeError();
  switch (getNpyByteWidth(array.kind)) {
  case 1:
    copyFromFortranOrder<1>(array.shape, array.data, *target);
    break;
  case 2:
    copyFromFortranOrder<2>(array.shape, array.data, *target);
    break;
  case 4:
    copyFromFortranOrder<4>(array.shape, array.data, *target);
    break;
  case 8:
    copyFromFortranOrder<8>(array.shape, array.data, *target);
    break;
  default:
    copyFromFortranOrder<16>(array.shape, array.data, *target);
    break;
  }
  array.data = std::move(*target);
  return Error::success();
}

/// Compiled code may assume that a bool is 0 or 1, so other bytes are refused.
static Error checkBools(InputFile &file, const NpyArray &array) {
  for (auto [number, value] : llvm::enumerate(array.getElements<uint8_t>()))
    if (value > 1)
      return file.makeError("expected 0 or 1 in a bool array, found " +
                            Twine(unsigned(value)) + " as element " +
                            Twine(number));
  return Error::success();
}

Expected<NpyArray> mlir::tensornet::readNpy(StringRef path) {
  Expected<InputFile> file = InputFile::open(path);
  if (!file)
    return file.takeError();
  Expected<NpyHeader> header = readHeader(*file);
  if (!header)
    return header.takeError();

  NpyArray array;
  array.kind = header->kind;
  array.shape = std::move(header->shape);
  Expected<uint64_t> size = computeDataSize(path, array.kind, array.shape);
  if (!size)
    return size.takeError();
  // Nothing is allocated for elements that the file does not hold.
  if (*size != file->getRemaining())
    return file->makeError("expected " + Twine(*size) +
                           " bytes of elements, found " +
                           Twine(file->getRemaining()));
  Expected<AlignedBuffer> data = AlignedBuffer::allocate(*size);
  if (!data)
    return file->makeError(llvm::toString(data.takeError()));
  array.data = std::move(*data);
  if (Error error = file->read(
          {reinterpret_cast<char *>(array.data.data()), array.data.size()},
          "elements"))
    return error;

  if (array.kind == NpyKind::Bool)
    if (Error error = checkBools(*file, array))
      return error;
  if (header->swapBytes)
    swapElements(array.kind, array.data);
  if (header->fortranOrder && array.shape.size() > 1)
    if (Error error = convertToCOrder(array))
      return file->makeError(llvm::toString(std::move(error)));
  return array;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Magic string, version, length and dictionary, padded as NumPy pads.
static std::string makePreamble(NpyKind kind, llvm::ArrayRef<int64_t> shape) {
  std::string dictionary = formatNpyHeader(kind, shape);
  size_t fixed = kMagic.size() + 2 + 2;
  size_t total = llvm::alignTo(fixed + dictionary.size() + 1, kDataAlignment);
  dictionary.append(total - fixed - dictionary.size() - 1, ' ');
  dictionary.push_back('\n');

  char lengthField[2];
  llvm::support::endian::write16le(lengthField, dictionary.size());
  std::string result = kMagic.str();
  result += StringRef("\1\0", 2);
  result += StringRef(lengthField, 2);
  return result + dictionary;
}

/// Writes both parts to `fd` and closes it.
static Error writeAll(int fd, StringRef preamble,
                      llvm::ArrayRef<std::byte> data) {
  llvm::raw_fd_ostream os(fd, /*shouldClose=*/true);
  os << preamble;
  os.write(reinterpret_cast<const char *>(data.data()), data.size());
  os.close();
  std::error_code code = os.error();
  os.clear_error(); // else the destructor of the stream ends the process
  return llvm::errorCodeToError(code);
}

/// Gives file `path` this content by renaming a complete temporary file that
/// lies beside it.
static Error replaceFile(StringRef path, StringRef preamble,
                         llvm::ArrayRef<std::byte> data) {
  // A rename would replace a device or a pipe by a file.
  fs::file_status status;
  if (!fs::status(path, status) && status.type() != fs::file_type::regular_file)
    return llvm::createStringError("it exists and is not a regular file");
  std::string temporary =
      (path + ".tmp" + Twine(llvm::sys::Process::getProcessId())).str();
  int fd;
  if (std::error_code error = fs::openFileForWrite(temporary, fd))
    return llvm::errorCodeToError(error);
  llvm::FileRemover remover(temporary);
  if (Error error = writeAll(fd, preamble, data))
    return error;
  if (std::error_code error = fs::rename(temporary, path))
    return llvm::errorCodeToError(error);
  remover.releaseFile();
  return Error::success();
}

Error mlir::tensornet::writeNpy(StringRef path, NpyKind kind,
                                llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<std::byte> data) {
  if (shape.size() > kMaxNpyRank)
    return makeError(path, "expected at most " + Twine(kMaxNpyRank) +
                               " dimensions, found " + Twine(shape.size()));
  Expected<uint64_t> size = computeDataSize(path, kind, shape);
  if (!size)
    return size.takeError();
  if (*size != data.size())
    return makeError(path, "expected " + Twine(*size) +
                               " bytes of elements, found " +
                               Twine(data.size()));

  if (Error error = replaceFile(path, makePreamble(kind, shape), data))
    return makeError(path,
                     "cannot be written: " + llvm::toString(std::move(error)));
  return Error::success();
}

Error mlir::tensornet::writeNpy(StringRef path, const NpyArray &array) {
  return writeNpy(path, array.kind, array.shape,
                  {array.data.data(), array.data.size()});
}
