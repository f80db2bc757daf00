"""Value and all gradients of a contraction network cost at most three times the
cheapest value found, counted on the pairwise IR that runs."""

import re

import numpy as np
import pytest

from networks import (Network, Step, chain, optimal_chain, random_chain, random_network,
                      random_program, single)
from programs import run_tool

# The program that runs, and the same step by step.
PIPELINE = ["--tensornet-to-cpu=stage=pairwise", "--tensornet-verify-form=form=pairwise"]
PASSES = ["--tensornet-cse", "--tensornet-plan", "--tensornet-cse",
          "--tensornet-verify-form=form=pairwise"]


def costs(program: str, *passes: str) -> dict[str, int]:
    """The multiplications of every function after these passes."""
    printed = run_tool("tn-opt", "-", *passes, "--tensornet-print-cost", "-o", "/dev/null",
                       text=program)
    return {name: int(count)
            for name, count in re.findall(r"^@(\w+): multiplications=(\d+) ", printed, re.M)}


def value_and_total(network: Network, active: list[int],
                    passes: list[str] = PIPELINE) -> tuple[int, int]:
    """The cost of the value alone, and of the value with the gradients with
    respect to the `active` arguments."""
    wrt = ",".join(map(str, active))
    found = costs(network.function(),
                  f"--tensornet-differentiate=function=f mode=vjp wrt={wrt}", *passes)
    return found["f"], found["f_vjp"]


def some(rng: np.random.Generator, count: int) -> list[int]:
    """A random non-empty subset of 0 .. count-1."""
    size = int(rng.integers(1, count))
    return sorted(map(int, rng.choice(count, size, replace=False)))


CONTRACTION = re.compile(r"(%\w+) = tensornet\.contract (.*) -> \[.*\] : \((.*)\) -> .*$", re.M)


def reverse_sweep(planned: str, active: list[int]) -> int:
    """The cost of the binary contractions of one function and of their adjoints."""
    total = 0
    wanted = {f"%arg{n}" for n in active}
    for name, operands, types in CONTRACTION.findall(planned):
        extents: dict[str, int] = {}
        names = []
        for (operand, indices), kind in zip(re.findall(r"(%\w+)\[(.*?)\]", operands),
                                            types.split(", ")):
            names.append(operand)
            extents.update(zip(indices.split(", "), map(int, re.findall(r"(\d+)x", kind))))
        found = [operand for operand in names if operand in wanted]
        if found:
            wanted.add(name)
        if len(names) == 2:
            total += int(np.prod(list(extents.values()))) * (1 + len(found))
    return total


@pytest.mark.parametrize("passes", [PIPELINE, PASSES])
def test_chain_of_64(passes):
    network = random_chain(np.random.default_rng(64), 64)
    value, total = value_and_total(network, list(range(64)), passes)
    assert value <= 1.05 * optimal_chain(list(network.extents))
    assert total <= 3 * value


def test_chain_of_64_equal_matrices():
    value, total = value_and_total(chain(64, [16] * 65), list(range(64)))
    assert value == 63 * 16**3
    assert total <= 3 * value


@pytest.mark.parametrize("seed", range(4))
def test_chain_of_64_with_some_active(seed):
    rng = np.random.default_rng(seed)
    network = random_chain(rng, 64)
    value, total = value_and_total(network, some(rng, 64))
    assert total <= 3 * value


@pytest.mark.parametrize("tensors", range(3, 13))
def test_chain_is_optimal(tensors):
    network = random_chain(np.random.default_rng(tensors), tensors)
    assert costs(network.function())["f"] == optimal_chain(list(network.extents))


@pytest.mark.parametrize("seed", range(20))
def test_random_network(seed):
    rng = np.random.default_rng(seed)
    tensors = 8 + (22 * seed) // 19
    network = random_network(rng, tensors)
    value, total = value_and_total(network, list(range(tensors)))
    assert total <= 3 * value


@pytest.mark.parametrize("seed", range(20))
def test_random_network_with_some_active(seed):
    rng = np.random.default_rng(seed)
    tensors = 8 + (22 * seed) // 19
    network = random_network(rng, tensors)
    active = some(rng, tensors)
    value, total = value_and_total(network, active)
    assert total <= 3 * value
    # The order knows which gradients are wanted: it is no dearer than a reverse
    # sweep over the order that is cheapest for the value.
    planned = run_tool("tn-opt", "-", "--tensornet-plan", text=network.function())
    assert total <= reverse_sweep(planned, active)


def test_order_follows_the_wanted_gradient():
    """Both orders of A B C cost the same; with C alone active, A B is made first
    and is not differentiated."""
    network = single([8, 8, 8, 8], [(0, 1), (1, 2), (2, 3)], (0, 3))
    value, total = value_and_total(network, [2])
    assert value == 2 * 8**3
    assert total == 3 * 8**3


@pytest.mark.parametrize("passes", [PIPELINE, PASSES])
@pytest.mark.parametrize("seed", range(12))
def test_scalars(seed, passes):
    """Scalars are multiplied with each other, then with one tensor; both count,
    and so do their adjoints."""
    rng = np.random.default_rng(seed)
    tensors = int(rng.integers(1, 12))
    network = random_network(rng, max(tensors, 2))
    arguments = [*network.arguments[:tensors], *[()] * int(rng.integers(1, 4))]
    used = set().union(*arguments)
    result = () if seed % 2 else tuple(i for i in network.steps[0].result if i in used)
    network = single(network.extents, arguments, result)
    for active in (list(range(len(arguments))), some(rng, len(arguments))):
        value, total = value_and_total(network, active, passes)
        assert total <= 3 * value


def test_products_of_scalars():
    """x^3 of x^3 and x: the adjoints of a product of scalars go through its steps,
    also where an earlier product is a factor."""
    steps = (Step(((0, ()),) * 3, ()), Step(((1, ()), (1, ()), (0, ())), ()))
    value, total = value_and_total(Network((), ((),), steps), [0])
    assert value == 4
    assert total <= 3 * value


def test_product_with_trace():
    """A[i, k] := B[i, j] * C[j, k] * D[l, l]: 4 * 6 * 5 points, and the trace
    scales the smallest tensor, of 4 * 5."""
    network = single([4, 6, 5, 3], [(0, 1), (1, 2), (3, 3)], (0, 2))
    value, total = value_and_total(network, [0, 1, 2])
    assert value == 120 + 20
    assert total <= 3 * value
    value, total = value_and_total(network, [0, 1])
    assert total <= 3 * value


def test_scaled_product():
    """A scalar beside two tensors scales the smallest of them and the result;
    0-d cotangents scale the smaller operand."""
    network = single([4, 6, 5], [(0, 1), (1, 2), ()], (0, 2))
    assert value_and_total(network, [0, 1, 2]) == (120 + 20, 3 * (120 + 20))
    assert value_and_total(network, [0, 1])[1] <= 3 * (120 + 20)
    network = single([7], [(0,), (0,)], ())
    assert value_and_total(network, [0, 1]) == (7, 3 * 7)


@pytest.mark.parametrize("seed", range(8))
def test_random_program(seed):
    """Several contractions, results that are used more than once."""
    rng = np.random.default_rng(seed)
    network = random_program(rng, int(rng.integers(4, 12)))
    arguments = len(network.arguments)
    for active in (list(range(arguments)), some(rng, arguments)):
        value, total = value_and_total(network, active)
        assert total <= 3 * value
