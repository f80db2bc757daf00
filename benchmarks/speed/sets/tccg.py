"""The 48 contractions of the tensor contraction benchmark TCCG, and both adjoints of each.

Springer and Bientinesi, "Design of a high-performance GEMM-like tensor-tensor multiplication",
ACM Transactions on Mathematical Software 44(3), 2018.
"""

from __future__ import annotations

import math
import pathlib

import numpy as np

from speed import peers
from speed.workload import (Scale, Workload, drawn, einsum_operations, einsum_program, shapes_of,
                            split_einsum)

LIST = pathlib.Path(__file__).resolve().parents[1] / "tccg48.txt"
ELEMENTS = ["f32", "f64"]


def contractions() -> list[tuple[str, dict[str, dict[str, int]]]]:
    """Each contraction with its extents by element type."""
    found = []
    for line in LIST.read_text().splitlines():
        if line.startswith("#"):
            continue
        _, subscripts, *extents = line.split()
        letters = sorted(set(subscripts) - set(",->"))
        numbers = [map(int, text.split(",")) for text in extents]
        found.append((subscripts, {element: dict(zip(letters, values, strict=True))
                                   for element, values in zip(ELEMENTS, numbers, strict=True)}))
    return found


def scaled(extents: dict[str, int], gflop: float) -> dict[str, int]:
    """Extents of a contraction of at most about `gflop` 10^9 operations: all are multiplied by the
    same number and rounded to the nearest integer, odd or even."""
    found = 2e-9 * math.prod(extents.values())
    factor = (gflop / found) ** (1 / len(extents))
    if factor >= 1:
        return dict(extents)
    return {i: max(1, math.floor(factor * extent + 0.5)) for i, extent in extents.items()}


def with_adjoints(subscripts: str) -> dict[str, str]:
    """The contraction, and how the cotangents of its operands are computed."""
    (a, b), c = split_einsum(subscripts)
    return {"": subscripts, "-da": f"{c},{b}->{a}", "-db": f"{a},{c}->{b}"}


def _workload(name: str, subscripts: str, extents: dict[str, int], element: str) -> Workload:
    def reference(a, b):
        return [np.einsum(subscripts, a, b, optimize=True)]
    return Workload(name=name, program=einsum_program(subscripts, extents, element), entry="f",
                    inputs=drawn(len(name), shapes_of(subscripts, extents)[:2], element),
                    reference=reference, peers=peers.einsum_peers(subscripts), element=element,
                    operations=einsum_operations(subscripts, extents, element))


def workloads(scale: Scale) -> list[Workload]:
    found = []
    gflop = 2e-6 if scale.tiny else scale.gflop
    for number, (subscripts, by_element) in enumerate(contractions(), 1):
        for element in ELEMENTS[:1] if scale.tiny else ELEMENTS:
            extents = scaled(by_element[element], gflop)
            for suffix, variant in with_adjoints(subscripts).items():
                written = subscripts.replace(",", "-").replace("->", "-")
                name = f"tccg-{number:02}{suffix}-{element}-{written}"
                found.append(_workload(name, variant, extents, element))
    return found[::10] if scale.tiny else found
