"""The table of elementwise ops: how each is written, what it computes, and where."""

from __future__ import annotations

import dataclasses
import math
from typing import Callable

import numpy as np

EVERYWHERE = (-2.0, 2.0)
POSITIVE = (0.3, 3.0)
INSIDE_ONE = (-0.8, 0.8)


@dataclasses.dataclass(frozen=True)
class Elementwise:
    """One op of float operands; `text` names operands {0} {1} {2}, the result {y}, the
    type {T} and types of the same shape with elements i1 and i32, {B} and {I}."""

    text: str
    function: Callable[..., np.ndarray]
    domains: tuple[tuple[float, float], ...]


def unary(op: str, function: Callable, domain=EVERYWHERE) -> Elementwise:
    return Elementwise(f"{{y}} = {op} {{0}} : {{T}}", function, (domain,))


def binary(op: str, function: Callable, first=EVERYWHERE, second=EVERYWHERE) -> Elementwise:
    return Elementwise(f"{{y}} = {op} {{0}}, {{1}} : {{T}}", function, (first, second))


def power(exponent: int) -> Elementwise:
    return Elementwise(
        f"{{y}}n = arith.constant {exponent} : i32\n"
        "{y} = math.fpowi {0}, {y}n : {T}, i32", lambda x: x**exponent, (POSITIVE,))


SELECT = "{y}c = arith.cmpf {predicate}, {0}, {1} : {T}\n{y} = arith.select {y}c, {0}, {1} : {B}, {T}"

OPS = {
    "addf": binary("arith.addf", np.add),
    "subf": binary("arith.subf", np.subtract),
    "mulf": binary("arith.mulf", np.multiply),
    "divf": binary("arith.divf", np.divide, EVERYWHERE, POSITIVE),
    "remf": binary("arith.remf", np.fmod, (4.2, 4.8), (1.9, 2.0)),
    "negf": unary("arith.negf", np.negative),
    "maximumf": binary("arith.maximumf", np.maximum),
    "minimumf": binary("arith.minimumf", np.minimum),
    "maxnumf": binary("arith.maxnumf", np.fmax),
    "minnumf": binary("arith.minnumf", np.fmin),
    "select": Elementwise(SELECT.replace("{predicate}", "olt"), np.minimum,
                          (EVERYWHERE, EVERYWHERE)),
    "fma": Elementwise("{y} = math.fma {0}, {1}, {2} : {T}", lambda a, b, c: a * b + c,
                       (EVERYWHERE,) * 3),
    "exp": unary("math.exp", np.exp),
    "exp2": unary("math.exp2", np.exp2),
    "expm1": unary("math.expm1", np.expm1),
    "log": unary("math.log", np.log, POSITIVE),
    "log1p": unary("math.log1p", np.log1p, (-0.5, 2.0)),
    "log2": unary("math.log2", np.log2, POSITIVE),
    "log10": unary("math.log10", np.log10, POSITIVE),
    "sqrt": unary("math.sqrt", np.sqrt, POSITIVE),
    "rsqrt": unary("math.rsqrt", lambda x: 1 / np.sqrt(x), POSITIVE),
    "cbrt": unary("math.cbrt", np.cbrt, POSITIVE),
    "powf": binary("math.powf", np.power, POSITIVE, EVERYWHERE),
    "sin": unary("math.sin", np.sin),
    "cos": unary("math.cos", np.cos),
    "tan": unary("math.tan", np.tan, (-1.2, 1.2)),
    "sinh": unary("math.sinh", np.sinh),
    "cosh": unary("math.cosh", np.cosh),
    "tanh": unary("math.tanh", np.tanh),
    "asin": unary("math.asin", np.arcsin, INSIDE_ONE),
    "acos": unary("math.acos", np.arccos, INSIDE_ONE),
    "atan": unary("math.atan", np.arctan),
    "atan2": binary("math.atan2", np.arctan2, EVERYWHERE, POSITIVE),
    "asinh": unary("math.asinh", np.arcsinh),
    "acosh": unary("math.acosh", np.arccosh, (1.3, 3.0)),
    "atanh": unary("math.atanh", np.arctanh, INSIDE_ONE),
    "erf": unary("math.erf", np.vectorize(math.erf, otypes=[float])),
    "erfc": unary("math.erfc", np.vectorize(math.erfc, otypes=[float])),
    "absf": unary("math.absf", np.abs),
    "copysign": binary("math.copysign", np.copysign),
    "floor": unary("math.floor", np.floor, (0.2, 0.8)),
    "ceil": unary("math.ceil", np.ceil, (0.2, 0.8)),
    "round": unary("math.round", np.round, (0.6, 0.9)),
    "roundeven": unary("math.roundeven", np.round, (0.6, 0.9)),
    "trunc": unary("math.trunc", np.trunc, (0.2, 0.8)),
}
# fpowi takes a scalar exponent beside a scalar base only.
SCALAR_OPS = {f"fpowi_{n}": power(n) for n in (-2, 0, 1, 3)}

INF, NAN = math.inf, math.nan

