"""Requests beyond one contraction: nested, shared, selective; facts with closed forms."""

import numpy as np
import pytest

from programs import Run, run_program, run_tool

PIPELINES = pytest.mark.parametrize("pipeline", ["optimised", "plain"])


def near(found, expected, tolerance=1e-10):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


LOG_SUM_EXP = """
func.func @lse(%x: tensor<5xf64>) -> tensor<f64> {
  %lowest = arith.constant dense<0xFFF0000000000000> : tensor<f64>
  %max = linalg.reduce { arith.maximumf } ins(%x : tensor<5xf64>)
      outs(%lowest : tensor<f64>) dimensions = [0]
  %shift = tensornet.contract %max[] -> [i] : (tensor<f64>) -> tensor<5xf64>
  %s = arith.subf %x, %shift : tensor<5xf64>
  %e = math.exp %s : tensor<5xf64>
  %sum = tensornet.contract %e[i] -> [] : (tensor<5xf64>) -> tensor<f64>
  %log = math.log %sum : tensor<f64>
  %y = arith.addf %log, %max : tensor<f64>
  return %y : tensor<f64>
}
"""


@PIPELINES
@pytest.mark.parametrize("scale", [1, 200])
def test_log_sum_exp(pipeline, scale):
    """Gradient softmax, Hessian diag(s) - s s', through the rule of max itself."""
    (x,) = normal(1, 5)
    x = x * scale
    s = softmax(x)
    value, gradient = run_program(
        LOG_SUM_EXP, Run("lse", [x], "value_and_grad", (0,), pipeline))
    near(value, x.max() + np.log(np.exp(x - x.max()).sum()))
    near(gradient, s)
    (hessian,) = run_program(LOG_SUM_EXP, Run("lse", [x], "hessian", (0,), pipeline))
    near(hessian, np.diag(s) - np.outer(s, s))


MIXED = """
func.func @f(%x: tensor<3xf64>, %y: tensor<4xf64>, %a: tensor<3x4xf64>) -> tensor<f64> {
  %e = math.exp %x : tensor<3xf64>
  %s = math.sin %y : tensor<4xf64>
  %p = tensornet.contract %e[i], %a[i, j], %s[j] -> []
      : (tensor<3xf64>, tensor<3x4xf64>, tensor<4xf64>) -> tensor<f64>
  %q = tensornet.contract %x[i], %x[i], %y[j] -> []
      : (tensor<3xf64>, tensor<3xf64>, tensor<4xf64>) -> tensor<f64>
  %z = arith.addf %p, %q : tensor<f64>
  return %z : tensor<f64>
}
func.func @gradient(%x: tensor<3xf64>, %y: tensor<4xf64>, %a: tensor<3x4xf64>)
    -> (tensor<3xf64>, tensor<4xf64>) {
  %z, %gx, %gy = tensornet.value_and_grad @f(%x, %y, %a) wrt [0, 1]
      : (tensor<3xf64>, tensor<4xf64>, tensor<3x4xf64>)
      -> (tensor<f64>, tensor<3xf64>, tensor<4xf64>)
  return %gx, %gy : tensor<3xf64>, tensor<4xf64>
}
func.func @hvp(%x: tensor<3xf64>, %y: tensor<4xf64>, %a: tensor<3x4xf64>,
               %u: tensor<3xf64>, %v: tensor<4xf64>)
    -> (tensor<3xf64>, tensor<4xf64>, tensor<3xf64>, tensor<4xf64>) {
  %gx, %gy, %hx, %hy = tensornet.jvp @gradient(%x, %y, %a) tangents(%u, %v) wrt [0, 1]
      : (tensor<3xf64>, tensor<4xf64>, tensor<3x4xf64>, tensor<3xf64>, tensor<4xf64>)
      -> (tensor<3xf64>, tensor<4xf64>, tensor<3xf64>, tensor<4xf64>)
  return %gx, %gy, %hx, %hy : tensor<3xf64>, tensor<4xf64>, tensor<3xf64>, tensor<4xf64>
}
"""


