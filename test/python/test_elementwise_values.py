"""Values of elementwise ops in both pipelines, against NumPy."""

import math

import numpy as np
import pytest

from programs import NUMPY, Run, round_to_bf16, rounding, run_program

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


def program(ops: dict[str, int], element: str) -> str:
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
@pytest.mark.parametrize("element, tolerance", [("f64", 1e-12), ("f32", 1e-5)])
@pytest.mark.parametrize("table, operands", [(UNARY, 1), (BINARY, 2)], ids=["unary", "binary"])
def test_values(table, operands, element, tolerance, pipeline):
    rng = np.random.default_rng(5)
    values = [rng.uniform(low, high, SIZE).astype(NUMPY[element])
              for _, low, high in table.values() for _ in range(operands)]
    found = run_program(program(dict.fromkeys(table, operands), element),
                        Run("f", values, pipeline=pipeline))
    for number, (op, (function, _, _)) in enumerate(table.items()):
        mine = [x.astype(float) for x in values[number * operands:(number + 1) * operands]]
        np.testing.assert_allclose(found[number], function(*mine), rtol=tolerance,
                                   atol=tolerance, err_msg=op)


EXTREMES = """
    func.func @f(%x: tensor<{n}x{e}>, %y: tensor<{n}x{e}>) -> (tensor<{n}x{e}>, tensor<{n}x{e}>) {{
      %max = arith.maximumf %x, %y : tensor<{n}x{e}>
      %min = arith.minimumf %x, %y : tensor<{n}x{e}>
      return %max, %min : tensor<{n}x{e}>, tensor<{n}x{e}>
    }}
    func.func @rows(%x: tensor<{n}x{n}x{e}>) -> tensor<{n}x{e}> {{
      %lowest = arith.constant -1.0 : {e}
      %empty = tensor.empty() : tensor<{n}x{e}>
      %init = linalg.fill ins(%lowest : {e}) outs(%empty : tensor<{n}x{e}>) -> tensor<{n}x{e}>
      %max = linalg.reduce {{ arith.maximumf }} ins(%x : tensor<{n}x{n}x{e}>)
          outs(%init : tensor<{n}x{e}>) dimensions = [1]
      return %max : tensor<{n}x{e}>
    }}"""


@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("element", ["f32", "f64"])
def test_extremes_order_zeros(element, pipeline):
    """The maximum of -0 and +0 is +0, on vectors, behind them and of rows."""
    size = 37
    type_ = {"f32": np.float32, "f64": np.float64}[element]
    text = EXTREMES.format(n=size, e=element)
    zeros = np.zeros(size, type_)
    for x, y in [(zeros, -zeros), (-zeros, zeros)]:
        high, low = run_program(text, Run("f", [x, y], pipeline=pipeline))
        assert not np.signbit(high).any() and np.signbit(low).all()
    # In row i the zero in column i is positive; in the last one none is.
    matrix = np.where(np.eye(size) > 0, zeros, -zeros).astype(type_)
    matrix[-1] = -zeros
    [rows] = run_program(text, Run("rows", [matrix], pipeline=pipeline))
    assert (np.signbit(rows) == (np.arange(size) == size - 1)).all()


NEAR_ZERO = """
    func.func @f(%x: tensor<{n}x{e}>) -> (tensor<{n}x{e}>, tensor<{n}x{e}>) {{
      %0 = math.expm1 %x : tensor<{n}x{e}>
      %1 = math.log1p %x : tensor<{n}x{e}>
      return %0, %1 : tensor<{n}x{e}>, tensor<{n}x{e}>
    }}"""


@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("element", ["f16", "bf16", "f32", "f64"])
def test_small_arguments_keep_their_digits(element, pipeline):
    """exp(x) - 1 and log(1 + x) would be zero where x is less than a rounding of one."""
    x = np.array([1, -1, 3, 17, -40, 100, 300], NUMPY[element])
    x = x * NUMPY[element](2.0**-12 if element.endswith("f16") else 2.0**-30)
    x = round_to_bf16(x) if element == "bf16" else x
    found = run_program(NEAR_ZERO.format(n=x.size, e=element), Run("f", [x], pipeline=pipeline))
    for values, function in zip(found, (np.expm1, np.log1p), strict=True):
        np.testing.assert_allclose(values.astype(float), function(x.astype(float)),
                                   rtol=4 * rounding(element))
