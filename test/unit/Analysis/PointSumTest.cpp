//===- PointSumTest.cpp - Flattening against the definition ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PointSum.h"

#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <random>

using namespace mlir::tensornet;

namespace {

/// A dense tensor of integers, row-major.
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<int64_t> data;
};

/// A contraction whose sizes are all known.
struct Contraction {
  Indexing indexing;
  std::vector<Tensor> operands;
  std::vector<int64_t> resultShape;
  std::vector<int64_t> extents; ///< of every index
};

int64_t getNumElements(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

/// The position of the subscripts at an index point; -1 out of bounds.
int64_t getPosition(const Subscripts &subscripts,
                    const std::vector<int64_t> &shape,
                    const std::vector<int64_t> &point) {
  int64_t position = 0;
  for (auto [form, size] : llvm::zip_equal(subscripts, shape)) {
    int64_t value = form.getConstant();
    for (LinearForm::Term term : form.getTerms())
      value += term.coefficient * point[term.index];
    if (value < 0 || value >= size)
      return -1;
    position = position * size + value;
  }
  return position;
}

/// The definition of contract, point by point.
Tensor evaluate(const Contraction &c) {
  Tensor result{c.resultShape,
                std::vector<int64_t>(getNumElements(c.resultShape))};
  for (int64_t n = 0; n < getNumElements(c.extents); ++n) {
    std::vector<int64_t> point(c.extents.size());
    int64_t rest = n;
    for (size_t i = 0; i < point.size(); ++i) {
      point[i] = rest % c.extents[i];
      rest /= c.extents[i];
    }
    int64_t target = getPosition(c.indexing.result, c.resultShape, point);
    int64_t product = 1;
    for (auto [subscripts, tensor] :
         llvm::zip_equal(c.indexing.operands, c.operands)) {
      int64_t position = getPosition(subscripts, tensor.shape, point);
      product = position < 0 ? 0 : product * tensor.data[position];
    }
    if (target >= 0)
      result.data[target] += product;
  }
  return result;
}

class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}
  int64_t below(int64_t bound) { return engine() % bound; }
  bool oneIn(int64_t n) { return below(n) == 0; }

  LinearForm getForm(unsigned numIndices) {
    if (numIndices == 0 || oneIn(12))
      return LinearForm::constant(below(3) - 1);
    if (!oneIn(3))
      return LinearForm::bare(below(numIndices));
    llvm::SmallVector<LinearForm::Term> terms;
    for (int64_t n = 1 + below(2); n > 0; --n)
      terms.push_back({static_cast<IndexId>(below(numIndices)), below(5) - 2});
    return *LinearForm::get(terms, below(3) - 1);
  }

  /// A contraction of up to three operands with random values; the operands
  /// listed in `given` are used first.
  Contraction getContraction(std::vector<Tensor> given) {
    Contraction c;
    unsigned numIndices = below(4);
    std::vector<bool> isExplicit;
    for (unsigned i = 0; i < numIndices; ++i)
      isExplicit.push_back(oneIn(5));
    // Subscripts first; sizes follow them.
    for (size_t t = 0, n = std::max<size_t>(given.size(), below(4)); t < n;
         ++t) {
      Subscripts subscripts;
      size_t rank = t < given.size() ? given[t].shape.size() : below(3);
      for (size_t d = 0; d < rank; ++d)
        subscripts.push_back(getForm(numIndices));
      c.indexing.operands.push_back(subscripts);
    }
    for (int64_t d = below(3); d > 0; --d)
      c.indexing.result.push_back(getForm(numIndices));
    c.indexing.conjugated.resize(c.indexing.operands.size());
    setExtents(c, isExplicit, given);
    for (size_t t = 0; t < c.indexing.operands.size(); ++t)
      c.operands.push_back(
          t < given.size()
              ? given[t]
              : getTensor(getShape(c, c.indexing.operands[t], isExplicit)));
    c.resultShape = getShape(c, c.indexing.result, isExplicit);
    return c;
  }

