"""Matrix products and matrix-vector products."""

from __future__ import annotations

import numpy as np

from speed import blas, peers
from speed.workload import (BYTES, Scale, Workload, drawn, einsum_operations, einsum_program)

CUBES = [16, 32, 64, 128, 256, 512, 1024, 2048]
ODD = [33, 100, 1000, 1021]
#: m, n, k: the skinny shapes of published comparisons of contraction kernels.
SKINNY = [(4096, 64, 64), (64, 4096, 64), (64, 64, 8192), (2048, 2048, 32), (17, 2000, 2000),
          (2000, 17, 2000), (8, 1024, 1024), (1024, 8, 1024)]
#: m, n, k and operands: few rows or columns (networks of bonds of two to eight, gradients of narrow
#: layers), and squares, with an operand transposed ("t") or not ("n").
TRANSPOSED = [(1000, 1000, 1000, "tn"), (1000, 1000, 1000, "nt"), (1000, 2, 1000, "nn"),
              (1000, 4, 1000, "tn"), (2, 1000, 1000, "nt"), (5, 512, 512, "nt"),
              (4, 1000, 1000, "nn"), (512, 8, 512, "tn"), (12, 474, 440, "nt"),
              (32, 1024, 1024, "nt")]
TALL = [(512, 512), (4096, 4096), (1021, 1021), (4096, 64), (64, 4096)]
ELEMENTS = ["f32", "f64", "complex<f32>", "bf16"]
SHORT = {"f32": "f32", "f64": "f64", "complex<f32>": "c64", "bf16": "bf16", "i8": "i8"}


def _blas_gemm(*trans: bool) -> dict:
    return {name: lambda arrays, name=name: blas.gemm(name, peers.threads(), *arrays, *trans)
            for name in blas.PLACES}


def _blas_gemv(trans: bool) -> dict:
    return {name: lambda arrays, name=name: blas.gemv(name, peers.threads(), *arrays, trans)
            for name in blas.PLACES}


def _sum_bytes(xp, a, b):
    """Sums of 32 bits."""
    if hasattr(xp, "_int_mm"):
        return xp._int_mm(a, b)
    return xp.matmul(a, b, preferred_element_type=xp.int32)


def gemm(m: int, n: int, k: int, element: str, operands: str = "nn") -> Workload:
    """c[m, n] = a[m, k] b[k, n], with a[k, m] or b[n, k] where `operands` has a "t" for it; of
    bytes with sums of 32 bits."""
    trans_a, trans_b = (letter == "t" for letter in operands)
    left, right = "km" if trans_a else "mk", "nk" if trans_b else "kn"
    subscripts, extents = f"{left},{right}->mn", {"m": m, "n": n, "k": k}

    def function(xp, a, b):
        return xp.matmul(a.T if trans_a else a, b.T if trans_b else b)
    half = element == "bf16"
    chosen = peers.framework_peers(_sum_bytes if element == "i8" else function, bfloat16=half)
    if element not in ("bf16", "i8"):
        chosen |= _blas_gemm(trans_a, trans_b) | {"NumPy": peers.numpy_peer(function),
                                                  "TBLIS": peers.tblis_peer(subscripts)}
    kind = "" if operands == "nn" else f"{operands}-"
    shapes = [tuple(extents[index] for index in indices) for indices in (left, right)]
    return Workload(name=f"gemm-{kind}{m}x{n}x{k}-{SHORT[element]}",
                    program=einsum_program(subscripts, extents, element), entry="f",
                    inputs=drawn(m + 3 * n + 7 * k, shapes, element),
                    reference=lambda a, b: [function(np, a, b)], peers=chosen, element=element,
                    operations=einsum_operations(subscripts, extents, element))


def gemv(m: int, n: int, element: str, trans: bool) -> Workload:
    """y[m] = a[m, n] x[n], or y[n] = a[m, n] x[m]."""
    subscripts = "mn,m->n" if trans else "mn,n->m"

    def function(xp, matrix, vector):
        return xp.matmul(matrix.T if trans else matrix, vector)
    return Workload(name=f"gemv-{'t-' if trans else ''}{m}x{n}-{SHORT[element]}",
                    program=einsum_program(subscripts, {"m": m, "n": n}, element), entry="f",
                    inputs=drawn(m + 3 * n, [(m, n), (m if trans else n,)], element),
                    reference=lambda a, x: [function(np, a, x)],
                    peers=(peers.framework_peers(function) | _blas_gemv(trans)
                           | {"NumPy": peers.numpy_peer(function)}),
                    element=element, bytes=(m * n + m + n) * BYTES[element], against="sum")


def workloads(scale: Scale) -> list[Workload]:
    if scale.tiny:
        return ([gemm(5, 7, 6, element) for element in [*ELEMENTS, "i8"]]
                + [gemm(5, 3, 6, "f32", operands) for operands in ("tn", "nt")]
                + [gemv(5, 7, "f32", trans) for trans in (False, True)])
    shapes = [(n, n, n) for n in CUBES] + [(n, n, n) for n in ODD] + SKINNY
    products = [gemm(*shape, element) for element in ELEMENTS for shape in shapes]
    products += [gemm(n, n, n, "i8") for n in CUBES + ODD]
    products += [gemm(m, n, k, element, operands) for element in ("f32", "f64")
                 for m, n, k, operands in TRANSPOSED]
    return products + [gemv(m, n, element, trans) for element in ("f32", "f64")
                       for trans in (False, True) for m, n in TALL]
