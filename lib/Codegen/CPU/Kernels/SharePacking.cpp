//===- SharePacking.cpp - Operands that are packed once -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers/BufferRoots.h"
#include "Buffers/BufferWrites.h"
#include "KernelFunctions.h"
#include "KernelTiles.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETSHAREPACKING
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Copies of this size stay in the second cache: they pay when they are read
/// twice.
static constexpr double kNearBytes = 2 << 20;
/// Larger ones are written to memory and read from there as the operand would
/// be.
static constexpr double kFarRuns = 4;
static constexpr double kLargestBytes = 256 << 20;
/// Copies hold at most so many numbers per element of the operand; windows of a
/// convolution overlap.
static constexpr int64_t kMostNumbers = 2;
/// How many ops may stand between two that share a copy, which takes memory
/// meanwhile.
static constexpr unsigned kMaxDistance = 64;
/// Loops that only the run knows the length of count as this many steps.
static constexpr double kTypicalSteps = 16;

namespace {

/// An operand that a kernel copies into tiles.
struct PackedInput {
  /// Its number in the contraction.
  unsigned input;
  /// The memref; in a function, the argument that it is.
  Value value;
  TilesAttr tiles;
  MemRefType panel;
};

/// A place where a kernel reads one.
struct Use {
  /// The contraction, or the call of a function that holds it.
  Operation *op;
  PackedInput packed;
  Value operand;
  /// `op` or the outermost loop, or step of one, around it that leaves the
  /// operand as it is.
  Operation *home;
  /// How often `op` runs when `home` does.
  double runs;
};

/// A contraction whose operand is copied before, and the copy.
struct Copy {
  PackedInput packed;
  Value panel;
};

/// Makes copies of operands that several kernels read.
class Sharer {
public:
  Sharer(ModuleOp module, unsigned vectorBits, bool parallel)
      : module(module), vectorBits(vectorBits), parallel(parallel),
        functions(module) {}

  void run() {
    SmallVector<func::FuncOp> all(module.getOps<func::FuncOp>());
    for (func::FuncOp function : all)
      share(function);
    for (auto &[op, copies] : found)
      rewrite(op, copies);
    for (func::FuncOp function : all)
      if (replaced.contains(function) && function.symbolKnownUseEmpty(module))
        function.erase();
  }

private:
  void share(func::FuncOp function);
  /// What the kernel of `op` copies.
  const SmallVector<PackedInput> &getPackedInputs(ContractIntoOp op);
  /// The only contraction of a private function.
  ContractIntoOp getContraction(func::FuncOp function);
  void addUses(Operation *op, SmallVectorImpl<Use> &uses);
  void findHome(Use &use);
  /// Shares copies among `uses`, which have one operand, tiles and block.
  void shareAmong(MutableArrayRef<Use> uses);
  bool mayChangeBetween(const Use &first, const Use &next);
  void makeCopy(ArrayRef<Use> uses);
  /// The function that copies a tensor of `type` into tiles.
  func::FuncOp getPackFunction(Location loc, MemRefType type,
                               const PackedInput &packed);
  /// Lets the kernel of `op` read copies.
  void rewrite(Operation *op, ArrayRef<Copy> copies);
  static void useTiles(ContractIntoOp op, const PackedInput &packed,
                       Value panel);

