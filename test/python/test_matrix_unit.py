"""Products of half precision on whatever multiplies them, near the lower end of the range.

Matrix units and dot products of vectors take bf16 numbers below the normal range for zero;
nothing of that shows in results. Exact products of halves and their sums are compared with f64, with a
bound that has no room for such zeros."""

import numpy as np
import pytest

from programs import NUMPY, Run, find_matrix_units, round_to_bf16, run_program

SHAPE = (70, 200, 90)
# One tile of columns, which reads rows where they are: edges of rows and of points, sums of
# one and of several blocks.
IN_PLACE = [(32, 32, 8), (33, 33, 9), (70, 200, 16), (95, 50, 17), (64, 2047, 17), (40, 2050, 12),
            (49, 4128, 20), (40, 4130, 9)]
# Which unit a machine takes by itself may not be the only one that it has.
UNITS = ("host", *(unit for unit in find_matrix_units() if unit != "vnni"))
LAYOUTS = {"ik,kj": ("i, k", "k, j"), "ki,kj": ("k, i", "k, j"),
           "ik,jk": ("i, k", "j, k"), "ki,jk": ("k, i", "j, k")}


# Scales of the operands: their products are normal, or below the normal range, or their
# factors are.
SCALES = {"bf16": [(1, 1), (1e-39, 1e36), (1e36, 1e-39), (1e-20, 1e-20), (1e-18, 1e-15),
                   (1e-39, 1), (1e-39, 1e-39)],
          "f16": [(1, 1), (1e-6, 1e3), (1e3, 1e-6), (1e-6, 1), (1e-6, 1e-6)]}


def program(layout: str, element: str, shape: tuple[int, int, int]) -> str:
    """One product for each pair of scales."""
    sizes = dict(zip("ikj", shape))
    lists = LAYOUTS[layout]
    types = ["tensor<" + "x".join(str(sizes[name]) for name in names.split(", "))
             + f"x{element}>" for names in lists]
    result = f"tensor<{sizes['i']}x{sizes['j']}xf32>"
    numbers = range(len(SCALES[element]))
    header = ", ".join(f"%a{n}: {types[0]}, %b{n}: {types[1]}" for n in numbers)
    body = "\n".join(
        f"  %c{n} = tensornet.contract %a{n}[{lists[0]}], %b{n}[{lists[1]}] -> [i, j]\n"
        f"    : ({types[0]}, {types[1]}) -> {result}" for n in numbers)
    results = ", ".join([result] * len(numbers))
    values = ", ".join(f"%c{n}" for n in numbers)
    return (f"func.func @f({header}) -> ({results}) {{\n{body}\n"
            f"  return {values} : {results}\n}}\n")


def draw(shape: tuple[int, int], scale: float, element: str,
         rng: np.random.Generator) -> np.ndarray:
    """Numbers of both signs within a factor of 16 of `scale`, and some zeros."""
    values = rng.choice([-1, 1], shape) * scale * 2.0 ** rng.uniform(-4, 4, shape)
    values[rng.random(shape) < 0.1] = 0
    return round_to_bf16(values) if element == "bf16" else values.astype(NUMPY[element])


def check(layout: str, element: str, shape: tuple[int, int, int], threads: int,
          unit: str = "host"):
    rows, depth, columns = shape
    rng = np.random.default_rng(0)
    operands, stored = [], []
    for left, right in SCALES[element]:
        a = draw((rows, depth), left, element, rng)
        b = draw((depth, columns), right, element, rng)
        # Some tiles have nothing special.
        if right == 1:
            a[40:] = draw((max(rows - 40, 0), depth), 1, element, rng)
        operands.append((a, b))
        first, second = LAYOUTS[layout]
        stored += [a if first == "i, k" else a.T, b if second == "k, j" else b.T]
    found = run_program(program(layout, element, shape), Run(
        "f", [np.ascontiguousarray(array) for array in stored], threads=threads,
        flags=[f"--matrix-unit={unit}"]))
    for scales, (a, b), result in zip(SCALES[element], operands, found):
        x, y = a.astype(np.float64), b.astype(np.float64)
        bound = depth * (2.0**-24 * (abs(x) @ abs(y)) + 2.0**-149)
        wrong = ~(abs(result - x @ y) <= bound)
        assert not wrong.any(), (
            f"{scales}: at {np.argwhere(wrong)[0]} ({wrong.sum()} places) found "
            f"{result[wrong][0]}, expected {(x @ y)[wrong][0]}")
    return found


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("element", SCALES)
@pytest.mark.parametrize("unit", UNITS)
def test_small_numbers_count(unit, element, layout, threads):
    check(layout, element, SHAPE, threads, unit)


@pytest.mark.parametrize("layout", ["ik,kj", "ik,jk"])
@pytest.mark.parametrize("shape", IN_PLACE, ids=str)
@pytest.mark.parametrize("unit", UNITS)
def test_rows_in_place(unit, shape, layout):
    one, two = (check(layout, "bf16", shape, threads, unit) for threads in (1, 2))
    for x, y in zip(one, two):
        assert (x.view(np.uint32) == y.view(np.uint32)).all()


@pytest.mark.parametrize("shape", IN_PLACE, ids=str)
def test_rows_in_place_keep_to_themselves(shape):
    """An infinity or a NaN in one row shows in no other."""
    rows, depth, columns = shape
    rng = np.random.default_rng(1)
    for row in {0, 15, rows - 2, rows - 1}:
        a = draw((rows, depth), 1, "bf16", rng)
        b = draw((depth, columns), 1, "bf16", rng)
        a[row] = np.array(np.inf, a.dtype)
        a[row, 0] = np.array(np.nan, a.dtype)
        result = run_program(program("ik,kj", "bf16", shape), Run(
            "f", [a, b] * len(SCALES["bf16"]), threads=1))[0]
        assert np.isnan(result[row]).all()
        assert np.isfinite(np.delete(result, row, 0)).all()
