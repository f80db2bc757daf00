"""A random program while it is written: its arguments, statements and what they compute."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Iterable

from contractions import Contraction, Form, Tensor, is_complex
from elements import rounding
from values import Value, contract

# Around the lengths of vectors and the tiles of the kernels; now and then nothing at all.
EXTENTS = ([0] + [1] * 3 + [2] * 4 + [3] * 4 + [5] * 3 + [7] * 3 + [8] * 3 + [15, 16, 17] * 2
           + [31, 32, 33] * 2 + [63, 64, 65, 100, 300])
LARGE_EXTENTS = [17, 31, 32, 33, 63, 64, 65, 100, 129, 257, 300, 400, 700]
INDICES = "abcdefg"
Environment = dict[str, Value]


def count(extents: Iterable[int]) -> int:
    """The number of points, were no extent zero."""
    return math.prod(max(extent, 1) for extent in extents)


@dataclasses.dataclass(frozen=True)
class Variable:
    """A tensor of the program; equal names of dimensions have equal extents."""

    name: str
    tensor: Tensor
    indices: tuple[str, ...]

    @property
    def element(self) -> str:
        return self.tensor.element

    @property
    def type(self) -> str:
        return self.tensor.type

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape


@dataclasses.dataclass(frozen=True)
class Traits:
    """What all statements of one program have in common."""

    elements: tuple[str, ...]  # drawn from by every tensor, equal ones as often as named
    dynamic: bool  # extents are left to the run
    smooth: bool  # only what central differences can check
    special: bool  # infinities, NaNs, negative zeros and subnormals in inputs
    kernels: bool  # contractions say how they are computed
    large: bool

    @property
    def most_points(self) -> int:
        return 3_000_000 if self.large else 150_000

    @staticmethod
    def draw(rng: random.Random) -> "Traits":
        half, integer = rng.choice(["bf16", "f16"]), rng.choice(["i8", "i32", "i64"])
        elements = rng.choice(
            [("f32",)] * 6 + [("f64",)] * 4 + [("complex<f32>",), ("complex<f64>",)] * 2
            + [(half,) * 9 + ("bf16", "f16", "f32")] * 4 + [("f32", "f64", "f16", "bf16")] * 2
            + [(integer,) * 4 + ("i8", "i16", "i32", "i64")] * 3)
        smooth, dynamic = rng.random() < 0.35, rng.random() < 0.25
        # With extents of the run, sums over no points are zeros that meet infinities.
        special = rng.random() < 0.3 and not smooth and not dynamic
        return Traits(elements, dynamic=dynamic, smooth=smooth, special=special,
                      kernels=rng.random() < 0.3, large=rng.random() < 0.25)


class Writer:
    """Writes @f. Statements read variables of the pool, the newest most."""

    def __init__(self, rng: random.Random, traits: Traits):
        self.rng = rng
        self.traits = traits
        extents = LARGE_EXTENTS if traits.large else EXTENTS
        self.extents = {index: rng.choice(extents) for index in INDICES}
        if traits.special:  # every argument has elements
            self.extents = {index: extent or 1 for index, extent in self.extents.items()}
        self.arguments: list[Variable] = []
        self.pool: list[Variable] = []
        self.lines: list[str] = []
        self.steps: list[tuple[str, Callable[[Environment], Value]]] = []
        self.results: list[Variable] = []

    def element(self) -> str:
        return self.rng.choice(self.traits.elements)

    def fresh(self) -> str:
        return f"%v{len(self.lines)}"

    def index(self, extent: int) -> str:
        """An index of that extent, a new one if none has it."""
        for name, known in self.extents.items():
            if known == extent:
                return name
        self.extents[f"n{extent}"] = extent
        return f"n{extent}"

    def variable(self, name: str, tensor: Tensor, indices: Iterable[str] | None = None) -> Variable:
        """A variable of the pool; dimensions without a name get one by their extents."""
        names = [self.index(extent) for extent in tensor.shape] if indices is None else indices
        self.pool.append(Variable(name, tensor, tuple(names)))
        return self.pool[-1]

    def argument(self, element: str, shape: Iterable[int],
                 indices: Iterable[str] | None = None) -> Variable:
        shape = tuple(shape)
        dynamic = tuple(self.traits.dynamic and self.rng.random() < 0.6 for _ in shape)
        name = f"%x{len(self.arguments)}"
        self.arguments.append(self.variable(name, Tensor(element, shape, dynamic), indices))
        return self.arguments[-1]

    def write(self, text: str) -> None:
        """Lines that define nothing statements read."""
        self.lines += text.split("\n")

    def define(self, name: str, tensor: Tensor, text: str,
               evaluate: Callable[[Environment], Value],
               indices: Iterable[str] | None = None) -> Variable:
        """A statement that computes the variable called `name`."""
        self.write(text)
        self.steps.append((name, evaluate))
        self.results.append(self.variable(name, tensor, indices))
        return self.results[-1]

    def contract(self, contraction: Contraction, arguments: list[Variable],
                 indices: Iterable[str] | None = None) -> Variable:
        """A statement with a contraction of variables."""
        name, names = self.fresh(), [argument.name for argument in arguments]
        inputs = {argument.name for argument in self.arguments}
        # A mask is as good as an input: its ones are no sum.
        is_input = all(n in inputs or n in self.masks() for n in names)
        return self.define(
            name, contraction.result, contraction.text(names, name),
            lambda known: contract(contraction, [known[n] for n in names], is_input), indices)

    def masks(self) -> set[str]:
        return {name for name, _ in self.steps if name.endswith("m")}

    def recent(self, fits: Callable[[Variable], bool] = lambda _: True) -> Variable | None:
        """One of the newest variables that fit, if any does."""
        found = [variable for variable in self.pool if fits(variable)]
        return self.rng.choice(found[-5:]) if found else None

    def text(self, returned: list[Variable]) -> str:
        header = ", ".join(f"{argument.name}: {argument.type}" for argument in self.arguments)
        types = ", ".join(variable.type for variable in returned)
        names = ", ".join(variable.name for variable in returned)
        body = "\n  ".join(self.lines)
        return (f"func.func @f({header}) -> ({types}) {{\n  {body}\n"
                f"  return {names} : {types}\n}}\n")

    def evaluate(self, inputs: list[Value]) -> Environment:
        """The values of all variables."""
        known = {argument.name: value for argument, value in zip(self.arguments, inputs)}
        for name, evaluate in self.steps:
            known[name] = evaluate(known)
        return known


def is_static(variable: Variable) -> bool:
    return variable.tensor.is_static


def bare(indices: Iterable[str]) -> tuple[Form, ...]:
    """The subscripts that are indices alone."""
    return tuple(Form(((index, 1),)) for index in indices)


def widest(elements: Iterable[str]) -> str:
    """The float type that rounds least."""
    return min(elements, key=lambda element: (rounding(element), is_complex(element)))
