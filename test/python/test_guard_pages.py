"""A thousand random contractions between inaccessible pages, against NumPy in f64.

`tn-run --guard-pages` places every array and buffer so that its first byte, then its
last one, lies beside a page that nobody may touch. Programs are made for this machine,
for AVX2 and for the portable target."""

import numpy as np
import pytest

from kernel_contractions import Generator, inputs, program
from programs import Run, run_program

# Compiling takes the time: of one pattern with dynamic extents there are many draws.
STATIC, PATTERNS, DRAWS = 12, 6, 27
# Processor and threads of each program.
PROGRAMS = [(target, threads) for threads in (1, 2)
            for target in ("host", "haswell", "x86-64")]


def draw_cases(seed):
    generator = Generator(seed)
    cases = [generator.static() for _ in range(STATIC)]
    return cases + [case for _ in range(PATTERNS) for case in generator.dynamic(DRAWS)]


def test_there_are_enough():
    assert len(PROGRAMS) * (STATIC + PATTERNS * DRAWS) >= 1000


@pytest.mark.parametrize("seed", range(len(PROGRAMS)))
def test_contractions(seed):
    target, threads = PROGRAMS[seed]
    cases = draw_cases(seed)
    values = inputs(cases, np.random.default_rng(seed))
    flags = ["--guard-pages", f"--target-cpu={target}", f"--threads={threads}"]
    found = run_program(program(cases), Run(
        "f", [array for group in values for array in group], flags=flags))
    assert len(found) == len(cases)
    for case, group, result in zip(cases, values, found):
        case.check(group, result)
