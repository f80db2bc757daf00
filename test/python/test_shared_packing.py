"""Operands that several kernels read are packed once: the same numbers as NumPy's."""

import numpy as np
import pytest

from contractions import Tensor
from programs import NUMPY, Run, draw, rounding, run_program, run_tool

# Small operands are packed only where a kernel says so.
KERNEL = "{kernel = #tensornet.kernel<pack_a = true, pack_b = true>}"

# Subscripts of the operands and the result, and the extents: edges of tiles everywhere.
FORMS = {
    "rows": ("i,k", "k,j", "i,j", dict(i=37, k=53, j=45)),
    "transposed": ("k,i", "j,k", "i,j", dict(i=61, k=40, j=83)),
    "batch": ("b,i,k", "k,b,j", "i,b,j", dict(b=3, i=19, k=33, j=50)),
    "two sums": ("l,i,k", "j,k,l", "i,j", dict(i=26, k=18, l=21, j=36)),
    "two rows": ("i,k,l", "k,j,m", "l,i,m,j", dict(i=7, l=13, k=29, m=3, j=17)),
    "joined": ("i,k,l", "k,j,m", "l,i,m,j", dict(i=7, l=13, k=29, m=3, j=17)),
}


def tensors(form, element):
    first, second, result, extents = FORMS[form]
    shapes = [tuple(extents[index] for index in subscripts.split(","))
              for subscripts in (first, second, result)]
    return [Tensor(element, shape, (False,) * len(shape)) for shape in shapes]


def program(form, element, conj=""):
    """x a, x b and z a: x is an operand of two products, and so is a."""
    left, right, result = (tensor.type for tensor in tensors(form, element))
    first, second, rows, _ = FORMS[form]
    joins = "true" if form == "joined" else "false"
    kernel = KERNEL.replace("<", f"<join_columns = {joins}, ")
    lines = [f"""
      %{name} = tensornet.contract {conj}%{x}[{first}], %{a}[{second}] -> [{rows}] {kernel}
        : ({left}, {right}) -> {result}""" for name, x, a in ("pxa", "qxb", "rza")]
    return f"""
    func.func @f(%x: {left}, %z: {left}, %a: {right}, %b: {right})
        -> ({result}, {result}, {result}) {{
      {''.join(lines)}
      return %p, %q, %r : {result}, {result}, {result}
    }}"""


def count_copies(text, tmp_path, *flags):
    path = tmp_path / "program.mlir"
    path.write_text(text)
    code = run_tool("tn-run", path, "--entry=f", "--print-stage=buffers", *flags)
    return sum("call @tensornet_pack" in line for line in code.splitlines())


def expected_products(form, x, z, a, b):
    first, second, rows, _ = FORMS[form]
    left, right, result = (text.replace(",", "") for text in (first, second, rows))
    return [np.einsum(f"{left},{right}->{result}", *operands, optimize=True)
            for operands in ((x, a), (x, b), (z, a))]


@pytest.mark.parametrize("form, element, flags", [
    ("rows", "f32", []), ("rows", "i8", []), ("rows", "complex<f64>", ["--target-cpu=x86-64"]),
    ("transposed", "f64", ["--threads=2"]), ("transposed", "f32", ["--target-cpu=haswell"]),
    ("batch", "complex<f32>", []), ("batch", "f32", ["--threads=2"]),
    ("two sums", "f32", []), ("two sums", "complex<f32>", ["--target-cpu=haswell"]),
    ("two rows", "i32", []), ("two rows", "f64", []),
    ("joined", "f32", []), ("joined", "complex<f64>", ["--target-cpu=haswell"]),
    ("joined", "f64", ["--threads=2"]),
], ids=str)
def test_products_with_shared_operands(form, element, flags, tmp_path):
    conj = "conj " if element.startswith("complex") else ""
    text = program(form, element, conj)
    assert count_copies(text, tmp_path, *flags) == 2
    rng = np.random.default_rng(0)
    left, right, _ = tensors(form, element)
    x, z, a, b = (draw(tensor, rng) for tensor in (left, left, right, right))
    found = run_program(text, Run("f", [x, z, a, b], flags=["--guard-pages", *flags]))
    wide = np.complex128 if conj else np.float64
    if element.startswith("i"):
        wide = NUMPY[element]
    x, z, a, b = (array.astype(wide) for array in (x.conj(), z.conj(), a, b))
    for one, other, scale in zip(found, expected_products(form, x, z, a, b),
                                 expected_products(form, *map(np.abs, (x, z, a, b)))):
        if element.startswith("i"):
            np.testing.assert_array_equal(one, other)
        else:
            assert np.all(np.abs(one - other) <= 32 * rounding(element) * scale)


