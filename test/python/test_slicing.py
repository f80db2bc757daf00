"""Values and derivatives computed slice by slice, within a memory limit."""

import re

import numpy as np
import pytest

from networks import Network, index_name, random_network, single
from programs import Run, run_program, run_tool

# A cube of eight tensors: the value and all gradients need intermediates that are
# larger than any tensor.
CUBE = single([6] * 12, [(0, 1, 2), (0, 3, 4), (1, 5, 6), (3, 5, 7), (2, 8, 9), (4, 8, 10),
                         (6, 9, 11), (7, 10, 11)], ())
OPEN = single([5, 6, 7, 4, 8, 3, 9], [(0, 1, 2), (0, 3, 4), (1, 3, 5), (2, 4, 5, 6)], (0, 6))
# A diagonal, and an index on three tensors.
DIAGONAL = single([6, 7, 8, 9], [(0, 0, 1), (1, 2), (0, 2, 3), (3, 1)], (0,))
NETWORKS = {"cube": CUBE, "open": OPEN, "diagonal": DIAGONAL}


def inputs_of(network: Network, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal([network.extents[i] for i in argument]).astype(np.float32)
            for argument in network.arguments]


def einsum(network: Network, tensors: list[np.ndarray], result=None) -> np.ndarray:
    terms = [part for value, argument in zip(tensors, network.arguments)
             for part in (value.astype(np.float64), list(argument))]
    return np.einsum(*terms, list(network.steps[-1].result if result is None else result),
                     optimize=("greedy", 2**30))


def gradient(network: Network, tensors: list[np.ndarray], wrt: int,
             cotangent: np.ndarray) -> np.ndarray:
    """The sum of cotangent * result is linear in each tensor."""
    result = list(network.steps[-1].result)
    kept = list(dict.fromkeys(network.arguments[wrt]))
    terms = [cotangent.astype(np.float64), result]
    for number, (value, argument) in enumerate(zip(tensors, network.arguments)):
        if number != wrt:
            terms += [value.astype(np.float64), list(argument)]
    # Indices that only this tensor has: the gradient does not depend on them.
    for index in kept:
        terms += [np.ones(network.extents[index]), [index]]
    found = np.einsum(*terms, kept, optimize=("greedy", 2**30))
    if len(kept) == len(network.arguments[wrt]):
        return found
    full = np.zeros([network.extents[i] for i in network.arguments[wrt]])
    places = np.indices(found.shape)
    full[tuple(places[kept.index(i)] for i in network.arguments[wrt])] = found
    return full


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-3,
                               atol=1e-5 * max(1, np.abs(expected).max()))


def pick_limit(network: Network, flag: str) -> int:
    """A fraction of what the network needs as it is, if slicing can meet that."""
    def succeeds(limit: int) -> bool:
        try:
            return "scf.for" in run_tool("tn-opt", "-", f"{flag} memory-limit={limit}",
                                         text=network.function())
        except AssertionError as error:
            assert f"within memory-limit={limit}" in str(error)
            return False

    for limit in (100, 200, 400, 800, 1600, 3200, 6400, 12800):
        if succeeds(limit):
            return limit
    return 0


def differentiate(mode: str) -> str:
    return f"--tensornet-differentiate=function=f mode={mode}"


@pytest.mark.parametrize("pipeline", ["optimised"])
@pytest.mark.parametrize("name", NETWORKS)
def test_value(name, pipeline):
    network = NETWORKS[name]
    limit = pick_limit(network, "--tensornet-plan=strategy=auto")
    inputs = inputs_of(network)
    planned = run_tool("tn-opt", "-", f"--tensornet-plan=memory-limit={limit}",
                       text=network.function())
    assert "scf.for" in planned
    assert_close(run_program(planned, Run("f", inputs, pipeline="plain"))[0],
                 einsum(network, inputs))
    found = run_program(network.function(),
                        Run("f", inputs, pipeline=pipeline, memory_limit=limit))
    assert_close(found[0], einsum(network, inputs))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
def test_all_gradients(name, pipeline):
    network = NETWORKS[name]
    limit = pick_limit(network, differentiate("vjp"))
    inputs = inputs_of(network)
    shape = [network.extents[i] for i in network.steps[-1].result]
    cotangent = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    wrt = tuple(range(len(inputs)))
    if pipeline == "plain":
        program = run_tool("tn-opt", "-", f"{differentiate('vjp')} memory-limit={limit}",
                           text=network.function())
        assert "scf.for" in program
        found = run_program(program, Run("f_vjp", [*inputs, cotangent], pipeline="plain"))
    else:
        found = run_program(network.function(),
                            Run("f", [*inputs, cotangent], "vjp", wrt, memory_limit=limit))
    assert_close(found[0], einsum(network, inputs))
    for number in wrt:
        assert_close(found[1 + number], gradient(network, inputs, number, cotangent))


