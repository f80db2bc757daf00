//===- Sums.cpp - Sums of tensors -----------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums of several tensors, collected once: equal terms are merged, opposite
// ones cancel.
//
//===----------------------------------------------------------------------===//

#include "ContractionTerm.h"
#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"

#define DEBUG_TYPE "tensornet-simplify"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Ops of sums
//===----------------------------------------------------------------------===//

static bool isAdditive(Operation *op) {
  return isa<arith::AddFOp, arith::SubFOp, arith::NegFOp, arith::AddIOp,
             arith::SubIOp>(op) &&
         isContractionResult(op->getResult(0).getType());
}

/// True where the op subtracts its last operand.
static bool isSubtraction(Operation *op) {
  return isa<arith::SubFOp, arith::SubIOp, arith::NegFOp>(op);
}

static arith::FastMathFlags getFlags(Operation *op) {
  return cast<arith::ArithFastMathInterface>(op)
      .getFastMathFlagsAttr()
      .getValue();
}

/// True where the op may be regrouped with its neighbours: integers wrap, so
/// that order never matters; a negation is exact.
static bool mayRegroup(Operation *op, const SimplifyOptions &options) {
  return isa<arith::AddIOp, arith::SubIOp, arith::NegFOp>(op) ||
         options.realArithmetic ||
         bitEnumContainsAll(getFlags(op), arith::FastMathFlags::reassoc);
}

/// The op that adds up a part of the sum in which `value` stands, or null where
/// `value` is a term.
static Operation *getInnerSum(Value value, const SimplifyOptions &options) {
  Operation *op = value.getDefiningOp();
  bool isInner = op && isAdditive(op) && mayRegroup(op, options) &&
                 (value.hasOneUse() || isa<arith::NegFOp>(op));
  return isInner ? op : nullptr;
}

/// True where the one user of `op` collects its terms.
static bool isInnerSumOfUser(Operation *op, const SimplifyOptions &options) {
  if (!op->hasOneUse())
    return false;
  Operation *user = *op->user_begin();
  return isAdditive(user) && mayRegroup(user, options);
}

namespace {

/// coefficient * value; where `body` is set and `merged`, coefficient * body.
struct Term {
  Value value;
  ScalarFactor coefficient;
  std::optional<ContractionTerm> body = std::nullopt;
  /// True where the coefficient is that of the body without its constants.
  bool merged = false;
  /// How many operands of the sum it stands for.
  unsigned uses = 1;

  /// True where nothing but this sum reads the value.
  bool isExclusive() const { return value.hasNUses(uses); }
};

/// The sum that ends in one op.
class Sum {
public:
  Sum(Operation *root, const SimplifyOptions &options);

  /// Collects, merges and drops terms; false where that changes nothing.
  bool simplify();
  /// Makes the sum of the terms that are left.
  Value build(PatternRewriter &rewriter);

private:
  void collect();
  void mergeEqualValues();
  void mergeEqualContractions();
  void absorbSigns();
  void dropZeros();
  std::pair<Value, bool> buildTerm(PatternRewriter &rewriter, const Term &term);
  Value combine(PatternRewriter &rewriter, Value sum, Value term, bool negated);
  Value negate(PatternRewriter &rewriter, Value value);

  Operation *root;
  const SimplifyOptions &options;
  /// The type of coefficients.
  Type type;
  arith::FastMathFlags flags = arith::FastMathFlags::fast;
  arith::FastMathFlags extraFlags = arith::FastMathFlags::none;
  SmallVector<Term, 0> terms;
  bool changed = false;
};

} // namespace

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

Sum::Sum(Operation *root, const SimplifyOptions &options)
    : root(root), options(options),
      type(getContractionComputeType(
          {getElementTypeOrSelf(root->getResult(0))})) {
  if (options.realArithmetic)
    extraFlags = arith::FastMathFlags::reassoc | arith::FastMathFlags::contract;
}