def test_narrow_elements(tmp_path):
    """Tiles hold the numbers that are summed: bf16 becomes f32 once."""
    text = program("rows", "bf16").replace("-> tensor<37x45xbf16>", "-> tensor<37x45xf32>")
    text = text.replace("tensor<37x45xbf16>", "tensor<37x45xf32>")
    assert count_copies(text, tmp_path) == 2
    rng = np.random.default_rng(1)
    left, right, _ = tensors("rows", "bf16")
    inputs = [draw(tensor, rng) for tensor in (left, left, right, right)]
    found = run_program(text, Run("f", inputs))
    for one, other in zip(found, expected_products("rows", *map(np.float64, inputs))):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


@pytest.mark.parametrize("threads", [1, 2])
def test_loop(threads, tmp_path):
    """h = tanh(h w), step after step: w is packed once, h, which changes, in every step."""
    h, w = "tensor<75x75xf32>", "tensor<75x75xf32>"
    text = f"""
    func.func @f(%h: {h}, %w: {w}) -> {h} {{
      %from = arith.constant 0 : index
      %to = arith.constant 7 : index
      %step = arith.constant 1 : index
      %r = scf.for %i = %from to %to step %step iter_args(%x = %h) -> ({h}) {{
        %p = tensornet.contract %x[i, k], %w[k, j] -> [i, j] {KERNEL} : ({h}, {w}) -> {h}
        %y = math.tanh %p : {h}
        scf.yield %y : {h}
      }}
      return %r : {h}
    }}"""
    flags = [f"--threads={threads}"]
    assert count_copies(text, tmp_path, *flags) == 1
    rng = np.random.default_rng(2)
    x, weights = (rng.standard_normal((75, 75)).astype(np.float32) / 8 for _ in range(2))
    (found,) = run_program(text, Run("f", [x, weights], threads=threads))
    x = x.astype(np.float64)
    for _ in range(7):
        x = np.tanh(x @ weights)
    np.testing.assert_allclose(found, x, rtol=0, atol=1e-5)


def test_windows(tmp_path):
    """Tiles of overlapping windows: the operand is read at sums of indices."""
    x, k, y = "tensor<41x52xf32>", "tensor<2x52x24xf32>", "tensor<40x24xf32>"
    lines = [f"""
      %{name} = tensornet.contract %x[h + r, c], %{k}[r, c, o] -> [h, o] {KERNEL}
        : ({x}, {kernel}) -> {y}""" for name, k, kernel in [("p", "a", k), ("q", "b", k)]]
    text = f"""
    func.func @f(%x: {x}, %a: {k}, %b: {k}) -> ({y}, {y}) {{{''.join(lines)}
      return %p, %q : {y}, {y}
    }}"""
    assert count_copies(text, tmp_path) == 1
    rng = np.random.default_rng(3)
    image, a, b = (rng.standard_normal(shape).astype(np.float32)
                   for shape in [(41, 52), (2, 52, 24), (2, 52, 24)])
    found = run_program(text, Run("f", [image, a, b], flags=["--guard-pages"]))
    windows = np.stack([image[r:r + 40] for r in range(2)]).astype(np.float64)
    for one, kernel in zip(found, (a, b)):
        np.testing.assert_allclose(one, np.einsum("rhc,rco->ho", windows, kernel),
                                   rtol=0, atol=1e-4)