@pytest.mark.parametrize("seed", range(8))
def test_random_network(seed):
    """Some gradients of random networks, within the least memory that does."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, int(rng.integers(5, 11)))
    wrt = tuple(n for n in range(len(network.arguments)) if rng.random() < 0.5) or (0,)
    flags = f"{differentiate('vjp')} wrt={','.join(map(str, wrt))}"
    limit = pick_limit(network, flags)
    inputs = inputs_of(network, seed)
    cotangent = np.ones([network.extents[i] for i in network.steps[-1].result], np.float32)
    found = run_program(network.function(),
                        Run("f", [*inputs, cotangent], "vjp", wrt, memory_limit=limit))
    assert_close(found[0], einsum(network, inputs))
    for number, argument in enumerate(wrt):
        assert_close(found[1 + number], gradient(network, inputs, argument, cotangent))


@pytest.mark.parametrize("mode", ["jvp", "jacobian", "hessian", "value_and_grad"])
def test_other_modes(mode):
    """With and without slices the same."""
    scalar = mode in ("hessian", "value_and_grad")
    network = single([4] * 6, [(0, 1, 2), (0, 3, 4), (1, 3, 5), (2, 4, 5)],
                     () if scalar else (0,))
    inputs = inputs_of(network)
    tangents = inputs_of(network, 1)[:1] if mode == "jvp" else []
    limit = 80
    run = Run("f", [*inputs, *tangents], mode, (0,))
    sliced = Run("f", [*inputs, *tangents], mode, (0,), memory_limit=limit)
    for found, expected in zip(run_program(network.function(), sliced),
                               run_program(network.function(), run), strict=True):
        assert_close(found, expected)


def nonlinear(network: Network, result: str) -> str:
    """sum(exp(network)), where the cotangent depends on the value."""
    kind = network.result_type
    axes = ", ".join(index_name(n) for n in range(len(network.steps[-1].result)))
    return network.function("net") + f"""
func.func @f({', '.join(f'%t{n}: {t}' for n, t in enumerate(types(network)))}) -> tensor<f32> {{
  %y = func.call @net({', '.join(f'%t{n}' for n in range(len(network.arguments)))})
    : ({', '.join(types(network))}) -> {kind}
  %e = math.{result} %y : {kind}
  %s = tensornet.contract %e[{axes}] -> [] : ({kind}) -> tensor<f32>
  return %s : tensor<f32>
}}
"""


def types(network: Network) -> list[str]:
    return [f"tensor<{''.join(f'{network.extents[i]}x' for i in a)}f32>"
            for a in network.arguments]


@pytest.mark.parametrize("name", ["open", "cube"])
def test_cotangent_that_depends_on_the_value(name):
    network = NETWORKS[name]
    inputs = [value * 0.05 for value in inputs_of(network)]
    limit = pick_limit(network, differentiate("vjp"))
    wrt = tuple(range(len(inputs)))
    found = run_program(nonlinear(network, "exp"),
                        Run("f", inputs, "value_and_grad", wrt, memory_limit=limit))
    values = np.exp(einsum(network, inputs))
    assert_close(found[0], values.sum())
    for number in wrt:
        assert_close(found[1 + number], gradient(network, inputs, number, values))


def costs(program: str, *passes: str) -> dict[str, tuple[int, int]]:
    """Multiplications and peak of every function."""
    printed = run_tool("tn-opt", "-", *passes, "--tensornet-print-cost", "-o", "/dev/null",
                       text=program)
    found = re.findall(r"^@(\w+): multiplications=(\d+) largest=\d+ peak=(\d+)", printed, re.M)
    return {name: (int(count), int(peak)) for name, count, peak in found}


def test_cost_and_peak_of_the_cube():
    """A quarter of the memory, for value and all gradients, at a modest price."""
    flag = differentiate("value_and_grad")
    whole, peak = costs(CUBE.function(), flag)["f_value_and_grad"]
    gradients = sum(6**3 for _ in CUBE.arguments)
    limit = (peak - gradients) // 4
    sliced, sliced_peak = costs(CUBE.function(), f"{flag} memory-limit={limit}")["f_value_and_grad"]
    assert sliced_peak <= limit + 1 + gradients
    assert whole <= sliced <= 4 * whole