/// Every term in the order of the program.
void Sum::collect() {
  SmallVector<std::pair<Value, bool>> stack;
  auto pushOperands = [&](Operation *op, bool negated) {
    if (isa<arith::AddFOp, arith::SubFOp>(op))
      flags = flags & getFlags(op);
    bool flips = isSubtraction(op);
    stack.push_back({op->getOperands().back(), negated != flips});
    if (op->getNumOperands() == 2)
      stack.push_back({op->getOperand(0), negated});
  };
  pushOperands(root, /*negated=*/false);
  while (!stack.empty()) {
    auto [value, negated] = stack.pop_back_val();
    if (Operation *inner = getInnerSum(value, options)) {
      // A negation in a sum becomes a sign.
      changed |= isa<arith::NegFOp>(inner);
      pushOperands(inner, negated);
      continue;
    }
    Term term{value, ScalarFactor(type)};
    term.coefficient.multiply(negated ? -1 : 1);
    if (auto op = value.getDefiningOp<ContractOp>())
      term.body.emplace(op);
    terms.push_back(term);
  }
}

//===----------------------------------------------------------------------===//
// Merging
//===----------------------------------------------------------------------===//

/// a + b + a -> 2*a + b
void Sum::mergeEqualValues() {
  llvm::MapVector<Value, Term> merged;
  for (const Term &term : terms) {
    auto [entry, isNew] = merged.insert({term.value, term});
    if (isNew)
      continue;
    entry->second.coefficient = entry->second.coefficient + term.coefficient;
    ++entry->second.uses;
    changed = true;
  }
  terms.clear();
  for (auto &entry : merged)
    terms.push_back(entry.second);
}

/// Makes the coefficient that of the body without its constants.
static void makeMultipleOfBody(Term &term) {
  if (!term.merged)
    term.coefficient.multiply(term.body->getFactor());
  term.merged = true;
}

/// 2*ab + 3*ba -> 5*ab
void Sum::mergeEqualContractions() {
  SmallVector<Term, 0> kept;
  for (Term &term : terms) {
    auto *equal = llvm::find_if(kept, [&](const Term &other) {
      return term.body && other.body && term.body->isMultipleOf(*other.body);
    });
    if (equal == kept.end()) {
      kept.push_back(term);
      continue;
    }
    makeMultipleOfBody(*equal);
    makeMultipleOfBody(term);
    equal->coefficient = equal->coefficient + term.coefficient;
    changed = true;
  }
  terms = std::move(kept);
}

void Sum::dropZeros() {
  llvm::erase_if(terms, [&](const Term &term) {
    bool isZero = term.coefficient.isZero();
    if (Attribute constant = getSplatConstant(term.value)) {
      ScalarFactor value(type);
      value.multiply(constant);
      isZero |= value.isZero();
    }
    changed |= isZero;
    return isZero;
  });
}

/// a + -1*bc -> a - bc, where the sum keeps a positive term to start with;
/// negf(2*bc) -> -2*bc
void Sum::absorbSigns() {
  if (terms.size() == 1 && terms[0].coefficient.isMinusOne() && terms[0].body &&
      terms[0].body->hasConstant() && terms[0].isExclusive()) {
    makeMultipleOfBody(terms[0]);
    changed = true;
  }
  auto isPositive = [](const Term &term) {
    return !term.coefficient.isMinusOne();
  };
  for (Term &term : terms) {
    if (!term.body || term.merged || !term.isExclusive() ||
        !term.body->getFactor().isMinusOne())
      continue;
    bool turnsNegative = isPositive(term);
    bool othersPositive = llvm::any_of(terms, [&](const Term &other) {
      return &other != &term && isPositive(other);
    });
    if (turnsNegative && !othersPositive)
      continue;
    makeMultipleOfBody(term);
    changed = true;
  }
}

