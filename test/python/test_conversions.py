"""The conversions that no pipeline uses, against the oracle."""

import numpy as np
import pytest

from contraction_kinds import generate
from contractions import is_integer
from programs import (Program, Run, check_gradients, check_values, draw, run_program, run_tool)

CHUNK = 12


def programs() -> list:
    """All of them as linalg; some as loops, which plain code is made of too."""
    cases = []
    for family, contractions in generate().items():
        for first in range(0, len(contractions), CHUNK):
            program = Program(contractions[first:first + CHUNK])
            cases.append(pytest.param("linalg", program, first, id=f"linalg-{family}-{first}"))
        cases.append(pytest.param("affine", program, first, id=f"affine-{family}"))
    return cases


@pytest.mark.parametrize("conversion, program, seed", programs())
def test_values_and_gradients(conversion, program, seed):
    rng = np.random.default_rng(seed + 2)
    values = [draw(tensor, rng) for tensor in program.arguments]
    passes = [f"--convert-tensornet-to-{conversion}"]
    entry, cotangents = "f", []
    wrt = program.differentiable()
    if wrt:
        entry = "f_vjp"
        numbers = ",".join(map(str, wrt))
        passes.insert(0, f"--tensornet-differentiate=function=f mode=vjp wrt={numbers}")
        cotangents = [draw(c.result, rng) for c in program.contractions
                      if not is_integer(c.result.element)]
    lowered = run_tool("tn-opt", "-", *passes, text=program.text())
    assert "tensornet.contract " not in lowered
    found = run_program(lowered, Run(entry, values + cotangents, pipeline="plain"))
    count = len(program.contractions)
    check_values(program, values, found[:count])
    check_gradients(program, values, cotangents, found[count:])
