"""Fused programs against NumPy: elementwise work inside kernels, attention in blocks."""

import importlib.util

import numpy as np
import pytest

from programs import NUMPY, SOURCE, Run, run_program, rounding


def normal(rng, *shape):
    return rng.standard_normal(shape)


# --------------------------------------------------------------------------------------
# Elementwise ops behind a contraction
# --------------------------------------------------------------------------------------

# Rows, columns and summed points: one block, several blocks, edges of tiles, few columns.
SHAPES = [(64, 48, 32), (61, 83, 1000), (200, 10, 784), (3, 130, 17)]


def layer(kind, m, n, k, element):
    """y = f(a b) with other operands of f, as a program and in NumPy."""
    def tensor(*shape):
        return f"tensor<{''.join(f'{extent}x' for extent in shape)}{element}>"

    y, row, column = tensor(m, n), tensor(n), tensor(m)
    broadcast = f"""
        %bias = tensornet.contract %v[j] -> [i, j] : ({row}) -> {y}
        %factor = tensornet.contract %w[i] -> [i, j] : ({column}) -> {y}"""
    body = {
        "bias_tanh": f"""
            %s = arith.addf %c, %bias : {y}
            %r = math.tanh %s : {y}""",
        "relu_residual": f"""
            %zero = arith.constant dense<0.0> : {y}
            %s = arith.maximumf %c, %zero : {y}
            %r = arith.addf %s, %x : {y}""",
        "scaled_rows": f"""
            %s = arith.mulf %c, %factor : {y}
            %r = arith.subf %s, %bias : {y}""",
    }[kind]
    program = f"""
        func.func @f(%a: {tensor(m, k)}, %b: {tensor(k, n)}, %v: {row}, %w: {column}, %x: {y}) -> {y} {{
          {broadcast}
          %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
               : ({tensor(m, k)}, {tensor(k, n)}) -> {y}
          {body}
          return %r : {y}
        }}"""
    apply = {
        "bias_tanh": lambda c, v, w, x: np.tanh(c + v),
        "relu_residual": lambda c, v, w, x: np.maximum(c, 0) + x,
        "scaled_rows": lambda c, v, w, x: c * w[:, None] - v,
    }[kind]
    return program, apply


