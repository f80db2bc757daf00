#!/usr/bin/env python3
"""What a second thread brings: programs of benchmarks/run with several threads and with one, in turns.

Needs NumPy alone, for instance build/venv/bin/python3 benchmarks/threads.py. Prints a line per
program: the times and their ratio, in medians. Programs that one thread runs in less than
--least milliseconds are left out; docs/benchmarks.md has figures.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import statistics
import sys
import time

from speed import ours, sets
from speed.workload import Scale, Workload

#: Seconds between turns: idle threads of OpenMP look for work for 0.2.
PAUSE = 0.25


def measure(workload: Workload, options) -> tuple[float, float] | None:
    """Seconds of a call with one thread and with several; None where one is done at once."""
    inputs = workload.inputs()
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(contextlib.closing(ours.Ours(workload, inputs, threads)))
                     for threads in (1, options.threads)]
        first = processes[0].time(1)
        if first < 1e-3 * options.least:
            return None
        repeats = max(1, int(options.turn_seconds / first))
        seconds = [[], []]
        for _ in range(options.rounds):
            for process, times in zip(processes, seconds, strict=True):
                times.append(process.time(repeats))
                time.sleep(PAUSE)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="gemm,multi,steps", help="separated by commas")
    parser.add_argument("--only", default="", help="how names of entries start, by commas")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th entry")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--turn-seconds", type=float, default=0.05)
    parser.add_argument("--least", type=float, default=0.5, metavar="MS")
    parser.add_argument("--gflop", type=float, default=5.0,
                        help="what a contraction of TCCG is shrunk to, in 10^9 operations")
    return parser.parse_args()


def main() -> None:
    options = parse_options()
    ratios = []
    for workload in sets.choose(options.sets, Scale(gflop=options.gflop), options.only,
                                options.every):
        found = measure(workload, options)
        if not found:
            continue
        one, several = found
        ratios.append(one / several)
        print(f"{workload.name:45} {1e3 * one:9.3f} ms {1e3 * several:9.3f} ms "
              f"{ratios[-1]:5.2f}x", flush=True)
    if not ratios:
        sys.exit("threads: no program ran long enough")
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"{len(ratios)} programs: {mean:.2f}x in geometric mean, lowest {min(ratios):.2f}x, "
          f"{sum(ratio >= 1.8 for ratio in ratios)} at 1.8x or more")


if __name__ == "__main__":
    main()
