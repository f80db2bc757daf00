"""Programs that memory bounds: elementwise chains, sums, softmax, layer norm, transposes."""

from __future__ import annotations

import math

import numpy as np

from speed import peers
from speed.workload import Scale, Workload, drawn, tensor_type

LOWEST = "0xFF800000"


def _workload(name: str, program: str, shapes, function, traffic: int, against: str,
              torch_function=None, scales=None) -> Workload:
    """`traffic` is the number of elements read and written."""
    return Workload(name=name, program=program, entry="f",
                    inputs=drawn(len(name), shapes, "f32", scales),
                    reference=lambda *arrays: [function(np, *arrays)],
                    peers={"NumPy": peers.numpy_peer(function),
                           **peers.framework_peers(function, torch_function=torch_function)},
                    bytes=4.0 * traffic, against=against)


def _size_name(count: int) -> str:
    return f"{count // 2**20}M" if count >= 2**20 else f"{count // 2**10}K"


# ===--- Elementwise chains ----------------------------------------------------------===


def _chain(n: int) -> Workload:
    """d = (a + b) c - a."""
    t = tensor_type((n,), "f32")
    return _workload(f"chain-{_size_name(n)}", f"""
func.func @f(%a: {t}, %b: {t}, %c: {t}) -> {t} {{
  %0 = arith.addf %a, %b : {t}
  %1 = arith.mulf %0, %c : {t}
  %2 = arith.subf %1, %a : {t}
  return %2 : {t}
}}""", [(n,)] * 3, lambda xp, a, b, c: (a + b) * c - a, 4 * n, "triad")


def _rows_chain(rows: int, n: int) -> Workload:
    """y[i, j] = max(x[i, j] s[j] + t[j], 0) + x[i, j]: an affine layer and its shortcut."""
    x, r = tensor_type((rows, n), "f32"), tensor_type((n,), "f32")

    def function(xp, x, s, t):
        y = x * s + t
        return (y.clip(0) if hasattr(y, "clip") else y.clamp(min=0)) + x
    return _workload(f"rows-chain-{rows}x{n}", f"""
func.func @f(%x: {x}, %s: {r}, %t: {r}) -> {x} {{
  %scaled = tensornet.contract %x[i, j], %s[j] -> [i, j] : ({x}, {r}) -> {x}
  %shifts = tensornet.contract %t[j] -> [i, j] : ({r}) -> {x}
  %0 = arith.addf %scaled, %shifts : {x}
  %zero = arith.constant dense<0.0> : {x}
  %1 = arith.maximumf %0, %zero : {x}
  %2 = arith.addf %1, %x : {x}
  return %2 : {x}
}}""", [(rows, n), (n,), (n,)], function, 2 * rows * n + 2 * n, "copy")


