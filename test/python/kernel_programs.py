"""Programs of one contraction with two operands."""

import numpy as np


def element_name(dtype):
    return {np.float32: "f32", np.float64: "f64", np.complex64: "complex<f32>",
            np.int8: "i8", np.int32: "i32", np.int64: "i64"}[dtype]


def write(einsum, extents, dtype, scaled=False, kernel=""):
    """A program that contracts two arguments, perhaps with a 0-d third and a kernel that is
    given, and its inputs."""
    left, rest = einsum.split(",")
    right, result = rest.split("->")
    order = list(dict.fromkeys(left + right))
    extent = dict(zip(order, extents))
    element = element_name(dtype)

    def tensor(indices):
        return "tensor<" + "".join(f"{extent[i]}x" for i in indices) + element + ">"

    def subscripts(indices):
        return "[" + ", ".join(indices) + "]"

    operands = f"%a{subscripts(left)}, %b{subscripts(right)}"
    types = f"{tensor(left)}, {tensor(right)}"
    if scaled:
        operands, types = operands + ", %s[]", types + f", tensor<{element}>"
    attributes = f"{{kernel = #tensornet.kernel<{kernel}>}}" if kernel else ""
    program = f"""
        func.func @f(%a: {tensor(left)}, %b: {tensor(right)}, %s: tensor<{element}>) -> {tensor(result)} {{
          %c = tensornet.contract {operands} -> {subscripts(result)} {attributes}
               : ({types}) -> {tensor(result)}
          return %c : {tensor(result)}
        }}"""
    rng = np.random.default_rng(0)
    shapes = [[extent[i] for i in indices] for indices in (left, right, "")]
    if np.issubdtype(dtype, np.integer):
        inputs = [rng.integers(-9, 9, shape).astype(dtype) for shape in shapes]
    else:
        inputs = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    if np.issubdtype(dtype, np.complexfloating):
        inputs = [real + dtype(1j) * real[..., ::-1] if real.ndim else real * dtype(1 - 2j)
                  for real in inputs]
    return program, inputs