def mixed_reference(x, y, a):
    """Gradients and Hessian blocks of @f, by hand."""
    e, s, c = np.exp(x), np.sin(y), np.cos(y)
    gradients = e * (a @ s) + 2 * x * y.sum(), (e @ a) * c + (x @ x)
    xx = np.diag(e * (a @ s)) + 2 * y.sum() * np.eye(3)
    xy = e[:, None] * a * c + 2 * x[:, None]
    yy = np.diag(-(e @ a) * s)
    return gradients, (xx, xy, xy.T, yy)


@PIPELINES
def test_hessian_blocks(pipeline):
    x, y, a = normal(2, 3, 4, (3, 4))
    found = run_program(MIXED, Run("f", [x, y, a], "hessian", (0, 1), pipeline))
    for block, expected in zip(found, mixed_reference(x, y, a)[1], strict=True):
        near(block, expected)


@PIPELINES
def test_tangent_of_gradient_is_hessian_vector_product(pipeline):
    x, y, a, u, v = normal(3, 3, 4, (3, 4), 3, 4)
    found = run_program(MIXED, Run("hvp", [x, y, a, u, v], pipeline=pipeline))
    (gx, gy), (xx, xy, yx, yy) = mixed_reference(x, y, a)
    for result, expected in zip(found, (gx, gy, xx @ u + xy @ v, yx @ u + yy @ v), strict=True):
        near(result, expected)


@PIPELINES
@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_requests_of_requests(pipeline, mode):
    """The Hessian applied to seeds, in both modes over the gradient: it is symmetric."""
    x, y, a, u, v = normal(4, 3, 4, (3, 4), 3, 4)
    found = run_program(MIXED, Run("gradient", [x, y, a, u, v], mode, (0, 1), pipeline))
    _, (xx, xy, yx, yy) = mixed_reference(x, y, a)
    near(found[2], xx @ u + xy @ v)
    near(found[3], yx @ u + yy @ v)


@PIPELINES
def test_jacobian_of_gradient_is_hessian(pipeline):
    x, y, a = normal(5, 3, 4, (3, 4))
    found = run_program(MIXED, Run("gradient", [x, y, a], "jacobian", (0, 1), pipeline))
    for block, expected in zip(found, mixed_reference(x, y, a)[1], strict=True):
        near(block, expected)


@PIPELINES
def test_third_derivative(pipeline):
    """The Hessian of g . v, where g is itself a gradient."""
    text = """
func.func @f(%x: tensor<3xf64>) -> tensor<f64> {
  %s = math.sin %x : tensor<3xf64>
  %y = tensornet.contract %s[i], %x[i], %x[j] -> []
      : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
  return %y : tensor<f64>
}
func.func @slope(%x: tensor<3xf64>, %v: tensor<3xf64>) -> tensor<f64> {
  %y, %d = tensornet.jvp @f(%x) tangents(%v) wrt [0]
      : (tensor<3xf64>, tensor<3xf64>) -> (tensor<f64>, tensor<f64>)
  return %d : tensor<f64>
}
"""
    x, v = normal(6, 3, 3)
    (found,) = run_program(text, Run("slope", [x, v], "hessian", (0,), pipeline))

    def hessian(x):
        first = np.sin(x) + x * np.cos(x)
        second = 2 * np.cos(x) - x * np.sin(x)
        return np.diag(second) * x.sum() + first[:, None] + first

    h = 1e-4
    near(found, (hessian(x + h * v) - hessian(x - h * v)) / (2 * h), 1e-6)


SEVERAL = """
func.func @f(%x: tensor<3x4xf64>, %n: tensor<3xi32>, %w: tensor<4x2xf64>, %unused: tensor<5xf64>)
    -> (tensor<f64>, tensor<3x2xf64>, tensor<3xi32>) {
  %xw = tensornet.contract %x[i, j], %w[j, k] -> [i, k]
      : (tensor<3x4xf64>, tensor<4x2xf64>) -> tensor<3x2xf64>
  %t = math.tanh %xw : tensor<3x2xf64>
  %s = tensornet.contract %t[i, k] -> [] : (tensor<3x2xf64>) -> tensor<f64>
  %m = arith.addi %n, %n : tensor<3xi32>
  return %s, %t, %m : tensor<f64>, tensor<3x2xf64>, tensor<3xi32>
}
"""


