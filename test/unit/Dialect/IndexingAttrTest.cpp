//===- IndexingAttrTest.cpp - Constraints of the indexing attribute -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "gtest/gtest.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

class IndexingAttrTest : public ::testing::Test {
protected:
  IndexingAttrTest() { context.loadDialect<TensorNetDialect>(); }

  /// The diagnostics of an attribute with this value; empty where it is valid.
  std::string check(const Indexing &indexing) {
    std::string text;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      text += diagnostic.str();
      return success();
    });
    auto emitError = [&] { return mlir::emitError(UnknownLoc::get(&context)); };
    (void)IndexingAttr::getChecked(emitError, &context, indexing);
    return text;
  }

  MLIRContext context;
};

/// contract C2
TEST_F(IndexingAttrTest, ContractC2) {
  Indexing indexing;
  indexing.operands = {bareSubscripts({1})};
  indexing.result = bareSubscripts({0});
  indexing.conjugated = {false};
  EXPECT_EQ(check(indexing), "indices are not numbered by first appearance");
}

/// contract C5
TEST_F(IndexingAttrTest, ContractC5) {
  Indexing indexing;
  indexing.result = bareSubscripts({0, 1});
  indexing.extents = {{1, 4}, {0, 3}};
  EXPECT_EQ(check(indexing), "explicit extents are not sorted by index, or "
                             "name index 'i' twice");
  indexing.extents = {{2, 4}};
  EXPECT_EQ(check(indexing),
            "extents names index 'k', which occurs in no subscript");
  indexing.extents = {{0, -3}};
  EXPECT_EQ(check(indexing), "index 'i' has negative extent -3");
}

TEST_F(IndexingAttrTest, OneConjugationFlagPerOperand) {
  Indexing indexing;
  indexing.operands = {bareSubscripts({0})};
  EXPECT_EQ(check(indexing), "indexing has 0 conjugation flags for 1 operands");
}

TEST_F(IndexingAttrTest, EqualValuesAreOneAttribute) {
  Indexing indexing;
  indexing.result = bareSubscripts({0, 0});
  Indexing same = indexing;
  EXPECT_EQ(IndexingAttr::get(&context, indexing),
            IndexingAttr::get(&context, same));
}

} // namespace
