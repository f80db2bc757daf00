"""Attention, attention with its projections, low-rank adaptation: part of the set multi."""

from __future__ import annotations

import importlib.util

import numpy as np

from speed import peers
from speed.workload import ROOT, Scale, Workload, drawn, tensor_type


def _loss_of(function):
    """The sum of the squares of what a function computes."""
    def loss(xp, *inputs):
        y = function(xp, *inputs)
        return (y * y).sum()
    return loss


def _pair(name: str, program: str, entries: tuple[str, str], inputs, references, functions,
          losses, wrt, flags=()) -> list[Workload]:
    """A function and its loss with gradients; `functions` and `losses` are for everybody and, where
    PyTorch has a better one, for PyTorch."""
    value_peers = {"NumPy": peers.numpy_peer(functions[0]),
                   **peers.framework_peers(functions[0], torch_function=functions[-1])}
    gradient_peers = peers.framework_peers(losses[0], wrt, losses[-1])
    return [Workload(name=name, program=program, entry=entries[0], inputs=inputs,
                     reference=references[0], peers=value_peers),
            Workload(name=f"{name}-grad", program=program, entry=entries[1], inputs=inputs,
                     reference=references[1], peers=gradient_peers, flags=list(flags))]


# ===--- Attention -----------------------------------------------------------------===

SOFTMAX = """
func.func private @softmax(%scores: {p}) -> {p} {{
  %lowest = arith.constant dense<0xFF800000> : {rows}
  %largest = linalg.reduce {{ arith.maximumf }} ins(%scores : {p}) outs(%lowest : {rows})
    dimensions = [3]
  %shift = tensornet.stop_gradient %largest : {rows}
  %shifts = tensornet.contract %shift[b, h, s] -> [b, h, s, t] : ({rows}) -> {p}
  %shifted = arith.subf %scores, %shifts : {p}
  %e = math.exp %shifted : {p}
  %sum = tensornet.contract %e[b, h, s, t] -> [b, h, s] : ({p}) -> {rows}
  %sums = tensornet.contract %sum[b, h, s] -> [b, h, s, t] : ({rows}) -> {p}
  %p = arith.divf %e, %sums : {p}
  return %p : {p}
}}
"""

LOSS = """
func.func @loss(%q: {q}, %k: {q}, %v: {q}) -> tensor<f32> {{
  %o = call @f(%q, %k, %v) : ({q}, {q}, {q}) -> {q}
  %loss = tensornet.contract %o[b, h, s, k], %o[b, h, s, k] -> [] : ({q}, {q}) -> tensor<f32>
  return %loss : tensor<f32>
}}
"""

ATTENTION = SOFTMAX + """
func.func @f(%q: {q}, %k: {q}, %v: {q}) -> {q} {{
  %scale = arith.constant dense<{scale}> : tensor<f32>
  %scores = tensornet.contract %scale[], %q[b, h, s, k], %k[b, h, t, k] -> [b, h, s, t]
    : (tensor<f32>, {q}, {q}) -> {p}
  %p = call @softmax(%scores) : ({p}) -> {p}
  %o = tensornet.contract %p[b, h, s, t], %v[b, h, t, k] -> [b, h, s, k] : ({p}, {q}) -> {q}
  return %o : {q}
}}
""" + LOSS


# Position s sees those up to s. What masks leave out is no work: scores beside the diagonal, points
# of sums.
CAUSAL = SOFTMAX + """
func.func @f(%q: {q}, %k: {q}, %v: {q}) -> {q} {{
  %one = tensornet.contract -> [u] : () -> {one}
  %past = tensornet.contract %one[s - t] -> [s, t] : ({one}) -> {mask}
  %ones = arith.constant dense<1.0> : {mask}
  %future = arith.subf %past, %ones : {mask}
  %far = arith.constant dense<1.0e9> : tensor<f32>
  %barrier = tensornet.contract %far[], %future[s, t] -> [b, h, s, t] : (tensor<f32>, {mask}) -> {p}
  %scale = arith.constant dense<{scale}> : tensor<f32>
  %scores = tensornet.contract %scale[], %q[b, h, s, k], %k[b, h, t, k], %one[s - t] -> [b, h, s, t]
    : (tensor<f32>, {q}, {q}, {one}) -> {p}
  %allowed = arith.addf %scores, %barrier : {p}
  %p = call @softmax(%allowed) : ({p}) -> {p}
  %o = tensornet.contract %p[b, h, s, t], %v[b, h, t, k], %one[s - t] -> [b, h, s, k]
    : ({p}, {q}, {one}) -> {q}
  return %o : {q}
}}
""" + LOSS


