//===- RuntimeThreads.cpp - Threads of compiled code ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeThreads.h"
#include "tensornet/Execution/Runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdarg>
#include <cstdlib>
#include <thread>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// OpenMP's library
//===----------------------------------------------------------------------===//

namespace {
/// Functions of OpenMP's library, omp_in_parallel and so on; null where it is
/// not loaded.
struct OpenMP {
  void (*setNumThreads)(int);
  int (*isInParallel)();
  int (*getThread)();
  int (*getNumThreads)();
  int (*getMaxThreads)();
  int (*getActiveLevel)();
  int (*getMaxActiveLevels)();
  /// The interface of compiled code.
  int32_t (*getGlobalThread)(void *);
  void (*forkCall)(void *, int32_t, LoopTask *, ...);
};

/// What OpenMP's library wants to know of code that starts threads.
struct CodePlace {
  int32_t reserved = 0, flags = 2, reserved2 = 0, reserved3 = 0;
  const char *text = ";unknown;unknown;0;0;;";
};
} // namespace

static OpenMP openMP = {};
/// The cores of the process before OpenMP's library binds threads to them.
static unsigned numCores = 0;

/// The function `name` of OpenMP's library, if that is loaded.
template <typename Function>
static bool find(Function *&function, const char *name) {
  function = reinterpret_cast<Function *>(
      llvm::sys::DynamicLibrary::SearchForAddressOfSymbol(name));
  return function;
}

void mlir::tensornet::bindThreads(unsigned numThreads) {
  unsigned cores = llvm::hardware_concurrency().compute_thread_count();
  bool isChosen = llvm::any_of(
      llvm::ArrayRef{"OMP_PLACES", "KMP_AFFINITY", "GOMP_CPU_AFFINITY"},
      [](const char *variable) { return std::getenv(variable) != nullptr; });
  if (numThreads > 1 && numThreads >= cores && !isChosen)
    setenv("OMP_PROC_BIND", "spread", /*overwrite=*/0);
}

/// Finds OpenMP's library, which is loaded if the process has not. False where
/// there is none.
static bool findOpenMP() {
  numCores = llvm::hardware_concurrency().compute_thread_count();
  bool found = find(openMP.setNumThreads, "omp_set_num_threads");
  for (const char *path : {"libomp.so.5", "libomp.so", TENSORNET_LIBOMP}) {
    if (found)
      break;
    if (!llvm::sys::DynamicLibrary::LoadLibraryPermanently(path))
      found = find(openMP.setNumThreads, "omp_set_num_threads");
  }
  return found && find(openMP.isInParallel, "omp_in_parallel") &&
         find(openMP.getThread, "omp_get_thread_num") &&
         find(openMP.getNumThreads, "omp_get_num_threads") &&
         find(openMP.getMaxThreads, "omp_get_max_threads") &&
         find(openMP.getActiveLevel, "omp_get_active_level") &&
         find(openMP.getMaxActiveLevels, "omp_get_max_active_levels") &&
         find(openMP.getGlobalThread, "__kmpc_global_thread_num") &&
         find(openMP.forkCall, "__kmpc_fork_call");
}

llvm::Error mlir::tensornet::setNumThreads(unsigned numThreads) {
  static const bool found = findOpenMP();
  if (!found)
    return llvm::createStringError(
        "cannot load OpenMP's runtime library libomp.so.5, which programs on "
        "several threads need");
  openMP.setNumThreads(static_cast<int>(numThreads));
  return llvm::Error::success();
}

unsigned mlir::tensornet::getNumThreads() {
  return openMP.getMaxThreads
             ? static_cast<unsigned>(std::max(openMP.getMaxThreads(), 1))
             : 1;
}

int64_t mlir::tensornet::getThreadNumber() {
  return openMP.getThread ? openMP.getThread() : 0;
}

//===----------------------------------------------------------------------===//
// Teams
//===----------------------------------------------------------------------===//

/// Larger teams than this one, in which the first thread wakes and awaits all
/// others, are left to OpenMP's library, which does so in a tree.
static constexpr unsigned kMostThreads = 16;
/// Bytes that cores do not fetch together.
static constexpr size_t kApart = 128;

/// Tells the processor that this thread waits.
static void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Threads of all teams.
static std::atomic<unsigned> numTeamThreads{0};

namespace {
/// Waiting for another thread. As OpenMP's library does, threads are ready at
/// once for a fifth of a second, if no other needs the core; then they look
/// from time to time.
class Waiting {
public:
  void until(const std::atomic<uint64_t> &number, uint64_t value) {
    for (unsigned turn = 1; number.load(std::memory_order_acquire) != value;
         ++turn) {
      pause();
      if (turn % kShortTurns == 0 &&
          (turn % kLongTurns == 0 || numTeamThreads > numCores))
        leaveCore();
    }
    start = {};
  }

private:
  /// How often a thread looks before it lets others have the core, which other
  /// teams wait for or not: some 3 and 50 microseconds.
  static constexpr unsigned kShortTurns = 64, kLongTurns = 1024;
  using Clock = std::chrono::steady_clock;

