"""Functions on vectors against NumPy in a wider type, over the whole range of the operand."""

import numpy as np
import pytest

from programs import Run, run_program

# Op: NumPy's function and the largest error in units in the last place.
FUNCTIONS = {"math.exp": (np.exp, 1.5), "math.exp2": (np.exp2, 1.5), "math.tanh": (np.tanh, 4)}
TYPES = {"f32": (np.float32, np.float64, np.int32), "f64": (np.float64, np.longdouble, np.int64)}
# Vectors of this machine, shorter ones, and those without fused multiply-adds: the C library's
# functions have errors of up to so many units.
FLAGS = ["--target-cpu=host", "--target-cpu=haswell", "--vector-width=128"]
LIBRARY_ERROR = {"--vector-width=128": 4}
# Where results overflow, leave the normal range and vanish, and where tanh is 1.
EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 5e-324, 1e-40, 88.72283, 88.72284,
         -87.33, -87.34, -103.97, -103.98, 127.99999, 128, -126, -149, -150, 709.78271, 709.78272,
         -708.4, -745.13, -745.14, 1023.99999, 1024, -1022, -1074, -1075, 9.01, 9.02, 19.06, 19.07]


def operands(element):
    narrow, _, integers = TYPES[element]
    rng = np.random.default_rng(3)
    range_ = np.iinfo(integers)
    largest = np.log(np.finfo(narrow).max) * 1.2
    with np.errstate(invalid="ignore"):
        everywhere = rng.integers(range_.min, range_.max, 4000, integers).view(narrow)
    return np.concatenate([
        np.array(EDGES, narrow), everywhere,
        rng.uniform(-largest, largest, 4000).astype(narrow),
        rng.uniform(-1, 1, 4000).astype(narrow), rng.uniform(-10, 10, 4000).astype(narrow)])


def evaluate(x, element, flag):
    """The results of all functions."""
    type_ = f"tensor<{len(x)}x{element}>"
    lines = "\n".join(f"%y{n} = {op} %x : {type_}" for n, op in enumerate(FUNCTIONS))
    values = ", ".join(f"%y{n}" for n in range(len(FUNCTIONS)))
    types = ", ".join([type_] * len(FUNCTIONS))
    program = f"""
        func.func @f(%x: {type_}) -> ({types}) {{
          {lines}
          return {values} : {types}
        }}"""
    found = run_program(program, Run("f", [x], flags=[flag]))
    return zip(FUNCTIONS.values(), found, strict=True)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("element", TYPES)
def test_error(element, flag):
    narrow, wide, _ = TYPES[element]
    x = operands(element)
    for (function, allowed), found in evaluate(x, element, flag):
        with np.errstate(all="ignore"):
            expected = function(x.astype(wide))
            rounded = expected.astype(narrow)
        assert (np.isfinite(found) == np.isfinite(rounded)).all()
        assert (np.signbit(found) == np.signbit(rounded))[~np.isnan(x)].all()
        inexact = np.isfinite(rounded) & (found != rounded)
        error = np.abs(found[inexact].astype(wide) - expected[inexact])
        allowed = LIBRARY_ERROR.get(flag, allowed)
        assert (error <= allowed * np.spacing(np.abs(rounded[inexact])).astype(wide)).all()


# What is computed instead of tanh: ops on %t, the value times `scale`, and the sign of tanh in it.
SUMS = [("arith.addf %one, %t", 1, 1), ("arith.subf %one, %t", 1, -1),
        ("math.fma %t, %half, %half", .5, 1), ("arith.mulf %halved, %sum", 1.5, 1)]
LEAST_SUM = {"f32": 1e-37, "f64": 1e-306}


@pytest.mark.parametrize("flag", FLAGS[:2])
@pytest.mark.parametrize("element", TYPES)
def test_one_and_tanh(element, flag):
    """Relative to the sum, which cancels where tanh comes close to -1 or 1."""
    narrow, wide, _ = TYPES[element]
    x = operands(element)
    type_ = f"tensor<{len(x)}x{element}>"
    for op, scale, sign in SUMS:
        program = f"""
            func.func @f(%x: {type_}) -> {type_} {{
              %one = arith.constant dense<1.0> : {type_}
              %half = arith.constant dense<0.5> : {type_}
              %three = arith.constant dense<3.0> : {type_}
              %t = math.tanh %x : {type_}
              %sum = arith.addf %one, %t : {type_}
              %halved = arith.mulf %three, %half : {type_}
              %y = {op} : {type_}
              return %y : {type_}
            }}"""
        found, = run_program(program, Run("f", [x], flags=[flag]))
        with np.errstate(all="ignore"):
            expected = scale * 2 / (1 + np.exp(-2 * sign * x.astype(wide)))
        assert (np.isnan(found) == np.isnan(x)).all()
        known = ~np.isnan(x)
        small = known & (expected < scale * LEAST_SUM[element])
        assert (found[small] <= scale * LEAST_SUM[element]).all() and (found[known] >= 0).all()
        assert (found[np.isinf(x)] == expected[np.isinf(x)]).all()
        known &= ~small
        error = np.abs(found[known].astype(wide) - expected[known])
        assert (error <= 4 * np.spacing(expected[known].astype(narrow)).astype(wide)).all()


@pytest.mark.parametrize("flag", FLAGS)
def test_half_precision(flag):
    x = np.concatenate([np.linspace(-20, 12, 500), [np.inf, -np.inf]]).astype(np.float16)
    for (function, _), found in evaluate(x, "f16", flag):
        with np.errstate(over="ignore"):
            expected = function(x.astype(np.float64)).astype(np.float16)
        finite = np.isfinite(expected)
        assert (found[~finite] == expected[~finite]).all()
        difference = np.abs(found[finite] - expected[finite])
        assert (difference <= np.spacing(np.abs(expected[finite]))).all()
