"""Hundreds of generated contractions, values and gradients, against the oracle."""

import numpy as np
import pytest

from contraction_kinds import generate
from contractions import is_integer
from generated_programs import PROGRAMS
from programs import Run, check_gradients, check_values, draw, run_program


def test_there_are_enough():
    contractions = [c for family in generate().values() for c in family]
    assert len(contractions) >= 300
    assert len({str(c) for c in contractions}) >= 300


@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("program, seed", PROGRAMS)
def test_values_and_gradients(program, seed, pipeline):
    rng = np.random.default_rng(seed)
    values = [draw(tensor, rng) for tensor in program.arguments]
    wrt = program.differentiable()
    if not wrt:
        check_values(program, values, run_program(
            program.text(), Run("f", values, pipeline=pipeline)))
        return
    cotangents = [draw(c.result, rng) for c in program.contractions
                  if not is_integer(c.result.element)]
    found = run_program(program.text(), Run("f", values + cotangents, "vjp", wrt, pipeline))
    count = len(program.contractions)
    check_values(program, values, found[:count])
    check_gradients(program, values, cotangents, found[count:])
