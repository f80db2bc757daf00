"""Kernels of the optimised pipeline against NumPy, over shapes that reach every path:
packing in each layout, edges of tiles, blocks of every loop, batches, scaling."""

import numpy as np
import pytest

from kernel_programs import element_name, write
from programs import Run, run_program

# Subscripts and extents: matrices in every layout, sums over two indices, tensors
# whose dimensions merge or do not, batches, one row, one column, more than one block.
CASES = [
    ("mk,kn->mn", (33, 29, 47)),
    ("km,kn->mn", (5, 64, 70)),
    ("mk,nk->mn", (100, 17, 9)),
    ("mk,nk->mn", (40, 500, 65)),
    ("mk,kn->nm", (31, 40, 77)),
    ("km,nk->mn", (90, 19, 33)),
    ("mk,kn->mn", (300, 400, 130)),
    ("mk,kn->mn", (13, 16, 1030)),
    ("k,kn->n", (100, 90)),
    ("bij,bjk->bik", (3, 20, 21, 22)),
    ("bhse,bhte->bhst", (2, 3, 19, 18, 17)),
    ("bhse,hed->bsd", (2, 3, 15, 16, 33)),
    ("abcd,ebad->ce", (7, 6, 19, 9, 18)),
    ("aebf,fdec->abcd", (6, 5, 7, 4, 5, 17)),
    ("ijkl,klmn->ijmn", (3, 4, 5, 6, 7, 8)),
    ("gdab,efgc->abcdef", (3, 4, 6, 5, 7, 6, 5)),
    ("adb,cd->cba", (20, 9, 37, 5)),
    ("adb,cd->cba", (70, 30, 16, 24)),
    ("aebd,ce->dcba", (18, 7, 5, 33, 6)),
    ("abcdef,gfbc->dega", (9, 4, 3, 4, 5, 20, 21)),
    ("dega,abcdef->gfbc", (4, 3, 9, 5, 7, 19, 18)),
    ("bij,bjk->bik", (50, 4, 4, 4)),
    ("ij,jkl->ikl", (3, 5, 4, 6)),
    ("mk,kn->mn", (101, 300, 331)),
    ("km,nk->mn", (600, 101, 131)),
    ("dca,bd->abc", (80, 60, 70, 9)),
    ("bd,dca->acb", (9, 600, 21, 37)),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32], ids=element_name)
@pytest.mark.parametrize("einsum, extents", CASES)
def test_kernel(einsum, extents, dtype):
    scaled = len(einsum) % 2 == 0
    program, inputs = write(einsum, extents, dtype, scaled=scaled)
    (found,) = run_program(program, Run("f", inputs))
    a, b, s = (np.asarray(x, np.float64) for x in inputs)
    factor = s if scaled else 1
    expected = np.einsum(einsum, a, b) * factor
    bound = np.einsum(einsum, abs(a), abs(b)) * abs(factor)
    unit = 0 if np.issubdtype(dtype, np.integer) else np.finfo(dtype).eps
    assert np.all(abs(found - expected) <= 8 * unit * bound)
