#!/usr/bin/env python3
"""tensornet against NumPy with OpenBLAS, one thread each, turn by turn.

Every round measures ours and NumPy right after each other, so that both see the same
machine; figures are medians over rounds. Results of ours are compared with NumPy in f64.
Called by benchmarks/run, which sets up the environment.
"""

import argparse
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from workloads import ROOT, all_workloads

TN_RUN = ROOT / "build" / "bin" / "tn-run"
SECONDS_PER_TURN = 0.5
TOLERANCE = 2e-3


def tn_run(folder: pathlib.Path, workload, *flags: str) -> str:
    """The standard output of tn-run on a workload whose files are in `folder`."""
    inputs = [f"--input={i}:{folder / f'input{i}.npy'}" for i in range(len(workload.inputs))]
    command = [TN_RUN, folder / "program.mlir", f"--entry={workload.entry}", "--threads=1",
               *inputs, *flags]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write_files(folder: pathlib.Path, workload) -> None:
    (folder / "program.mlir").write_text(workload.program)
    for i, array in enumerate(workload.inputs):
        np.save(folder / f"input{i}.npy", array)


def largest_error(folder: pathlib.Path, workload) -> float:
    """max |ours - reference| / max |reference| over all results."""
    tn_run(folder, workload, f"--output={folder / 'out'}")
    errors = []
    for i, expected in enumerate(workload.reference()):
        found = np.load(folder / "out" / f"result{i}.npy").astype(np.float64)
        errors.append(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))
    return max(errors)


def time_peer(workload, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        workload.peer()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(workload, rounds: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_files(folder, workload)
        error = largest_error(folder, workload)
        time_peer(workload, 2)  # warm-up
        repeats = max(3, int(SECONDS_PER_TURN / time_peer(workload, 3)))
        ours, theirs, compiling = [], [], []
        for _ in range(rounds):
            report = json.loads(tn_run(folder, workload, f"--time={repeats}").splitlines()[-1])
            ours.append(report["median_s"])
            compiling.append(report["compile_s"])
            theirs.append(time_peer(workload, repeats))
    return {
        "name": workload.name,
        "tensornet_s": statistics.median(ours),
        "numpy_s": statistics.median(theirs),
        "speedup": statistics.median(t / o for o, t in zip(ours, theirs)),
        "compile_s": statistics.median(compiling),
        "error": error,
        "rounds": rounds,
        "repeats": repeats,
    }


def blas_name() -> str:
    info = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{info.get('name')} {info.get('version')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--output", default=str(ROOT / "build" / "benchmarks.json"))
    options = parser.parse_args()

    chosen = [w for w in all_workloads()
              if not options.only or w.name in options.only.split(",")]
    if not chosen:
        names = ", ".join(w.name for w in all_workloads())
        sys.exit(f"benchmarks: no workload is named {options.only}; there are {names}")
    print(f"NumPy {np.__version__} with {blas_name()}; one thread each; "
          f"medians of {options.rounds} rounds")
    print(f"{'workload':30} {'tensornet':>12} {'NumPy':>12} {'speed-up':>9} "
          f"{'compile':>9} {'error':>9}")
    rows = []
    for workload in chosen:
        row = measure(workload, options.rounds)
        rows.append(row)
        print(f"{row['name']:30} {row['tensornet_s'] * 1e3:9.3f} ms {row['numpy_s'] * 1e3:9.3f} ms "
              f"{row['speedup']:8.2f}x {row['compile_s']:7.2f} s {row['error']:9.1e}", flush=True)
    report = {"numpy": np.__version__, "blas": blas_name(), "machine": platform.processor(),
              "rows": rows}
    pathlib.Path(options.output).write_text(json.dumps(report, indent=2) + "\n")
    wrong = [row["name"] for row in rows if not row["error"] < TOLERANCE]
    if wrong:
        sys.exit(f"benchmarks: results differ from NumPy by more than {TOLERANCE}: {wrong}")


if __name__ == "__main__":
    main()
