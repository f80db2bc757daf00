#!/usr/bin/env python3
"""Runs random valid programs and compares what tn-run computes with NumPy.

    test/fuzz/random_programs.py --tools build/bin --seconds 600 --keep findings

A program is a function of up to ten statements: contractions of any subscripts, masks,
element types and kernels (random_contractions.py), elementwise ops, reductions, moves,
softmax and attention (random_statements.py), generic ops (random_generics.py), on random
inputs and under random options of tn-run. The oracle is NumPy in f64, complex128 or
wrapping integers; it shares no code with the compiler, and bounds beside every number say
what rounding may change (values.py). Results of two numbers of threads are compared to the
last bit, derivatives of smooth programs with central differences. A finding is a wrong
number, or what fuzz.py calls one; what tn-run refuses with a word is counted by its words.

Every program has its own seed: `--seed=N --count=1` runs it again, with the same options.
--keep writes the command, the program and the inputs of each finding. The exit code is 0
where there is none. test/python/test_fuzz.py runs the first programs as a test.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import random
import re
import shutil
import sys
import tempfile
import time

import numpy as np

from verdicts import Findings, judge, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/python"))

from contractions import is_integer  # noqa: E402
from elements import NUMPY, draw, round_to_bf16  # noqa: E402
from random_contractions import add_contraction  # noqa: E402
from random_generics import add_generic  # noqa: E402
from random_statements import (  # noqa: E402
    add_conversion, add_elementwise, add_move, add_reduction, add_softmax, write_attention)
from values import Value, difference  # noqa: E402
from writer import Traits, Variable, Writer  # noqa: E402

STATEMENTS = ([add_contraction] * 5 + [add_elementwise] * 3 + [add_generic] * 3
              + [add_conversion, add_reduction, add_move, add_softmax])
RUN_OPTIONS = {  # each with its chance and values
    "vector-width": (0.3, ["128", "256", "512"]),
    "matrix-unit": (0.3, ["none", "amx", "vnni", "vnni-bf16", "host"]),
    "target-cpu": (0.15, ["haswell", "x86-64", "x86-64-v4"]),
    "memory-limit": (0.06, ["100", "5000", "100000"]),
    "pipeline": (0.08, ["plain"]),
}
SPECIAL = [np.inf, -np.inf, np.nan, -0.0, 1e-40, 1e-310]
STEP = 1e-5  # of central differences
SLACK = {"f32": 2e-3, "complex<f32>": 2e-3, "f64": 2e-5, "complex<f64>": 2e-5}


class Program:
    """A random program: its text, inputs and what NumPy says of them."""

    def __init__(self, seed: int):
        self.rng, self.numbers = random.Random(seed), np.random.default_rng(seed)
        self.traits = Traits.draw(self.rng)
        self.writer = Writer(self.rng, self.traits)
        self.returned = self.write()
        self.arguments = self.writer.arguments
        self.text = self.writer.text(self.returned)
        self.inputs = [self.draw(argument) for argument in self.arguments]

    def write(self) -> list[Variable]:
        if self.rng.random() < 0.08 and self.traits.elements[0][0] in "fb":
            return write_attention(self.writer)
        for _ in range(self.rng.randint(1, 9)):
            self.rng.choice(STATEMENTS)(self.writer)
        while not self.writer.results:
            add_contraction(self.writer)
        results = self.writer.results
        some = self.rng.sample(results, min(self.rng.choice([0, 0, 1, 2]), len(results)))
        if self.rng.random() < 0.05 and self.writer.arguments:
            some.append(self.rng.choice(self.writer.arguments))
        return list(dict.fromkeys([results[-1], *some]))

    def draw(self, argument: Variable) -> np.ndarray:
        """Random elements, a few of them special where the program is."""
        array = draw(argument.tensor, self.numbers)
        if self.traits.special and array.size and not is_integer(argument.element):
            for special in self.rng.sample(SPECIAL, self.rng.randint(0, 3)):
                place = tuple(int(self.numbers.integers(extent)) for extent in array.shape)
                with np.errstate(over="ignore"):
                    array[place] = special
            array = round_to_bf16(array) if argument.element == "bf16" else array
        return array

    def results(self, inputs: list[np.ndarray]) -> list[Value]:
        with np.errstate(all="ignore"):
            values = [Value.exact(array, argument.element)
                      for array, argument in zip(inputs, self.arguments)]
            known = self.writer.evaluate(values)
        return [known[variable.name] for variable in self.returned]

    def differences(self, found: list[np.ndarray]) -> list[str]:
        """What is wrong with results, one line for each that is."""
        said = []
        for n, (array, value) in enumerate(zip(found, self.results(self.inputs), strict=True)):
            what = difference(array, value, self.returned[n].element)
            said += [f"result {n}: {what}"] if what else []
        return said

    @property
    def has_gradient(self) -> bool:
        """Whether central differences of f64 tell the gradient of every argument."""
        everything = self.arguments + self.writer.results
        return (self.traits.smooth and bool(self.arguments)
                and all(variable.element in SLACK for variable in everything))

    def directions(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Cotangents of the results and tangents of the arguments."""
        return tuple([draw(variable.tensor, self.numbers) for variable in variables]
                     for variables in (self.returned, self.arguments))

    def slope(self, cotangents: list[np.ndarray], tangents: list[np.ndarray]) -> tuple:
        """The change of the results along the tangents, seen along the cotangents, by
        central differences; and its scale."""
        wide = [array.astype(np.result_type(array, np.float64)) for array in self.inputs]
        high, low = ([value.array for value in self.results(
            [array + step * move for array, move in zip(wide, tangents)])]
            for step in (STEP, -STEP))
        changes = [(h - b) / (2 * STEP) for h, b in zip(high, low)]
        return pair(cotangents, changes)

    def slope_difference(self, cotangents: list[np.ndarray], tangents: list[np.ndarray],
                         found: list[np.ndarray], forward: bool) -> str:
        """Compares changes of results (jvp) or of arguments (vjp); empty where they agree."""
        numeric, scale = self.slope(cotangents, tangents)
        analytic, own = pair(cotangents, found) if forward else pair(found, tangents)
        # Parts of a slope may cancel, as those of a softmax of one element.
        norms = [sum(np.linalg.norm(a) for a in arrays) for arrays in (cotangents, tangents)]
        scale += own + 1e-6 + 1e-3 * norms[0] * norms[1]
        slack = max(SLACK[variable.element] for variable in self.arguments + self.writer.results)
        if not np.isfinite(numeric + scale) or abs(numeric - analytic) <= slack * scale:
            return ""
        return f"slope {analytic}, by central differences {numeric}, of scale {scale}"