@pytest.mark.parametrize("kind", ["bias_tanh", "relu_residual", "scaled_rows"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_layer(kind, shape):
    m, n, k = shape
    element = "f64" if k == 17 else "f32"
    program, apply = layer(kind, m, n, k, element)
    rng = np.random.default_rng(0)
    wide = [normal(rng, m, k) / k**0.5, normal(rng, k, n), normal(rng, n), normal(rng, m),
            normal(rng, m, n)]
    inputs = [array.astype(NUMPY[element]) for array in wide]
    (found,) = run_program(program, Run("f", inputs))
    a, b, v, w, x = (array.astype(np.float64) for array in inputs)
    bound = np.abs(a) @ np.abs(b) * np.maximum(1, np.abs(w))[:, None] + np.abs(v) + np.abs(x) + 1
    assert np.all(np.abs(found - apply(a @ b, v, w, x)) <= 8 * k**0.5 * rounding(element) * bound)


def test_sum_that_others_need():
    """A product goes to one op elementwise and to another one as it is."""
    t = "tensor<40x50xf32>"
    program = f"""
        func.func @f(%a: tensor<40x60xf32>, %b: tensor<60x50xf32>) -> ({t}, {t}) {{
          %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
               : (tensor<40x60xf32>, tensor<60x50xf32>) -> {t}
          %r = math.exp %c : {t}
          return %c, %r : {t}, {t}
        }}"""
    rng = np.random.default_rng(1)
    a, b = (normal(rng, *shape).astype(np.float32) / 8 for shape in [(40, 60), (60, 50)])
    found, exponential = run_program(program, Run("f", [a, b]))
    np.testing.assert_allclose(found, a.astype(np.float64) @ b, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(exponential, np.exp(a.astype(np.float64) @ b), rtol=1e-5)


def test_residual_over_an_input_of_the_product():
    """x + tanh(x w): the sum must not be written over x before all of x is read."""
    t = "tensor<96x96xf32>"
    program = f"""
        func.func @f(%y: {t}, %w: {t}) -> {t} {{
          %x = math.sin %y : {t}
          %c = tensornet.contract %x[i, k], %w[k, j] -> [i, j] : ({t}, {t}) -> {t}
          %h = math.tanh %c : {t}
          %r = arith.addf %h, %x : {t}
          return %r : {t}
        }}"""
    rng = np.random.default_rng(2)
    y, w = (normal(rng, 96, 96).astype(np.float32) / 8 for _ in range(2))
    (found,) = run_program(program, Run("f", [y, w]))
    x = np.sin(y.astype(np.float64))
    np.testing.assert_allclose(found, np.tanh(x @ w) + x, rtol=1e-4, atol=1e-5)


# --------------------------------------------------------------------------------------
# Attention in blocks of rows
# --------------------------------------------------------------------------------------


def attention_program(b, h, s, m):
    path = SOURCE / "examples" / "attention" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate(b, h, s, m, "f32")


def attention(x, wq, wk, wv, wo, target):
    """Loss and gradients with respect to the four weights."""
    b, s, m = x.shape
    scale = wq.shape[2]**-0.5
    q, k, v = (np.einsum("bsm,mhk->bhsk", x, w, optimize=True) for w in (wq, wk, wv))
    p = np.exp(np.einsum("bhsk,bhtk->bhst", q, k, optimize=True) * scale)
    p /= p.sum(-1, keepdims=True)
    o = np.einsum("bhst,bhtk->bhsk", p, v, optimize=True)
    r = np.einsum("bhsk,hkm->bsm", o, wo, optimize=True) - target
    loss = (r * r).mean()
    r *= 2 / r.size
    gwo = np.einsum("bsm,bhsk->hkm", r, o, optimize=True)
    go = np.einsum("bsm,hkm->bhsk", r, wo, optimize=True)
    gv = np.einsum("bhst,bhsk->bhtk", p, go, optimize=True)
    gp = np.einsum("bhsk,bhtk->bhst", go, v, optimize=True)
    gs = p * (gp - (p * gp).sum(-1, keepdims=True)) * scale
    gq = np.einsum("bhst,bhtk->bhsk", gs, k, optimize=True)
    gk = np.einsum("bhst,bhsk->bhtk", gs, q, optimize=True)
    return [loss, *(np.einsum("bsm,bhsk->mhk", x, g, optimize=True) for g in (gq, gk, gv)), gwo]


@pytest.mark.parametrize("shape", [(3, 2, 401, 32), (1, 2, 700, 16)], ids=str)
def test_attention_in_blocks(shape):
    """Scores larger than a cache, rows that blocks do not divide, sums over blocks."""
    b, h, s, m = shape
    rng = np.random.default_rng(3)
    shapes = [(b, s, m), *3 * [(m, h, m // h)], (h, m // h, m), (b, s, m)]
    inputs = [normal(rng, *shape).astype(np.float32) for shape in shapes]
    found = run_program(attention_program(b, h, s, m), Run("loss_and_gradients", inputs))
    expected = attention(*(array.astype(np.float64) for array in inputs))
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5 * np.abs(other).max())


def test_long_attention_on_threads():
    """Scores of 2,048 positions, heads one after the other: the same bits on all threads."""
    h, s, k = 2, 2048, 8
    q, p, n = f"tensor<{h}x{s}x{k}xf32>", f"tensor<{h}x{s}x{s}xf32>", f"tensor<{h}x{s}xf32>"
    program = f"""
        func.func @f(%q: {q}, %k: {q}, %v: {q}) -> {q} {{
          %s = tensornet.contract %q[h, i, e], %k[h, j, e] -> [h, i, j] : ({q}, {q}) -> {p}
          %x = math.exp %s : {p}
          %n = tensornet.contract %x[h, i, j] -> [h, i] : ({p}) -> {n}
          %w = tensornet.contract %n[h, i] -> [h, i, j] : ({n}) -> {p}
          %d = arith.divf %x, %w : {p}
          %o = tensornet.contract %d[h, i, j], %v[h, j, e] -> [h, i, e] : ({p}, {q}) -> {q}
          return %o : {q}
        }}"""
    rng = np.random.default_rng(5)
    inputs = [(normal(rng, h, s, k) / 2).astype(np.float32) for _ in range(3)]
    (found,) = run_program(program, Run("f", inputs))
    for threads in (2, 3):
        (other,) = run_program(program, Run("f", inputs, threads=threads))
        np.testing.assert_array_equal(other, found)
    queries, keys, values = (array.astype(np.float64) for array in inputs)
    weights = np.exp(queries @ keys.swapaxes(1, 2))
    expected = weights / weights.sum(2, keepdims=True) @ values
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


# Networks whose intermediate is beyond the cache: subscripts, how the pairs follow one another,
# extents, and whether the loss and its gradients are wanted.
NETWORKS = {
    "mttkrp": (["ijk,jr->ikr", "ikr,kr->ir"], dict(i=101, j=40, k=100, r=56), False),
    "bilinear": (["ni,oij->noj", "noj,nj->no"], dict(n=130, o=40, i=24, j=120), False),
    "heads": (["bhsk,bhtk->bhst", "bhst,bhtk->bhsk"], dict(b=4, h=8, s=200, t=150, k=16), False),
    "train": (["abk,kcd->abcd"], dict(a=16, b=24, c=24, d=80, k=8), True),
    "uneven_train": (["abk,kcd->abcd"], dict(a=13, b=29, c=24, d=80, k=8), True),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_network_in_blocks(name):
    """Blocks of chosen dimensions, sums over parts of blocks: the same bits on all threads."""
    steps, extents, differentiates = NETWORKS[name]
    rng, operands, lines = np.random.default_rng(6), [], []

    def tensor(indices):
        return f"tensor<{''.join(f'{extents[i]}x' for i in indices)}f32>"
    for number, step in enumerate(steps):
        names, result = step.split("->")
        left, right = names.split(",")
        operands += [right] if number else [left, right]
        lines.append(
            f"%y{number} = tensornet.contract %{f'y{number - 1}' if number else 'x0'}"
            f"[{', '.join(left)}], %x{len(operands) - 1}[{', '.join(right)}]"
            f" -> [{', '.join(result)}] : ({tensor(left)}, {tensor(right)}) -> {tensor(result)}")
    arguments = ", ".join(f"%x{n}: {tensor(indices)}" for n, indices in enumerate(operands))
    last, kind = f"%y{len(steps) - 1}", tensor(result)
    program = (f"func.func @f({arguments}) -> {kind} {{\n" + "\n".join(lines)
               + f"\nreturn {last} : {kind}\n}}\n"
               f"func.func @loss({arguments}) -> tensor<f32> {{\n"
               f"%y = call @f({', '.join(f'%x{n}' for n in range(len(operands)))})"
               f" : ({', '.join(map(tensor, operands))}) -> {kind}\n"
               f"%l = tensornet.contract %y[{', '.join(result)}], %y[{', '.join(result)}] -> []"
               f" : ({kind}, {kind}) -> tensor<f32>\nreturn %l : tensor<f32>\n}}\n")
    inputs = [normal(rng, *(extents[i] for i in indices)).astype(np.float32)
              for indices in operands]
    wide = [array.astype(np.float64) for array in inputs]
    y = wide[0]
    for number, step in enumerate(steps):
        y = np.einsum(step, y, wide[number + 1], optimize=True)
    expected = [y]
    if differentiates:
        expected = [(y * y).sum(), 2 * np.einsum("abcd,kcd->abk", y, wide[1], optimize=True),
                    2 * np.einsum("abcd,abk->kcd", y, wide[0], optimize=True)]

    def run(threads):
        options = dict(derivative="value_and_grad", wrt=(0, 1)) if differentiates else {}
        return run_program(program, Run("loss" if differentiates else "f", inputs,
                                        threads=threads, **options))
    found = run(1)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5 * np.abs(other).max())
    for threads in (2, 3):
        for one, other in zip(run(threads), found, strict=True):
            np.testing.assert_array_equal(one, other)


def test_causal_attention_in_blocks():
    """A mask of row and column numbers, which blocks have to shift."""
    s, k = 800, 16
    q, p = f"tensor<{s}x{k}xf32>", f"tensor<{s}x{s}xf32>"
    program = f"""
        func.func @f(%q: {q}, %k: {q}, %v: {q}) -> {q} {{
          %one = tensornet.contract -> [u] : () -> tensor<{s}xf32>
          %s = tensornet.contract %q[i, e], %k[j, e] -> [i, j] : ({q}, {q}) -> {p}
          %x = math.exp %s : {p}
          %m = tensornet.contract %x[i, j], %one[i - j] -> [i, j] : ({p}, tensor<{s}xf32>) -> {p}
          %n = tensornet.contract %m[i, j] -> [i] : ({p}) -> tensor<{s}xf32>
          %w = tensornet.contract %n[i] -> [i, j] : (tensor<{s}xf32>) -> {p}
          %d = arith.divf %m, %w : {p}
          %o = tensornet.contract %d[i, j], %v[j, e] -> [i, e] : ({p}, {q}) -> {q}
          return %o : {q}
        }}"""
    rng = np.random.default_rng(4)
    inputs = [(normal(rng, s, k) / 2).astype(np.float32) for _ in range(3)]
    (found,) = run_program(program, Run("f", inputs))
    queries, keys, values = (array.astype(np.float64) for array in inputs)
    weights = np.tril(np.exp(queries @ keys.T))
    expected = weights / weights.sum(1, keepdims=True) @ values
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
