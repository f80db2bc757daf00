"""Networks as tn-plan reads them, and what a path does to them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math

import numpy as np

from programs import run_tool


@dataclasses.dataclass(frozen=True)
class NamedNetwork:
    """Index names per tensor and of the result, and the extent of each."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    extents: dict[str, int]

    @staticmethod
    def parse(text: str) -> NamedNetwork:
        data = json.loads(text)
        return NamedNetwork(tuple(map(tuple, data["inputs"])), tuple(data["output"]),
                            data["size_dict"])

    def json(self) -> str:
        return json.dumps({"inputs": self.inputs, "output": self.output,
                           "size_dict": self.extents})

    def shape(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.extents[name] for name in names)

    def draw_operands(self, seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        return [rng.standard_normal(self.shape(names)) for names in self.inputs]


def generate(text: str) -> NamedNetwork:
    """A network of tn-plan's generators."""
    return NamedNetwork.parse(run_tool("tn-plan", f"--generate={text}"))


def plan(network: NamedNetwork, *flags: str) -> dict:
    """What tn-plan says of a network."""
    return json.loads(run_tool("tn-plan", "--network=-", "--json", *flags, text=network.json()))


def einsum(operands, names, output) -> np.ndarray:
    """np.einsum with names; those that no operand has are broadcast."""
    letters = {name: number for number, name in
               enumerate(dict.fromkeys(itertools.chain(*names)))}
    known = [name for name in output if name in letters]
    arguments = [part for operand, used in zip(operands, names, strict=True)
                 for part in (operand, [letters[name] for name in used])]
    return np.einsum(*arguments, [letters[name] for name in known])


def broadcast(array, names, output, extents) -> np.ndarray:
    """`array`, which has those of the names of `output` in order, with all of them."""
    shape = [extents[name] if name in names else 1 for name in output]
    return np.broadcast_to(array.reshape(shape), [extents[name] for name in output])


def evaluate(network: NamedNetwork, operands: list[np.ndarray]) -> np.ndarray:
    """The whole network in one call of np.einsum."""
    value = einsum(operands, network.inputs, network.output)
    known = set(itertools.chain(*network.inputs))
    return broadcast(value, known, network.output, network.extents)


def follow(network: NamedNetwork, path: list[list[int]]):
    """Yields per step the positions, the live names of both operands and of the result."""
    live = list(network.inputs)
    for step, (first, second) in enumerate(path):
        assert first < second < len(live), f"step {step} is {first}, {second} of {len(live)}"
        rhs, lhs = live.pop(second), live.pop(first)
        kept = set(network.output).union(*live)
        result = tuple(name for name in dict.fromkeys(lhs + rhs) if name in kept)
        yield first, second, lhs, rhs, result
        live.append(result)
    assert len(live) == 1 or not network.inputs


def execute_path(network, path, operands) -> np.ndarray:
    """The network step by step."""
    operands = list(operands)
    names = network.inputs[0] if network.inputs else ()
    for first, second, lhs, rhs, names in follow(network, path):
        b, a = operands.pop(second), operands.pop(first)
        operands.append(einsum([a, b], [lhs, rhs], names))
    value = einsum(operands, [names], network.output)
    return broadcast(value, names, network.output, network.extents)


def execute_plan(network: NamedNetwork, planned: dict, operands) -> np.ndarray:
    """The network slice by slice, step by step."""
    sliced = planned["sliced"]
    extents = {name: 1 if name in sliced else extent for name, extent in network.extents.items()}
    part = dataclasses.replace(network, extents=extents)
    result = np.zeros(network.shape(network.output))
    for values in itertools.product(*(range(network.extents[name]) for name in sliced)):
        place = {name: slice(value, value + 1) for name, value in zip(sliced, values)}

        def at(names):
            return tuple(place.get(name, slice(None)) for name in names)

        pieces = [operand[at(names)] for operand, names in zip(operands, network.inputs)]
        result[at(network.output)] += execute_path(part, planned["path"], pieces)
    return result


@dataclasses.dataclass
class PathCost:
    """Multiplications of the value and of everything, and the largest result."""

    value: int = 0
    weighted: int = 0
    largest: int = 0


def count(network: NamedNetwork, planned: dict, active: set[int] = frozenset()) -> PathCost:
    """The cost of a plan, counted in whole numbers by the definition."""
    extents = {name: 1 if name in planned["sliced"] else extent
               for name, extent in network.extents.items()}
    slices = math.prod(network.extents[name] for name in planned["sliced"])
    is_active = [number in active for number in range(len(network.inputs))]
    holders = list(map(set, network.inputs))
    cost = PathCost()
    for first, second, lhs, rhs, result in follow(network, planned["path"]):
        others = [held for position, held in enumerate(holders) if position not in (first, second)]
        elsewhere = set(network.output).union(*others)
        # What only one operand has is summed before the step.
        lhs, rhs = set(lhs), set(rhs)
        lhs, rhs = lhs & (rhs | elsewhere), rhs & (lhs | elsewhere)
        rhs_active, lhs_active = is_active.pop(second), is_active.pop(first)
        points = slices * math.prod(extents[name] for name in lhs | rhs)
        cost.value += points
        cost.weighted += points * (1 + lhs_active + rhs_active)
        cost.largest = max(cost.largest, math.prod(extents[name] for name in result))
        is_active.append(lhs_active or rhs_active)
        holders = others + [set(result)]
    return cost
