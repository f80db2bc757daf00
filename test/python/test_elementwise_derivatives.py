"""Derivatives of every elementwise op: differences at ordinary points, the written policy
(docs/differentiation.md) at ties, kinks and edges."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from elementwise import OPS, SCALAR_OPS, SPECIAL, Program
from programs import NUMPY, Run, run_program

COUNT = 6
FORMS = ["tensor<6xf64>", "tensor<?xf64>", "f64", "tensor<6xf32>"]
TOLERANCE = {"f64": 1e-7, "f32": 3e-4}
STEP = 1e-3


def table(form: str) -> dict:
    return OPS if form.startswith("tensor") else OPS | SCALAR_OPS


def cases(forms: list[str]) -> list[tuple[str, str]]:
    return [(form, name) for form in forms for name in table(form)]


def element_of(form: str) -> str:
    return form.removesuffix(">").rpartition("x")[2]


def to_input(form: str, values: np.ndarray) -> np.ndarray:
    """An argument of type `form`; scalars are the first point."""
    values = np.asarray(values, NUMPY[element_of(form)])
    return values if form.startswith("tensor") else values[0]


def draw_points(rng: np.random.Generator, op) -> list[np.ndarray]:
    return [rng.uniform(low, high, COUNT).astype(np.float32).astype(float)
            for low, high in op.domains]


def difference(function, points: list[np.ndarray], directions: list[np.ndarray]) -> np.ndarray:
    """The directional derivative, to fourth order in the step."""
    def at(step: float) -> np.ndarray:
        return function(*(x + step * d for x, d in zip(points, directions)))

    return (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)


def partial(function, points: list[np.ndarray], number: int) -> np.ndarray:
    unit = [np.full(COUNT, float(k == number)) for k in range(len(points))]
    return difference(function, points, unit)


@functools.lru_cache
def compiled(form: str, mode: str):
    """Points, seeds and derivatives of all ops, from one compiled program."""
    ops = table(form)
    rng = np.random.default_rng(7)
    program = Program(list(ops.values()), form)
    points = [x for op in program.ops for x in draw_points(rng, op)]
    wrt = tuple(range(program.arity))
    # The seeds: tangents of arguments (jvp), cotangents of results, or both (second).
    moves = [np.round(rng.standard_normal(COUNT), 2) for _ in points]
    weights = [np.round(rng.standard_normal(COUNT), 2) for _ in program.ops]
    seeds = {"jvp": moves, "vjp": weights, "second": weights + moves}[mode]
    text = program.text_with_cotangents() if mode == "second" else program.text()
    run = Run("g" if mode == "second" else "f",
              [to_input(form, x) for x in points + seeds],
              derivative="vjp" if mode == "vjp" else "jvp", wrt=wrt)
    results = run_program(text, run)
    derivatives = results[len(results) - (len(ops) if mode == "jvp" else len(points)):]
    if mode == "jvp":
        derivatives = [[d] for d in derivatives]
    else:
        derivatives = program.split(derivatives)
    return dict(zip(ops, zip(program.split(points), program.split(moves), weights, derivatives)))


def check(form: str, found: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    found, expected = np.asarray(found), to_input(form, expected)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("form,name", cases(["tensor<6xf64>", "f64"]))
def test_tangent(form, name):
    points, moves, _, [found] = compiled(form, "jvp")[name]
    expected = difference(table(form)[name].function, points, moves)
    check(form, found, expected, TOLERANCE[element_of(form)])


@pytest.mark.parametrize("form,name", cases(FORMS))
def test_cotangent(form, name):
    points, _, weight, found = compiled(form, "vjp")[name]
    for number, cotangent in enumerate(found):
        expected = weight * partial(table(form)[name].function, points, number)
        check(form, cotangent, expected, TOLERANCE[element_of(form)])


@pytest.mark.parametrize("form,name", cases(["f64"]))
def test_second_derivative(form, name):
    op = table(form)[name]
    points, moves, weight, found = compiled(form, "second")[name]
    for number, tangent in enumerate(found):
        def weighted_partial(*at, number=number):
            return weight * partial(op.function, list(at), number)

        check(form, tangent, difference(weighted_partial, points, moves), 1e-5)


@functools.lru_cache
def compiled_special():
    """The cotangents of all special points for the cotangent 1, from one program."""
    ops = OPS | SCALAR_OPS
    program = Program([ops[name] for name, _, _ in SPECIAL], "f64")
    inputs = [np.float64(x) for _, operands, _ in SPECIAL for x in operands]
    run = Run("f", inputs + [np.float64(1)] * len(SPECIAL), derivative="vjp",
              wrt=tuple(range(program.arity)))
    return program.split(run_program(program.text(), run)[len(SPECIAL):])


@pytest.mark.parametrize("number", range(len(SPECIAL)),
                         ids=[f"{name}{operands}" for name, operands, _ in SPECIAL])
def test_special_point(number):
    _, _, expected = SPECIAL[number]
    np.testing.assert_allclose(compiled_special()[number], expected, rtol=1e-14, atol=0)


def test_jacobian_is_diagonal():
    """Partial derivatives meet a batch of tangents."""
    text = """
func.func @f(%x: tensor<3xf64>, %y: tensor<3xf64>, %s: f64) -> (tensor<3xf64>, f64) {
  %0 = arith.mulf %x, %y : tensor<3xf64>
  %1 = math.tanh %0 : tensor<3xf64>
  %2 = arith.subf %1, %y : tensor<3xf64>
  %3 = math.exp %s : f64
  return %2, %3 : tensor<3xf64>, f64
}
"""
    rng = np.random.default_rng(3)
    x, y, s = rng.standard_normal(3), rng.standard_normal(3), np.float64(0.5)
    found = run_program(text, Run("f", [x, y, s], derivative="jacobian", wrt=(0, 1, 2)))
    slope = 1 - np.tanh(x * y)**2
    zero = np.zeros(3)
    expected = [np.diag(slope * y), np.diag(slope * x - 1), zero, zero, zero, np.exp(s)]
    for result, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(result, value, rtol=1e-13)
