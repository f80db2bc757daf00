"""The programs of benchmarks/run, at tiny sizes and without peers, against their references."""

from __future__ import annotations

import contextlib
import math
import sys

import pytest

from programs import SOURCE

sys.path.insert(0, str(SOURCE / "benchmarks"))

from speed import measure, ours, sets  # noqa: E402
from speed.sets import tccg  # noqa: E402
from speed.workload import Scale, widen  # noqa: E402

# The references of training steps need PyTorch.
WORKLOADS = {f"{name}/{workload.name}": workload for name in sets.NAMES if name != "steps"
             for workload in sets.load(name, Scale(tiny=True))}


def gflop(extents: dict[str, int]) -> float:
    return 2e-9 * math.prod(extents.values())


@pytest.mark.parametrize("element", tccg.ELEMENTS)
def test_tccg_shrinks_what_exceeds_the_limit(element: str) -> None:
    everything = [by_element[element] for _, by_element in tccg.contractions()]
    assert len(everything) == 48
    for extents in everything:
        scaled = tccg.scaled(extents, 5.0)
        if gflop(extents) <= 5:
            assert scaled == extents
        else:
            assert gflop(scaled) == pytest.approx(5, rel=0.15)


def test_tccg_keeps_odd_extents() -> None:
    # (5 / 10.9)^(1/5) = 0.855 of 96 and 84.
    found = tccg.scaled({"a": 96, "b": 84, "c": 84, "d": 84, "e": 96}, 5.0)
    assert found == {"a": 82, "b": 72, "c": 72, "d": 72, "e": 82}
    found = tccg.scaled(dict.fromkeys("abcdef", 72), 5.0)
    assert found == dict.fromkeys("abcdef", 37)


@pytest.mark.parametrize("name", WORKLOADS)
def test_programs_compute_their_references(name: str) -> None:
    workload = WORKLOADS[name]
    inputs = workload.inputs()
    expected = workload.reference(*map(widen, inputs))
    build = workload.ours or (lambda arrays: ours.Ours(workload, arrays, threads=1))
    with contextlib.closing(build(inputs)) as call:
        assert measure.largest_error(call(), expected) <= workload.allowed_error()
        assert call.time(2) > 0
