#!/usr/bin/env python3
"""Measures workloads of one set with one number of threads in one process.

Writes what happens to standard output, one JSON object a line: which entry and contender comes
next (so that whoever started it knows what ended a process), and each finished row. Started by
run.py, which sets environment and affinity.
"""

from __future__ import annotations

import json
import os
import sys
import warnings

from speed import machine, measure, peers, sets
from speed.workload import Scale


def main() -> None:
    order = json.loads(sys.argv[1])
    # Peers print to standard output as they like.
    events = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.filterwarnings("ignore")

    def tell(**what) -> None:
        print(json.dumps(what), file=events, flush=True)

    tell(machine=machine.describe(order["threads"]), peers=peers.describe(order["peers"]))
    pace = measure.Pace(order["rounds"], order["turn_seconds"], order["threads"])
    wanted = set(order["names"])
    for workload in sets.load(order["set"], Scale(gflop=order["gflop"], seed=order["seed"])):
        if workload.name not in wanted:
            continue
        if order["peers"]:
            workload.peers = {name: build for name, build in workload.peers.items()
                              if name in order["peers"]}
        row = measure.measure(workload, pace, order["excluded"].get(workload.name, {}),
                              lambda name: tell(entry=workload.name, contender=name))
        tell(row=row)


if __name__ == "__main__":
    main()
