"""What a call costs beside the work, and what the first one costs."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from speed import ours, peers
from speed.sets.multi import Network
from speed.workload import Scale, Workload

#: What compiles, and so has a first call worth measuring.
COMPILERS = ["PyTorch compiled", "JAX", "IREE"]
CHILD = pathlib.Path(__file__).resolve().parents[1] / "first_call.py"


def tiny() -> Network:
    return Network("call-4x4", "ij,jk->ik", dict.fromkeys("ijk", 4), loops="matmul")


def three_operands(scale: Scale) -> Network:
    return Network("einsum-3", "ij,jk,kl->il", dict.fromkeys("ijkl", scale(64, 3)))


class FirstCall:
    """A peer's first call in a fresh process, without imports; every turn starts a process."""

    single_shot = True

    def __init__(self, name: str, cached: bool):
        self.name, self.cached = name, cached
        self.folder = tempfile.TemporaryDirectory()
        self.seconds = 0.0

    def _environment(self, cache: str) -> dict[str, str]:
        return {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache, "TORCHINDUCTOR_CACHE_DIR": cache,
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
                "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}

    def __call__(self) -> list[np.ndarray]:
        with tempfile.TemporaryDirectory() as fresh:
            cache = os.path.join(self.folder.name, "cache") if self.cached else fresh
            done = subprocess.run([sys.executable, CHILD, self.name, self.folder.name],
                                  env=self._environment(cache), capture_output=True, text=True,
                                  check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-300:])
        found = json.loads(done.stdout.splitlines()[-1])
        self.seconds = found["seconds"]
        folder = pathlib.Path(self.folder.name)
        return [np.load(folder / f"{number}.npy") for number in range(found["results"])]

    def time(self, repeats: int) -> float:
        del repeats  # there is but one first call
        self()
        return self.seconds

    def close(self) -> None:
        self.folder.cleanup()


class OurFirstCall:
    """Compiling by tn-run in a fresh process, or taking the code from a folder, and one call."""

    single_shot = True

    def __init__(self, workload: Workload, inputs, cached: bool):
        self.folder = tempfile.TemporaryDirectory()
        cache, place = (pathlib.Path(self.folder.name, name) for name in ("cache", "program"))
        place.mkdir()
        self.start = functools.partial(ours.Ours, workload, inputs, peers.threads(),
                                       str(cache) if cached else "off", str(place))
        self.results, self.compile_seconds = self._once()

    def _once(self):
        with contextlib.closing(self.start()) as process:
            return process(), process.compile_seconds + process.time(1)

    def __call__(self) -> list[np.ndarray]:
        return self.results

    def time(self, repeats: int) -> float:
        del repeats
        return self._once()[1]

    def close(self) -> None:
        self.folder.cleanup()


def _first_call(scale: Scale, name: str, cached: bool) -> Workload:
    workload = three_operands(scale).workloads()[1]
    workload.name = name
    # IREE keeps nothing.
    chosen = [peer for peer in COMPILERS if not cached or peer != "IREE"]
    workload.peers = {peer: lambda _, peer=peer: FirstCall(peer, cached) for peer in chosen}
    workload.ours = lambda inputs: OurFirstCall(workload, inputs, cached)
    return workload


def workloads(scale: Scale) -> list[Workload]:
    return [*tiny().workloads(), *three_operands(scale).workloads(),
            _first_call(scale, "first-call-cold", cached=False),
            _first_call(scale, "first-call-cached", cached=True)]
