"""The sets of programs; each module has `workloads(scale) -> list[Workload]`."""

from __future__ import annotations

import importlib

from speed.workload import Scale, Workload

NAMES = ["gemm", "tccg", "multi", "memory", "latency", "steps", "random"]


def load(name: str, scale: Scale) -> list[Workload]:
    """The workloads of a set of NAMES."""
    chosen = importlib.import_module(f"speed.sets.{name}").workloads(scale)
    seen = set()
    for workload in chosen:
        if workload.name in seen:
            raise ValueError(f"set {name}: two workloads are named {workload.name}")
        seen.add(workload.name)
    return chosen


def choose(names: str, scale: Scale, only: str = "", every: int = 1) -> list[Workload]:
    """Of the sets `names`, separated by commas, every N-th workload whose name starts with one of
    `only`, likewise."""
    found = [workload for name in names.split(",") for workload in load(name, scale)]
    prefixes = tuple(prefix for prefix in only.split(",") if prefix)
    return [workload for workload in found
            if not prefixes or workload.name.startswith(prefixes)][::every]