def pair(first: list[np.ndarray], second: list[np.ndarray]) -> tuple[float, float]:
    """The real inner product, and that of the absolute values."""
    products = [np.conj(a.astype(np.complex128)) * b for a, b in zip(first, second, strict=True)]
    return (float(sum(product.real.sum() for product in products)),
            float(sum(np.abs(product).sum() for product in products)))


class Comparison:
    """Runs programs in a folder and counts what became of them."""

    def __init__(self, options: argparse.Namespace, folder: pathlib.Path):
        self.options, self.folder = options, folder
        self.findings = Findings(options.keep)
        self.outcomes: collections.Counter[str] = collections.Counter()

    def flags(self, rng: random.Random) -> tuple[list[str], list[str]]:
        """Random options of tn-run, and the same with another number of threads."""
        first, second = rng.sample([1, 2, 3], 2)
        flags = [f"--{name}={rng.choice(values)}" for name, (chance, values)
                 in RUN_OPTIONS.items() if rng.random() < chance]
        flags += ["--guard-pages"] * (rng.random() < 0.12)
        if self.options.target_cpu:
            flags = [flag for flag in flags if not flag.startswith("--target-cpu")]
            flags.append(f"--target-cpu={self.options.target_cpu}")
        return [f"--threads={self.options.threads or first}", *flags], [f"--threads={second}",
                                                                       *flags]

    def call(self, seed: int, inputs: list[np.ndarray],
             flags: list[str]) -> list[np.ndarray] | None:
        """The results of program.mlir; none where tn-run fails, which may be a finding."""
        command = [str(self.options.tools / "tn-run"), "program.mlir", "--entry=f",
                   "--output=out", *flags]
        for number, array in enumerate(inputs):
            np.save(self.folder / f"input{number}.npy", array)
            command.append(f"--input={number}:input{number}.npy")
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        self.command = command
        code, said = run(command, self.folder, self.options.limit)
        if verdict := judge(code, said):
            self.report(seed, verdict, said)
        elif code:
            first = said.strip().splitlines()[0].split("error: ")[-1]
            self.outcomes["refused: " + re.sub(r"%?\w*\d\w*|'[^']*'", "#", first)[:90]] += 1
        if code != 0:
            return None
        files = len(list((self.folder / "out").glob("result*.npy")))
        return [np.load(self.folder / "out" / f"result{n}.npy") for n in range(files)]

    def report(self, seed: int, what: str, text: str = "") -> None:
        self.outcomes["findings"] += 1
        again = f"--seed={seed} --count=1"
        self.findings.add(f"seed {seed}: {what}", self.command, f"{again}\n{text}", self.folder)

    def check(self, seed: int) -> None:
        """One program: its results, those of other threads, its gradient."""
        program = Program(seed)
        for path in self.folder.glob("*.npy"):
            path.unlink()
        (self.folder / "program.mlir").write_text(program.text)
        flags, other_flags = self.flags(program.rng)
        found = self.call(seed, program.inputs, flags)
        if found is None:
            return
        if wrong := program.differences(found):
            return self.report(seed, "; ".join(wrong))
        self.outcomes["equal"] += 1
        if program.rng.random() < 0.5:
            self.check_threads(seed, program, found, other_flags)
        if program.has_gradient:
            self.check_gradient(seed, program, flags)

    def check_threads(self, seed: int, program: Program, found: list[np.ndarray],
                      flags: list[str]) -> None:
        again = self.call(seed, program.inputs, flags)
        if again is None:
            return
        for number, (one, other) in enumerate(zip(found, again, strict=True)):
            # NaNs may differ in what makes them one.
            if one.tobytes() != other.tobytes() and not np.array_equal(
                    one, other, equal_nan=one.dtype.kind in "fc"):
                return self.report(seed, f"result {number} depends on the number of threads")
        self.outcomes["equal on other threads"] += 1

    def check_gradient(self, seed: int, program: Program, flags: list[str]) -> None:
        cotangents, tangents = program.directions()
        forward = program.rng.random() < 0.3
        seeds, mode = (tangents, "jvp") if forward else (cotangents, "vjp")
        found = self.call(seed, program.inputs + seeds, [*flags, f"--derivative={mode}"])
        if found is None:
            return
        derivatives = found[len(program.returned):]
        if wrong := program.slope_difference(cotangents, tangents, derivatives, forward):
            return self.report(seed, wrong)
        self.outcomes["equal gradients"] += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/bin")
    parser.add_argument("--seconds", type=float, default=60, help="how long it takes together")
    parser.add_argument("--count", type=int, default=10**9, help="the most programs")
    parser.add_argument("--limit", type=float, default=60, help="seconds that one run may take")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first program")
    parser.add_argument("--threads", type=int, help="of the first run (default: random)")
    parser.add_argument("--target-cpu", help="what is compiled for (default: mostly this machine)")
    parser.add_argument("--keep", metavar="FOLDER", help="where findings are written")
    options = parser.parse_args()
    options.tools = options.tools.resolve()
    end, seed = time.monotonic() + options.seconds, options.seed
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(options, pathlib.Path(folder))
        while time.monotonic() < end and seed < options.seed + options.count:
            comparison.check(seed)
            seed += 1
    found = comparison.findings.ours()
    print(f"{seed - options.seed} programs, {found} findings, next seed {seed}")
    for outcome, number in comparison.outcomes.most_common():
        print(f"{number:6} {outcome}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