def _softmax(xp, scores):
    # A largest element along one dimension is an array, in PyTorch one of a pair.
    largest = scores.max(-1)
    largest = getattr(largest, "values", largest)[..., None]
    e = xp.exp(scores - largest)
    return e / e.sum(-1)[..., None]


def _attend(xp, q, k, v):
    p = _softmax(xp, xp.einsum("bhsk,bhtk->bhst", q, k) * q.shape[-1] ** -0.5)
    return xp.einsum("bhst,bhtk->bhsk", p, v)


def _attend_in_torch(torch, q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


def _attend_causally(xp, q, k, v):
    scores = xp.einsum("bhsk,bhtk->bhst", q, k) * q.shape[-1] ** -0.5
    position = xp.arange(q.shape[2])
    allowed = xp.where(position[:, None] >= position, scores, -1e9)
    return xp.einsum("bhst,bhtk->bhsk", _softmax(xp, allowed), v)


def _attend_causally_in_torch(torch, q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


def _attention_gradients(q, k, v, cotangent, causal=False):
    """The result of attention, and the gradients of q, k and v."""
    scale = q.shape[-1] ** -0.5
    scores = q @ k.swapaxes(-1, -2) * scale
    if causal:
        scores = np.where(np.tri(scores.shape[-1], dtype=bool), scores, -np.inf)
    p = _softmax(np, scores)
    gp = cotangent(p @ v) @ v.swapaxes(-1, -2)
    gs = p * (gp - (p * gp).sum(-1, keepdims=True)) * scale
    return p @ v, gs @ k, gs.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ cotangent(p @ v)


def _attention(scale: Scale) -> list[Workload]:
    b, h, s, k = scale(4, 2), scale(8, 2), scale(512, 5), scale(64, 3)
    shape = (b, h, s, k)
    types = {"q": shape, "p": (b, h, s, s), "rows": (b, h, s), "mask": (s, s), "one": (s,)}
    types = {name: tensor_type(extents, "f32") for name, extents in types.items()}

    def pair(name, program, functions, causal):
        def gradients(q, k, v):
            y, *found = _attention_gradients(q, k, v, lambda o: 2 * o, causal)
            return [(y * y).sum(), *found]
        return _pair(name, program.format(**types, scale=f"{k**-0.5:.9e}"), ("f", "loss"),
                     drawn(3, [shape] * 3, "f32"),
                     [lambda *inputs: [functions[0](np, *inputs)], gradients], functions,
                     list(map(_loss_of, functions)), range(3), ["--derivative=value_and_grad"])
    return [*pair("attention", ATTENTION, [_attend, _attend_in_torch], False),
            *pair("causal-attention", CAUSAL, [_attend_causally, _attend_causally_in_torch], True)]


# ===--- With projections ------------------------------------------------------------===


def _projections(xp, x, wq, wk, wv):
    return [xp.einsum("bsm,mhk->bhsk", x, w) for w in (wq, wk, wv)]


def _project(xp, x, wq, wk, wv, wo):
    heads = _attend(xp, *_projections(xp, x, wq, wk, wv))
    return xp.einsum("bhsk,hkm->bsm", heads, wo)


def _project_in_torch(torch, x, wq, wk, wv, wo):
    heads = _attend_in_torch(torch, *_projections(torch, x, wq, wk, wv))
    return torch.einsum("bhsk,hkm->bsm", heads, wo)


def _mean_square(project):
    def loss(xp, *inputs):
        r = project(xp, *inputs[:-1]) - inputs[-1]
        return (r * r).mean()
    return loss


def _projected_gradients(x, wq, wk, wv, wo, target):
    projected = _projections(np, x, wq, wk, wv)
    r = _project(np, x, wq, wk, wv, wo) - target
    gy = 2 * r / r.size
    heads, *gradients = _attention_gradients(
        *projected, lambda _: np.einsum("bsm,hkm->bhsk", gy, wo, optimize=True))
    weights = [np.einsum("bsm,bhsk->mhk", x, g, optimize=True) for g in gradients]
    return [(r * r).mean(), *weights, np.einsum("bhsk,bsm->hkm", heads, gy, optimize=True)]


def _projected_attention(scale: Scale) -> list[Workload]:
    path = ROOT / "examples" / "attention" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate_attention", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    b, h, s, m = scale(4, 2), scale(8, 2), scale(256, 5), scale(512, 6)
    k = m // h
    shapes = [(b, s, m), (m, h, k), (m, h, k), (m, h, k), (h, k, m), (b, s, m)]
    scales = [1, m**-0.5, m**-0.5, m**-0.5, m**-0.5, 1]
    functions = [_project, _project_in_torch]
    value, gradient = _pair(
        "attention-projections", module.generate(b, h, s, m, "f32"),
        ("attention", "loss_and_gradients"), drawn(4, shapes, "f32", scales),
        [lambda *inputs: [_project(np, *inputs)], _projected_gradients], functions,
        list(map(_mean_square, functions)), range(1, 5))
    value.inputs = drawn(4, shapes[:5], "f32", scales[:5])  # without the target
    return [value, gradient]


# ===--- Low-rank adaptation ----------------------------------------------------------===

LORA = """
func.func @f(%x: {x}, %w: {w}, %a: {a}, %b: {b}) -> {y} {{
  %full = tensornet.contract %x[n, i], %w[i, o] -> [n, o] : ({x}, {w}) -> {y}
  %low = tensornet.contract %x[n, i], %a[i, r], %b[r, o] -> [n, o] : ({x}, {a}, {b}) -> {y}
  %y = arith.addf %full, %low : {y}
  return %y : {y}
}}
func.func @loss(%x: {x}, %w: {w}, %a: {a}, %b: {b}) -> tensor<f32> {{
  %y = call @f(%x, %w, %a, %b) : ({x}, {w}, {a}, {b}) -> {y}
  %loss = tensornet.contract %y[n, o], %y[n, o] -> [] : ({y}, {y}) -> tensor<f32>
  return %loss : tensor<f32>
}}
"""


def _adapt(xp, x, w, a, b):
    return x @ w + (x @ a) @ b


def _adapted_gradients(x, w, a, b):
    y = _adapt(np, x, w, a, b)
    return [(y * y).sum(), 2 * y @ (w + a @ b).T, x.T @ (2 * y), x.T @ (2 * y @ b.T),
            (x @ a).T @ (2 * y)]


def _low_rank(scale: Scale) -> list[Workload]:
    n, i, o, r = scale(512, 4), scale(1024, 5), scale(1024, 6), scale(8, 2)
    shapes = [(n, i), (i, o), (i, r), (r, o)]
    types = [tensor_type(shape, "f32") for shape in [*shapes, (n, o)]]
    scales = [1, i**-0.5, i**-0.5, r**-0.5]
    return _pair("lora", LORA.format(**dict(zip("xwaby", types))), ("f", "loss"),
                 drawn(5, shapes, "f32", scales),
                 [lambda *inputs: [_adapt(np, *inputs)], _adapted_gradients], [_adapt],
                 [_loss_of(_adapt)], range(4), ["--derivative=value_and_grad"])


def workloads(scale: Scale) -> list[Workload]:
    return _attention(scale) + _projected_attention(scale) + _low_rank(scale)
