"""Masks of a sum that kernels leave out: blocks of the sum, tiles and their edges, outer
dimensions, all kinds of elements, beside infinities; attention in blocks of rows."""

import dataclasses
import itertools

import numpy as np
import pytest

from programs import NUMPY, Run, round_to_bf16, run_program


@dataclasses.dataclass
class Case:
    """A product of two operands, by their indices, at the points where 0 <= mask < size."""

    operands: tuple[str, str]
    result: str
    extents: dict[str, int]
    mask: str
    size: int

    def shape(self, indices):
        return tuple(self.extents[index] for index in indices)


CASES = {
    "rows": Case(("ik", "kj"), "ij", dict(i=330, k=700, j=37), "i - k", 330),
    "columns": Case(("ik", "kj"), "ij", dict(i=29, k=700, j=150), "j - k", 150),
    "later points": Case(("ik", "kj"), "ij", dict(i=330, k=700, j=37), "k - i - 5", 700),
    "turned": Case(("ki", "jk"), "ji", dict(i=150, k=400, j=61), "i - k", 150),
    "window": Case(("ik", "kj"), "ij", dict(i=400, k=400, j=24), "i - k + 10", 21),
    "rows and columns": Case(("ik", "kj"), "ij", dict(i=60, k=350, j=70), "i + j - k", 130),
    "outer rows": Case(("ihk", "kj"), "ihj", dict(i=70, h=3, k=400, j=33), "i - k + 7", 80),
    "outer columns": Case(("ik", "khj"), "ihj", dict(i=15, h=40, k=90, j=20), "2 * h - k", 80),
    "two sums": Case(("ikl", "klj"), "ij", dict(i=50, k=45, l=7, j=33), "i - k - 3 * l", 50),
    "outer sum": Case(("ilk", "lkj"), "ij", dict(i=50, k=400, l=9, j=33), "i - 5 * l", 50),
    "steps of two": Case(("ik", "kj"), "ij", dict(i=100, k=90, j=33), "i - 2 * k", 100),
    "first points": Case(("ik", "kj"), "ij", dict(i=50, k=400, j=33), "k - 77", 300),
    "batch": Case(("bik", "bkj"), "bij", dict(b=3, i=90, k=80, j=33), "i - k", 90),
    "batch in the mask": Case(("bik", "bkj"), "bij", dict(b=9, i=33, k=80, j=33), "10 * b - k", 90),
    "few rows": Case(("ik", "kj"), "ij", dict(i=2, k=300, j=65), "100 * i - k", 300),
    "few results": Case(("kj", "j"), "j", dict(k=5, j=40), "k - j", 1),
    "nothing": Case(("ik", "kj"), "ij", dict(i=40, k=50, j=33), "i - k - 200", 40),
}
ELEMENTS = ["f32", "f64", "complex<f32>", "i32", "bf16"]


def write(case, element):
    def tensor(shape, element=element):
        return f"tensor<{''.join(f'{extent}x' for extent in shape)}{element}>"

    accumulated = "f32" if element == "bf16" else element
    a, b = (tensor(case.shape(indices)) for indices in case.operands)
    one, y = tensor((case.size,)), tensor(case.shape(case.result), accumulated)
    left, right = (", ".join(indices) for indices in case.operands)
    return f"""
        func.func @f(%a: {a}, %b: {b}) -> {y} {{
          %one = tensornet.contract -> [u] : () -> {one}
          %y = tensornet.contract %a[{left}], %one[{case.mask}], %b[{right}]
               -> [{", ".join(case.result)}] : ({a}, {one}, {b}) -> {y}
          return %y : {y}
        }}"""


def draw(case, element, rng):
    def array(indices):
        shape = case.shape(indices)
        if element.startswith("i"):
            return rng.integers(-50, 50, shape).astype(NUMPY[element])
        values = rng.standard_normal(shape)
        if element.startswith("complex"):
            values = values + 1j * rng.standard_normal(shape)
        values = values.astype(NUMPY[element])
        return round_to_bf16(values) if element == "bf16" else values
    return [array(indices) for indices in case.operands]


def expect(case, arrays):
    """Summed point by point of the sum, so that absent ones contribute nothing."""
    wide = [array.astype(np.promote_types(array.dtype, np.float64)) for array in arrays]
    summed = [index for index in case.extents if index not in case.result]
    total = np.zeros(case.shape(case.result), np.result_type(*wide))
    for point in itertools.product(*(range(case.extents[index]) for index in summed)):
        at = dict(zip(summed, point))
        parts, kept = [], []
        for array, indices in zip(wide, case.operands):
            parts.append(array[tuple(at.get(index, slice(None)) for index in indices)])
            kept.append("".join(index for index in indices if index not in at))
        grids = np.meshgrid(*(np.arange(case.extents[i]) for i in case.result), indexing="ij")
        value = eval(case.mask, {}, {**dict(zip(case.result, grids)), **at})
        present = (0 <= value) & (value < case.size)
        if np.any(present):
            product = np.einsum(f"{kept[0]},{kept[1]}->{case.result}", *parts)
            total += np.where(present, product, 0)
    return total