@PIPELINES
def test_several_results(pipeline):
    """vjp seeds both floating results; the integer one has no cotangent."""
    x, w, unused, seed = normal(7, (3, 4), (4, 2), 5, (3, 2))
    n = np.array([1, 2, 3], np.int32)
    inputs = [x, n, w, unused, np.array(0.7), seed]
    found = run_program(SEVERAL, Run("f", inputs, "vjp", (2, 0, 3), pipeline))
    t = np.tanh(x @ w)
    back = (0.7 + seed) * (1 - t * t)
    expected = [t.sum(), t, 2 * n, x.T @ back, back @ w.T]
    for result, value in zip(found, expected):
        near(result, value)
    np.testing.assert_array_equal(found[5], np.zeros(5))


@PIPELINES
def test_auxiliary_results_get_no_cotangent(pipeline):
    x, w, unused = normal(8, (3, 4), (4, 2), 5)
    n = np.array([1, 2, 3], np.int32)
    found = run_program(SEVERAL, Run("f", [x, n, w, unused], "value_and_grad", (0, 3), pipeline))
    t = np.tanh(x @ w)
    assert len(found) == 5
    near(found[3], (1 - t * t) @ w.T)
    np.testing.assert_array_equal(found[4], np.zeros(5))


@PIPELINES
def test_jacobians_are_result_major(pipeline):
    x, w, unused = normal(9, (3, 4), (4, 2), 5)
    n = np.array([1, 2, 3], np.int32)
    found = run_program(SEVERAL, Run("f", [x, n, w, unused], "jacobian", (0, 2), pipeline))
    slope = 1 - np.tanh(x @ w)**2
    sx = np.einsum("ik,jk,im->ikmj", slope, w, np.eye(3))
    sw = np.einsum("ik,ij,km->ikjm", slope, x, np.eye(2))
    expected = [sx.sum((0, 1)), sw.sum((0, 1)), sx, sw]
    for block, value in zip(found, expected, strict=True):
        near(block, value)


@PIPELINES
def test_two_requests_on_one_function(pipeline):
    """At the same and at another point, with different arguments."""
    text = """
func.func @f(%x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<f64> {
  %e = math.exp %x : tensor<4xf64>
  %z = tensornet.contract %e[i], %y[i], %y[i] -> []
      : (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) -> tensor<f64>
  return %z : tensor<f64>
}
func.func @g(%x: tensor<4xf64>, %y: tensor<4xf64>)
    -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %z0, %gx = tensornet.value_and_grad @f(%x, %y) wrt [0]
      : (tensor<4xf64>, tensor<4xf64>) -> (tensor<f64>, tensor<4xf64>)
  %z1, %gy = tensornet.value_and_grad @f(%x, %y) wrt [1]
      : (tensor<4xf64>, tensor<4xf64>) -> (tensor<f64>, tensor<4xf64>)
  %z2, %swapped = tensornet.value_and_grad @f(%y, %x) wrt [0]
      : (tensor<4xf64>, tensor<4xf64>) -> (tensor<f64>, tensor<4xf64>)
  return %gx, %gy, %swapped : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}
"""
    x, y = normal(10, 4, 4)
    found = run_program(text, Run("g", [x, y], pipeline=pipeline))
    for result, expected in zip(found, (np.exp(x) * y * y, 2 * np.exp(x) * y,
                                        np.exp(y) * x * x), strict=True):
        near(result, expected)


CALLS = """
func.func private @square(%x: tensor<4xf64>) -> tensor<4xf64> ATTRIBUTE {
  %y = arith.mulf %x, %x : tensor<4xf64>
  return %y : tensor<4xf64>
}
func.func @f(%x: tensor<4xf64>, %w: tensor<4xf64>) -> tensor<f64> {
  %x2 = call @square(%x) : (tensor<4xf64>) -> tensor<4xf64>
  %x4 = call @square(%x2) : (tensor<4xf64>) -> tensor<4xf64>
  %y = tensornet.contract %x4[i], %w[i] -> [] : (tensor<4xf64>, tensor<4xf64>) -> tensor<f64>
  return %y : tensor<f64>
}
"""


