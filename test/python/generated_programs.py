"""The generated contractions, a dozen to a program, as pytest parameters."""

import pytest

from contraction_kinds import generate
from programs import Program

CHUNK = 12


def programs() -> list:
    """A program and a seed each."""
    cases = []
    for family, contractions in generate().items():
        for first in range(0, len(contractions), CHUNK):
            program = Program(contractions[first:first + CHUNK])
            cases.append(pytest.param(program, first, id=f"{family}-{first}"))
    return cases


PROGRAMS = programs()
