"""Elementwise ops that kernels compute while they pack an operand, against NumPy: in each
way of packing, at uneven edges, between guard pages, and to the same bits on two threads."""

import re

import numpy as np
import pytest

from programs import NUMPY, Run, round_to_bf16, rounding, run_program, run_tool

# Extents of the indices: none is a multiple of a vector. Batches are packed one by one.
EXTENTS = {"i": 203, "j": 131, "k": 517, "b": 3, "l": 37}
# Subscripts of the operands and the result: rows, columns and points of the sum in each
# place of memory.
LAYOUTS = ["ik,kj->ij", "ki,jk->ij", "bik,bkj->bij", "kbi,jkb->bij", "lik,klj->ij",
           "ik,klj->ijl", "ik,jkl->ijl"]
# What makes an operand out of x, y of the same shape and v along its first dimension.
OPS = {
    "relu": ("%c = arith.cmpf ogt, %x, %zero : {t}\n%r = arith.select %c, %y, %zero : {t}",
             lambda x, y, v: np.where(x > 0, y, 0)),
    "exp": ("%s = arith.subf %x, %v : {t}\n%r = math.exp %s : {t}",
            lambda x, y, v: np.exp(x - v)),
    # Not zero of zero.
    "reciprocal": ("%s = arith.addf %x, %one : {t}\n%r = arith.divf %one, %s : {t}",
            lambda x, y, v: 1 / (x + 1)),
    "narrow": ("%w = arith.truncf %x : {t} to {n}\n%r = arith.extf %w : {n} to {t}",
               lambda x, y, v: x.astype(np.float16)),
}


def shape(subscripts):
    return tuple(EXTENTS[index] for index in subscripts)


def tensor(subscripts, element):
    return f"tensor<{''.join(f'{extent}x' for extent in shape(subscripts))}{element}>"


def operand(name, subscripts, op, element):
    """The lines that make %name."""
    t = tensor(subscripts, element)
    dims = ", ".join(f"d{n}" for n in range(len(subscripts)))
    parallel = ", ".join(['"parallel"'] * len(subscripts))
    every = f"affine_map<({dims}) -> ({dims})>"
    body = OPS[op][0].format(t=element, n="f16")
    return f"""
      %{name}e = tensor.empty() : {t}
      %{name} = linalg.generic {{
          indexing_maps = [{every}, {every}, affine_map<({dims}) -> (d0)>, {every}],
          iterator_types = [{parallel}]}}
          ins(%{name}x, %{name}y, %{name}v : {t}, {t}, {tensor(subscripts[0], element)})
          outs(%{name}e : {t}) {{
      ^bb0(%x: {element}, %y: {element}, %v: {element}, %o: {element}):
        {body}
        linalg.yield %r : {element}
      }} -> {t}"""


def program(layout, op, element):
    """One contraction of two operands that `op` makes."""
    inputs, result = layout.split("->")
    a, b = inputs.split(",")
    arguments = ", ".join(f"%{name}x: {tensor(s, element)}, %{name}y: {tensor(s, element)}, "
                          f"%{name}v: {tensor(s[0], element)}" for name, s in [("a", a), ("b", b)])
    types = [tensor(s, element) for s in (a, b, result)]
    return f"""
    func.func @f({arguments}) -> {types[2]} {{
      %zero = arith.constant 0.0 : {element}
      %one = arith.constant 1.0 : {element}
      {operand("a", a, op, element)}
      {operand("b", b, op, element)}
      %r = tensornet.contract %a[{", ".join(a)}], %b[{", ".join(b)}] -> [{", ".join(result)}]
           : ({types[0]}, {types[1]}) -> {types[2]}
      return %r : {types[2]}
    }}"""


def inputs(layout, element):
    rng = np.random.default_rng(0)
    values = []
    for s in layout.split("->")[0].split(","):
        values += [rng.uniform(-0.5, 0.5, shape(part)).astype(NUMPY[element])
                   for part in (s, s, s[0])]
    return [round_to_bf16(v) for v in values] if element == "bf16" else values