@PIPELINES
@pytest.mark.parametrize("attribute", ["", "attributes {no_inline}"])
def test_calls(pipeline, attribute):
    x, w = normal(11, 4, 4)
    text = CALLS.replace("ATTRIBUTE", attribute)
    value, gx, gw = run_program(text, Run("f", [x, w], "value_and_grad", (0, 1), pipeline))
    near(value, (w * x**4).sum())
    near(gx, 4 * w * x**3)
    near(gw, x**4)
    (hessian,) = run_program(text, Run("f", [x, w], "hessian", (0,), pipeline))
    near(hessian, np.diag(12 * w * x**2))


@PIPELINES
@pytest.mark.parametrize("kind, sign", [("maximumf", 1), ("minimumf", -1)])
def test_tied_extremes_share(pipeline, kind, sign):
    text = f"""
func.func @f(%x: tensor<2x5xf64>) -> tensor<2xf64> {{
  %start = arith.constant dense<{'0xFFF0000000000000' if sign > 0 else '0x7FF0000000000000'}> : tensor<2xf64>
  %y = linalg.reduce {{ arith.{kind} }} ins(%x : tensor<2x5xf64>)
      outs(%start : tensor<2xf64>) dimensions = [1]
  return %y : tensor<2xf64>
}}
"""
    x = sign * np.array([[1., 3, 3, 0, 3], [5, 1, 2, 3, 4]])
    value, gradient = run_program(
        text, Run("f", [x, np.array([1., 2])], "vjp", (0,), pipeline))
    near(value, sign * np.array([3., 5]))
    near(gradient, [[0, 1 / 3, 1 / 3, 0, 1 / 3], [2, 0, 0, 0, 0]])


@PIPELINES
def test_layer_norm(pipeline):
    """r (w - mean w - xhat mean(w xhat)) with r = (var + eps)^(-1/2)."""
    text = """
func.func @norm(%x: tensor<3x5xf64>) -> tensor<3x5xf64> {
  %fifth = arith.constant dense<0.2> : tensor<f64>
  %mean = tensornet.contract %fifth[], %x[i, j] -> [i]
      : (tensor<f64>, tensor<3x5xf64>) -> tensor<3xf64>
  %means = tensornet.contract %mean[i] -> [i, j] : (tensor<3xf64>) -> tensor<3x5xf64>
  %c = arith.subf %x, %means : tensor<3x5xf64>
  %var = tensornet.contract %fifth[], %c[i, j], %c[i, j] -> [i]
      : (tensor<f64>, tensor<3x5xf64>, tensor<3x5xf64>) -> tensor<3xf64>
  %eps = arith.constant dense<1.0e-5> : tensor<3xf64>
  %safe = arith.addf %var, %eps : tensor<3xf64>
  %r = math.rsqrt %safe : tensor<3xf64>
  %y = tensornet.contract %c[i, j], %r[i] -> [i, j]
      : (tensor<3x5xf64>, tensor<3xf64>) -> tensor<3x5xf64>
  return %y : tensor<3x5xf64>
}
"""
    x, w = normal(12, (3, 5), (3, 5))
    value, gradient = run_program(text, Run("norm", [x, w], "vjp", (0,), pipeline))
    r = 1 / np.sqrt(x.var(1, keepdims=True) + 1e-5)
    hat = (x - x.mean(1, keepdims=True)) * r
    near(value, hat)
    near(gradient, r * (w - w.mean(1, keepdims=True)
                        - hat * (w * hat).mean(1, keepdims=True)))


@PIPELINES
def test_causal_convolution_and_mask(pipeline):
    """A lower-triangular mask, a stride and two paddings, one after the other."""
    text = """
func.func @f(%x: tensor<9xf64>, %k: tensor<3xf64>, %a: tensor<5x5xf64>) -> tensor<5xf64> {
  %y = tensornet.contract %x[2 * h + p - 1], %k[p] -> [h]
      : (tensor<9xf64>, tensor<3xf64>) -> tensor<5xf64>
  %z = tensornet.contract %y[h + p - 1], %k[p] -> [h]
      : (tensor<5xf64>, tensor<3xf64>) -> tensor<5xf64>
  %one = tensornet.contract -> [u] : () -> tensor<5xf64>
  %w = tensornet.contract %one[i - j], %a[i, j], %z[j] -> [i]
      : (tensor<5xf64>, tensor<5x5xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %w : tensor<5xf64>
}
"""
    x, k, a, seed = normal(13, 9, 3, (5, 5), 5)

    def f(x, k, a):
        px = np.concatenate([[0], x, [0, 0]])
        y = np.array([px[2 * h:2 * h + 3] @ k for h in range(5)])
        z = np.correlate(np.pad(y, 1), k, "valid")
        return np.tril(a) @ z

    found = run_program(text, Run("f", [x, k, a, seed], "vjp", (0, 1, 2), pipeline))
    near(found[0], f(x, k, a))
    h = 1e-5
    for number, value in enumerate((x, k, a)):
        expected = np.zeros(value.shape)
        for place in np.ndindex(value.shape):
            ends = []
            for sign in (1, -1):
                moved = [x.copy(), k.copy(), a.copy()]
                moved[number][place] += sign * h
                ends.append(seed @ f(*moved))
            expected[place] = (ends[0] - ends[1]) / (2 * h)
        near(found[1 + number], expected, 1e-7)


