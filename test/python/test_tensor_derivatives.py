"""Derivatives of tensor ops, reductions and named linalg ops: both modes against the same
function in NumPy, batches of tangents too."""

from __future__ import annotations

import dataclasses
import functools
from typing import Callable

import numpy as np
import pytest

from programs import Run, run_program


@dataclasses.dataclass(frozen=True)
class Case:
    """A function of f64 tensors: its signature and body in MLIR, and in NumPy."""

    arguments: str
    body: str
    result: str
    function: Callable[..., np.ndarray]
    shapes: tuple[tuple[int, ...], ...]

    def text(self) -> str:
        return (f"func.func @f({self.arguments}) -> {self.result} {{\n{self.body}\n"
                f"  return %r : {self.result}\n}}\n")


def put(whole: np.ndarray, place, part: np.ndarray) -> np.ndarray:
    """A copy of `whole` with one slice replaced."""
    copy = whole.copy()
    copy[place] = part
    return copy


def one(body: str, source: str, result: str, function: Callable, shape) -> Case:
    return Case(f"%x: tensor<{source}xf64>" if source else "%x: f64", body,
                f"tensor<{result}xf64>" if result else "f64", function, (shape,))


CASES = {
    "expand_shape": one(
        "%r = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 4] "
        ": tensor<6x4xf64> into tensor<2x3x4xf64>",
        "6x4", "2x3x4", lambda x: x.reshape(2, 3, 4), (6, 4)),
    "expand_scalar": one(
        "%t = tensor.from_elements %x : tensor<f64>\n"
        "%r = tensor.expand_shape %t [] output_shape [1, 1] : tensor<f64> into tensor<1x1xf64>",
        "", "1x1", lambda x: x.reshape(1, 1), ()),
    "collapse_shape": one(
        "%r = tensor.collapse_shape %x [[0], [1, 2]] : tensor<2x3x4xf64> into tensor<2x12xf64>",
        "2x3x4", "2x12", lambda x: x.reshape(2, 12), (2, 3, 4)),
    "collapse_to_scalar": one(
        "%t = tensor.collapse_shape %x [] : tensor<1x1xf64> into tensor<f64>\n"
        "%r = tensor.extract %t[] : tensor<f64>",
        "1x1", "", lambda x: x.reshape(()), (1, 1)),
    "cast": one("%r = tensor.cast %x : tensor<3xf64> to tensor<?xf64>", "3", "?",
                lambda x: x, (3,)),
    "reshape": one(
        "%s = arith.constant dense<[2, 6]> : tensor<2xindex>\n"
        "%r = tensor.reshape %x(%s) : (tensor<3x4xf64>, tensor<2xindex>) -> tensor<2x6xf64>",
        "3x4", "2x6", lambda x: x.reshape(2, 6), (3, 4)),
    "extract": one(
        "%c2 = arith.constant 2 : index\n%c1 = arith.constant 1 : index\n"
        "%r = tensor.extract %x[%c2, %c1] : tensor<3x2xf64>",
        "3x2", "", lambda x: x[2, 1], (3, 2)),
    "from_elements": one(
        "%c1 = arith.constant 1 : index\n%a = tensor.extract %x[%c1] : tensor<2xf64>\n"
        "%k = arith.constant 7.0 : f64\n"
        "%r = tensor.from_elements %a, %k, %k, %a, %a, %k : tensor<2x3xf64>",
        "2", "2x3", lambda x: np.array([[x[1], 7, 7], [x[1], x[1], 7]]), (2,)),
    "splat": one("%r = tensor.splat %x : tensor<2x3xf64>", "", "2x3",
                 lambda x: np.full((2, 3), x), ()),
    "extract_slice": one(
        "%r = tensor.extract_slice %x[1, 0, 0] [2, 1, 2] [2, 1, 2] "
        ": tensor<5x2x4xf64> to tensor<2x2xf64>",
        "5x2x4", "2x2", lambda x: x[1:4:2, 0, 0:3:2], (5, 2, 4)),
    "pad": one(
        "%k = arith.constant 3.0 : f64\n"
        "%r = tensor.pad %x low[1, 0] high[0, 2] {\n^bb0(%i: index, %j: index):\n"
        "  tensor.yield %k : f64\n} : tensor<2x3xf64> to tensor<3x5xf64>",
        "2x3", "3x5", lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=3), (2, 3)),
    "insert_slice": Case(
        "%x: tensor<2x2xf64>, %y: tensor<3x5xf64>",
        "%r = tensor.insert_slice %x into %y[1, 0] [2, 2] [1, 3] "
        ": tensor<2x2xf64> into tensor<3x5xf64>", "tensor<3x5xf64>",
        lambda x, y: put(y, np.s_[1:3, 0:4:3], x), ((2, 2), (3, 5))),
    "insert": Case(
        "%x: f64, %y: tensor<3x2xf64>",
        "%c2 = arith.constant 2 : index\n%c1 = arith.constant 1 : index\n"
        "%r = tensor.insert %x into %y[%c2, %c1] : tensor<3x2xf64>", "tensor<3x2xf64>",
        lambda x, y: put(y, (2, 1), x), ((), (3, 2))),
    "concat": Case(
        "%x: tensor<2x3xf64>, %y: tensor<2x1xf64>",
        "%r = tensor.concat dim(1) %x, %y, %x "
        ": (tensor<2x3xf64>, tensor<2x1xf64>, tensor<2x3xf64>) -> tensor<2x7xf64>",
        "tensor<2x7xf64>", lambda x, y: np.concatenate([x, y, x], 1), ((2, 3), (2, 1))),
    "reduce_sum": Case(
        "%x: tensor<2x3x4xf64>, %y: tensor<3xf64>",
        "%r = linalg.reduce { arith.addf } ins(%x : tensor<2x3x4xf64>) "
        "outs(%y : tensor<3xf64>) dimensions = [0, 2]", "tensor<3xf64>",
        lambda x, y: x.sum((0, 2)) + y, ((2, 3, 4), (3,))),
    "reduce_maximum": Case(
        "%x: tensor<4x5xf64>, %y: tensor<4xf64>",
        "%r = linalg.reduce { arith.maximumf } ins(%x : tensor<4x5xf64>) "
        "outs(%y : tensor<4xf64>) dimensions = [1]", "tensor<4xf64>",
        lambda x, y: np.maximum(x.max(1), y), ((4, 5), (4,))),
    "reduce_minimum": Case(
        "%x: tensor<4x5xf64>, %y: tensor<f64>",
        "%r = linalg.reduce { arith.minnumf } ins(%x : tensor<4x5xf64>) "
        "outs(%y : tensor<f64>) dimensions = [0, 1]", "tensor<f64>",
        lambda x, y: np.minimum(x.min(), y), ((4, 5), ())),
    "fill": one(
        "%e = tensor.empty() : tensor<2x3xf64>\n"
        "%r = linalg.fill ins(%x : f64) outs(%e : tensor<2x3xf64>) -> tensor<2x3xf64>",
        "", "2x3", lambda x: np.full((2, 3), x), ()),
    "broadcast": one(
        "%e = tensor.empty() : tensor<2x3x4xf64>\n"
        "%r = linalg.broadcast ins(%x : tensor<2x4xf64>) outs(%e : tensor<2x3x4xf64>) "
        "dimensions = [1]", "2x4", "2x3x4",
        lambda x: np.broadcast_to(x[:, None], (2, 3, 4)), (2, 4)),
    "transpose": one(
        "%e = tensor.empty() : tensor<4x2x3xf64>\n"
        "%r = linalg.transpose ins(%x : tensor<2x3x4xf64>) outs(%e : tensor<4x2x3xf64>) "
        "permutation = [2, 0, 1]", "2x3x4", "4x2x3",
        lambda x: x.transpose(2, 0, 1), (2, 3, 4)),
    "matmul": Case(
        "%x: tensor<2x3xf64>, %y: tensor<3x4xf64>, %z: tensor<2x4xf64>",
        "%r = linalg.matmul ins(%x, %y : tensor<2x3xf64>, tensor<3x4xf64>) "
        "outs(%z : tensor<2x4xf64>) -> tensor<2x4xf64>", "tensor<2x4xf64>",
        lambda x, y, z: x @ y + z, ((2, 3), (3, 4), (2, 4))),
    "linalg_sub_mul": Case(
        "%x: tensor<3xf64>, %y: tensor<3xf64>",
        "%e = tensor.empty() : tensor<3xf64>\n"
        "%s = linalg.sub ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) "
        "-> tensor<3xf64>\n"
        "%r = linalg.mul ins(%s, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) "
        "-> tensor<3xf64>", "tensor<3xf64>", lambda x, y: (x - y) * y, ((3,), (3,))),
    "linalg_max_square": Case(
        "%x: tensor<4xf64>, %y: tensor<4xf64>",
        "%e = tensor.empty() : tensor<4xf64>\n"
        "%s = linalg.max ins(%x, %y : tensor<4xf64>, tensor<4xf64>) outs(%e : tensor<4xf64>) "
        "-> tensor<4xf64>\n"
        "%r = linalg.square ins(%s : tensor<4xf64>) outs(%e : tensor<4xf64>) "
        "-> tensor<4xf64>", "tensor<4xf64>", lambda x, y: np.maximum(x, y)**2, ((4,), (4,))),
    "linalg_select": Case(
        "%x: tensor<4xf64>, %y: tensor<4xf64>",
        "%e = tensor.empty() : tensor<4xf64>\n%c = arith.cmpf olt, %x, %y : tensor<4xf64>\n"
        "%r = linalg.select ins(%c, %x, %y : tensor<4xi1>, tensor<4xf64>, tensor<4xf64>) "
        "outs(%e : tensor<4xf64>) -> tensor<4xf64>", "tensor<4xf64>",
        np.minimum, ((4,), (4,))),
    "convolution": Case(
        "%x: tensor<1x7x2xf64>, %k: tensor<3x2x4xf64>, %z: tensor<1x3x4xf64>",
        "%r = linalg.conv_1d_nwc_wcf {strides = dense<2> : tensor<1xi64>, "
        "dilations = dense<1> : tensor<1xi64>} "
        "ins(%x, %k : tensor<1x7x2xf64>, tensor<3x2x4xf64>) outs(%z : tensor<1x3x4xf64>) "
        "-> tensor<1x3x4xf64>", "tensor<1x3x4xf64>",
        lambda x, k, z: z + sum(x[:, w:w + 5:2] @ k[w] for w in range(3)),
        ((1, 7, 2), (3, 2, 4), (1, 3, 4))),
    "extf_truncf": one(
        "%h = arith.truncf %x : tensor<3xf64> to tensor<3xf32>\n"
        "%r = arith.extf %h : tensor<3xf32> to tensor<3xf64>", "3", "3", lambda x: x, (3,)),
}


