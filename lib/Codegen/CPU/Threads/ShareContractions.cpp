//===- ShareContractions.cpp - Independent contractions on threads --------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers/BufferAccess.h"
#include "Kernels/KernelCandidate.h"
#include "Kernels/KernelModel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETSHARECONTRACTIONS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// How many ops a search for members of a group passes over.
static constexpr size_t kWindow = 48;
static constexpr size_t kMostMembers = 16;
/// Below this many multiplications a call keeps its place: it would make room
/// for little and may need buffers longer than they would live.
static constexpr double kLeastWork = kMinThreadedWork / 4;

namespace {

/// A call of a contraction that one thread computes.
struct Member {
  func::CallOp call;
  /// Multiplications.
  double work;
};

using Members = SmallVector<Member>;

/// Brings together calls that do not depend on each other.
class Sharer {
public:
  explicit Sharer(func::FuncOp function) : function(function) {}

  void run() {
    SmallVector<Block *> blocks;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<scf::ParallelOp>(op))
        return WalkResult::skip();
      for (Region &region : op->getRegions())
        for (Block &block : region)
          if (!block.empty())
            blocks.push_back(&block);
      return WalkResult::advance();
    });
    for (Block *block : blocks)
      for (Operation *op = &block->front(); op;)
        op = shareFrom(op);
  }

private:
  Operation *shareFrom(Operation *first);
  Members collect(Member first);
  std::optional<Member> getMember(Operation *op);
  /// The multiplications of `callee` if it is one contraction that one thread
  /// computes; zero otherwise.
  double getWork(func::FuncOp callee);

  func::FuncOp function;
  DenseMap<StringAttr, double> works;
};

} // namespace

double Sharer::getWork(func::FuncOp callee) {
  if (!callee || callee.isExternal())
    return 0;
  double work = 0;
  WalkResult result = callee.walk([&](ContractIntoOp op) {
    KernelAttr kernel = op.getKernelAttr();
    std::optional<KernelCandidate> candidate = getCandidate(op);
    if (work > 0 || !kernel || !candidate ||
        kernel.getValue().distribute != Distribution::none)
      return WalkResult::interrupt();
    work = 1;
    for (const KernelDim &dim : candidate->dims)
      work *= dim.extent == kDynamicExtent ? 0 : double(dim.extent);
    return WalkResult::advance();
  });
  return result.wasInterrupted() ? 0 : work;
}

std::optional<Member> Sharer::getMember(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  if (!call || call.getNumResults() > 0)
    return std::nullopt;
  auto [place, isNew] = works.try_emplace(call.getCalleeAttr().getAttr());
  if (isNew)
    place->second = getWork(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr()));
  if (place->second < kLeastWork)
    return std::nullopt;
  return Member{call, place->second};
}

/// `first` and the calls after it that can stand beside it; what they need then
/// stands in front of it.
Members Sharer::collect(Member first) {
  Members members = {first};
  SmallVector<Operation *> passed;
  for (Operation *op = first.call->getNextNode();
       op && passed.size() < kWindow && members.size() < kMostMembers;) {
    Operation *next = op->getNextNode();
    std::optional<Member> member = getMember(op);
    bool isApart = member && llvm::none_of(members, [&](const Member &other) {
                     return conflict(other.call, op);
                   });
    if (isApart && makeRoom(op, passed, first.call))
      members.push_back(*member);
    else
      passed.push_back(op);
    op = next;
  }
  return members;
}

namespace {
/// Members in two parts; the first has as many as the second, or one more.
struct Halves {
  std::array<Members, 2> parts;
  std::array<double, 2> works = {0, 0};

  /// Takes `members`, those with most work first: the first one into part
  /// `first`, each other one into the part with less work that has room.
  Halves(ArrayRef<Member> members, unsigned first) {
    std::array<size_t, 2> most = {llvm::divideCeil(members.size(), 2),
                                  members.size() / 2};
    for (const Member &member : members) {
      unsigned part = &member == members.begin() ? first : works[1] < works[0];
      if (parts[part].size() == most[part])
        part = 1 - part;
      parts[part].push_back(member);
      works[part] += member.work;
    }
  }

  double getLargerWork() const { return std::max(works[0], works[1]); }
};
} // namespace

/// Orders `members` so that their two halves have about equal work, and each
/// half likewise: threads take equal numbers of neighbours. Returns the work of
/// the half with more of it.
static double balance(MutableArrayRef<Member> members) {
  if (members.size() < 2)
    return members.empty() ? 0 : members[0].work;
  llvm::stable_sort(members, [](const Member &a, const Member &b) {
    return a.work > b.work;
  });
  Halves halves(members, 0), other(members, 1);
  if (other.getLargerWork() < halves.getLargerWork())
    halves = other;
  for (Members &part : halves.parts)
    balance(part);
  llvm::copy(halves.parts[1], llvm::copy(halves.parts[0], members.begin()));
  return halves.getLargerWork();
}

/// Each of `members` at one step of a loop whose steps threads share out.
static scf::ParallelOp emitLoop(ArrayRef<Member> members, Operation *first) {
  OpBuilder builder(first);
  Location loc = first->getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value zero = constant(0), one = constant(1), count = constant(members.size());
  auto loop = scf::ParallelOp::create(builder, loc, zero, count, one);
  builder.setInsertionPointToStart(loop.getBody());
  auto choice = scf::IndexSwitchOp::create(
      builder, loc, TypeRange(), loop.getInductionVars()[0],
      llvm::to_vector(llvm::seq<int64_t>(1, members.size())),
      members.size() - 1);
  for (auto [member, region] : llvm::zip_equal(members, choice->getRegions())) {
    builder.createBlock(&region);
    auto end = scf::YieldOp::create(builder, loc);
    func::CallOp call = member.call;
    call->moveBefore(end);
  }
  return loop;
}

/// Returns the op to go on with.
Operation *Sharer::shareFrom(Operation *op) {
  std::optional<Member> first = getMember(op);
  if (!first)
    return op->getNextNode();
  Members members = collect(*first);
  double work = 0;
  for (const Member &member : members)
    work += member.work;
  // What is saved has to be as much as one contraction on two threads saves.
  if (work - balance(members) < kMinThreadedWork / 2)
    return op->getNextNode();
  return emitLoop(members, op)->getNextNode();
}

namespace {

struct ShareContractions
    : tensornet::impl::TensorNetShareContractionsBase<ShareContractions> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        Sharer(function).run();
  }
};

} // namespace
