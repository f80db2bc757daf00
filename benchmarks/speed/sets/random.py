"""Matrix products of random shapes and layouts: a fixed list hides classes of shapes."""

from __future__ import annotations

import numpy as np

from speed.sets.gemm import gemm
from speed.workload import Scale, Workload

PRODUCTS = 64
#: The least and the largest extent; logarithms between them are drawn uniformly.
EXTENTS = (2, 1500)
ELEMENTS = ["f32", "f64"]
#: Which operands are transposed ("t"); gradients of products need each.
OPERANDS = ["nn", "tn", "nt", "tt"]


def _draw(rng: np.random.Generator, largest: int) -> Workload:
    least = EXTENTS[0]
    m, n, k = (int(least * (largest / least) ** fraction) for fraction in rng.random(3))
    return gemm(m, n, k, str(rng.choice(ELEMENTS)), str(rng.choice(OPERANDS)))


def workloads(scale: Scale) -> list[Workload]:
    """PRODUCTS products, the same ones for the same seed."""
    rng = np.random.default_rng(scale.seed)
    chosen: dict[str, Workload] = {}
    while len(chosen) < scale(PRODUCTS, tiny=4):
        workload = _draw(rng, scale(EXTENTS[1], tiny=9))
        chosen[workload.name] = workload
    return list(chosen.values())