private:
  /// Chooses extents; an index that is bare in several given dimensions of
  /// different sizes, or bare nowhere, gets an explicit one.
  void setExtents(Contraction &c, std::vector<bool> &isExplicit,
                  const std::vector<Tensor> &given) {
    unsigned numIndices = c.indexing.getNumIndices();
    isExplicit.resize(numIndices);
    std::vector<int64_t> known(numIndices, -1);
    std::vector<bool> isBare(numIndices);
    for (auto [t, subscripts] : llvm::enumerate(c.indexing.operands))
      for (auto [d, form] : llvm::enumerate(subscripts)) {
        if (!form.isBare())
          continue;
        isBare[form.getBareIndex()] = true;
        if (t >= given.size())
          continue;
        int64_t &extent = known[form.getBareIndex()];
        if (extent >= 0 && extent != given[t].shape[d])
          isExplicit[form.getBareIndex()] = true;
        extent = given[t].shape[d];
      }
    for (const LinearForm &form : c.indexing.result)
      if (form.isBare())
        isBare[form.getBareIndex()] = true;
    for (unsigned i = 0; i < numIndices; ++i) {
      if (!isBare[i])
        isExplicit[i] = true;
      bool free = isExplicit[i] || known[i] < 0;
      c.extents.push_back(free ? 1 + below(4) : known[i]);
      if (isExplicit[i])
        c.indexing.extents.push_back({i, c.extents[i]});
    }
  }

  std::vector<int64_t> getShape(const Contraction &c,
                                const Subscripts &subscripts,
                                const std::vector<bool> &isExplicit) {
    std::vector<int64_t> shape;
    for (const LinearForm &form : subscripts) {
      bool follows = form.isBare() && !isExplicit[form.getBareIndex()];
      shape.push_back(follows ? c.extents[form.getBareIndex()] : 1 + below(4));
    }
    return shape;
  }

  Tensor getTensor(std::vector<int64_t> shape) {
    Tensor tensor{shape, {}};
    for (int64_t n = getNumElements(shape); n > 0; --n)
      tensor.data.push_back(below(9) - 4);
    return tensor;
  }

  std::mt19937 engine;
};

/// Whether sizes are told to the table as numbers or as unknowns. Unknowns that
/// are equal by the rules of contract are merged by PointSum itself.
enum class SizeKind { fixed, dynamic };

/// Runs PointSum and evaluates what it returns.
class Driver {
public:
  explicit Driver(SizeKind kind) : kind(kind), sum(table) {}

  llvm::SmallVector<TensorRead> addRoot(const Contraction &c,
                                        SizeIds resultSizes) {
    return withSizes(c, resultSizes, [&](const SizedContraction &sized) {
      return sum.addRoot(sized);
    });
  }
  llvm::SmallVector<TensorRead> substitute(const TensorRead &read,
                                           const Contraction &c) {
    return withSizes(c, read.sizes, [&](const SizedContraction &sized) {
      return sum.substitute(read, sized);
    });
  }
  SizeIds getSizes(const std::vector<int64_t> &shape) {
    SizeIds ids;
    for (int64_t size : shape)
      ids.push_back(getSize(size));
    return ids;
  }
  const Tensor &getTensor(const TensorRead &read) {
    return tensors[read.tensor];
  }

  /// The value of the flattened contraction.
  Tensor finish(const std::vector<int64_t> &resultShape, int64_t factor) {
    flat = *sum.finish();
    Contraction c;
    c.indexing = flat.indexing;
    for (const TensorRead &read : flat.reads)
      c.operands.push_back(tensors[read.tensor]);
    for (const Bound &bound : flat.ones) {
      int64_t n = getValue(bound.size);
      c.operands.push_back({{n}, std::vector<int64_t>(n, 1)});
    }
    for (const Equation &equation : flat.deltas)
      c.operands.push_back(getDelta(getValue(equation.size)));
    c.resultShape = resultShape;
    setExtents(c);
    Tensor result = evaluate(c);
    for (int64_t &element : result.data)
      element *= factor * flat.factor;
    return result;
  }

  FlatContraction flat;
  PointSum &getSum() { return sum; }

private:
  template <typename Callback>
  llvm::SmallVector<TensorRead>
  withSizes(const Contraction &c, SizeIds resultSizes, Callback callback) {
    llvm::SmallVector<unsigned> numbers;
    llvm::SmallVector<SizeIds> sizes;
    for (const Tensor &tensor : c.operands) {
      numbers.push_back(tensors.size());
      tensors.push_back(tensor);
      sizes.push_back(getSizes(tensor.shape));
    }
    sizes.push_back(resultSizes);
    llvm::SmallVector<SizeId> explicitExtents;
    for (const ExplicitExtent &extent : c.indexing.extents)
      explicitExtents.push_back(getSize(extent.extent));
    return callback(
        SizedContraction{c.indexing, numbers, sizes, explicitExtents});
  }

