"""A thousand random contractions between inaccessible pages, against NumPy in f64.

`tn-run --guard-pages` places every array and buffer so that its first byte, then its
last one, lies beside a page that nobody may touch. Programs are made for this machine,
for AVX2 and for the portable target."""

import numpy as np
import pytest

from kernel_contractions import Generator, inputs, program
from programs import Run, run_program

STATIC, JOINED, NARROW, PATTERNS, DRAWS = 16, 12, 16, 12, 13
# Processor and threads.
TARGETS = [(target, threads) for threads in (1, 2)
           for target in ("host", "haswell", "x86-64")]


def test_there_are_enough():
    assert len(TARGETS) * (STATIC + JOINED + NARROW + PATTERNS * DRAWS) >= 1000


@pytest.mark.parametrize("seed", range(len(TARGETS)))
def test_contractions(seed, tmp_path):
    target, threads = TARGETS[seed]
    generator = Generator(seed)
    static = [generator.static() for _ in range(STATIC)]
    joined = [generator.joined() for _ in range(JOINED)]
    narrow = [generator.narrow() for _ in range(NARROW)]
    patterns = [generator.dynamic(DRAWS) for _ in range(PATTERNS)]
    # Compiling takes the time, so all draws of dynamic extents run the same code.
    flags = ["--guard-pages", f"--target-cpu={target}", f"--threads={threads}",
             f"--cache={tmp_path / 'code'}"]
    rng = np.random.default_rng(seed)
    for cases in [static, joined, narrow, *zip(*patterns)]:
        values = inputs(cases, rng)
        # Kept code is known by the file of its program, too.
        path = tmp_path / f"{len(cases)}.mlir"
        path.write_text(program(cases))
        found = run_program(path, Run(
            "f", [array for group in values for array in group], flags=flags))
        assert len(found) == len(cases)
        for case, group, result in zip(cases, values, found):
            case.check(group, result)
