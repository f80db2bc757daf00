"""Memory-bound loops of the optimised pipeline against NumPy: rows that pass through
chains of reductions and elementwise work, sums in chunks, transposes in tiles. One thread
and two give the same bits."""

import itertools

import numpy as np
import pytest

from programs import NUMPY, Run, round_to_bf16, rounding, run_program

FLOATS = ["f16", "bf16", "f32", "f64"]


def tensor(shape, element):
    """A tensor type; None in `shape` is an extent of the run."""
    return "tensor<" + "".join(f"{'?' if n is None else n}x" for n in shape) + element + ">"


def draw(shape, element, seed=0):
    values = np.random.default_rng(seed).standard_normal(shape).astype(NUMPY[element])
    return round_to_bf16(values) if element == "bf16" else values


def run_both(program, inputs, **options):
    """The results with one thread, which are those with two."""
    one, two = (run_program(program, Run("f", inputs, threads=n, **options)) for n in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert a.tobytes() == b.tobytes()
    return one


def assert_close(found, expected, element, steps):
    """Equal up to `steps` roundings of the largest value."""
    bound = steps * rounding(element) * max(1, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(found.astype(np.float64), expected, rtol=0, atol=bound)


# Negative infinity in each type.
LOWEST = {"f16": "0xFC00", "bf16": "0xFF80", "f32": "0xFF800000", "f64": "0xFFF0000000000000"}
HIGHEST = {"f32": "0x7F800000", "f64": "0x7FF0000000000000"}


def softmax_program(element, leading):
    """Softmax over the last of `leading` + 1 dimensions, all of the run."""
    indices = "abcd"[:leading]
    rows = tensor([None] * leading, element)
    all_ = tensor([None] * (leading + 1), element)
    subscripts = ", ".join(indices)
    sizes = "\n".join(f"""
          %c{n} = arith.constant {n} : index
          %n{n} = tensor.dim %x, %c{n} : {all_}""" for n in range(leading + 1))
    names = [f"%n{n}" for n in range(leading + 1)]
    return f"""
        func.func @f(%x: {all_}) -> {all_} {{
          {sizes}
          %low = arith.constant {LOWEST[element]} : {element}
          %e = tensor.empty({", ".join(names[:-1])}) : {rows}
          %lowest = linalg.fill ins(%low : {element}) outs(%e : {rows}) -> {rows}
          %m = linalg.reduce {{ arith.maximumf }} ins(%x : {all_}) outs(%lowest : {rows})
              dimensions = [{leading}]
          %ms = tensornet.contract %m[{subscripts}] -> [{subscripts}, z] extents(z = {names[-1]})
              sizes({names[-1]}) : ({rows}) -> {all_}
          %s = arith.subf %x, %ms : {all_}
          %p = math.exp %s : {all_}
          %t = tensornet.contract %p[{subscripts}, z] -> [{subscripts}] : ({all_}) -> {rows}
          %ts = tensornet.contract %t[{subscripts}] -> [{subscripts}, z] extents(z = {names[-1]})
              sizes({names[-1]}) : ({rows}) -> {all_}
          %y = arith.divf %p, %ts : {all_}
          return %y : {all_}
        }}"""




def softmax(x):
    p = np.exp(x - x.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("element", FLOATS)
@pytest.mark.parametrize("shape", [(5, 3), (67, 129), (2, 3, 33), (3, 700)])
def test_softmax(shape, element):
    x = draw(shape, element)
    program = softmax_program(element, len(shape) - 1)
    (found,) = run_both(program, [x])
    assert_close(found, softmax(x.astype(np.float64)), element, 8)


def fixed_softmax_program(rows, columns, element):
    """Softmax of known extents, of rows that stay in registers or do not."""
    x, r = tensor([rows, columns], element), tensor([rows], element)
    return f"""
        func.func @f(%x: {x}) -> {x} {{
          %lowest = arith.constant dense<{LOWEST[element]}> : {r}
          %m = linalg.reduce {{ arith.maximumf }} ins(%x : {x}) outs(%lowest : {r}) dimensions = [1]
          %ms = tensornet.contract %m[i] -> [i, j] : ({r}) -> {x}
          %s = arith.subf %x, %ms : {x}
          %e = math.exp %s : {x}
          %t = tensornet.contract %e[i, j] -> [i] : ({x}) -> {r}
          %ts = tensornet.contract %t[i] -> [i, j] : ({r}) -> {x}
          %y = arith.divf %e, %ts : {x}
          return %y : {x}
        }}"""


# Short rows in registers, of whole vectors and others; many of them on threads; large results.
@pytest.mark.parametrize("shape, element", [
    ((40, 24), "bf16"), ((5, 640), "f64"), ((7, 11), "f32"), ((5, 640), "f32"),
    ((33000, 32), "f32"), ((1030, 1088), "f32")])
def test_softmax_of_known_extents(shape, element):
    x = draw(shape, element)
    (found,) = run_both(fixed_softmax_program(*shape, element), [x])
    assert_close(found, softmax(x.astype(np.float64)), element, 8)


@pytest.mark.parametrize("columns", [12, 24, 128, 700])
def test_nan_and_infinity_of_known_extents(columns):
    x = draw((40, columns), "f32")
    x[3, columns - 1] = np.nan
    x[11, 0], x[11, 1:] = -np.nan, np.linspace(1e30, 2e30, columns - 1)
    x[13] = np.nan
    x[15, ::2] = np.nan
    x[17, 0], x[17, 1:] = 0.0, -0.0
    x[5, 2] = np.inf
    x[7] = -np.inf
    x[9, 1:] = -np.inf
    (found,) = run_both(fixed_softmax_program(40, columns, "f32"), [x])
    with np.errstate(invalid="ignore"):
        expected = softmax(x.astype(np.float64))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def quotient_program(rows, columns, element):
    x, r = tensor([rows, columns], element), tensor([rows], element)
    return f"""
        func.func @f(%x: {x}, %n: {r}) -> {x} {{
          %ns = tensornet.contract %n[i] -> [i, j] : ({r}) -> {x}
          %y = arith.divf %x, %ns : {x}
          return %y : {x}
        }}"""


@pytest.mark.parametrize("element", ["f32", "f64"])
def test_quotients_by_one_number(element):
    """The bits of a division, for divisors and dividends of every size and sign."""
    kind = NUMPY[element]
    largest, least = np.finfo(kind).max, np.finfo(kind).smallest_subnormal
    divisors = np.array([3, -3, 1e-30, 1e30, 0, -0.0, np.inf, np.nan, largest, least, 0.7], kind)
    rng = np.random.default_rng(2)
    exponents = rng.uniform(-20, 20, (len(divisors), 203))
    x = (rng.standard_normal(exponents.shape) * 2.0 ** exponents).astype(kind)
    x[:, :8] = np.array([0, -0.0, np.inf, -np.inf, np.nan, largest, -largest, 1], kind)
    (found,) = run_both(quotient_program(*x.shape, element), [x, divisors])
    with np.errstate(all="ignore"):
        expected = x / divisors[:, None]
    assert np.array_equal(found, expected, equal_nan=True)
    assert (np.signbit(found) == np.signbit(expected))[~np.isnan(expected)].all()


def sum_and_quotient_program(rows, columns, element):
    """Rows divided by sums of other rows, in registers where they are short."""
    x, r = tensor([rows, columns], element), tensor([rows], element)
    return f"""
        func.func @f(%x: {x}, %d: {x}) -> {x} {{
          %n = tensornet.contract %d[i, j] -> [i] : ({x}) -> {r}
          %ns = tensornet.contract %n[i] -> [i, j] : ({r}) -> {x}
          %y = arith.divf %x, %ns : {x}
          return %y : {x}
        }}"""


@pytest.mark.parametrize("columns, element, flag", [
    (64, "f32", "--target-cpu=host"), (60, "f64", "--target-cpu=host"),
    (43, "f32", "--target-cpu=haswell")])
def test_quotients_of_short_rows(columns, element, flag):
    """The bits of a division, where some divisors of rows next to each other need one."""
    kind = NUMPY[element]
    largest, least = np.finfo(kind).max, np.finfo(kind).smallest_subnormal
    sums = np.array([3, 7, -3, 1e-30, 1e30, 0, np.inf, 5, np.nan, largest, least, 0.7, 3], kind)
    divisors = np.zeros((len(sums), columns), kind)
    divisors[:, 5] = sums
    x = draw(divisors.shape, element)
    x[:, :8] = np.array([0, -0.0, np.inf, -np.inf, np.nan, largest, -largest, 1], kind)
    program = sum_and_quotient_program(*x.shape, element)
    (found,) = run_both(program, [x, divisors], flags=[flag])
    with np.errstate(all="ignore"):
        expected = x / sums[:, None]
    assert np.array_equal(found, expected, equal_nan=True)
    assert (np.signbit(found) == np.signbit(expected))[~np.isnan(expected)].all()


def extreme_program(kind, rows, columns, element):
    """The largest or smallest element of each row, and what the row lies below it."""
    x, r = tensor([rows, columns], element), tensor([rows], element)
    lowest = {"maximumf": LOWEST, "minimumf": HIGHEST}[kind][element]
    return f"""
        func.func @f(%x: {x}) -> ({r}, {x}) {{
          %lowest = arith.constant dense<{lowest}> : {r}
          %m = linalg.reduce {{ arith.{kind} }} ins(%x : {x}) outs(%lowest : {r}) dimensions = [1]
          %ms = tensornet.contract %m[i] -> [i, j] : ({r}) -> {x}
          %y = arith.subf %x, %ms : {x}
          return %m, %y : {r}, {x}
        }}"""


def signed_extremes(x, sign):
    """The largest (sign 1) or smallest elements of rows: NaN wins, -0 is below +0."""
    keys = np.where(np.isnan(x), np.inf, sign * x), np.signbit(x) == (sign > 0)
    best = [min(range(len(row)), key=lambda j: (not np.isnan(row[j]), -keys[0][i, j], keys[1][i, j]))
            for i, row in enumerate(x)]
    return x[np.arange(len(x)), best]


# Rows in registers, and longer ones; whole vectors and others.
@pytest.mark.parametrize("columns, element, flag", [
    (64, "f32", "--target-cpu=host"), (700, "f32", "--target-cpu=host"),
    (37, "f64", "--target-cpu=host"), (300, "f64", "--target-cpu=host"),
    (21, "f32", "--target-cpu=haswell"), (300, "f64", "--target-cpu=haswell"),
    (21, "f32", "--target-cpu=x86-64"), (300, "f32", "--target-cpu=x86-64")])
@pytest.mark.parametrize("kind, sign", [("maximumf", 1), ("minimumf", -1)])
def test_extremes_order_zeros_and_find_nan(columns, element, kind, sign, flag):
    rng = np.random.default_rng(4)
    # The last four rows have nothing special.
    x = -sign * np.abs(draw((28, columns), element)) - sign
    negative_nan = np.array(-np.nan, x.dtype)
    for row, values in enumerate([
            [], [0.0], [-0.0], [0.0, -0.0], [-0.0, 0.0], [-0.0] * 5, [np.nan], [negative_nan],
            [np.nan, np.inf], [-np.inf, negative_nan], [np.inf], [-np.inf], [3.5], [-3.5, 0.0],
            [np.finfo(x.dtype).smallest_subnormal], [-np.finfo(x.dtype).smallest_subnormal, -0.0]]):
        x[row, rng.permutation(columns)[:len(values)]] = values
    x[16], x[17], x[18], x[19] = 0.0, -0.0, np.nan, -sign * np.inf
    x[20, -1], x[21, -1], x[22, 0], x[23, 0] = np.nan, 0.0, np.nan, -0.0
    found, below = run_both(extreme_program(kind, *x.shape, element), [x], flags=[flag])
    expected = signed_extremes(x, sign)
    assert np.array_equal(found, expected, equal_nan=True)
    assert (np.signbit(found) == np.signbit(expected))[~np.isnan(expected)].all()
    with np.errstate(invalid="ignore"):
        assert np.array_equal(below, x - expected[:, None], equal_nan=True)


def layer_norm_program(rows, columns, element):
    x, r, k, s = (tensor(d, element) for d in ([rows, columns], [rows], [columns], []))
    return f"""
        func.func @f(%x: {x}, %g: {k}, %b: {k}) -> {x} {{
          %inv = arith.constant dense<{1 / columns!r}> : {s}
          %eps = arith.constant dense<1.0e-5> : {r}
          %mean = tensornet.contract %inv[], %x[i, j] -> [i] : ({s}, {x}) -> {r}
          %means = tensornet.contract %mean[i] -> [i, j] : ({r}) -> {x}
          %d = arith.subf %x, %means : {x}
          %v = tensornet.contract %inv[], %d[i, j], %d[i, j] -> [i] : ({s}, {x}, {x}) -> {r}
          %ve = arith.addf %v, %eps : {r}
          %w = math.rsqrt %ve : {r}
          %n = tensornet.contract %d[i, j], %w[i], %g[j] -> [i, j] : ({x}, {r}, {k}) -> {x}
          %bs = tensornet.contract %b[j] -> [i, j] : ({k}) -> {x}
          %y = arith.addf %n, %bs : {x}
          return %y : {x}
        }}"""


def layer_norm(x, g, b):
    d = x - x.mean(axis=1, keepdims=True)
    return d / np.sqrt((d * d).mean(axis=1, keepdims=True) + 1e-5) * g + b


@pytest.mark.parametrize("rows, columns", [(7, 5), (130, 100), (1021, 96)])
def test_layer_norm(rows, columns):
    inputs = [draw(s, "f64", n) for n, s in enumerate([(rows, columns), columns, columns])]
    (found,) = run_both(layer_norm_program(rows, columns, "f64"), inputs)
    assert_close(found, layer_norm(*inputs), "f64", 32)


def test_layer_norm_adjoint():
    """Against central differences along one direction of each input."""
    rows, columns = 67, 45
    inputs = [draw(s, "f64", n)
              for n, s in enumerate([(rows, columns), columns, columns, (rows, columns)])]
    found = run_both(layer_norm_program(rows, columns, "f64"), inputs, derivative="vjp",
                     wrt=(0, 1, 2))
    for number, gradient in enumerate(found[1:]):
        step = 1e-6 * draw(gradient.shape, "f64", 7)
        sides = [[a + sign * step if n == number else a for n, a in enumerate(inputs[:3])]
                 for sign in (1, -1)]
        change = ((layer_norm(*sides[0]) - layer_norm(*sides[1])) / 2 * inputs[3]).sum()
        np.testing.assert_allclose((gradient * step).sum(), change, rtol=1e-6)


def test_largest_is_nan_where_a_row_has_one():
    x = draw((40, 70), "f32")
    x[3, 69] = np.nan
    x[5, 2] = np.inf
    (found,) = run_both(softmax_program("f32", 1), [x])
    with np.errstate(invalid="ignore"):
        expected = softmax(x.astype(np.float64))
    assert np.array_equal(np.isnan(found), np.isnan(expected))


@pytest.mark.parametrize("shape", [(0, 5), (4, 0), (0, 0)])
def test_rows_without_elements(shape):
    (found,) = run_both(softmax_program("f32", 1), [np.zeros(shape, np.float32)])
    assert found.shape == shape


SUMS = ["abc->", "ab->a", "ab->b", "abc->ac", "abc->b", "ab,b->a", "ab,a->b"]


def contractions_program(einsums, extent, element, dynamic):
    """Each contraction on arguments of its own, and their shapes."""
    header, body, results, shapes = [], [], [], []
    for einsum in einsums:
        left, result = einsum.split("->")
        own = [[extent[i] for i in o] for o in [*left.split(","), result]]
        types = [tensor([None] * len(s) if dynamic else s, element) for s in own]
        names = [f"%x{len(shapes) + n}" for n in range(len(own) - 1)]
        uses = ", ".join(f"{name}[{', '.join(o)}]" for name, o in zip(names, left.split(",")))
        header += [f"{name}: {t}" for name, t in zip(names, types)]
        shapes += own[:-1]
        body.append(f"%y{len(body)} = tensornet.contract {uses} -> [{', '.join(result)}] "
                    f": ({', '.join(types[:-1])}) -> {types[-1]}")
        results.append(types[-1])
    values = ", ".join(f"%y{n}" for n in range(len(body)))
    types = ", ".join(results)
    lines = "\n".join(body)
    return (f"func.func @f({', '.join(header)}) -> ({types}) {{\n{lines}\n"
            f"return {values} : {types}\n}}"), shapes


@pytest.mark.parametrize("extents, element, dynamic", [
    ((37, 19, 23), "f32", False), ((37, 19, 23), "bf16", True), ((3, 9001, 5), "f32", True),
    ((9001, 21, 2), "f32", False), ((9001, 200, 2), "f32", True), ((1, 3, 70001), "i32", False),
    ((2, 130, 0), "f64", True)])
def test_sums(extents, element, dynamic):
    program, shapes = contractions_program(SUMS, dict(zip("abc", extents)), element, dynamic)
    if element == "i32":
        rng = np.random.default_rng(0)
        inputs = [rng.integers(-99, 99, s).astype(np.int32) for s in shapes]
    else:
        inputs = [draw(s, element, n) for n, s in enumerate(shapes)]
    found = run_both(program, inputs)
    wide = iter(x.astype(np.int64 if element == "i32" else np.float64) for x in inputs)
    for einsum, sums in zip(SUMS, found, strict=True):
        operands = [next(wide) for _ in einsum.split("->")[0].split(",")]
        expected = np.einsum(einsum, *operands)
        if element == "i32":
            assert np.array_equal(sums, expected)
            continue
        size = np.einsum(einsum, *map(np.abs, operands))
        bound = size * 64 * rounding("f32") + np.abs(expected) * rounding(element) * 2
        assert np.all(np.abs(sums - expected) <= bound), einsum


def check_transposes(shape, orders, element, dynamic):
    """All of `orders`, each of an argument of its own."""
    indices = "abcdef"[:len(shape)]
    einsums = [indices + "->" + "".join(indices[n] for n in order) for order in orders]
    program, shapes = contractions_program(einsums, dict(zip(indices, shape)), element, dynamic)
    inputs = [np.roll(np.arange(np.prod(s)), n).reshape(s).astype(NUMPY[element])
              for n, s in enumerate(shapes)]
    for x, order, found in zip(inputs, orders, run_both(program, inputs), strict=True):
        assert np.array_equal(found, x.transpose(order))


@pytest.mark.parametrize("dynamic", [False, True], ids=["static", "dynamic"])
@pytest.mark.parametrize("shape", [(17, 5, 33), (32, 16, 48), (3, 40, 9), (0, 7, 4)])
def test_transpose(shape, dynamic):
    check_transposes(shape, list(itertools.permutations(range(3))), "f32", dynamic)


@pytest.mark.parametrize("element", ["f16", "f64", "i8", "i16"])
def test_transpose_of_other_types(element):
    check_transposes((70, 33), [(1, 0)], element, False)
    check_transposes((6, 7, 8, 9), [(3, 1, 0, 2), (0, 3, 2, 1)], element, False)
    check_transposes((4, 3, 5, 4, 6, 5), [(5, 3, 1, 4, 0, 2), (5, 4, 3, 2, 1, 0)], element, False)


# Edges beside many tiles share one code.
@pytest.mark.parametrize("shape, order, element", [
    ((301, 203), (1, 0), "f32"), ((301, 20), (1, 0), "f32"), ((20, 301), (1, 0), "f32"),
    ((3, 131, 67), (2, 1, 0), "f64"), ((2, 203, 160), (0, 2, 1), "i16")])
def test_transpose_with_rare_edges(shape, order, element):
    check_transposes(shape, [order], element, False)


# Results that no cache keeps: blocks of a row of the result, and what is left of it; whole rows in
# the order of the operand.
@pytest.mark.parametrize("shape, order, element", [
    ((1104, 1008), (1, 0), "f32"), ((3, 400, 904), (2, 0, 1), "f32"), ((760, 744), (1, 0), "f64"),
    ((67, 70, 256), (1, 0, 2), "f32"), ((11, 9, 30, 512), (2, 0, 1, 3), "f32"),
    ((31, 5, 64, 96), (2, 1, 0, 3), "f64")])
def test_transpose_past_the_caches(shape, order, element):
    check_transposes(shape, [order], element, False)


# Large results of which no row is whole vectors are stored in strips: tiles side by side, and short
# rows of several dimensions, in pieces.
@pytest.mark.parametrize("shape, order, element", [
    ((1021, 1039), (1, 0), "f32"), ((2063, 530), (1, 0), "f32"), ((761, 763), (1, 0), "f64"),
    ((14, 13, 12, 11, 45), (3, 1, 2, 0, 4), "f32"), ((60, 12, 31, 25), (2, 0, 1, 3), "f64"),
    ((2063, 1021), (1, 0), "i16")])
def test_transpose_in_strips(shape, order, element):
    check_transposes(shape, [order], element, False)


def test_transpose_with_elementwise_work():
    """Tiles turn one operand round while others come as they are."""
    a, b, s = draw((67, 35), "f32"), draw((35, 67), "f32", 1), draw(67, "f32", 2)
    program = """
        func.func @f(%a: tensor<67x35xf32>, %b: tensor<35x67xf32>, %s: tensor<67xf32>)
            -> tensor<35x67xf32> {
          %t = tensornet.contract %a[i, j], %s[i] -> [j, i]
               : (tensor<67x35xf32>, tensor<67xf32>) -> tensor<35x67xf32>
          %y = arith.addf %t, %b : tensor<35x67xf32>
          return %y : tensor<35x67xf32>
        }"""
    (found,) = run_both(program, [a, b, s])
    np.testing.assert_allclose(found, a.T * s + b, rtol=0, atol=1e-6)
