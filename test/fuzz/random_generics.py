"""Random linalg.generic ops: the elementwise hosts and reductions that fuse with
contractions, with operands that are spread, transposed or of another type."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from contractions import Tensor, is_complex, is_integer
from random_statements import INITIAL, INTEGER_OPS, conversion, is_float
from values import Value, elementwise, reduce
from writer import Environment, Variable, Writer, count

UNARY: dict[str, Callable] = {
    "math.tanh": np.tanh, "math.sin": np.sin, "arith.negf": np.negative, "math.exp": np.exp,
    "math.absf": np.abs, "math.sqrt": np.sqrt}
BINARY: dict[str, Callable] = {
    "arith.addf": np.add, "arith.subf": np.subtract, "arith.mulf": np.multiply,
    "arith.maximumf": np.maximum, "arith.minimumf": np.minimum}
INTEGER = {f"arith.{name}": function for name, function in INTEGER_OPS.items()}
MOST_POINTS = 400_000


@dataclasses.dataclass
class Scalar:
    """A number of the body, and its value at all points of the loops."""

    name: str
    compute: Callable[[Environment], Value]


class Body:
    """The region of a generic op in one element type."""

    def __init__(self, writer: Writer, loops: list[str], element: str):
        self.writer, self.loops, self.element = writer, loops, element
        self.shape = tuple(writer.extents[index] for index in loops)
        self.lines: list[str] = []

    def define(self, text: str, compute: Callable[[Environment], Value]) -> Scalar:
        """One more line; {y} is its name, {T} the element type."""
        scalar = Scalar(f"%b{len(self.lines)}", compute)
        self.lines.append(text.format(y=scalar.name, T=self.element))
        return scalar

    def read(self, number: int, variable: Variable) -> Scalar:
        """The element of an operand, converted."""
        axes = sorted(range(len(variable.indices)),
                      key=lambda d: self.loops.index(variable.indices[d]))
        names = {variable.indices[d] for d in axes}
        view = tuple(slice(None) if index in names else np.newaxis for index in self.loops)

        def spread(array: np.ndarray) -> np.ndarray:
            return np.broadcast_to(array.transpose(axes)[view], self.shape)

        def compute(known: Environment) -> Value:
            return known[variable.name].rearranged(spread)

        op = conversion(variable.element, self.element)
        if not op:
            return Scalar(f"%a{number}", compute)
        return self.define(f"{{y}} = {op} %a{number} : {variable.element} to {{T}}",
                           lambda known: elementwise(lambda x: x, [compute(known)], self.element))

    def apply(self, op: str, function: Callable, operands: list[Scalar]) -> Scalar:
        names = ", ".join(scalar.name for scalar in operands)
        return self.define(
            f"{{y}} = {op} {names} : {{T}}",
            lambda known: elementwise(function, [scalar.compute(known) for scalar in operands],
                                      self.element))

    def choose(self, scalar: Scalar) -> Scalar:
        """Zero where one loop's number is above another's."""
        first, second = self.writer.rng.sample(range(len(self.loops)), 2)
        n = len(self.lines)
        zero = "0" if is_integer(self.element) else "0.0"
        self.lines += [f"%i{n} = linalg.index {first} : index",
                       f"%j{n} = linalg.index {second} : index",
                       f"%c{n} = arith.cmpi sge, %i{n}, %j{n} : index",
                       f"%z{n} = arith.constant {zero} : {self.element}"]

        def compute(known: Environment) -> Value:
            grid = np.indices(self.shape, sparse=True)
            kept = np.broadcast_to(grid[first] >= grid[second], self.shape)
            return scalar.compute(known).rearranged(
                lambda array: np.where(kept, array, np.zeros((), array.dtype)))

        return self.define(f"{{y}} = arith.select %c{n}, {scalar.name}, %z{n} : {{T}}", compute)

    def combine(self, scalars: list[Scalar]) -> Scalar:
        """Random ops that read all operands."""
        rng = self.writer.rng
        result = scalars[0]
        for scalar in scalars[1:]:
            if is_complex(self.element):
                op = rng.choice(["add", "sub", "mul"])
                function = BINARY[f"arith.{op}f"]
                result = self.apply(f"complex.{op}", function, [result, scalar])
                continue
            table = INTEGER if is_integer(self.element) else BINARY
            op = rng.choice(list(table))
            result = self.apply(op, table[op], rng.sample([result, scalar], 2))
        if not is_complex(self.element) and not is_integer(self.element) and rng.random() < 0.5:
            op = rng.choice(list(UNARY))
            result = self.apply(op, UNARY[op], [result])
        if len(self.loops) > 1 and not is_complex(self.element) and rng.random() < 0.15:
            result = self.choose(result)
        return result


def pick_operands(writer: Writer, first: Variable,
                  element: str) -> tuple[list[str], list[Variable]]:
    """The loops, and what is read in them: variables, or new arguments spread over them."""
    rng, loops = writer.rng, list(first.indices)
    spare = [index for index in writer.extents if index not in loops]
    if spare and rng.random() < 0.15:
        loops.append(rng.choice(spare))
    rng.shuffle(loops)
    operands = [first]
    for _ in range(rng.choice([0, 1, 1, 2])):
        fitting = [v for v in writer.pool if set(v.indices) <= set(loops)
                   and len(set(v.indices)) == len(v.indices) and v.tensor.is_static
                   and conversion(v.element, element) is not None]
        if fitting and rng.random() < 0.6:
            operands.append(rng.choice(fitting[-6:]))
        else:
            indices = [index for index in loops if rng.random() < 0.6]
            rng.shuffle(indices)
            shape = [writer.extents[index] for index in indices]
            argument = writer.argument(element, shape, indices)
            if argument.tensor.is_static:
                operands.append(argument)
    return loops, operands


def affine_map(loops: list[str], indices: list[str] | tuple[str, ...]) -> str:
    names = {index: f"d{n}" for n, index in enumerate(loops)}
    return f"affine_map<({', '.join(names.values())}) -> ({', '.join(names[i] for i in indices)})>"


def add_generic(writer: Writer) -> None:
    """One op with any loops; a third of those of floats reduce some of them."""
    rng = writer.rng
    if writer.traits.smooth:  # the op has no derivative rule
        return
    first = writer.recent(lambda v: bool(v.shape) and v.tensor.is_static
                          and len(set(v.indices)) == len(v.indices))
    if first is None:
        return
    element = first.element
    if is_float(first) and rng.random() < 0.2:
        element = "f32"
    loops, operands = pick_operands(writer, first, element)
    if count(writer.extents[index] for index in loops) > MOST_POINTS:
        return
    body = Body(writer, loops, element)
    result = body.combine([body.read(n, operand) for n, operand in enumerate(operands)])
    summed = []
    if element in ("f32", "f64") and rng.random() < 0.35:
        read = {index for operand in operands for index in operand.indices}
        summed = [index for index in loops if index in read and rng.random() < 0.5]
    kept = [index for index in loops if index not in summed]
    if not summed:
        rng.shuffle(kept)
    write(writer, body, operands, result, kept, rng.choice(list(INITIAL)) if summed else "")


def write(writer: Writer, body: Body, operands: list[Variable], result: Scalar, kept: list[str],
          how: str) -> None:
    """The op and what computes it; `how` reduces the loops that are not kept."""
    name, loops, element = writer.fresh(), body.loops, body.element
    tensor = Tensor(element, tuple(writer.extents[index] for index in kept), (False,) * len(kept))
    names, types = (", ".join(getattr(v, part) for v in operands) for part in ("name", "type"))
    maps = [affine_map(loops, v.indices) for v in operands] + [affine_map(loops, kept)]
    kinds = ", ".join('"parallel"' if index in kept else '"reduction"' for index in loops)
    arguments = [f"%a{n}: {v.element}" for n, v in enumerate(operands)] + [f"%o: {element}"]
    lines, yielded = list(body.lines), result.name
    if how:
        lines.append(f"%r = arith.{how} %o, {result.name} : {element}")
        yielded = "%r"
        writer.write(f"{name}e = arith.constant dense<{INITIAL[how]:.1e}> : {tensor.type}")
    else:
        writer.write(f"{name}e = tensor.empty() : {tensor.type}")
    traits = f"{{indexing_maps = [{', '.join(maps)}],\n    iterator_types = [{kinds}]}}"
    region = "\n    ".join([*lines, f"linalg.yield {yielded} : {element}"])
    text = (f"{name} = linalg.generic {traits} ins({names} : {types}) outs({name}e : "
            f"{tensor.type}) {{\n  ^bb0({', '.join(arguments)}):\n    {region}\n  }} -> "
            f"{tensor.type}")
    order = [loops.index(index) for index in kept]

    def evaluate(known: Environment) -> Value:
        value = result.compute(known)
        if not how:
            return value.rearranged(lambda array: array.transpose(order))
        summed = tuple(d for d, index in enumerate(loops) if index not in kept)
        return reduce(value, summed, how, INITIAL[how], element)

    writer.define(name, tensor, text, evaluate, kept)