@functools.lru_cache
def points(name: str) -> list[np.ndarray]:
    rng = np.random.default_rng(11)
    return [rng.standard_normal(shape).astype(np.float32).astype(np.float64)
            for shape in CASES[name].shapes]


@functools.lru_cache
def jacobians(name: str) -> list[np.ndarray]:
    """Central differences, exact to rounding where the function is quadratic."""
    case, found = CASES[name], []
    for number, point in enumerate(points(name)):
        columns = []
        for place in np.ndindex(point.shape):
            ends = []
            for step in (1e-3, -1e-3):
                moved = [x.copy() for x in points(name)]
                moved[number][place] += step
                ends.append(np.asarray(case.function(*moved)))
            columns.append((ends[0] - ends[1]) / 2e-3)
        found.append(np.moveaxis(np.array(columns), 0, -1)
                     .reshape(columns[0].shape + point.shape))
    return found


def run(name: str, mode: str, seeds: list[np.ndarray]) -> list[np.ndarray]:
    case = CASES[name]
    inputs = [np.asarray(x) for x in points(name) + seeds]
    return run_program(case.text(), Run("f", inputs, mode, tuple(range(len(case.shapes)))))


def near(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    for f, e in zip(found, expected, strict=True):
        assert f.shape == np.shape(e)
        np.testing.assert_allclose(f, e, rtol=2e-7, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_tangent(name):
    rng = np.random.default_rng(12)
    moves = [np.round(rng.standard_normal(shape), 1) for shape in CASES[name].shapes]
    value, tangent = run(name, "jvp", moves)
    near([value], [CASES[name].function(*points(name))])
    near([tangent], [sum(np.tensordot(jacobian, move, axes=move.ndim)
                         for jacobian, move in zip(jacobians(name), moves))])


@pytest.mark.parametrize("name", CASES)
def test_cotangent(name):
    value = np.asarray(CASES[name].function(*points(name)))
    weight = np.round(np.random.default_rng(13).standard_normal(value.shape), 1)
    _, *found = run(name, "vjp", [weight])
    near(found, [np.tensordot(weight, jacobian, axes=value.ndim)
                 for jacobian in jacobians(name)])


@pytest.mark.parametrize("name", CASES)
def test_jacobian(name):
    near(run(name, "jacobian", []), jacobians(name))


TIES = """
func.func @f(%x: tensor<4x3xf64>, %init: tensor<4xf64>) -> tensor<4xf64> {
  %0 = linalg.reduce { arith.COMBINER } ins(%x : tensor<4x3xf64>)
      outs(%init : tensor<4xf64>) dimensions = [1]
  return %0 : tensor<4xf64>
}
"""


@pytest.mark.parametrize("combiner,sign", [("maximumf", 1), ("minimumf", -1)])
def test_tied_extremes_share_equally(combiner, sign):
    x = sign * np.array([[1., 3, 3], [2, 2, 2], [5, 1, 0], [0, 0, -1]])
    init = sign * np.array([0., 2, 7, -1])
    weight = np.array([6., 8, 5, 2])
    _, found, found_init = run_program(
        TIES.replace("COMBINER", combiner), Run("f", [x, init, weight], "vjp", (0, 1)))
    np.testing.assert_array_equal(found, [[0, 3, 3], [2, 2, 2], [0, 0, 0], [1, 1, 0]])
    np.testing.assert_array_equal(found_init, [0, 2, 5, 0])


def test_hessian_of_log_sum_exp():
    """diag(s) - ss', through a shift by the maximum that is differentiated too."""
    text = """
func.func @f(%x: tensor<5xf64>) -> f64 {
  %least = arith.constant dense<0xFFF0000000000000> : tensor<f64>
  %zero = arith.constant dense<0.0> : tensor<f64>
  %max = linalg.reduce { arith.maximumf } ins(%x : tensor<5xf64>)
      outs(%least : tensor<f64>) dimensions = [0]
  %empty = tensor.empty() : tensor<5xf64>
  %maxes = linalg.broadcast ins(%max : tensor<f64>) outs(%empty : tensor<5xf64>) dimensions = [0]
  %shifted = arith.subf %x, %maxes : tensor<5xf64>
  %exp = math.exp %shifted : tensor<5xf64>
  %sum = linalg.reduce { arith.addf } ins(%exp : tensor<5xf64>)
      outs(%zero : tensor<f64>) dimensions = [0]
  %log = math.log %sum : tensor<f64>
  %r = arith.addf %log, %max : tensor<f64>
  %y = tensor.extract %r[] : tensor<f64>
  return %y : f64
}
"""
    x = np.array([0.5, -1.0, 2.0, 2.0, 300.0])
    for point in (x, x[::-1].copy(), np.array([1.0, 2.0, 0.5, 2.0, -1.0])):
        [found] = run_program(text, Run("f", [point], "hessian", (0,)))
        s = np.exp(point - point.max()) / np.exp(point - point.max()).sum()
        np.testing.assert_allclose(found, np.diag(s) - np.outer(s, s), rtol=1e-12, atol=1e-15)


def test_complex_parts():
    """Re(conj(x) . x * a (1 + 2i)) = a |x|^2; the gradient is d/dRe + i d/dIm."""
    text = """
func.func @f(%x: tensor<4xcomplex<f64>>, %a: f64) -> f64 {
  %0 = tensornet.contract conj %x[i], %x[i] -> []
       : (tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>) -> tensor<complex<f64>>
  %1 = tensor.extract %0[] : tensor<complex<f64>>
  %two = arith.constant 2.0 : f64
  %b = arith.mulf %a, %two : f64
  %z = complex.create %a, %b : complex<f64>
  %2 = complex.mul %1, %z : complex<f64>
  %3 = complex.re %2 : complex<f64>
  return %3 : f64
}
"""
    rng = np.random.default_rng(14)
    x = rng.standard_normal(4) + 1j * rng.standard_normal(4)
    a = np.float64(0.7)
    value, dx, da = run_program(text, Run("f", [x, a], "value_and_grad", (0, 1)))
    norm = np.vdot(x, x).real
    np.testing.assert_allclose(value, a * norm, rtol=1e-14)
    np.testing.assert_allclose(dx, 2 * a * x, rtol=1e-14)
    np.testing.assert_allclose(da, norm, rtol=1e-14)
