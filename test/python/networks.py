"""Contraction networks as plain values: made at random, written as functions."""

from __future__ import annotations

import dataclasses
import string

import numpy as np

LETTERS = string.ascii_lowercase


def index_name(number: int) -> str:
    """A name of its own for each number."""
    return LETTERS[number % 26] + (str(number // 26) if number >= 26 else "")


@dataclasses.dataclass(frozen=True)
class Step:
    """A contraction of earlier tensors: arguments 0, 1, ..., then results."""

    operands: tuple[tuple[int, tuple[int, ...]], ...]
    result: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Network:
    """Contractions in a row, the last of which is the result."""

    extents: tuple[int, ...]
    arguments: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]

    def _type(self, indices: tuple[int, ...]) -> str:
        return f"tensor<{''.join(f'{self.extents[i]}x' for i in indices)}f32>"

    @property
    def result_type(self) -> str:
        return self._type(self.steps[-1].result)

    def function(self, name: str = "f") -> str:
        """The network as a function of its arguments."""
        types = [self._type(a) for a in self.arguments]
        header = ", ".join(f"%t{n}: {t}" for n, t in enumerate(types))
        lines = [f"func.func @{name}({header}) -> {self.result_type} {{"]
        types = list(types)
        for step in self.steps:
            def written(indices: tuple[int, ...]) -> str:
                return f"[{', '.join(map(index_name, indices))}]"

            operands = ", ".join(f"%t{t}{written(i)}" for t, i in step.operands)
            inputs = ", ".join(types[t] for t, _ in step.operands)
            result = self._type(step.result)
            lines.append(f"  %t{len(types)} = tensornet.contract {operands} -> "
                         f"{written(step.result)} : ({inputs}) -> {result}")
            types.append(result)
        lines += [f"  return %t{len(types) - 1} : {self.result_type}", "}"]
        return "\n".join(lines) + "\n"


def single(extents, arguments, result) -> Network:
    """One contraction of all arguments."""
    operands = tuple((n, tuple(a)) for n, a in enumerate(arguments))
    return Network(tuple(extents), tuple(map(tuple, arguments)), (Step(operands, tuple(result)),))


def _extents(rng: np.random.Generator, count: int, low: int, high: int) -> list[int]:
    """Log-uniform extents."""
    return [int(round(np.exp(e))) for e in rng.uniform(np.log(low), np.log(high), count)]


def chain(length: int, extents: list[int]) -> Network:
    """A product of matrices; `extents` has one entry more than matrices."""
    return single(extents, [(n, n + 1) for n in range(length)], (0, length))


def optimal_chain(extents: list[int]) -> int:
    """The cheapest product of matrices, by dynamic programming."""
    n = len(extents) - 1
    best = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            best[i][j] = min(best[i][k] + best[k + 1][j]
                             + extents[i] * extents[k + 1] * extents[j + 1]
                             for k in range(i, j))
    return best[0][n - 1]


def random_chain(rng: np.random.Generator, length: int) -> Network:
    return chain(length, _extents(rng, length + 1, 2, 32))


def random_network(rng: np.random.Generator, tensors: int) -> Network:
    """A connected network of so many tensors: a random tree of bonds and a few
    more, some of them on three tensors, open, batch and private indices."""
    extents: list[int] = []
    arguments: list[list[int]] = [[] for _ in range(tensors)]

    def add_index(members) -> int:
        extents.append(_extents(rng, 1, 2, 8)[0])
        for member in members:
            arguments[member].append(len(extents) - 1)
        return len(extents) - 1

    for tensor in range(1, tensors):
        add_index([tensor, int(rng.integers(tensor))])
    for _ in range(int(rng.integers(tensors // 2, tensors + 1))):
        add_index(rng.choice(tensors, 3 if rng.random() < 0.2 else 2, replace=False))
    result = [add_index(rng.choice(tensors, 2 if rng.random() < 0.3 else 1, replace=False))
              for _ in range(int(rng.integers(0, 4)))]
    if rng.random() < 0.3:
        add_index([int(rng.integers(tensors))])
    for argument in arguments:
        rng.shuffle(argument)
    return single(extents, arguments, result)


def random_program(rng: np.random.Generator, tensors: int) -> Network:
    """Several contractions that read arguments and earlier results, some of
    them more than once. Every tensor is a matrix."""
    extent = _extents(rng, 1, 2, 8)[0]
    steps: list[Step] = []
    unused = list(range(tensors))
    while len(unused) > 1 or not steps:
        count = min(len(unused), int(rng.integers(2, 5)))
        picked = [unused.pop(int(rng.integers(len(unused)))) for _ in range(count)]
        if steps and rng.random() < 0.4:
            picked.append(int(rng.integers(tensors + len(steps))))
        operands = []
        for position, tensor in enumerate(picked):
            indices = (position, position + 1)
            operands.append((tensor, indices if rng.random() < 0.7 else indices[::-1]))
        steps.append(Step(tuple(operands), (0, len(picked))))
        unused.append(tensors + len(steps) - 1)
    indices = max(len(step.operands) for step in steps) + 1
    return Network((extent,) * indices, ((0, 1),) * tensors, tuple(steps))