  SizeId getSize(int64_t size) {
    if (kind == SizeKind::fixed)
      return table.getStatic(size);
    SizeId id = table.addDynamic();
    values.push_back({id, size});
    return id;
  }

  int64_t getValue(SizeId id) {
    if (int64_t value = table.getValue(id); value != kDynamicExtent)
      return value;
    for (auto [known, value] : values)
      if (table.areEqual(known, id))
        return value;
    ADD_FAILURE() << "no value for a size";
    return 0;
  }

  static Tensor getDelta(int64_t n) {
    Tensor delta{{n, n}, std::vector<int64_t>(n * n)};
    for (int64_t i = 0; i < n; ++i)
      delta.data[i * n + i] = 1;
    return delta;
  }

  /// Extents by the rules of contract: explicit, else by bare subscripts, which
  /// must agree.
  void setExtents(Contraction &c) {
    c.extents.assign(c.indexing.getNumIndices(), -1);
    for (auto [index, size] : flat.extents)
      c.extents[index] = getValue(size);
    std::vector<int64_t> stated = c.extents;
    auto look = [&](const Subscripts &subscripts,
                    const std::vector<int64_t> &shape) {
      for (auto [form, size] : llvm::zip_equal(subscripts, shape)) {
        if (!form.isBare() || stated[form.getBareIndex()] >= 0)
          continue;
        int64_t &extent = c.extents[form.getBareIndex()];
        EXPECT_TRUE(extent < 0 || extent == size) << "bare sizes disagree";
        extent = size;
      }
    };
    for (auto [subscripts, tensor] :
         llvm::zip_equal(c.indexing.operands, c.operands))
      look(subscripts, tensor.shape);
    look(c.indexing.result, c.resultShape);
    // Numbers of eliminated indices stand in no subscript.
    llvm::SmallVector<bool> used(c.extents.size());
    c.indexing.walk([&](const LinearForm &form) {
      for (LinearForm::Term term : form.getTerms())
        used[term.index] = true;
    });
    for (auto [extent, isUsed] : llvm::zip_equal(c.extents, used)) {
      EXPECT_TRUE(extent >= 0 || !isUsed) << "an index has no extent";
      extent = isUsed ? extent : 1;
    }
  }

  SizeKind kind;
  SizeTable table;
  PointSum sum;
  std::vector<Tensor> tensors;
  std::vector<std::pair<SizeId, int64_t>> values;
};

bool isOnes(const Tensor &tensor) {
  return llvm::all_of(tensor.data, [](int64_t value) { return value == 1; });
}

/// Evaluates a random tree of contractions nested and flattened.
void checkRandomTree(unsigned seed, SizeKind kind) {
  Random random(seed);
  // Two leaves, a middle that reads the first, a root that reads both.
  Contraction inner = random.getContraction({});
  Contraction middle = random.getContraction({evaluate(inner)});
  Contraction other = random.getContraction({});
  Contraction root = random.getContraction({evaluate(middle), evaluate(other)});
  Tensor expected = evaluate(root);

  Driver driver(kind);
  auto keepOrDrop = [&](const TensorRead &read) {
    if (isOnes(driver.getTensor(read)))
      driver.getSum().dropOnes(read);
    else
      driver.getSum().keep(read);
  };
  auto rootReads = driver.addRoot(root, driver.getSizes(root.resultShape));
  auto middleReads = driver.substitute(rootReads[0], middle);
  for (const TensorRead &read : driver.substitute(middleReads[0], inner))
    keepOrDrop(read);
  for (const TensorRead &read : llvm::drop_begin(middleReads))
    keepOrDrop(read);
  for (const TensorRead &read : driver.substitute(rootReads[1], other))
    keepOrDrop(read);
  for (const TensorRead &read : llvm::drop_begin(rootReads, 2))
    keepOrDrop(read);
  Tensor actual = driver.finish(root.resultShape, 1);
  EXPECT_EQ(expected.data, actual.data) << "seed " << seed;
}

} // namespace

TEST(PointSumTest, FlattenedTreesOfFixedSizesEqualNestedOnes) {
  for (unsigned seed = 0; seed < 3000 && !testing::Test::HasFailure(); ++seed)
    checkRandomTree(seed, SizeKind::fixed);
}

