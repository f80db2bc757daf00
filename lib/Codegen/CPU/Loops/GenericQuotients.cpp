//===- GenericQuotients.cpp - Quotients by one number for a whole row -----===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowsTogether.h"
#include "VectorLoops.h"

#include "tensornet/Codegen/CPU/CpuTarget.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

GenericVectorizer::Divisors
GenericVectorizer::getDivisors(ArrayRef<Value> invariants) {
  Divisors divisors;
  // The correction is exact; a short row is not worth a test.
  if (!hasFusedMultiplyAdds(vectorBits) ||
      estimate(vectorLoop.extent) < kLeastQuotients * length)
    return divisors;
  for (auto division : op.getBody()->getOps<arith::DivFOp>()) {
    auto argument = dyn_cast<BlockArgument>(division.getRhs());
    if (!isa<Float32Type, Float64Type>(division.getType()) || !argument ||
        argument.getOwner() != op.getBody() ||
        !invariants[argument.getArgNumber()])
      continue;
    if (auto number = invariants[argument.getArgNumber()]
                          .getDefiningOp<vector::BroadcastOp>())
      divisors[division] = number.getSource();
  }
  return divisors;
}

Value GenericVectorizer::isModerate(Value numbers) {
  auto type = cast<VectorType>(numbers.getType());
  auto element = cast<FloatType>(type.getElementType());
  const llvm::fltSemantics &format = element.getFloatSemantics();
  // Half of the exponents leave room for the other operand.
  int limit = llvm::APFloat::semanticsMaxExponent(format) / 2;
  auto compare = [&](arith::CmpFPredicate predicate, int exponent) {
    llvm::APFloat power = llvm::scalbn(llvm::APFloat::getOne(format), exponent,
                                       llvm::APFloat::rmNearestTiesToEven);
    Value bound = arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, power));
    return arith::CmpFOp::create(builder, loc, predicate, numbers, bound);
  };
  return arith::AndIOp::create(builder, loc,
                               compare(arith::CmpFPredicate::OGT, -limit),
                               compare(arith::CmpFPredicate::OLT, limit));
}

SmallVector<Value> GenericVectorizer::gatherDivisors(ArrayRef<Divisors> rows) {
  SmallVector<Value> vectors;
  for (Operation *division : llvm::make_first_range(rows.front()))
    vectors.push_back(toVector(
        builder, loc, llvm::map_to_vector(rows, [&](const Divisors &known) {
          return known.lookup(division);
        })));
  return vectors;
}

Value GenericVectorizer::areModerate(ArrayRef<Divisors> rows) {
  Value all;
  for (Value numbers : gatherDivisors(rows)) {
    Value next = areAllTrue(builder, loc, isModerate(numbers));
    all = all ? arith::AndIOp::create(builder, loc, all, next) : next;
  }
  return all;
}

SmallVector<Reciprocals>
GenericVectorizer::makeReciprocals(ArrayRef<Divisors> rows) {
  SmallVector<Reciprocals> reciprocals(rows.size());
  for (auto [divisor, numbers] :
       llvm::zip_equal(rows.front(), gatherDivisors(rows))) {
    auto type = cast<VectorType>(numbers.getType());
    Type element = type.getElementType();
    Value one = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(type,
                               Attribute(builder.getFloatAttr(element, 1))));
    Value inverse = arith::DivFOp::create(builder, loc, one, numbers);
    for (auto [row, own] : llvm::enumerate(reciprocals))
      own[divisor.first] = vector::BroadcastOp::create(
          builder, loc, getVectorType(element),
          vector::ExtractOp::create(builder, loc, inverse, row));
  }
  return reciprocals;
}
