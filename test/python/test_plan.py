"""Planned and merged contractions compute what the contractions as written do."""

import numpy as np
import pytest

from networks import random_network, random_program
from programs import Run, run_program, run_tool

# Each a body of @f over these arguments.
ARGUMENTS = ("%x: tensor<6x4xf32>, %y: tensor<4x6xf32>, %v: tensor<6xf32>, "
             "%s: tensor<f32>, %t: tensor<2xf32>")
SHAPES = [(6, 4), (4, 6), (6,), (), (2,)]
X, Y, V, S, T = "tensor<6x4xf32>", "tensor<4x6xf32>", "tensor<6xf32>", "tensor<f32>", "tensor<2xf32>"
ONES = "%one = tensornet.contract -> [u] : () -> tensor<5xf32>\n  "
DELTA = "%one = tensornet.contract -> [u, u] : () -> tensor<6x6xf32>\n  "
D = "tensor<6x6xf32>"
BODIES = {
    "mask": ONES + f"%r = tensornet.contract %x[i, j], %one[i - k], %y[j, k], %v[k] -> [i] "
                   f": ({X}, tensor<5xf32>, {Y}, {V}) -> {V}",
    "masked_sum": ONES + f"%r = tensornet.contract %x[i, j], %one[i - 1], %y[j, k], %v[k] -> [k] "
                         f": ({X}, tensor<5xf32>, {Y}, {V}) -> {V}",
    "mask_beyond": ONES + f"%r = tensornet.contract %v[i], %v[i], %one[i - k], %s[] -> [k] "
                          f": ({V}, {V}, tensor<5xf32>, {S}) -> {V}",
    "delta": DELTA + f"%r = tensornet.contract %x[i, j], %y[j, i], %one[i, k], %t[1] -> [k] "
                     f": ({X}, {Y}, {D}, {T}) -> {V}",
    "sums": f"%r = tensornet.contract %x[i, p], %y[q, k], %s[], %t[r] -> [i, b, k] "
            f": ({X}, {Y}, {S}, {T}) -> tensor<6x3x6xf32>",
    "window": f"%r = tensornet.contract %v[i + p], %t[p], %x[i, j], %y[j, k - 1] -> [2 * i, k] "
              f": ({V}, {T}, {X}, {Y}) -> tensor<9x6xf32>",
    "extents": f"%r = tensornet.contract %v[i], %x[i, j], %y[j, i], %t[k] -> [i + 1] "
               f"extents(i = 8, k = 3) : ({V}, {X}, {Y}, {T}) -> tensor<9xf32>",
}


def values(shapes) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def check(program: str, inputs: list[np.ndarray], *passes: str) -> None:
    """The program gives the same as written and after the passes."""
    changed = run_tool("tn-opt", "-", *passes, text=program)
    run = Run("f", inputs, pipeline="plain")
    for found, expected in zip(run_program(changed, run), run_program(program, run), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", BODIES)
def test_plan_of(name):
    result = BODIES[name].rsplit(" -> ", 1)[1]
    program = f"func.func @f({ARGUMENTS}) -> {result} {{\n  {BODIES[name]}\n  return %r : {result}\n}}\n"
    check(program, values(SHAPES), "--tensornet-plan", "--tensornet-verify-form=form=pairwise")


@pytest.mark.parametrize("seed", range(6))
def test_plan_of_random_network(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, int(rng.integers(4, 9)))
    shapes = [tuple(network.extents[i] for i in argument) for argument in network.arguments]
    inputs = values(shapes)
    terms = [part for value, argument in zip(inputs, network.arguments)
             for part in (value, list(argument))]
    expected = np.einsum(*terms, list(network.steps[0].result), optimize=True)
    planned = run_tool("tn-opt", "-", "--tensornet-plan", text=network.function())
    found = run_program(planned, Run("f", inputs, pipeline="plain"))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("seed", range(6))
def test_cse_of_repeated_program(seed):
    """A program, and the same with operands in another order and results permuted:
    nothing is left of the second but a transposition."""
    rng = np.random.default_rng(seed)
    network = random_program(rng, int(rng.integers(3, 7)))
    size = network.extents[0]
    arguments = len(network.arguments)
    kind = f"tensor<{size}x{size}xf32>"
    lines, names = [], {n: (f"%t{n}", False) for n in range(arguments)}
    for copy in "ab":
        for number, step in enumerate(network.steps):
            # In the second copy every tensor but the arguments is transposed.
            operands = []
            for tensor, indices in step.operands:
                name, transposed = names[tensor]
                i, j = (f"i{n}" for n in (indices[::-1] if transposed else indices))
                operands.append(f"{name}[{i}, {j}]")
            result = [f"i{n}" for n in step.result]
            if copy == "b":
                rng.shuffle(operands)
                result.reverse()
            lines.append(f"  %{copy}{number} = tensornet.contract {', '.join(operands)} -> "
                         f"[{', '.join(result)}] : ({', '.join([kind] * len(operands))}) -> {kind}")
            names[arguments + number] = (f"%{copy}{number}", copy == "b")
    last = len(network.steps) - 1
    header = ", ".join(f"%t{n}: {kind}" for n in range(arguments))
    program = (f"func.func @f({header}) -> ({kind}, {kind}) {{\n" + "\n".join(lines)
               + f"\n  return %a{last}, %b{last} : {kind}, {kind}\n}}\n")
    merged = run_tool("tn-opt", "-", "--tensornet-cse", text=program)
    assert merged.count("tensornet.contract") <= len(network.steps) + 1
    check(program, values([(size, size)] * arguments), "--tensornet-cse")
