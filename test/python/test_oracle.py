"""The oracle itself, against NumPy's einsum, nested loops and central differences."""

import itertools

import numpy as np
import pytest

import oracle
from contraction_kinds import KINDS, generate
from contractions import Options, is_complex, make
from programs import draw

EINSUM = ["matmul", "batch", "three_indices", "transpose", "elementwise", "outer", "sum",
          "sum_of_both", "private_sums", "trace", "diagonal", "inner_diagonal",
          "double_trace", "gram", "quadratic", "chain", "star", "hyperedge_sum"]


@pytest.mark.parametrize("kind", EINSUM)
def test_forward_is_einsum(kind):
    rng = np.random.default_rng(1)
    c = make(kind, KINDS[kind], rng, Options("f64"))
    values = [draw(tensor, rng) for tensor in c.arguments]
    operands = ",".join("".join(form.bare for form in use.forms) for use in c.uses)
    result = "".join(form.bare for form in c.result_forms)
    expected = np.einsum(f"{operands}->{result}", *(values[use.argument] for use in c.uses))
    np.testing.assert_allclose(oracle.forward(c, values)[0], expected, rtol=1e-12, atol=1e-12)


def nested_loops(c, values):
    """The formula, one point at a time."""
    result = np.zeros(c.result.shape, oracle.wide(c.result.element))
    names = [name for name, _ in c.extents]

    def place(forms, shape, point):
        found = tuple(f.constant + sum(k * point[n] for n, k in f.terms) for f in forms)
        return found if all(0 <= p < size for p, size in zip(found, shape)) else None

    for numbers in itertools.product(*(range(size) for _, size in c.extents)):
        point = dict(zip(names, numbers))
        target = place(c.result_forms, c.result.shape, point)
        product = result.dtype.type(1)
        for use in c.uses:
            source = place(use.forms, c.arguments[use.argument].shape, point)
            if target is None or source is None:
                target = None
                break
            factor = values[use.argument][source]
            product = product * (np.conj(factor) if use.conjugated else factor)
        if target is not None:
            result[target] += product
    return result


def test_forward_is_nested_loops():
    rng = np.random.default_rng(2)
    families = generate()
    for c in families["random"] + families["empty"] + families["complex<f64>"]:
        values = [draw(tensor, rng).astype(oracle.wide(tensor.element))
                  for tensor in c.arguments]
        np.testing.assert_allclose(oracle.forward(c, values)[0], nested_loops(c, values),
                                   rtol=1e-12, atol=1e-12, err_msg=str(c))


def test_tangents_are_central_differences():
    rng = np.random.default_rng(3)
    for c in generate()["random"]:
        wide = [draw(tensor, rng).astype(oracle.wide(tensor.element)) for tensor in c.arguments]
        moves = [draw(tensor, rng).astype(oracle.wide(tensor.element)) for tensor in c.arguments]
        step = 1e-5
        ends = [oracle.forward(c, [x + sign * step * d for x, d in zip(wide, moves)])[0]
                for sign in (1, -1)]
        np.testing.assert_allclose(oracle.tangent(c, wide, moves)[0], (ends[0] - ends[1]) / (2 * step),
                                   rtol=1e-6, atol=1e-6, err_msg=str(c))


def test_cotangents_pair_with_tangents():
    rng = np.random.default_rng(4)
    for c in generate()["random"]:
        wide = [draw(tensor, rng).astype(oracle.wide(tensor.element)) for tensor in c.arguments]
        moves = [draw(tensor, rng).astype(oracle.wide(tensor.element)) for tensor in c.arguments]
        seed = draw(c.result, rng).astype(oracle.wide(c.result.element))
        left = (np.conj(seed) * oracle.tangent(c, wide, moves)[0]).sum().real
        right = sum((np.conj(oracle.cotangent(c, wide, n, seed)[0]) * move).sum().real
                    for n, move in enumerate(moves))
        assert left == pytest.approx(right, rel=1e-10, abs=1e-10), str(c)
        assert not any(is_complex(t.element) for t in c.arguments) or np.iscomplexobj(seed)
