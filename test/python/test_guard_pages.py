"""A thousand random contractions between inaccessible pages, against NumPy in f64.

`tn-run --guard-pages` places every array and buffer so that its first byte, then its
last one, lies beside a page that nobody may touch."""

import numpy as np
import pytest

from kernel_contractions import Generator, inputs, program
from programs import Run, run_program

STATIC, PATTERNS, DRAWS = 18, 10, 16
# Vector width and threads of each program.
PROGRAMS = [(width, threads) for threads in (1, 2) for width in (512, 256, 128)]


def draw_cases(seed):
    generator = Generator(seed)
    cases = [generator.static() for _ in range(STATIC)]
    return cases + [case for _ in range(PATTERNS) for case in generator.dynamic(DRAWS)]


def test_there_are_enough():
    assert len(PROGRAMS) * (STATIC + PATTERNS * DRAWS) >= 1000


@pytest.mark.parametrize("seed", range(len(PROGRAMS)))
def test_contractions(seed):
    width, threads = PROGRAMS[seed]
    cases = draw_cases(seed)
    values = inputs(cases, np.random.default_rng(seed))
    flags = ["--guard-pages", f"--vector-width={width}", f"--threads={threads}"]
    found = run_program(program(cases), Run(
        "f", [array for group in values for array in group], flags=flags))
    assert len(found) == len(cases)
    for case, group, result in zip(cases, values, found):
        case.check(group, result)