TEST(PointSumTest, FlattenedTreesOfDynamicSizesEqualNestedOnes) {
  for (unsigned seed = 0; seed < 3000 && !testing::Test::HasFailure(); ++seed)
    checkRandomTree(seed, SizeKind::dynamic);
}

TEST(PointSumTest, DeltaRenamesAnIndex) {
  // delta[i, j], a[j, k] -> [i, k]
  Contraction delta;
  delta.indexing.result = bareSubscripts({0, 0});
  Contraction root;
  root.indexing.operands = {bareSubscripts({0, 1}), bareSubscripts({1, 2})};
  root.indexing.result = bareSubscripts({0, 2});
  root.indexing.conjugated.resize(2);
  root.operands = {{{2, 2}, {1, 0, 0, 1}}, {{2, 3}, {1, 2, 3, 4, 5, 6}}};
  root.resultShape = {2, 3};
  Driver driver(SizeKind::fixed);
  auto reads = driver.addRoot(root, driver.getSizes(root.resultShape));
  EXPECT_TRUE(driver.substitute(reads[0], delta).empty());
  driver.getSum().keep(reads[1]);
  EXPECT_EQ(driver.finish(root.resultShape, 1).data, root.operands[1].data);
  EXPECT_EQ(driver.flat.indexing.operands.size(), 1u);
  EXPECT_EQ(driver.flat.indexing.operands[0], driver.flat.indexing.result);
}

TEST(PointSumTest, UnusedIndexBecomesAFactor) {
  // ones[i] -> []
  Contraction root;
  root.indexing.operands = {bareSubscripts({0})};
  root.indexing.conjugated.resize(1);
  root.operands = {{{5}, {1, 1, 1, 1, 1}}};
  Driver driver(SizeKind::fixed);
  auto reads = driver.addRoot(root, {});
  driver.getSum().dropOnes(reads[0]);
  EXPECT_EQ(driver.finish({}, 1).data, std::vector<int64_t>{5});
  EXPECT_EQ(driver.flat.factor, 5);
  EXPECT_TRUE(driver.flat.indexing.operands.empty());
}

TEST(PointSumTest, UnsolvableEquationStaysADelta) {
  // x[2i] = y[3j] has no index with coefficient 1.
  Contraction delta;
  delta.indexing.result = bareSubscripts({0, 0});
  Contraction root;
  root.indexing.operands = {
      {*LinearForm::get({{0, 2}}, 0), *LinearForm::get({{1, 3}}, 0)},
      bareSubscripts({0}),
      bareSubscripts({1})};
  root.indexing.conjugated.resize(3);
  Tensor identity{{7, 7}, std::vector<int64_t>(49)};
  for (int64_t i = 0; i < 7; ++i)
    identity.data[i * 8] = 1;
  root.operands = {identity, {{4}, {1, 2, 3, 4}}, {{3}, {5, 6, 7}}};
  root.extents = {4, 3};
  Driver driver(SizeKind::fixed);
  auto reads = driver.addRoot(root, {});
  driver.substitute(reads[0], delta);
  driver.getSum().keep(reads[1]);
  driver.getSum().keep(reads[2]);
  EXPECT_EQ(driver.finish({}, 1).data, evaluate(root).data);
  EXPECT_EQ(driver.flat.deltas.size(), 1u);
  EXPECT_TRUE(driver.flat.ones.empty());
}

TEST(PointSumTest, OverflowIsReported) {
  Contraction view;
  view.indexing.operands = {{*LinearForm::get({{0, INT64_MAX}}, 0)}};
  view.indexing.conjugated.resize(1);
  view.indexing.result = bareSubscripts({0});
  view.operands = {{{1}, {1}}};
  Contraction root;
  root.indexing.operands = {{*LinearForm::get({{0, 2}}, 0)}};
  root.indexing.conjugated.resize(1);
  root.indexing.result = bareSubscripts({0});
  root.operands = {{{1}, {1}}};
  Driver driver(SizeKind::fixed);
  auto reads = driver.addRoot(root, driver.getSizes({1}));
  for (const TensorRead &read : driver.substitute(reads[0], view))
    driver.getSum().keep(read);
  EXPECT_FALSE(driver.getSum().finish().has_value());
}
