"""Elementwise ops: values against NumPy, derivatives against differences of NumPy's values."""

import math

import numpy as np
import pytest

from programs import Run, run_program

_erf = np.vectorize(math.erf, otypes=[float])
_erfc = np.vectorize(math.erfc, otypes=[float])

# Op: NumPy's function, and the interval from which the operand is drawn.
UNARY = {
    "arith.negf": (np.negative, -2, 2),
    "math.exp": (np.exp, -2, 2), "math.exp2": (np.exp2, -2, 2),
    "math.expm1": (np.expm1, -2, 2), "math.log": (np.log, 0.2, 3),
    "math.log1p": (np.log1p, -0.8, 3), "math.log2": (np.log2, 0.2, 3),
    "math.log10": (np.log10, 0.2, 3), "math.sqrt": (np.sqrt, 0.2, 3),
    "math.rsqrt": (lambda x: 1 / np.sqrt(x), 0.2, 3), "math.cbrt": (np.cbrt, 0.2, 3),
    "math.sin": (np.sin, -3, 3), "math.cos": (np.cos, -3, 3), "math.tan": (np.tan, -1, 1),
    "math.sinh": (np.sinh, -2, 2), "math.cosh": (np.cosh, -2, 2), "math.tanh": (np.tanh, -2, 2),
    "math.asin": (np.arcsin, -0.9, 0.9), "math.acos": (np.arccos, -0.9, 0.9),
    "math.atan": (np.arctan, -2, 2), "math.asinh": (np.arcsinh, -2, 2),
    "math.acosh": (np.arccosh, 1.2, 4), "math.atanh": (np.arctanh, -0.9, 0.9),
    "math.erf": (_erf, -2, 2), "math.erfc": (_erfc, -2, 2),
    "math.absf": (np.abs, -2, 2), "math.floor": (np.floor, 0.1, 0.9),
    "math.ceil": (np.ceil, 1.1, 1.9), "math.round": (np.round, 0.6, 1.4),
}
BINARY = {
    "arith.addf": (np.add, -2, 2), "arith.subf": (np.subtract, -2, 2),
    "arith.mulf": (np.multiply, -2, 2), "arith.divf": (np.divide, 0.3, 2),
    "arith.maximumf": (np.maximum, -2, 2), "arith.minimumf": (np.minimum, -2, 2),
    "math.powf": (np.power, 0.3, 2), "math.atan2": (np.arctan2, 0.3, 2),
    "math.copysign": (np.copysign, -2, 2),
}
SIZE = 6


def slope(function, values: list[np.ndarray], number: int) -> np.ndarray:
    """Central differences of fourth order in one operand."""
    def moved(step: float) -> np.ndarray:
        changed = list(values)
        changed[number] = values[number] + step
        return function(*changed)

    h = 1e-3
    return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)


def program(ops: dict[str, int], element: str = "f64") -> str:
    """@f returns every op of its own operands; `ops` gives their number."""
    kind = f"tensor<{SIZE}x{element}>"
    lines, count = [], 0
    for number, (op, operands) in enumerate(ops.items()):
        names = ", ".join(f"%x{count + n}" for n in range(operands))
        lines.append(f"  %y{number} = {op} {names} : {kind}")
        count += operands
    arguments = ", ".join(f"%x{n}: {kind}" for n in range(count))
    results = ", ".join([kind] * len(ops))
    values = ", ".join(f"%y{n}" for n in range(len(ops)))
    body = "\n".join(lines)
    return f"func.func @f({arguments}) -> ({results}) {{\n{body}\n  return {values} : {results}\n}}\n"


@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("mode", ["vjp", "jvp"])
@pytest.mark.parametrize("table, operands", [(UNARY, 1), (BINARY, 2)], ids=["unary", "binary"])
def test_values_and_slopes(table, operands, mode, pipeline):
    rng = np.random.default_rng(5)
    values = [rng.uniform(low, high, SIZE) for _, low, high in table.values()
              for _ in range(operands)]
    seeds = [rng.standard_normal(SIZE)
             for _ in range(len(table) * (operands if mode == "jvp" else 1))]
    found = run_program(program(dict.fromkeys(table, operands)), Run(
        "f", values + seeds, mode, tuple(range(len(values))), pipeline))
    results, derivatives = found[:len(table)], iter(found[len(table):])
    for number, (op, (function, _, _)) in enumerate(table.items()):
        mine = values[number * operands:(number + 1) * operands]
        np.testing.assert_allclose(results[number], function(*mine), rtol=1e-12, err_msg=op)
        slopes = [slope(function, mine, n) for n in range(operands)]
        if mode == "vjp":
            expected = [seeds[number] * s for s in slopes]
        else:
            expected = [sum(seeds[number * operands + n] * s for n, s in enumerate(slopes))]
        for e in expected:
            np.testing.assert_allclose(next(derivatives), e, rtol=1e-7, atol=1e-8, err_msg=op)


