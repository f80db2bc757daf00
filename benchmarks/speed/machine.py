"""What the machine can do, measured in the run itself by native.c."""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import subprocess
import threading

import numpy as np

from speed.workload import ROOT

SOURCE = pathlib.Path(__file__).with_name("native.c")
LIBRARY = ROOT / "build" / "bench-native.so"
#: Multiply-adds take at least this long, and so does a sample of bandwidth.
SECONDS = 0.02
SAMPLE_SECONDS = 2e-5


@functools.cache
def native() -> ctypes.CDLL:
    """native.c, compiled where it is newer than the library."""
    if not LIBRARY.exists() or LIBRARY.stat().st_mtime < SOURCE.stat().st_mtime:
        LIBRARY.parent.mkdir(exist_ok=True)
        subprocess.run([os.environ.get("CLANG", "clang-22"), "-O3", "-march=native",
                        "-mprefer-vector-width=512", "-ffp-contract=fast", "-shared", "-fPIC",
                        SOURCE, "-o", LIBRARY], check=True)
    library = ctypes.CDLL(str(LIBRARY))
    for name in ("peak_f32", "peak_f64"):
        getattr(library, name).restype = ctypes.c_double
        getattr(library, name).argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    for name in ("copy", "stream", "memcpy", "triad", "sum"):
        function = getattr(library, f"time_{name}")
        function.restype = ctypes.c_double
        function.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_long] * 3
    return library


def on_threads(count: int, work) -> list:
    """`work(thread)` of so many threads, started together (C calls drop Python's lock)."""
    results = [None] * count
    barrier = threading.Barrier(count)

    def run(thread: int) -> None:
        barrier.wait()
        results[thread] = work(thread)

    workers = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def peak(element: str, threads: int) -> float:
    """Floating-point operations per second of real numbers: those of complex and of half
    precision count as f32."""
    double = element in ("f64", "complex<f64>")
    kind = np.float64 if double else np.float32
    function = native().peak_f64 if double else native().peak_f32

    def measure(steps: int):
        def work(_):
            seed, sink = np.array([0.5, 0.25], kind), np.zeros(1, kind)
            return function(steps, seed.ctypes.data, sink.ctypes.data)
        return work

    rate = max(measure(200_000)(0) for _ in range(3))
    steps = int(SECONDS * rate / (2 * 24 * 16)) + 1
    return max(sum(on_threads(threads, measure(steps))) for _ in range(5))


@functools.cache
def _aligned(count: int, number: int) -> np.ndarray:
    storage = np.ones(count + 16, np.float32)
    offset = (-storage.ctypes.data % 64) // 4
    return storage[offset:offset + count]


#: Arrays that a loop touches, and the loops that count as one.
TRAFFIC = {"copy": (2, ["copy", "memcpy"]), "stream": (2, ["stream"]), "triad": (3, ["triad"]),
           "sum": (1, ["sum"])}


def bandwidth(against: str, total_bytes: float, threads: int) -> float:
    """Bytes per second of the best loop of this kind over arrays of `total_bytes` together,
    each thread on a part of its own."""
    arrays, loops = TRAFFIC[against]
    count = max(int(total_bytes) // (4 * arrays * threads), 16) // 16 * 16

    def rate(loop: str) -> float:
        function = getattr(native(), f"time_{loop}")
        buffers = [[_aligned(count, 3 * thread + n) for n in range(3)] for thread in range(threads)]

        def work(thread: int, repeats: int, batch: int) -> float:
            return function(*(b.ctypes.data for b in buffers[thread]), count, repeats, batch)

        once = work(0, 3, 1)
        batch = max(1, int(SAMPLE_SECONDS / once))
        repeats = min(max(5, int(SECONDS / (once * batch))), 1000)
        times = on_threads(threads, lambda thread: work(thread, repeats, batch))
        return sum(4 * arrays * count / seconds for seconds in times)

    return max(rate(loop) for loop in loops)


def describe(threads: int) -> dict:
    """Peak rates, and bandwidth over 256 MiB."""
    large = 256 * 2**20
    return {"cpu": cpu_name(), "threads": threads,
            "peak_f32_gflops": peak("f32", threads) / 1e9,
            "peak_f64_gflops": peak("f64", threads) / 1e9,
            **{f"{name}_gbytes_per_s": bandwidth(name, large, threads) / 1e9 for name in TRAFFIC}}


def cpu_name() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"
