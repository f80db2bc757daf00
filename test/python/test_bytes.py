"""Products of 8-bit integers with sums of 32 bits, on whatever multiplies them.

Sums wrap modulo 2^32, so they are those of NumPy to the last bit, on the matrix unit, on
vectors and on any number of threads."""

import numpy as np
import pytest

from programs import Run, find_matrix_units, run_program

# Around rows and points of a register, tiles and blocks of the matrix unit.
ROWS = (2, 15, 16, 17, 31, 32, 33, 64, 70)
SUMS = (2, 3, 4, 5, 63, 64, 65, 130, 1023, 1024, 1030, 2100)

# Which unit a machine takes by itself may not be the only one that it has for bytes.
UNITS = ("host", *(unit for unit in find_matrix_units() if unit in ("vnni", "amx")))

# What happens around the contraction: ops on an operand and on the result.
KINDS = {
    "plain": ("", ""),
    "added": ("", "%r = arith.addi %c, %d : {c}"),
    "scaled and clamped": ("", """%two = arith.constant dense<2> : {c}
      %zero = arith.constant dense<0> : {c}
      %s = arith.shrsi %c, %two : {c}
      %m = arith.maxsi %s, %d : {c}
      %r = arith.minsi %m, %zero : {c}"""),
    "computed": ("%x = arith.subi %a, %y : {a}", ""),
    "narrowed": ("%x = arith.trunci %w : {w} to {a}", ""),
}


def evaluate(kind, a, y, w, b, d, subscripts):
    left = {"computed": a - y, "narrowed": w.astype(np.int8)}.get(kind, a)
    c = np.einsum(subscripts, left.astype(np.int64), b.astype(np.int64),
                  optimize=True).astype(np.int32)
    if kind == "added":
        return c + d
    return np.minimum(np.maximum(c >> 2, d), 0) if kind == "scaled and clamped" else c


def tensor(shape, element):
    return f"tensor<{''.join(f'{extent}x' for extent in shape)}{element}>"


def program(kind, lists, shapes):
    types = {"a": tensor(shapes[0], "i8"), "b": tensor(shapes[1], "i8"),
             "c": tensor(shapes[2], "i32"), "w": tensor(shapes[0], "i16")}
    before, after = (text.format(**types) for text in KINDS[kind])
    subscripts = [", ".join(names) for names in lists]
    return f"""
    func.func @f(%a: {types['a']}, %y: {types['a']}, %w: {types['w']}, %b: {types['b']},
                 %d: {types['c']}) -> {types['c']} {{
      {before}
      %c = tensornet.contract {"%x" if before else "%a"}[{subscripts[0]}], %b[{subscripts[1]}]
        -> [{subscripts[2]}] : ({types['a']}, {types['b']}) -> {types['c']}
      {after}
      return {"%r" if after else "%c"} : {types['c']}
    }}"""


def draw_bytes(rng, shape):
    """Numbers of the whole range, half of them the one whose square is the largest."""
    values = rng.integers(-128, 128, shape, np.int8)
    values[rng.random(shape) < 0.5] = -128
    return values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_bytes_are_exact(seed, kind):
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    extents = {name: int(rng.choice(SUMS if name == "k" else ROWS)) for name in "ijk"}
    extents |= {"x": 3, "h": 5, "l": 3}
    # One more index of the batch, the rows and the sum.
    outer = "".join(name for name in "xhl" if rng.random() < 0.3)
    lists = ["ik" + outer, "kj" + outer.replace("h", ""), "ij" + outer.replace("l", "")]
    lists = ["".join(rng.permutation(list(names))) for names in lists]
    shapes = [tuple(extents[name] for name in names) for names in lists]
    a, y, b = (draw_bytes(rng, shape) for shape in (shapes[0], shapes[0], shapes[1]))
    w = rng.integers(-2**15, 2**15, shapes[0], np.int16)
    d = rng.integers(-2**31, 2**31, shapes[2], np.int32)
    expected = evaluate(kind, a, y, w, b, d, f"{lists[0]},{lists[1]}->{lists[2]}")
    text = program(kind, lists, shapes)
    for threads, unit in ((2, "host"), *((1, unit) for unit in (*UNITS, "none"))):
        found, = run_program(text, Run("f", [a, y, w, b, d], threads=threads,
                                       flags=["--guard-pages", f"--matrix-unit={unit}"]))
        np.testing.assert_array_equal(found, expected, err_msg=f"{lists} {extents} {unit}")


# Rows that the unit reads in place, by several tiles of columns: whole tiles and others, one block
# of the sum and several; and more tiles of columns than that.
@pytest.mark.parametrize("rows, columns, points", [
    (33, 40, 64), (70, 200, 128), (64, 512, 512), (41, 100, 640), (96, 60, 2048), (40, 530, 128)])
def test_rows_in_place(rows, columns, points):
    rng = np.random.default_rng([rows, columns, points])
    a, b = draw_bytes(rng, (rows, points)), draw_bytes(rng, (points, columns))
    w = np.zeros((rows, points), np.int16)
    d = rng.integers(-2**31, 2**31, (rows, columns), np.int32)
    text = program("added", ["ik", "kj", "ij"], [a.shape, b.shape, d.shape])
    for unit in UNITS:
        for threads in (1, 2):
            found, = run_program(text, Run("f", [a, a, w, b, d], threads=threads, flags=[
                "--guard-pages", f"--matrix-unit={unit}"]))
            np.testing.assert_array_equal(found, evaluate("added", a, a, w, b, d, "ik,kj->ij"))
