#!/usr/bin/env python3
"""Runs the tools on damaged input and reports whatever is no clean refusal.

Run on demand, best on a sanitizer build:

    cmake --preset sanitize && cmake --build build/sanitize
    test/fuzz/fuzz.py --seconds 600 --keep findings

The programs of tests and examples are cut into functions and edited at random
(mutations.py); tn-opt gets them with random pipelines, tn-run with random options and
damaged .npy files, tn-plan gets damaged networks (tool_inputs.py). A finding is a
signal, a report of a sanitizer, a time-out, or a failure without a word (verdicts.py).
Findings of one cause count once; --keep writes the command, the report and the input of
each. The exit code is 0 where there is none, crashes of MLIR's own parsers aside.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import sys
import tempfile
import time

import tool_inputs
from mutations import Mutator, cut_seeds
from verdicts import Findings, judge, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGEST_SEED = 8000  # characters
BATCH = 16  # programs in one process of tn-opt


class Fuzzer:
    """Random inputs and commands; what goes wrong is put into `findings`."""

    def __init__(self, options: argparse.Namespace, folder: pathlib.Path):
        self.options = options
        self.folder = folder
        self.rng = random.Random(options.seed)
        paths = options.files or [*ROOT.glob("test/**/*.mlir"), *ROOT.glob("examples/**/*.mlir")]
        seeds = [seed for path in sorted(paths) for seed in cut_seeds(pathlib.Path(path))]
        self.seeds = [seed for seed in seeds if len(seed) < LARGEST_SEED]
        self.mutator = Mutator(self.rng, self.seeds)
        self.findings = Findings(options.keep)
        self.count = 0

    def check(self, command: list[str]) -> None:
        """One run in the folder, where its input files lie."""
        code, text = run(command, self.folder, self.options.limit)
        verdict = judge(code, text)
        if verdict in ("memory", "time-out") and command[0].endswith("tn-run"):
            if not any(flag.startswith("--print-stage") for flag in command):
                # The program may need more than is granted here; compiling it may not.
                return self.check([*command, "--print-stage=asm"])
        if verdict:
            self.findings.add(verdict, command, text, self.folder)

    def write_program(self, text: str) -> None:
        (self.folder / "program.mlir").write_text(text)

    def try_opt(self) -> None:
        """Many variants of one seed in one process; one by one where one is wrong."""
        seed = self.rng.choice(self.seeds)
        programs = [self.mutator.mutate(seed) for _ in range(BATCH)]
        command = [str(self.options.tools / "tn-opt"), "program.mlir", "-o", os.devnull]
        command += ["--mlir-disable-threading", *tool_inputs.opt_flags(self.rng, seed)]
        self.write_program("\n// -----\n".join(programs))
        code, text = run(command + ["--split-input-file"], self.folder, 4 * self.options.limit)
        for program in programs if judge(code, text) else self.rng.sample(programs, 1):
            self.write_program(program)
            self.check(command)
        self.count += BATCH

    def try_run(self) -> None:
        seed = self.rng.choice(self.seeds)
        self.write_program(self.mutator.mutate(seed) if self.rng.random() < 0.6 else seed)
        command = [str(self.options.tools / "tn-run"), "program.mlir"]
        self.check(command + tool_inputs.run_flags(self.rng, seed, self.folder))
        self.count += 1

    def try_plan(self) -> None:
        command = [str(self.options.tools / "tn-plan")]
        self.check(command + tool_inputs.plan_flags(self.rng, self.mutator, self.folder))
        self.count += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/sanitize/bin")
    parser.add_argument("--tool", action="append", choices=["opt", "run", "plan"], help="which")
    parser.add_argument("--seconds", type=float, default=60, help="how long it takes together")
    parser.add_argument("--limit", type=float, default=30, help="seconds that one input may take")
    parser.add_argument("--seed", type=int, default=0, help="equal seeds try equal inputs")
    parser.add_argument("--keep", metavar="FOLDER", help="where findings are written")
    parser.add_argument("files", nargs="*", help="programs (default: tests and examples)")
    options = parser.parse_args()
    options.tools = options.tools.resolve()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(options, pathlib.Path(folder))
        steps = {"opt": fuzzer.try_opt, "run": fuzzer.try_run, "plan": fuzzer.try_plan}
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            steps[fuzzer.rng.choice(options.tool or list(steps))]()
    print(f"{fuzzer.count} inputs, {fuzzer.findings.ours()} findings")
    for verdict, count in fuzzer.findings.counts.items():
        print(f"{count:6} {verdict}")
    return 1 if fuzzer.findings.ours() else 0


if __name__ == "__main__":
    sys.exit(main())
