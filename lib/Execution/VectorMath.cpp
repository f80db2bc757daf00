//===- VectorMath.cpp - Vector functions of the C library -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorMath.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/DynamicLibrary.h"

#include <deque>
#include <string>
#include <vector>

using namespace llvm;

namespace {
/// A function of the C library with vector forms.
struct MathFunction {
  StringLiteral name;
  unsigned numArguments;
  /// LLVM's intrinsic of the same meaning, or empty.
  StringLiteral intrinsic;
};
} // namespace

static constexpr MathFunction kFunctions[] = {
    {"acos", 1, "llvm.acos"},
    {"acosh", 1, ""},
    {"asin", 1, "llvm.asin"},
    {"asinh", 1, ""},
    {"atan", 1, "llvm.atan"},
    {"atan2", 2, "llvm.atan2"},
    {"atanh", 1, ""},
    {"cbrt", 1, ""},
    {"cos", 1, "llvm.cos"},
    {"cosh", 1, "llvm.cosh"},
    {"erf", 1, ""},
    {"erfc", 1, ""},
    {"exp", 1, "llvm.exp"},
    {"exp2", 1, "llvm.exp2"},
    {"expm1", 1, ""},
    {"log", 1, "llvm.log"},
    {"log10", 1, "llvm.log10"},
    {"log1p", 1, ""},
    {"log2", 1, "llvm.log2"},
    {"pow", 2, "llvm.pow"},
    {"sin", 1, "llvm.sin"},
    {"sinh", 1, "llvm.sinh"},
    {"tan", 1, "llvm.tan"},
    {"tanh", 1, "llvm.tanh"},
};

namespace {
/// One vector form, with the strings that a VecDesc refers to.
struct VectorForm {
  std::string scalarName;
  std::string intrinsic;
  std::string vectorName;
  std::string abi;
  unsigned numLanes;
};
} // namespace

/// The vector forms that the process can load, in vectors of `bits` with the
/// letter `isa` in the x86 vector function ABI.
static void appendForms(char isa, unsigned bits,
                        std::deque<VectorForm> &forms) {
  for (const MathFunction &function : kFunctions) {
    for (bool isDouble : {false, true}) {
      VectorForm form;
      form.numLanes = bits / (isDouble ? 64 : 32);
      std::string shape = std::to_string(form.numLanes) +
                          std::string(function.numArguments, 'v');
      form.scalarName = (function.name + (isDouble ? "" : "f")).str();
      form.vectorName =
          std::string("_ZGV") + isa + "N" + shape + "_" + form.scalarName;
      form.abi = "_ZGV_LLVM_N" + shape;
      if (!function.intrinsic.empty())
        form.intrinsic =
            (function.intrinsic + (isDouble ? ".f64" : ".f32")).str();
      if (sys::DynamicLibrary::SearchForAddressOfSymbol(form.vectorName))
        forms.push_back(std::move(form));
    }
  }
}

bool mlir::tensornet::loadVectorMath() {
  static const bool isLoaded =
      !sys::DynamicLibrary::LoadLibraryPermanently("libmvec.so.1");
  return isLoaded;
}

/// All vector forms of 128, 256 and 512 bits, found once.
static const std::deque<VectorForm> &getForms(unsigned bits) {
  static const std::deque<VectorForm> forms[] = {
      [] {
        std::deque<VectorForm> result;
        if (mlir::tensornet::loadVectorMath())
          appendForms('b', 128, result);
        return result;
      }(),
      [] {
        std::deque<VectorForm> result;
        appendForms('d', 256, result);
        return result;
      }(),
      [] {
        std::deque<VectorForm> result;
        appendForms('e', 512, result);
        return result;
      }(),
  };
  return forms[bits / 256];
}

static void append(const std::deque<VectorForm> &forms,
                   std::vector<VecDesc> &result) {
  for (const VectorForm &form : forms) {
    ElementCount lanes = ElementCount::getFixed(form.numLanes);
    for (const std::string &name :
         {std::cref(form.scalarName), std::cref(form.intrinsic)})
      if (!name.empty())
        result.emplace_back(name, form.vectorName, lanes, /*Masked=*/false,
                            form.abi, std::nullopt);
  }
}

void mlir::tensornet::addVectorMath(TargetLibraryInfoImpl &library,
                                    const cpu::CpuTarget &target) {
  std::vector<VecDesc> functions;
  append(getForms(128), functions);
  if (target.has("avx2"))
    append(getForms(256), functions);
  if (target.has("avx512f"))
    append(getForms(512), functions);
  library.addVectorizableFunctions(functions);
}

/// True for the name of a math function in f32 or f64.
static bool isMathName(StringRef name) {
  StringRef base =
      name.ends_with("f") && name != "erf" ? name.drop_back() : name;
  return any_of(kFunctions, [&](const MathFunction &function) {
    return function.name == base;
  });
}

void mlir::tensornet::markMathPure(Module &module) {
  for (Function &function : module) {
    if (!function.isDeclaration() || function.isIntrinsic() ||
        !isMathName(function.getName()))
      continue;
    function.setDoesNotAccessMemory();
    function.setDoesNotThrow();
    function.setWillReturn();
    function.setNoSync();
    function.setDoesNotFreeMemory();
  }
}
