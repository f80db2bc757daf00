"""Kernels that `#tensornet.kernel` describes against NumPy: every part of the choice."""

import numpy as np
import pytest

from kernel_programs import write
from programs import Run, run_program

# Indices carry the names that the printer gives them: i, j, ... by first appearance.
MATMUL, MATMUL_EXTENTS = "ij,jk->ik", (45, 70, 100)
TENSOR, TENSOR_EXTENTS = "ijkl,mjil->km", (6, 5, 19, 18, 33)
BATCH, BATCH_EXTENTS = "ijk,ilk->ijl", (5, 20, 17, 40)
SWAPPED, SWAPPED_EXTENTS = "ij,jk->ki", (40, 31, 50)
# Packed through transposed squares, tile after tile at every point of l.
SWEPT, SWEPT_EXTENTS = "iljk,mlk->mji", (21, 4, 19, 20, 30)

CASES = [
    (MATMUL, MATMUL_EXTENTS, "row_tile = [1], column_tile = [16]"),
    (MATMUL, MATMUL_EXTENTS, "row_tile = [7], column_tile = [48]"),
    (MATMUL, MATMUL_EXTENTS, "row_tile = [3], column_tile = [64], pack_a = true, pack_b = true"),
    (MATMUL, MATMUL_EXTENTS, "pack_a = true, pack_b = false"),
    (MATMUL, MATMUL_EXTENTS, "pack_a = false, pack_b = true"),
    (MATMUL, MATMUL_EXTENTS, "block = [16, 32, 9]"),
    (MATMUL, MATMUL_EXTENTS, "block = [1, 1, 1], pack_a = true, pack_b = true"),
    (MATMUL, MATMUL_EXTENTS, "block = [5000, 5000, 5000], pack_a = true, pack_b = true"),
    (MATMUL, MATMUL_EXTENTS, "block = [16, 32, 9], pack_a = false, pack_b = false"),
    (MATMUL, MATMUL_EXTENTS, "row_group = [18], row_tile = [6], block = [30, 96, 20]"),
    (MATMUL, MATMUL_EXTENTS, "row_group = [1000], pack_a = false, pack_b = true"),
    (TENSOR, TENSOR_EXTENTS, "sum = [l, j, i]"),
    (TENSOR, TENSOR_EXTENTS, "sum = [i, j, l], block = [20, 16, 40]"),
    (TENSOR, TENSOR_EXTENTS, "sum = [j, l, i], block = [20, 16, 5], pack_a = false"),
    (TENSOR, TENSOR_EXTENTS, "rows = [k], columns = [m], batch = [], swap = false"),
    (BATCH, BATCH_EXTENTS, "batch = [i], row_tile = [6]"),
    (SWAPPED, SWAPPED_EXTENTS, "swap = true, rows = [k], columns = [i]"),
    ("ijk,jl->ikl", (6, 40, 30, 50), "rows = [i, k], row_tile = [4]"),
    ("ijk,jl->ikl", (6, 40, 30, 50), "rows = [k, i], row_tile = [4]"),
    ("ijk,jl->lik", (6, 40, 30, 50), "columns = [i, k], column_tile = [32]"),
    ("ijk,lj->lki", (40, 9, 37, 5), "column_tile = [16], block = [8, 160, 5]"),
    ("ijk,lj->lki", (40, 9, 37, 5), "column_tile = [32], block = [8, 640, 5]"),
    ("ijk,lj->lki", (40, 9, 37, 5), "column_tile = [16], block = [8, 592, 9], row_group = [3]"),
    # Across runs that are shorter than a vector, whole ones and cut ones.
    ("ijk,lj->lki", (40, 9, 11, 5), "column_tile = [16], join_columns = false"),
    ("ijk,lj->lki", (40, 9, 11, 5), "column_tile = [32], block = [8, 224, 5], join_columns = false"),
    ("ijk,lj->lki", (40, 9, 8, 5), "column_tile = [48], block = [8, 96, 9], join_columns = false"),
    # Joined columns: rows of B along columns, along the sum, along the outer columns.
    ("ij,jkl->kil", (7, 21, 11, 22), "join_columns = true, column_tile = [48]"),
    ("ij,klj->kil", (13, 37, 9, 22), "join_columns = true, column_tile = [32], block = [8, 64, 20]"),
    ("ij,jlk->kil", (13, 37, 22, 19), "join_columns = true, column_tile = [48]"),
    ("ij,jlk->kil", (13, 37, 22, 9), "join_columns = true, column_tile = [48], block = [8, 48, 20]"),
    ("ij,jlkm->mkil", (5, 23, 7, 6, 19), "join_columns = true, column_tile = [32], block = [4, 64, 9]"),
    ("ij,ljkm->mkil", (5, 23, 3, 6, 7), "join_columns = true, column_tile = [16]"),
    ("ij,kjl->kil", (6, 30, 5, 16), "join_columns = true, column_tile = [64], row_tile = [5]"),
]
SHARED = [
    (MATMUL, MATMUL_EXTENTS, "rows"),
    (MATMUL, MATMUL_EXTENTS, "columns"),
    (MATMUL, MATMUL_EXTENTS, "none"),
    (BATCH, BATCH_EXTENTS, "batch"),
    (BATCH, BATCH_EXTENTS, "rows"),
    (SWEPT, SWEPT_EXTENTS, "rows"),
    (MATMUL, MATMUL_EXTENTS, "sum"),
    (SWEPT, SWEPT_EXTENTS, "sum"),
    # One tile of rows; a sum over two dimensions; columns that lie across tiles.
    ("ij,jk->ik", (5, 130, 201), "sum"),
    ("ijk,jil->kl", (4, 31, 29, 50), "sum"),
    ("ij,jkl->ilk", (45, 61, 11, 24), "sum"),
    *((einsum, extents, f"{shared}, join_columns = true") for shared in ("rows", "columns", "sum")
      for einsum, extents in (("ij,jkl->kil", (45, 21, 11, 22)), ("ij,jlk->kil", (45, 37, 22, 19)),
                              ("ij,klj->kil", (45, 37, 9, 22)))),
]