def assert_same(found, expected, element):
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    scale = np.abs(expected[finite]).max(initial=1)
    unit = 0 if element.startswith("i") else np.finfo(found.dtype).eps
    np.testing.assert_allclose(found[finite], expected[finite], rtol=0, atol=200 * unit * scale)


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("name", CASES)
def test_sums_of_present_points(name, element):
    case = CASES[name]
    arrays = draw(case, element, np.random.default_rng(3))
    (found,) = run_program(write(case, element), Run("f", arrays))
    assert_same(found, expect(case, arrays), element)


@pytest.mark.parametrize("element", ["f32", "complex<f32>"])
@pytest.mark.parametrize("name", CASES)
def test_infinities_at_absent_points(name, element):
    """Of some elements of each operand only what has them is not finite."""
    case = CASES[name]
    rng = np.random.default_rng(4)
    arrays = draw(case, element, rng)
    for array in arrays:
        for place in zip(*(rng.integers(0, size, 2) for size in array.shape)):
            array[place] = np.inf
    (found,) = run_program(write(case, element), Run("f", arrays))
    with np.errstate(invalid="ignore"):
        expected = expect(case, arrays)
    assert_same(found, expected, element)


@pytest.mark.parametrize("target", ["haswell", "x86-64"])
@pytest.mark.parametrize("name", ["rows", "columns", "rows and columns", "two sums"])
def test_shorter_vectors(name, target):
    case = CASES[name]
    arrays = draw(case, "f32", np.random.default_rng(5))
    (found,) = run_program(write(case, "f32"), Run("f", arrays, flags=[f"--target-cpu={target}"]))
    assert_same(found, expect(case, arrays), "f32")


@pytest.mark.parametrize("name", CASES)
def test_threads_compute_the_same_bits(name):
    case = CASES[name]
    arrays = draw(case, "f32", np.random.default_rng(6))
    one, two = (run_program(write(case, "f32"), Run("f", arrays, threads=threads))[0]
                for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


# --------------------------------------------------------------------------------------
# Attention
# --------------------------------------------------------------------------------------

HEADS, POSITIONS, WIDTH = 2, 700, 16
Q = f"tensor<{HEADS}x{POSITIONS}x{WIDTH}xf64>"
P = f"tensor<{HEADS}x{POSITIONS}x{POSITIONS}xf64>"
ROWS, ONE = f"tensor<{HEADS}x{POSITIONS}xf64>", f"tensor<{POSITIONS}xf64>"
ATTENTION = f"""
    func.func @f(%q: {Q}, %k: {Q}, %v: {Q}) -> {Q} {{
      %one = tensornet.contract -> [u] : () -> {ONE}
      %s = tensornet.contract %q[h, i, e], %k[h, j, e], %one[i - j] -> [h, i, j]
           : ({Q}, {Q}, {ONE}) -> {P}
      %x = math.exp %s : {P}
      %n = tensornet.contract %x[h, i, j], %one[i - j] -> [h, i] : ({P}, {ONE}) -> {ROWS}
      %o = tensornet.contract %x[h, i, j], %v[h, j, e], %one[i - j] -> [h, i, e]
           : ({P}, {Q}, {ONE}) -> {Q}
      %w = tensornet.contract %n[h, i] -> [h, i, e] : ({ROWS}) -> {Q}
      %y = arith.divf %o, %w : {Q}
      return %y : {Q}
    }}"""


def attend(q, k, v):
    x = np.tril(np.exp(q @ k.swapaxes(1, 2)))
    return x / x.sum(-1, keepdims=True)


def draw_attention():
    rng = np.random.default_rng(7)
    return [rng.standard_normal((HEADS, POSITIONS, WIDTH)) / 3 for _ in range(4)]


@pytest.mark.parametrize("threads", [1, 2])
def test_causal_attention_and_gradients(threads):
    q, k, v, g = draw_attention()
    found = run_program(ATTENTION, Run("f", [q, k, v, g], "vjp", (0, 1, 2), threads=threads))
    p = attend(q, k, v)
    gp = g @ v.swapaxes(1, 2)
    gs = p * (gp - (p * gp).sum(-1, keepdims=True))
    expected = [p @ v, gs @ k, gs.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ g]
    for f, e in zip(found, expected):
        np.testing.assert_allclose(f, e, rtol=0, atol=1e-11)


def test_earlier_positions_do_not_see_later_ones():
    """Whatever later keys and values are, infinities among them."""
    q, k, v, _ = draw_attention()
    (before,) = run_program(ATTENTION, Run("f", [q, k, v]))
    seen = 400
    v[:, seen:] = np.inf
    (after,) = run_program(ATTENTION, Run("f", [q, k, v]))
    np.testing.assert_array_equal(after[:, :seen], before[:, :seen])
    assert not np.isfinite(after[:, seen:]).any()
