"""The programs of benchmarks/run, at tiny sizes and without peers, against their references."""

from __future__ import annotations

import contextlib
import math
import signal
import subprocess
import sys

import numpy as np
import pytest

from programs import SOURCE

sys.path.insert(0, str(SOURCE / "benchmarks"))

import run  # noqa: E402
from speed import measure, ours, report, sets  # noqa: E402
from speed.sets import tccg  # noqa: E402
from speed.workload import Scale, Workload, widen  # noqa: E402

# The references of training steps need PyTorch.
WORKLOADS = {f"{name}/{workload.name}": workload for name in sets.NAMES if name != "steps"
             for workload in sets.load(name, Scale(tiny=True))}


def gflop(extents: dict[str, int]) -> float:
    return 2e-9 * math.prod(extents.values())


def test_choosing_takes_starts_of_names_and_every_nth() -> None:
    names = [workload.name for workload in sets.choose("multi", Scale(tiny=True), "dmrg,cc-", 2)]
    assert names == ["dmrg", "cc-ladder", "cc-ring"]


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


def test_random_products_follow_the_seed() -> None:
    def draw(seed: int) -> list[str]:
        return [workload.name for workload in sets.load("random", Scale(seed=seed))]

    assert draw(1) == draw(1)
    assert not set(draw(1)) & set(draw(2))


@pytest.mark.parametrize("name", WORKLOADS)
def test_programs_compute_their_references(name: str) -> None:
    workload = WORKLOADS[name]
    inputs = workload.inputs()
    expected = workload.reference(*map(widen, inputs))
    build = workload.ours or (lambda arrays: ours.Ours(workload, arrays, threads=1))
    with contextlib.closing(build(inputs)) as call:
        assert measure.largest_error(call(), expected) <= workload.allowed_error()
        assert call.time(2) > 0


class Called:
    """A contender that always takes so many seconds."""

    def __init__(self, seconds: float, result: list):
        self.seconds, self.result = seconds, result

    def __call__(self) -> list:
        return self.result

    def time(self, repeats: int) -> float:
        return self.seconds

    def close(self) -> None:
        pass


def row_of(peers: dict, ours: Called, excluded: dict) -> dict:
    workload = Workload(name="double", program="", entry="", element="f64",
                        inputs=lambda: [np.arange(3.0)], reference=lambda x: [2 * x],
                        peers=peers, ours=lambda _: ours)
    pace = measure.Pace(rounds=3, turn_seconds=0.01, threads=1)
    return measure.measure(workload, pace, excluded, tell=lambda _: None)


def test_a_row_compares_with_the_best_peer_that_is_right_and_names_the_others() -> None:
    right = [np.array([0.0, 2.0, 4.0])]

    def broken(inputs):
        raise OSError("not installed")
    row = row_of({"slow": lambda _: Called(3.0, right), "fast": lambda _: Called(2.0, right),
                  "wrong": lambda _: Called(1.0, [right[0] + 1e-3]), "broken": broken,
                  "crashed": broken},
                 Called(4.0, right), {"crashed": "ended the process with SIGSEGV"})
    assert (row["best_peer"], row["speedup"]) == ("fast", 0.5)
    failures = report.failures(row)
    assert [text.split(":")[0] for text in failures] == ["wrong", "broken", "crashed"]
    assert failures[1] == "broken: OSError: not installed"
    assert row["contenders"]["wrong"]["rounds"] == []
    summary = report.summary([row])
    assert (summary["compared"], summary["below_0.95"], summary["lowest"]) == (1, 1, 0.5)


def test_a_wrong_result_of_ours_is_not_compared() -> None:
    right = [np.array([0.0, 2.0, 4.0])]
    row = row_of({"peer": lambda _: Called(1.0, right)}, Called(0.5, [right[0] + 1]), {})
    assert "speedup" not in row
    assert report.summary([row])["ours_failed"] == ["double"]


def test_a_worker_that_hangs_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.2)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                          start_new_session=True) as worker:
        watch = run.Watch(worker)
        watch.restart()
        assert worker.wait(timeout=30) == -signal.SIGKILL
    assert watch.has_ended