def check(einsum, extents, kernel, **run):
    program, inputs = write(einsum, extents, np.float32, kernel=kernel)
    (found,) = run_program(program, Run("f", inputs, **run))
    a, b = (np.asarray(x, np.float64) for x in inputs[:2])
    bound = np.einsum(einsum, abs(a), abs(b))
    unit = np.finfo(np.float32).eps
    assert np.all(abs(found - np.einsum(einsum, a, b)) <= 8 * unit * bound)
    return found


@pytest.mark.parametrize("einsum, extents, kernel", CASES)
def test_kernel(einsum, extents, kernel):
    check(einsum, extents, kernel)


@pytest.mark.parametrize("einsum, extents, distribute", SHARED)
def test_threads_keep_every_bit(einsum, extents, distribute):
    kernel = f"distribute = {distribute}, block = [24, 48, 20]"
    numbers = (1, 2, 3, 11) if distribute.startswith("sum") else (1, 2)
    alone, *shared = (check(einsum, extents, kernel, threads=threads) for threads in numbers)
    assert all(np.array_equal(alone, found) for found in shared)


@pytest.mark.parametrize("element", [np.float64, np.complex64, np.int8])
def test_shared_sums_of_other_elements_are_scaled(element):
    """Eight blocks of the sum, of which each thread adds some."""
    kernel = "block = [8, 64, 5], distribute = sum"
    program, inputs = write("ki,kj->ij", (37, 23, 41), element, scaled=True, kernel=kernel)
    alone, *shared = (run_program(program, Run("f", inputs, threads=threads))[0]
                      for threads in (1, 2, 3))
    wanted = (np.einsum("ki,kj->ij", *inputs[:2]) * inputs[2]).astype(element)
    np.testing.assert_allclose(alone, wanted, rtol=1e-4, atol=1e-4)
    assert all(np.array_equal(alone, found) for found in shared)


def test_joined_columns_are_finished_and_computed():
    """A value per column, one per row and a residual behind, a product in front."""
    c, b = "tensor<9x21x22xf32>", "tensor<22x9x40xf32>"
    program = f"""
        func.func @f(%a: tensor<21x40xf32>, %b: {b}, %v: tensor<22xf32>, %w: tensor<9xf32>, %x: {c})
            -> {c} {{
          %d = arith.mulf %b, %b : {b}
          %c = tensornet.contract %a[i, j], %d[k, l, j] -> [l, i, k]
               {{kernel = #tensornet.kernel<join_columns = true, block = [12, 64, 24]>}}
               : (tensor<21x40xf32>, {b}) -> {c}
          %bias = tensornet.contract %v[k] -> [l, i, k] : (tensor<22xf32>) -> {c}
          %factor = tensornet.contract %w[l] -> [l, i, k] : (tensor<9xf32>) -> {c}
          %s = arith.mulf %c, %factor : {c}
          %t = arith.addf %s, %bias : {c}
          %r = arith.addf %t, %x : {c}
          return %r : {c}
        }}"""
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape).astype(np.float32)
              for shape in [(21, 40), (22, 9, 40), (22,), (9,), (9, 21, 22)]]
    found, shared = (run_program(program, Run("f", inputs, threads=threads))[0]
                     for threads in (1, 2))
    a, b, v, w, x = (array.astype(np.float64) for array in inputs)
    expected = np.einsum("ij,klj->lik", a, b * b) * w[:, None, None] + v + x
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert np.array_equal(found, shared)
