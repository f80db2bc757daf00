"""Reductions over rows that kernels compute with the last update of their result, against
NumPy: at uneven edges, in several blocks of the sum, between guard pages, and to the same
bits on two threads."""

import numpy as np
import pytest

from programs import NUMPY, Run, round_to_bf16, rounding, run_program, run_tool

# Rows, columns and summed points: even tiles, one row too many, several blocks, masks.
SHAPES = [(192, 128, 96), (193, 131, 700), (61, 83, 1000)]


def program(m, n, k, element, result):
    """The product, a bias gradient of tanh of it, its largest elements by column and the sum
    of squares of what it lacks to x."""
    def tensor(*shape, of=result):
        return f"tensor<{''.join(f'{extent}x' for extent in shape)}{of}>"

    c, column = tensor(m, n), tensor(n)
    every, kept, none = ("affine_map<(i, j) -> (i, j)>", "affine_map<(i, j) -> (j)>",
                         "affine_map<(i, j) -> ()>")
    product = f"""tensornet.contract %a[i, k], %b[k, j] -> [i, j]
               : ({tensor(m, k, of=element)}, {tensor(k, n, of=element)}) -> {c}"""
    return f"""
    func.func @tanh(%a: {tensor(m, k, of=element)}, %b: {tensor(k, n, of=element)}, %x: {c})
        -> ({c}, {column}) {{
      %c = {product}
      %h = math.tanh %c : {c}
      %r = tensornet.contract %h[i, j] -> [j] : ({c}) -> {column}
      return %h, %r : {c}, {column}
    }}
    func.func @largest(%a: {tensor(m, k, of=element)}, %b: {tensor(k, n, of=element)}, %x: {c})
        -> ({c}, {column}) {{
      %c = {product}
      %least = arith.constant dense<0xFF800000> : tensor<{n}xf32>
      %r = linalg.generic {{indexing_maps = [{every}, {kept}],
                            iterator_types = ["reduction", "parallel"]}}
          ins(%c : {c}) outs(%least : {column}) {{
      ^bb0(%in: f32, %out: f32):
        %s = arith.maximumf %out, %in : f32
        linalg.yield %s : f32
      }} -> {column}
      return %c, %r : {c}, {column}
    }}
    func.func @loss(%a: {tensor(m, k, of=element)}, %b: {tensor(k, n, of=element)}, %x: {c})
        -> tensor<{result}> {{
      %c = {product}
      %d = arith.subf %c, %x : {c}
      %r = tensornet.contract %d[i, j], %d[i, j] -> [] : ({c}, {c}) -> tensor<{result}>
      return %r : tensor<{result}>
    }}"""


REFERENCES = {
    "tanh": lambda c, x: [np.tanh(c), np.tanh(c).sum(0)],
    "largest": lambda c, x: [c, c.max(0)],
    "loss": lambda c, x: [((c - x) ** 2).sum()],
}


@pytest.mark.parametrize("entry", REFERENCES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rows_are_reduced_in_the_kernel(entry, shape):
    m, n, k = shape
    element = "f64" if entry == "loss" and k == 96 else "bf16" if k == 700 else "f32"
    result = "f64" if element == "f64" else "f32"
    text = program(m, n, k, element, result)
    if result == "f64":
        text = text.replace("xf32", "xf64").replace(": f32", ": f64")
        text = text.replace("0xFF800000", "0xFFF0000000000000")
    printed = run_tool("tn-opt", "-", "--tensornet-to-cpu=stage=buffers vector-width=512",
                       text=text)
    assert printed.count("reduces") >= 3
    rng = np.random.default_rng(k)
    inputs = [rng.standard_normal((m, k)) / k**0.5, rng.standard_normal((k, n)),
              rng.standard_normal((m, n))]
    inputs = [array.astype(NUMPY[t]) for array, t in zip(inputs, (element, element, result))]
    if element == "bf16":
        inputs[:2] = map(round_to_bf16, inputs[:2])
    one, two = (run_program(text, Run(entry, inputs, threads=threads, flags=["--guard-pages"]))
                for threads in (1, 2))
    a, b, x = (array.astype(np.float64) for array in inputs)
    for found, again, expected in zip(one, two, REFERENCES[entry](a @ b, x)):
        assert found.tobytes() == again.tobytes()
        scale = rounding(result) * 64 * k**0.5 * (1 if found.ndim == 2 else m)
        np.testing.assert_allclose(found, expected, rtol=scale, atol=scale)
