#!/usr/bin/env python3
"""How far the cost model's kernels are from tuned ones: tn-tune on the sets of benchmarks/run.

Needs NumPy alone, for instance build/venv/bin/python3 benchmarks/tune.py. Prints a line per kernel
and the median of tuned/model; docs/tn-tune.md has figures.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from speed import sets
from speed.workload import ROOT, Scale, Workload


def tune(workload: Workload, options) -> list[dict]:
    """The kernels of a workload that tn-tune could time."""
    tool = pathlib.Path(os.environ.get("TENSORNET_BIN_DIR", ROOT / "build" / "bin")) / "tn-tune"
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as program:
        program.write(workload.program)
        program.flush()
        done = subprocess.run(
            [tool, program.name, f"--entry={workload.entry}", *workload.flags, "--cache=off",
             "--json", f"--seconds={options.seconds}", f"--threads={options.threads}"],
            capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tune: {workload.name}: {done.stderr.strip()}")
    return [kernel for kernel in json.loads(done.stdout)["kernels"] if "model_s" in kernel]


def differences(kernel: dict) -> str:
    """What the tuned kernel has otherwise."""
    def entries(text: str) -> dict:
        return dict(re.findall(r"(\w+) = (\[[^\]]*\]|\w+)", text))
    model, tuned = entries(kernel["model"]), entries(kernel["tuned"])
    return ", ".join(f"{name} {model[name]} -> {value}" for name, value in tuned.items()
                     if model[name] != value)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="gemm,tccg", help="separated by commas")
    parser.add_argument("--only", default="", help="how names of entries start, by commas")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th entry")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=15, help="per entry")
    parser.add_argument("--gflop", type=float, default=5.0,
                        help="what a contraction of TCCG is shrunk to, in 10^9 operations")
    parser.add_argument("--output", default="", metavar="FILE",
                        help="append a JSON object per kernel to this file")
    return parser.parse_args()


def report(rows: list[dict]) -> None:
    ratios = [row["tuned_s"] / row["model_s"] for row in rows]
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"{len(ratios)} kernels: tuned/model {statistics.median(ratios):.3f} in median, "
          f"{mean:.3f} in geometric mean, {min(ratios):.3f} at best; "
          f"{sum(ratio >= 0.95 for ratio in ratios)} within 5 %")


def main() -> None:
    options = parse_options()
    rows = []
    for workload in sets.choose(options.sets, Scale(gflop=options.gflop), options.only,
                                options.every):
        for kernel in tune(workload, options):
            kernel["name"] = workload.name
            rows.append(kernel)
            print(f"{kernel['tuned_s'] / kernel['model_s']:.3f}  {workload.name}  "
                  f"{1e6 * kernel['model_s']:.1f} us  {differences(kernel)}", flush=True)
            if options.output:
                with open(options.output, "a") as file:
                    file.write(json.dumps(kernel) + "\n")
    if not rows:
        sys.exit("tune: no kernel was timed")
    report(rows)


if __name__ == "__main__":
    main()
