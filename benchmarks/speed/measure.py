"""Ours and every peer of a workload, checked and timed turn by turn.

A round gives each contender one turn, one right after another, so that all see the same machine.
Figures are medians over rounds; ratios are medians of the ratios of one round.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable

import numpy as np

from speed import machine, ours
from speed.peers import to_numpy
from speed.workload import Workload, widen

MOST_REPEATS = 20_000
#: A contender slower than this, in seconds and beside ours, has its first turn only.
SLOW_SECONDS, SLOW_FACTOR = 0.5, 8.0
#: Loops in C of known extents.
IDEAL = "C loops"
#: Other contenders' idle threads stop spinning meanwhile: OpenBLAS's after 2^28 cycles.
PAUSE_SECONDS = 0.2


def time_calls(call: Callable, repeats: int) -> float:
    """The median seconds of a call; several calls come after one to warm up."""
    if hasattr(call, "time"):
        return call.time(repeats)
    if repeats > 1:
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def largest_error(found, expected) -> float:
    """max |found - expected| / max |expected|, the largest over all results."""
    found = [to_numpy(value) for value in found]
    if len(found) != len(expected):
        raise ValueError(f"{len(found)} results where {len(expected)} are expected")
    errors = [0.0]
    for value, reference in zip(found, expected):
        if np.shape(value) != np.shape(reference):
            raise ValueError(f"shape {np.shape(value)} where {np.shape(reference)} is expected")
        scale = np.abs(reference).max(initial=0.0) or 1.0
        difference = np.abs(value - reference).max(initial=0.0)
        errors.append(float(difference / scale) if np.isfinite(difference) else float("inf"))
    return max(errors)


class Contender:
    """Ours or a peer: what is called, how long it takes, and what went wrong."""

    def __init__(self, build, inputs, expected, allowed: float):
        self.call, self.error, self.failure = None, None, None
        self.times: list[float] = []
        self.repeats = 1
        start = time.perf_counter()
        try:
            self.call = build(inputs)
            self.error = largest_error(self.call(), expected)
        except Exception as error:  # whatever a peer raises is told, not raised
            self.fail(error)
        else:
            if not self.error <= allowed:
                self.failure = f"wrong: error {self.error:.1e}, allowed {allowed:.1e}"
        self.first_seconds = time.perf_counter() - start

    def fail(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"

    def take_turn(self, seconds: float) -> None:
        """A turn of about so many seconds."""
        try:
            if not self.times and not getattr(self.call, "single_shot", False):
                once = time_calls(self.call, 1)
                self.repeats = min(max(1, int(seconds / max(once, 1e-9))), MOST_REPEATS)
                if once > SLOW_SECONDS:
                    self.times.append(once)
                    return
            self.times.append(time_calls(self.call, self.repeats))
        except Exception as error:
            self.fail(error)

    def report(self) -> dict:
        seconds = statistics.median(self.times) if self.times else None
        return {"seconds": seconds, "rounds": self.times, "repeats": self.repeats,
                "error": self.error, "first_seconds": self.first_seconds,
                **({"failure": self.failure} if self.failure else {})}


@dataclasses.dataclass(frozen=True)
class Pace:
    """How often and how long contenders are measured."""

    rounds: int
    #: Each turn lasts about this long.
    turn_seconds: float
    threads: int


def measure(workload: Workload, pace: Pace, excluded: dict[str, str],
            tell: Callable[[str], None]) -> dict:
    """One row of a table. `excluded` are contenders that ended an earlier process, and how; `tell`
    hears whose turn it is."""
    tell("reference")
    inputs = workload.inputs()
    expected = workload.reference(*map(widen, inputs))
    allowed = workload.allowed_error()
    contenders: dict[str, Contender] = {}
    builds = {"tensornet": workload.ours or (lambda i: ours.Ours(workload, i, pace.threads)),
              **workload.peers}
    row = {"name": workload.name, "element": workload.element, "threads": pace.threads,
           "operations": workload.operations, "bytes": workload.bytes,
           "against": workload.against}
    for name, build in builds.items():
        if name in excluded:
            continue
        tell(name)
        contenders[name] = Contender(build, inputs, expected, allowed)
    try:
        _take_rounds(contenders, pace, tell)
        row["contenders"] = {name: c.report() for name, c in contenders.items()}
        if "tensornet" in contenders:
            compiled = getattr(contenders["tensornet"].call, "compile_seconds", None)
            row["contenders"]["tensornet"]["compile_s"] = compiled
    finally:
        for contender in contenders.values():
            if hasattr(contender.call, "close"):
                contender.call.close()
    row["contenders"] |= {name: {"seconds": None, "rounds": [], "failure": how}
                          for name, how in excluded.items()}
    return {**row, **compare(row["contenders"]), **_share_of_machine(workload, row, pace.threads)}


def _take_rounds(contenders: dict[str, Contender], pace: Pace, tell) -> None:
    for _ in range(pace.rounds):
        for name, contender in contenders.items():
            if contender.failure or _is_too_slow(contender, contenders.get("tensornet")):
                continue
            tell(name)
            if pace.threads > 1:
                time.sleep(PAUSE_SECONDS)
            contender.take_turn(pace.turn_seconds)


def _is_too_slow(contender: Contender, reference: Contender | None) -> bool:
    return bool(reference and reference.times and contender.times and contender is not reference
                and contender.times[0] > max(SLOW_SECONDS, SLOW_FACTOR * reference.times[0]))


def compare(contenders: dict[str, dict]) -> dict:
    """The best peer and how many times as fast as it we are; likewise for loops in C, which are an
    ideal and no peer. Nothing where a side failed."""
    valid = {name: c for name, c in contenders.items()
             if c["seconds"] is not None and "failure" not in c}
    mine, ideal = valid.pop("tensornet", None), valid.pop(IDEAL, None)
    if mine is None:
        return {}

    def ratio(other: dict) -> float:
        return statistics.median(t / o for t, o in zip(other["rounds"], mine["rounds"]))
    found = {"beside_loops": ratio(ideal)} if ideal else {}
    if valid:
        best = min(valid, key=lambda name: valid[name]["seconds"])
        found |= {"best_peer": best, "speedup": ratio(valid[best])}
    return found


def _share_of_machine(workload: Workload, row: dict, threads: int) -> dict:
    """The rate of ours and its share of what the machine can do, measured now."""
    seconds = row["contenders"]["tensornet"]["seconds"]
    if seconds is None or not (workload.operations or workload.bytes):
        return {}
    if workload.operations:
        rate, limit = workload.operations / seconds, machine.peak(workload.element, threads)
    else:
        rate = workload.bytes / seconds
        limit = machine.bandwidth(workload.against, workload.bytes, threads)
    return {"rate": rate, "limit": limit, "share": rate / limit}