# (op, operands, partial derivatives) where differences cannot tell: ties, kinks, edges of
# domains, and points far out.
SPECIAL = [
    ("maximumf", (1, 1), (0.5, 0.5)),
    ("maximumf", (2, 1), (1, 0)),
    ("maximumf", (0.0, -0.0), (0.5, 0.5)),
    ("maximumf", (-INF, -INF), (0.5, 0.5)),
    ("maximumf", (NAN, 1), (1, 1)),
    ("minimumf", (1, 1), (0.5, 0.5)),
    ("minimumf", (2, 1), (0, 1)),
    ("maxnumf", (3, 3), (0.5, 0.5)),
    ("maxnumf", (NAN, 1), (0, 1)),
    ("minnumf", (3, 3), (0.5, 0.5)),
    ("minnumf", (1, NAN), (1, 0)),
    ("select", (1, 1), (0, 1)),
    ("absf", (0.0,), (0,)),
    ("absf", (-0.0,), (0,)),
    ("absf", (-3,), (-1,)),
    ("copysign", (-2, 3), (-1, 0)),
    ("copysign", (-2, -0.0), (1, 0)),
    ("copysign", (0, -1), (0, 0)),
    ("sqrt", (0,), (INF,)),
    ("sqrt", (INF,), (0,)),
    ("rsqrt", (INF,), (0,)),
    ("cbrt", (0,), (INF,)),
    ("cbrt", (-8,), (1 / 12,)),
    ("log", (0,), (INF,)),
    ("log1p", (-1,), (INF,)),
    ("powf", (0, 2), (0, 0)),
    ("powf", (0, 1), (1, 0)),
    ("powf", (0, 0.5), (INF, 0)),
    ("powf", (0, 0), (0, 0)),
    ("powf", (2, 0), (0, math.log(2))),
    ("powf", (-2, 3), (12, NAN)),
    ("powf", (-2, 0), (0, NAN)),
    ("divf", (1, 0), (INF, -INF)),
    ("remf", (-5.5, 2), (1, 2)),
    ("atan2", (0, -1), (-1, 0)),
    ("atan2", (3, 0), (0, -1 / 3)),
    ("atan2", (0, 0), (NAN, NAN)),
    ("asin", (1,), (INF,)),
    ("acos", (-1,), (-INF,)),
    ("acosh", (1,), (INF,)),
    ("atanh", (1,), (INF,)),
    ("atan", (1e200,), (0,)),
    ("tanh", (100,), (0,)),
    ("erf", (30,), (0,)),
    ("erfc", (-30,), (0,)),
    ("exp", (-1000,), (0,)),
    ("expm1", (-1000,), (0,)),
    ("floor", (2,), (0,)),
    ("ceil", (2,), (0,)),
    ("round", (2.5,), (0,)),
    ("roundeven", (2.5,), (0,)),
    ("trunc", (-2,), (0,)),
    ("fpowi_0", (0,), (0,)),
    ("fpowi_1", (0,), (1,)),
    ("fpowi_3", (0,), (0,)),
    ("fpowi_-2", (-2,), (0.25,)),
]


@dataclasses.dataclass
class Program:
    """One function @f that applies each op to arguments of its own, of type `type`."""

    ops: list[Elementwise]
    type: str

    def same_shape(self, element: str) -> str:
        head, star, _ = self.type.rpartition("x")
        return f"{head}x{element}>" if star else element

    @property
    def arity(self) -> int:
        return sum(len(op.domains) for op in self.ops)

    def split(self, values: list) -> list[list]:
        """Values of all arguments, grouped by op."""
        rest = iter(values)
        return [[next(rest) for _ in op.domains] for op in self.ops]

    def text(self) -> str:
        types = {"T": self.type, "B": self.same_shape("i1"), "I": self.same_shape("i32")}
        names = [f"%x{n}" for n in range(self.arity)]
        lines = [op.text.format(*operands, y=f"%y{n}", **types)
                 for n, (op, operands) in enumerate(zip(self.ops, self.split(names)))]
        arguments = ", ".join(f"{name}: {self.type}" for name in names)
        results = ", ".join(f"%y{n}" for n in range(len(self.ops)))
        result_types = ", ".join([self.type] * len(self.ops))
        body = "\n".join(lines).replace("\n", "\n  ")
        return (f"func.func @f({arguments}) -> ({result_types}) {{\n  {body}\n"
                f"  return {results} : {result_types}\n}}\n")

    def text_with_cotangents(self) -> str:
        """@f, and @g that gives the cotangents of its arguments."""
        xs = [f"%x{n}" for n in range(self.arity)]
        cs = [f"%c{n}" for n in range(len(self.ops))]
        arguments = ", ".join(f"{name}: {self.type}" for name in xs + cs)
        number = ", ".join(map(str, range(self.arity)))
        values = ", ".join(f"%r#{len(cs) + n}" for n in range(len(xs)))

        def types(count: int) -> str:
            return ", ".join([self.type] * count)

        return self.text() + (
            f"func.func @g({arguments}) -> ({types(len(xs))}) {{\n"
            f"  %r:{len(xs) + len(cs)} = tensornet.vjp @f({', '.join(xs)}) "
            f"cotangents({', '.join(cs)}) wrt [{number}]\n"
            f"      : ({types(len(xs) + len(cs))}) -> ({types(len(xs) + len(cs))})\n"
            f"  return {values} : {types(len(xs))}\n}}\n")