def _gelu(n: int) -> Workload:
    """x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))."""
    t = tensor_type((n,), "f32")
    slope = math.sqrt(2 / math.pi)

    def function(xp, x):
        return 0.5 * x * (1 + xp.tanh(slope * (x + 0.044715 * x * x * x)))
    return _workload(f"gelu-{_size_name(n)}", f"""
func.func @f(%x: {t}) -> {t} {{
  %half = arith.constant dense<0.5> : {t}
  %one = arith.constant dense<1.0> : {t}
  %slope = arith.constant dense<{slope:.9e}> : {t}
  %cubic = arith.constant dense<0.044715> : {t}
  %0 = arith.mulf %x, %x : {t}
  %1 = arith.mulf %0, %x : {t}
  %2 = arith.mulf %cubic, %1 : {t}
  %3 = arith.addf %x, %2 : {t}
  %4 = arith.mulf %slope, %3 : {t}
  %5 = math.tanh %4 : {t}
  %6 = arith.addf %one, %5 : {t}
  %7 = arith.mulf %half, %x : {t}
  %8 = arith.mulf %7, %6 : {t}
  return %8 : {t}
}}""", [(n,)], function, 2 * n, "copy",
        lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"))


# ===--- Sums ------------------------------------------------------------------------===


def _sum(shape: tuple[int, ...], axes: str, result: str) -> Workload:
    """The sum over the indices that the result lacks."""
    kept = [axes.index(i) for i in result]
    dropped = tuple(n for n in range(len(axes)) if n not in kept)
    source = tensor_type(shape, "f32")
    target = tensor_type([shape[n] for n in kept], "f32")
    size = math.prod(shape)
    name = "x".join(map(str, shape)) if len(shape) > 1 else _size_name(size)
    return _workload(f"sum-{name}{'-' if result else ''}{result}", f"""
func.func @f(%x: {source}) -> {target} {{
  %y = tensornet.contract %x[{', '.join(axes)}] -> [{', '.join(result)}] : ({source}) -> {target}
  return %y : {target}
}}""", [shape], lambda xp, x: x.sum(dropped), size, "sum")


# ===--- Rows: softmax and layer norm -------------------------------------------------===


def _softmax(rows: int, n: int) -> Workload:
    x, r = tensor_type((rows, n), "f32"), tensor_type((rows,), "f32")

    def function(xp, x):
        e = xp.exp(x - x.max(-1)[..., None])
        return e / e.sum(-1)[..., None]
    return _workload(f"softmax-{rows}x{n}", f"""
func.func @f(%x: {x}) -> {x} {{
  %lowest = arith.constant dense<{LOWEST}> : {r}
  %largest = linalg.reduce {{ arith.maximumf }} ins(%x : {x}) outs(%lowest : {r}) dimensions = [1]
  %shifts = tensornet.contract %largest[i] -> [i, j] : ({r}) -> {x}
  %shifted = arith.subf %x, %shifts : {x}
  %e = math.exp %shifted : {x}
  %sum = tensornet.contract %e[i, j] -> [i] : ({x}) -> {r}
  %sums = tensornet.contract %sum[i] -> [i, j] : ({r}) -> {x}
  %y = arith.divf %e, %sums : {x}
  return %y : {x}
}}""", [(rows, n)], function, 2 * rows * n, "copy",
                     lambda torch, x: torch.nn.functional.softmax(x, -1))


def _layer_norm(rows: int, n: int) -> Workload:
    x, r, c = (tensor_type(shape, "f32") for shape in ((rows, n), (rows,), (n,)))

    def function(xp, x, g, b):
        d = x - x.mean(-1)[..., None]
        return d / xp.sqrt((d * d).mean(-1)[..., None] + 1e-5) * g + b
    return _workload(f"layer-norm-{rows}x{n}", f"""
func.func @f(%x: {x}, %g: {c}, %b: {c}) -> {x} {{
  %scale = arith.constant dense<{1 / n:.9e}> : tensor<f32>
  %epsilon = arith.constant dense<1.0e-5> : {r}
  %mean = tensornet.contract %scale[], %x[i, j] -> [i] : (tensor<f32>, {x}) -> {r}
  %means = tensornet.contract %mean[i] -> [i, j] : ({r}) -> {x}
  %d = arith.subf %x, %means : {x}
  %var = tensornet.contract %scale[], %d[i, j], %d[i, j] -> [i] : (tensor<f32>, {x}, {x}) -> {r}
  %shifted = arith.addf %var, %epsilon : {r}
  %inverse = math.rsqrt %shifted : {r}
  %normal = tensornet.contract %d[i, j], %inverse[i], %g[j] -> [i, j] : ({x}, {r}, {c}) -> {x}
  %offsets = tensornet.contract %b[j] -> [i, j] : ({c}) -> {x}
  %y = arith.addf %normal, %offsets : {x}
  return %y : {x}
}}""", [(rows, n), (n,), (n,)], function, 2 * rows * n + 2 * n, "copy",
                     lambda torch, x, g, b: torch.nn.functional.layer_norm(x, (n,), g, b, 1e-5))


# ===--- Transposes -------------------------------------------------------------------===


def _transpose(shape: tuple[int, ...], order: str) -> Workload:
    """Result dimension d is dimension order[d] of the operand."""
    letters = "abcdef"[:len(shape)]
    permutation = [int(d) for d in order]
    source = tensor_type(shape, "f32")
    target = tensor_type([shape[d] for d in permutation], "f32")

    def function(xp, x):
        return xp.ascontiguousarray(x.transpose(permutation))

    def jax_or_torch(xp, x):
        return x.transpose(permutation) if xp.__name__ != "torch" else \
            x.permute(permutation).contiguous()
    workload = _workload(f"transpose-{order}-{'x'.join(map(str, shape))}", f"""
func.func @f(%x: {source}) -> {target} {{
  %y = tensornet.contract %x[{', '.join(letters)}] -> [{', '.join(letters[d] for d in permutation)}]
    : ({source}) -> {target}
  return %y : {target}
}}""", [shape], function, 2 * math.prod(shape), "copy")
    workload.peers |= peers.framework_peers(jax_or_torch)
    return workload


TRANSPOSES = [((4096, 2048), "10"), ((512, 512), "10"), ((1021, 2039), "10"),
              ((256, 128, 256), "021"), ((256, 128, 256), "102"), ((256, 128, 256), "210"),
              ((64, 48, 64, 48), "0213"), ((64, 48, 64, 48), "0231"), ((64, 48, 64, 48), "3210"),
              ((24, 24, 24, 24, 24), "04321"), ((24, 24, 24, 24, 24), "20314"),
              ((14, 14, 14, 14, 14, 14), "543210"), ((14, 14, 14, 14, 14, 14), "031425")]


def workloads(scale: Scale) -> list[Workload]:
    sizes = [7] if scale.tiny else [2**12, 2**18, 2**23]
    rows, n = scale(4096, 3), scale(1024, 17)
    found = [_chain(size) for size in sizes] + [_sum((size,), "i", "") for size in sizes]
    found += [_gelu(size) for size in sizes[-2:]]
    found += [_rows_chain(rows, n), _sum((rows, n), "ij", "i"), _sum((rows, n), "ij", "j")]
    found += [_sum((scale(64, 3), scale(256, 4), scale(512, 5)), "ijk", "ik")]
    found += [make(*shape) for make in (_softmax, _layer_norm)
              for shape in ([(rows, n)] if scale.tiny else [(rows, n), (256, 1024), (8192, 64)])]
    for shape, order in TRANSPOSES:
        small = tuple(range(2, 2 + len(shape)))
        found.append(_transpose(small if scale.tiny else shape, order))
    return list({workload.name: workload for workload in found}.values())