def expected(layout, op, values):
    """The result and a bound of what is summed."""
    made = []
    for s, (x, y, v) in zip(layout.split("->")[0].split(","), (values[:3], values[3:])):
        x, y, v = (array.astype(np.float64) for array in (x, y, v))
        made.append(OPS[op][1](x, y, v.reshape((-1, *[1] * (len(s) - 1)))).astype(np.float64))
    return (np.einsum(layout, *made, optimize=True),
            np.einsum(layout, *map(np.abs, made), optimize=True))


def count_computed(text):
    kernels = re.findall(r'tensornet.kernel = "[^"]*"', text)
    return sum(kernel.count("computes") for kernel in kernels)


@pytest.mark.parametrize("number,layout", list(enumerate(LAYOUTS)), ids=LAYOUTS)
def test_packing_computes(number, layout):
    op = list(OPS)[number % len(OPS)]
    element = "f64" if number == 2 else "f32"
    text = program(layout, op, element)
    values = inputs(layout, element)
    printed = run_tool("tn-opt", "-", "--tensornet-to-cpu=stage=buffers vector-width=512", text=text)
    assert count_computed(printed) >= 1
    one, two = (run_program(text, Run("f", values, threads=threads, flags=["--guard-pages"]))[0]
                for threads in (1, 2))
    assert one.tobytes() == two.tobytes()
    result, scale = expected(layout, op, values)
    assert np.all(np.abs(one - result) <= 64 * rounding(element) * scale)


@pytest.mark.parametrize("unit", ["host", "none"])
@pytest.mark.parametrize("element", ["bf16", "f16"])
def test_halves_are_rounded_first(element, unit):
    """On the matrix unit, where the host has one for them, and on vectors."""
    m, n, k = 130, 203, 517
    wide, narrow = f"tensor<{m}x{k}xf32>", f"tensor<{m}x{k}x{element}>"
    b = f"tensor<{k}x{n}x{element}>"

    def narrowed(values):
        return (round_to_bf16(values.astype(np.float32)) if element == "bf16"
                else values.astype(NUMPY[element]))
    text = f"""
    func.func @f(%x: {wide}, %b: {b}) -> tensor<{m}x{n}xf32> {{
      %e = math.exp %x : {wide}
      %a = arith.truncf %e : {wide} to {narrow}
      %r = tensornet.contract %a[i, k], %b[k, j] -> [i, j] : ({narrow}, {b}) -> tensor<{m}x{n}xf32>
      return %r : tensor<{m}x{n}xf32>
    }}"""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((m, k)).astype(np.float32)
    b = narrowed(rng.standard_normal((k, n)))
    (found,) = run_program(text, Run("f", [x, b], flags=["--guard-pages", f"--matrix-unit={unit}"]))
    a = np.exp(x.astype(np.float64))
    b = b.astype(np.float64)
    bound = (rounding(element) * np.sqrt(k) + 64 * rounding("f32") * k) * 4
    np.testing.assert_allclose(found, a @ b, atol=bound * np.abs(a).max() / 8)
    rounded = narrowed(a).astype(np.float64)
    # Where exp is rounded to the other neighbour now and then.
    assert np.median(np.abs(found - rounded @ b)) < np.median(np.abs(found - a @ b)) / 4


def test_intermediate_needs_no_memory():
    t = "tensor<1024x1024xf32>"
    text = f"""
    func.func @f(%h: {t}, %dy: {t}, %w: {t}) -> {t} {{
      %zero = arith.constant dense<0.0> : {t}
      %c = arith.cmpf ogt, %h, %zero : {t}
      %p = arith.select %c, %dy, %zero : tensor<1024x1024xi1>, {t}
      %r = tensornet.contract %p[k, i], %w[k, j] -> [i, j] : ({t}, {t}) -> {t}
      return %r : {t}
    }}"""
    printed = run_tool("tn-opt", "-", "--tensornet-to-cpu=stage=buffers vector-width=512",
                       "--tensornet-print-cost", "-o", "/dev/null", text=text)
    # Panels of one product alone.
    assert int(re.search(r"workspace=(\d+)", printed)[1]) < 1024 * 1024 * 4 / 2