  void leaveCore() {
    Clock::time_point now = Clock::now();
    if (start == Clock::time_point())
      start = now;
    if (now - start < std::chrono::milliseconds(200))
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(100));
  }

  Clock::time_point start;
};

/// Threads of a region that wait for the loops of the first one.
class Team {
public:
  unsigned getSize() const { return size; }

  /// The first thread: there are as many threads, this one with them.
  void open(unsigned numThreads) {
    size = numThreads;
    numTeamThreads += size;
  }
  /// The first thread: runs `task` on all threads and waits for their end.
  void run(LoopTask *task, void *variables);
  /// The first thread: no loop follows.
  void close() {
    numTeamThreads -= size;
    post(nullptr, nullptr);
  }
  /// Another thread: runs its part of each loop until the team is closed.
  void work(unsigned thread);

private:
  void post(LoopTask *newTask, void *newVariables) {
    task = newTask;
    variables = newVariables;
    numPosted.store(++numLoops, std::memory_order_release);
  }
  void runTask();

  struct alignas(kApart) Worker {
    /// The loops that the thread has left.
    std::atomic<uint64_t> numDone{0};
  };

  unsigned size = 1;
  uint64_t numLoops = 0;
  Waiting waiting;
  /// What all threads read.
  alignas(kApart) std::atomic<uint64_t> numPosted{0};
  LoopTask *task = nullptr;
  void *variables = nullptr;
  /// Of the threads behind the first one.
  Worker workers[kMostThreads - 1];
};

/// What this thread does for compiled code.
struct ThreadState {
  /// The team whose first thread it is.
  Team *team = nullptr;
  /// True inside of a parallel loop.
  bool isInLoop = false;
};
} // namespace

static thread_local ThreadState state;

/// A task without variables gets one argument more than it takes, as from
/// OpenMP's library.
void Team::runTask() {
  int32_t thread = openMP.getGlobalThread(nullptr), bound = 0;
  task(&thread, &bound, variables);
}

void Team::run(LoopTask *newTask, void *newVariables) {
  post(newTask, newVariables);
  runTask();
  for (Worker &worker : llvm::MutableArrayRef(workers).take_front(size - 1))
    waiting.until(worker.numDone, numLoops);
}

void Team::work(unsigned thread) {
  state.isInLoop = true;
  llvm::scope_exit leave([] { state.isInLoop = false; });
  std::atomic<uint64_t> &numDone = workers[thread - 1].numDone;
  Waiting forLoop;
  for (uint64_t loop = 1;; ++loop) {
    forLoop.until(numPosted, loop);
    if (!task)
      return;
    runTask();
    numDone.store(loop, std::memory_order_release);
  }
}

namespace {
/// A call with a team.
struct TeamCall {
  Team team;
  llvm::function_ref<void()> call;
};
} // namespace

/// What each thread of a team does.
static void runInTeam(int32_t *, int32_t *, void *variables) {
  auto &[team, call] = *static_cast<TeamCall *>(variables);
  if (int thread = openMP.getThread())
    return team.work(thread);
  team.open(openMP.getNumThreads());
  state.team = &team;
  call();
  state.team = nullptr;
  team.close();
}

/// True where a call on this thread may start a team.
static bool canOpenTeam() {
  if (!openMP.forkCall || openMP.isInParallel())
    return false;
  unsigned numThreads = getNumThreads();
  return numThreads > 1 && numThreads <= kMostThreads;
}

void mlir::tensornet::callInTeam(llvm::function_ref<void()> call) {
  if (!canOpenTeam())
    return call();
  static CodePlace place;
  TeamCall all{{}, call};
  openMP.forkCall(&place, 1, runInTeam, &all);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void mlir::tensornet::forkCall(void *place, int32_t numArguments,
                               LoopTask *task, ...) {
  assert(numArguments <= 1 && "code passes one structure of variables");
  void *variables = nullptr;
  if (numArguments) {
    va_list arguments;
    va_start(arguments, task);
    variables = va_arg(arguments, void *);
    va_end(arguments);
  }
  if (state.isInLoop)
    return openMP.forkCall(place, 1, task, variables);
  noteLoop();
  state.isInLoop = true;
  if (state.team)
    state.team->run(task, variables);
  else
    openMP.forkCall(place, 1, task, variables);
  state.isInLoop = false;
}

bool mlir::tensornet::isInLoop() { return state.isInLoop; }

int64_t mlir::tensornet::countThreads() {
  if (state.team && !state.isInLoop)
    return state.team->getSize();
  if (openMP.getActiveLevel &&
      openMP.getActiveLevel() >= openMP.getMaxActiveLevels())
    return 1;
  return mlir::tensornet::getNumThreads();
}