  ModuleOp module;
  unsigned vectorBits;
  bool parallel;
  KernelFunctions functions;
  BufferWrites writes;
  DenseMap<Operation *, SmallVector<PackedInput>> packedInputs;
  DenseMap<Operation *, ContractIntoOp> contractions;
  llvm::MapVector<Operation *, SmallVector<Copy, 2>> found;
  DenseSet<Operation *> replaced;
};

const SmallVector<PackedInput> &Sharer::getPackedInputs(ContractIntoOp op) {
  auto [place, isNew] = packedInputs.try_emplace(op);
  SmallVector<PackedInput> &inputs = place->second;
  if (!isNew || !op.getKernelAttr())
    return inputs;
  std::optional<KernelCandidate> candidate = getCandidate(op);
  if (!candidate)
    return inputs;
  auto plan = planKernel(op, *candidate, vectorBits, parallel);
  if (failed(plan) || !*plan)
    return inputs;
  Type element = op.getInitType().getElementType();
  for (KernelOperand operand : {kA, kB})
    if (TilesAttr tiles = getTiles(op, *candidate, **plan, operand)) {
      unsigned input = getInputNumber(*candidate, **plan, operand);
      int64_t parts = isa<ComplexType>(element) ? 2 : 1;
      inputs.push_back({input, op.getInputs()[input], tiles,
                        MemRefType::get(tiles.getShape(parts),
                                        getPartType(getSumType(element)))});
    }
  return inputs;
}

ContractIntoOp Sharer::getContraction(func::FuncOp function) {
  auto [place, isNew] = contractions.try_emplace(function);
  if (!isNew || !function || function.isExternal() || !function.isPrivate())
    return place->second;
  ContractIntoOp only;
  bool isOnly = true;
  function.walk([&](ContractIntoOp op) {
    isOnly &= !only;
    only = op;
  });
  return place->second = isOnly ? only : ContractIntoOp();
}

void Sharer::addUses(Operation *op, SmallVectorImpl<Use> &uses) {
  if (auto contraction = dyn_cast<ContractIntoOp>(op)) {
    for (const PackedInput &packed : getPackedInputs(contraction))
      uses.push_back({op, packed, packed.value, op, 1});
    return;
  }
  auto call = dyn_cast<func::CallOp>(op);
  if (!call)
    return;
  auto callee = functions.lookup(call.getCallee());
  ContractIntoOp contraction = getContraction(callee);
  if (!contraction)
    return;
  for (const PackedInput &packed : getPackedInputs(contraction)) {
    auto argument = dyn_cast<BlockArgument>(packed.value);
    if (argument && argument.getOwner() == &callee.getBody().front())
      uses.push_back(
          {op, packed, call.getOperand(argument.getArgNumber()), op, 1});
  }
}

/// Steps of a loop.
static double countSteps(LoopLikeOpInterface loop) {
  double steps = 1;
  auto lower = loop.getLoopLowerBounds(), upper = loop.getLoopUpperBounds(),
       step = loop.getLoopSteps();
  if (!lower || !upper || !step)
    return kTypicalSteps;
  for (auto [from, to, by] : llvm::zip_equal(*lower, *upper, *step)) {
    auto x = getConstantIntValue(from), y = getConstantIntValue(to),
         s = getConstantIntValue(by);
    steps *= x && y && s && *s > 0 && *y > *x
                 ? double(llvm::divideCeil(*y - *x, *s))
                 : kTypicalSteps;
  }
  return steps;
}

void Sharer::findHome(Use &use) {
  Value root = getBufferRoot(use.operand);
  for (Operation *parent = use.home->getParentOp();
       isa<scf::ForOp, scf::ParallelOp, scf::IndexSwitchOp>(parent);
       parent = parent->getParentOp()) {
    bool isOutside =
        !parent->isAncestor(use.operand.getParentRegion()->getParentOp());
    if (!isOutside || writes.mayWrite(parent, root))
      return;
    // One region of a choice runs in each step of the loop around it.
    if (auto choice = dyn_cast<scf::IndexSwitchOp>(parent))
      use.runs /= choice.getNumCases() + 1;
    else
      use.runs *= countSteps(cast<LoopLikeOpInterface>(parent));
    use.home = parent;
  }
}

void Sharer::share(func::FuncOp function) {
  SmallVector<Use> uses;
  function.walk([&](Operation *op) { addUses(op, uses); });
  using Key = std::tuple<Block *, Value, Attribute, Type>;
  llvm::MapVector<Key, SmallVector<Use>> groups;
  for (Use &use : uses) {
    findHome(use);
    groups[{use.home->getBlock(), use.operand, use.packed.tiles,
            use.packed.panel}]
        .push_back(use);
  }
  for (auto &entry : groups)
    shareAmong(entry.second);
}

bool Sharer::mayChangeBetween(const Use &first, const Use &next) {
  Value root = getBufferRoot(first.operand);
  unsigned distance = 0;
  for (Operation *op = first.home; op != next.home; op = op->getNextNode())
    if (++distance > kMaxDistance || writes.mayWrite(op, root))
      return true;
  return false;
}

/// True where a copy of an operand that is read `runs` times pays.
static bool pays(const Use &use, double runs) {
  auto type = cast<MemRefType>(use.operand.getType());
  MemRefType panel = use.packed.panel;
  double numbers = double(panel.getNumElements());
  double bytes = numbers * panel.getElementTypeBitWidth() / 8;
  int64_t parts = isa<ComplexType>(type.getElementType()) ? 2 : 1;
  if (!type.hasStaticShape() ||
      numbers > double(kMostNumbers) * parts * type.getNumElements() ||
      bytes > kLargestBytes)
    return false;
  return runs >= (bytes <= kNearBytes ? 2 : kFarRuns);
}

void Sharer::shareAmong(MutableArrayRef<Use> uses) {
  llvm::stable_sort(uses, [](const Use &a, const Use &b) {
    return a.home != b.home && a.home->isBeforeInBlock(b.home);
  });
  while (!uses.empty()) {
    size_t count = 1;
    double runs = uses[0].runs;
    while (count < uses.size() &&
           !mayChangeBetween(uses[count - 1], uses[count]))
      runs += uses[count++].runs;
    if (pays(uses[0], runs))
      makeCopy(uses.take_front(count));
    uses = uses.drop_front(count);
  }
}

func::FuncOp Sharer::getPackFunction(Location loc, MemRefType type,
                                     const PackedInput &packed) {
  func::FuncOp function =
      KernelFunctions::create(loc, "tensornet_pack", {type, packed.panel});
  Block *body = &function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockEnd(body);
  PackTilesOp::create(builder, loc, body->getArgument(0), body->getArgument(1),
                      packed.tiles);
  func::ReturnOp::create(builder, loc);
  return functions.findOrInsert(function);
}

void Sharer::makeCopy(ArrayRef<Use> uses) {
  const Use &first = uses.front();
  Location loc = first.op->getLoc();
  OpBuilder builder(first.home);
  Value panel = memref::AllocOp::create(builder, loc, first.packed.panel,
                                        builder.getI64IntegerAttr(64));
  func::FuncOp pack = getPackFunction(
      loc, cast<MemRefType>(first.operand.getType()), first.packed);
  func::CallOp::create(builder, loc, pack, ValueRange{first.operand, panel});
  builder.setInsertionPointAfter(uses.back().home);
  memref::DeallocOp::create(builder, loc, panel);
  for (const Use &use : uses)
    found[use.op].push_back({use.packed, panel});
}

void Sharer::useTiles(ContractIntoOp op, const PackedInput &packed,
                      Value panel) {
  OpBuilder builder(op);
  OpOperand &operand = op.getInputsMutable()[packed.input];
  operand.set(WithTilesOp::create(builder, op.getLoc(), operand.get(), panel,
                                  packed.tiles));
}

void Sharer::rewrite(Operation *op, ArrayRef<Copy> copies) {
  if (auto contraction = dyn_cast<ContractIntoOp>(op)) {
    for (const Copy &copy : copies)
      useTiles(contraction, copy.packed, copy.panel);
    return;
  }
  auto call = cast<func::CallOp>(op);
  auto callee = functions.lookup(call.getCallee());
  func::FuncOp function = callee.clone();
  ContractIntoOp contraction;
  function.walk([&](ContractIntoOp inner) { contraction = inner; });
  SmallVector<Value> operands(call.getOperands());
  for (const Copy &copy : copies) {
    unsigned number = function.getNumArguments();
    // Functions of the func dialect take arguments anywhere.
    (void)function.insertArgument(number, copy.panel.getType(), {},
                                  op->getLoc());
    useTiles(contraction, copy.packed, function.getArgument(number));
    operands.push_back(copy.panel);
  }
  OpBuilder builder(call);
  func::CallOp::create(builder, call.getLoc(), functions.findOrInsert(function),
                       operands);
  call.erase();
  replaced.insert(callee);
}

struct SharePacking : tensornet::impl::TensorNetSharePackingBase<SharePacking> {
  using TensorNetSharePackingBase::TensorNetSharePackingBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    Sharer(getOperation(), bits, parallel).run();
  }
};

} // namespace