@PIPELINES
def test_dynamic_shapes_in_every_mode(pipeline):
    text = """
func.func @f(%x: tensor<?x?xf64>, %w: tensor<?x3xf64>) -> tensor<f64> {
  %y = tensornet.contract %x[i, j], %w[j, k] -> [i, k]
      : (tensor<?x?xf64>, tensor<?x3xf64>) -> tensor<?x3xf64>
  %t = math.tanh %y : tensor<?x3xf64>
  %z = tensornet.contract %t[i, k], %t[i, k] -> []
      : (tensor<?x3xf64>, tensor<?x3xf64>) -> tensor<f64>
  return %z : tensor<f64>
}
"""
    x, w, u, v = normal(14, (4, 2), (2, 3), (4, 2), (2, 3))
    t = np.tanh(x @ w)
    back = 2 * t * (1 - t * t)
    value, gx, gw = run_program(text, Run("f", [x, w], "value_and_grad", (0, 1), pipeline))
    near(value, (t * t).sum())
    near(gx, back @ w.T)
    near(gw, x.T @ back)
    value, slope = run_program(text, Run("f", [x, w, u, v], "jvp", (0, 1), pipeline))
    near(slope, (back * (u @ w + x @ v)).sum())
    (hessian,) = run_program(text, Run("f", [x, w], "hessian", (1,), pipeline))
    curvature = 2 * (1 - t * t) * (1 - 3 * t * t)
    near(hessian, np.einsum("ik,ij,il,km->jklm", curvature, x, x, np.eye(3)))


@PIPELINES
def test_scalar_results(pipeline):
    """A plain f64 is as good as a 0-d tensor."""
    text = """
func.func @f(%x: f64, %v: tensor<3xf64>) -> f64 {
  %s = tensor.from_elements %x : tensor<f64>
  %y = tensornet.contract %s[], %s[], %v[i], %v[i] -> []
      : (tensor<f64>, tensor<f64>, tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
  %z = tensor.extract %y[] : tensor<f64>
  return %z : f64
}
"""
    (v,) = normal(15, 3)
    value, gx, gv = run_program(
        text, Run("f", [np.array(1.5), v], "value_and_grad", (0, 1), pipeline))
    near(value, 2.25 * (v @ v))
    near(gx, 3 * (v @ v))
    near(gv, 4.5 * v)


def test_shape_flag():
    """Random inputs of dynamic shape take the shapes that the command line gives."""
    text = """
func.func @f(%x: tensor<?x?xf64>, %w: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %y = tensornet.contract %x[i, j], %w[j, k] -> [i, k]
      : (tensor<?x?xf64>, tensor<?x3xf64>) -> tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
"""
    printed = run_tool("tn-run", "-", "--entry=f", "--shape=0:5x4", "--shape=1:4x3", text=text)
    assert printed.startswith("result0: 5x3xf64")


@PIPELINES
def test_extents_that_disagree_at_run_time(pipeline):
    text = """
func.func @f(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<f64> {
  %z = tensornet.contract %x[i], %y[i] -> [] : (tensor<?xf64>, tensor<?xf64>) -> tensor<f64>
  return %z : tensor<f64>
}
"""
    with pytest.raises(AssertionError, match="index .i. has extent 4 in operand #0 but 3"):
        run_program(text, Run("f", list(normal(16, 4, 3)), pipeline=pipeline))
