"""The generated contractions in forward mode, and tn-run's own check of their gradients."""

import numpy as np
import pytest

from generated_programs import PROGRAMS
from programs import Run, check_tangents, check_values, draw, run_program, run_tool


@pytest.mark.parametrize("program, seed", [
    case for case in PROGRAMS if case.id.startswith("f64")])
def test_central_differences(program, seed):
    """tn-run's own check, which shares no code with the oracle."""
    printed = run_tool("tn-run", "-", "--entry=f", "--derivative=vjp", "--check-gradient",
                       f"--seed={seed}", text=program.text())
    assert "gradient check" in printed


@pytest.mark.parametrize("program, seed", [
    case for case in PROGRAMS if case.values[0].differentiable()])
def test_tangents(program, seed):
    rng = np.random.default_rng(seed + 1)
    values = [draw(tensor, rng) for tensor in program.arguments]
    wrt = program.differentiable()
    tangents = [draw(program.arguments[number], rng) for number in wrt]
    found = run_program(program.text(), Run("f", values + tangents, "jvp", wrt))
    check_values(program, values, found[:len(program.contractions)])
    check_tangents(program, values, tangents, found[len(program.contractions):])