bool Sum::simplify() {
  collect();
  mergeEqualValues();
  mergeEqualContractions();
  dropZeros();
  absorbSigns();
  // A negation of a sum becomes signs, unless all of them would be negative.
  bool isNegative = llvm::all_of(
      terms, [](const Term &term) { return term.coefficient.isMinusOne(); });
  return changed || (isa<arith::NegFOp>(root) && !isNegative);
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Value Sum::negate(PatternRewriter &rewriter, Value value) {
  Location loc = root->getLoc();
  if (isa<FloatType>(type))
    return arith::NegFOp::create(rewriter, loc, value, flags | extraFlags);
  ScalarFactor minusOne(type);
  minusOne.multiply(-1);
  return createScaled(rewriter, loc, minusOne, value);
}

/// The value of a term up to its sign, and whether it is to be subtracted.
std::pair<Value, bool> Sum::buildTerm(PatternRewriter &rewriter,
                                      const Term &term) {
  ScalarFactor coefficient = term.coefficient;
  if (term.merged) {
    if (coefficient.isMinusOne())
      return {term.body->build(rewriter, ScalarFactor(type)), true};
    return {term.body->build(rewriter, coefficient), false};
  }
  if (coefficient.isOne() || coefficient.isMinusOne())
    return {term.value, coefficient.isMinusOne()};
  if (term.body && term.isExclusive()) {
    coefficient.multiply(term.body->getFactor());
    return {term.body->build(rewriter, coefficient), false};
  }
  return {createScaled(rewriter, root->getLoc(), coefficient, term.value),
          false};
}

Value Sum::combine(PatternRewriter &rewriter, Value sum, Value term,
                   bool negated) {
  Location loc = root->getLoc();
  arith::FastMathFlags allFlags = flags | extraFlags;
  if (isa<FloatType>(type) && negated)
    return arith::SubFOp::create(rewriter, loc, sum, term, allFlags);
  if (isa<FloatType>(type))
    return arith::AddFOp::create(rewriter, loc, sum, term, allFlags);
  if (negated)
    return arith::SubIOp::create(rewriter, loc, sum, term);
  return arith::AddIOp::create(rewriter, loc, sum, term);
}

Value Sum::build(PatternRewriter &rewriter) {
  Location loc = root->getLoc();
  if (terms.empty())
    return createZeroTensor(
        rewriter, loc,
        tensor::getMixedSizes(rewriter, loc, root->getOperand(0)),
        getElementTypeOrSelf(root->getResult(0)));
  SmallVector<std::pair<Value, bool>> values;
  for (const Term &term : terms)
    values.push_back(buildTerm(rewriter, term));
  // A positive term goes first; the order stays otherwise.
  auto *first =
      llvm::find_if(values, [](auto &value) { return !value.second; });
  bool isNegative = first == values.end();
  if (!isNegative)
    std::rotate(values.begin(), first, first + 1);
  Value sum = values[0].first;
  for (auto [value, negated] : llvm::drop_begin(values))
    sum = combine(rewriter, sum, value, negated && !isNegative);
  if (isNegative)
    sum = negate(rewriter, sum);
  if (sum.getType() != root->getResult(0).getType())
    sum = tensor::CastOp::create(rewriter, loc, root->getResult(0).getType(),
                                 sum);
  return sum;
}

namespace {

/// a + b + a -> 2*a + b              (2 is a 0-d constant operand of contract)
/// ab + ba -> 2*ab                   (contractions equal up to renaming)
/// a + b - a -> b,  a - a -> 0,  a + 0 -> a
/// a + negf(b) -> a - b,  negf(a - b) -> b - a,  negf(a) - b -> negf(a + b)
/// a + -1*bc -> a - bc
///
/// The tree of additions is collected once, from its last op. It is regrouped
/// where the ops' fast-math flags or the option real-arithmetic allow it.
template <typename OpTy>
struct MergeTerms : OpRewritePattern<OpTy> {
  MergeTerms(MLIRContext *context, const SimplifyOptions &options)
      : OpRewritePattern<OpTy>(context), options(options) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!isAdditive(op))
      return rewriter.notifyMatchFailure(op, "op adds nothing that contracts");
    if (!mayRegroup(op, options))
      return rewriter.notifyMatchFailure(op, "sum must keep its order");
    if (isInnerSumOfUser(op, options))
      return rewriter.notifyMatchFailure(op, "the user collects its terms");
    Sum sum(op, options);
    if (!sum.simplify())
      return rewriter.notifyMatchFailure(op, "no terms to merge or drop");
    rewriter.replaceOp(op, sum.build(rewriter));
    return success();
  }

private:
  SimplifyOptions options;
};

} // namespace

void mlir::tensornet::populateSumPatterns(RewritePatternSet &patterns,
                                          const SimplifyOptions &options) {
  patterns.add<MergeTerms<arith::AddFOp>, MergeTerms<arith::SubFOp>,
               MergeTerms<arith::NegFOp>, MergeTerms<arith::AddIOp>,
               MergeTerms<arith::SubIOp>>(patterns.getContext(), options);
}