def test_second_derivatives():
    """The Jacobian of the gradient of sum f(x) is diag f''."""
    smooth = [op for op in UNARY if op not in
              ("math.absf", "math.floor", "math.ceil", "math.round", "arith.negf")]
    rng = np.random.default_rng(6)
    for first in range(0, len(smooth), 8):
        ops = smooth[first:first + 8]
        values = [rng.uniform(*UNARY[op][1:], SIZE) for op in ops]
        kind = f"tensor<{SIZE}xf64>"
        arguments = ", ".join(f"%x{n}: {kind}" for n in range(len(ops)))
        names = ", ".join(f"%x{n}" for n in range(len(ops)))
        sums = "\n".join(f"  %y{n} = {op} %x{n} : {kind}\n  %s{n} = tensornet.contract %y{n}[i]"
                         f" -> [] : ({kind}) -> tensor<f64>" for n, op in enumerate(ops))
        total = "\n".join(f"  %t{n} = arith.addf %{'t' if n > 1 else 's'}{n - 1}, %s{n}"
                          " : tensor<f64>" for n in range(1, len(ops)))
        text = f"""
func.func @sum({arguments}) -> tensor<f64> {{
{sums}
{total}
  return %t{len(ops) - 1} : tensor<f64>
}}
"""
        found = run_program(text, Run("sum", values, "hessian", tuple(range(len(ops)))))
        for n, op in enumerate(ops):
            curvature = slope(lambda x, f=UNARY[op][0]: slope(f, [x], 0), [values[n]], 0)
            for m in range(len(ops)):
                expected = np.diag(curvature) if m == n else np.zeros((SIZE, SIZE))
                np.testing.assert_allclose(found[n * len(ops) + m], expected,
                                           rtol=1e-5, atol=1e-5, err_msg=f"{op}, {names}")


# Where there is no derivative, or a formula for it fails: op, operands, slopes.
POINTS = [
    ("math.absf", [0.0], [0.0]),
    ("arith.maximumf", [1.5, 1.5], [0.5, 0.5]),
    ("arith.minimumf", [1.5, 1.5], [0.5, 0.5]),
    ("arith.maximumf", [0.0, -0.0], [0.5, 0.5]),
    ("math.powf", [0.0, 2.0], [0.0, 0.0]),
    ("math.powf", [0.0, 1.0], [1.0, 0.0]),
    ("math.powf", [0.0, 0.0], [0.0, 0.0]),
    ("math.floor", [2.0], [0.0]),
    ("math.ceil", [2.0], [0.0]),
    ("math.round", [2.5], [0.0]),
    ("math.tanh", [400.0], [0.0]),
    ("math.erf", [30.0], [0.0]),
]


@pytest.mark.parametrize("op, operands, slopes", POINTS,
                         ids=[f"{op}-{operands}" for op, operands, _ in POINTS])
def test_policy_at_a_point(op, operands, slopes):
    values = [np.full(SIZE, x) for x in operands]
    found = run_program(program({op: len(operands)}), Run(
        "f", values + [np.ones(SIZE)], "vjp", tuple(range(len(operands)))))
    for derivative, expected in zip(found[1:], slopes):
        np.testing.assert_array_equal(derivative, np.full(SIZE, expected))


def test_negative_base_of_an_integer_power():
    found = run_program(program({"math.powf": 2}), Run(
        "f", [np.full(SIZE, -2.0), np.full(SIZE, 3.0), np.ones(SIZE)], "vjp", (0,)))
    np.testing.assert_allclose(found[1], np.full(SIZE, 12.0), rtol=1e-12)


def test_select_and_compare():
    text = f"""
func.func @relu(%x: tensor<{SIZE}xf64>) -> tensor<{SIZE}xf64> {{
  %zero = arith.constant dense<0.0> : tensor<{SIZE}xf64>
  %positive = arith.cmpf ogt, %x, %zero : tensor<{SIZE}xf64>
  %y = arith.select %positive, %x, %zero : tensor<{SIZE}xi1>, tensor<{SIZE}xf64>
  return %y : tensor<{SIZE}xf64>
}}
"""
    x = np.array([-2.0, -0.5, 0.0, 0.5, 2.0, 3.0])
    found = run_program(text, Run("relu", [x, np.ones(SIZE)], "vjp", (0,)))
    np.testing.assert_array_equal(found[0], np.maximum(x, 0))
    np.testing.assert_array_equal(found[1], x > 0)


def test_integer_power_and_fma():
    text = f"""
func.func @f(%x: tensor<{SIZE}xf64>, %a: tensor<{SIZE}xf64>, %b: tensor<{SIZE}xf64>,
             %n: tensor<{SIZE}xi32>) -> (tensor<{SIZE}xf64>, tensor<{SIZE}xf64>) {{
  %p = math.fpowi %x, %n : tensor<{SIZE}xf64>, tensor<{SIZE}xi32>
  %q = math.fma %x, %a, %b : tensor<{SIZE}xf64>
  return %p, %q : tensor<{SIZE}xf64>, tensor<{SIZE}xf64>
}}
"""
    rng = np.random.default_rng(8)
    x, a, b, u, v = (rng.standard_normal(SIZE) for _ in range(5))
    x[-1] = 0
    n = np.array([3, 2, 1, -2, 4, 2], np.int32)
    found = run_program(text, Run("f", [x, a, b, n, u, v], "vjp", (0, 1, 2)))
    np.testing.assert_allclose(found[0], np.power(x, n.astype(float)), rtol=1e-12)
    np.testing.assert_allclose(found[1], x * a + b, rtol=1e-12)
    slopes = np.where(x == 0, 0, n * np.power(np.where(x == 0, 1, x), n - 1.0))
    np.testing.assert_allclose(found[2], u * slopes + v * a, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found[3], v * x, rtol=1e-12)
    np.testing.assert_allclose(found[4], v, rtol=0)
