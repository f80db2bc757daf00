"""Random programs mean the same before and after --tensornet-simplify.

Inputs are small integers, so that results are exact in every order and factoring
and any difference is a wrong rewrite.
"""

import numpy as np
import pytest

from programs import NUMPY, Run, run_program, run_tool

SIZES = (1, 2, 3, 4)
ELEMENTS = ("f64", "i64", "complex<f64>")


class Writer:
    """Writes one function @f of random contractions and sums, statement by statement."""

    def __init__(self, rng: np.random.Generator, element: str, dynamic: bool):
        self.rng, self.element, self.dynamic = rng, element, dynamic
        self.lines: list[str] = []
        self.pool: list[tuple[str, tuple[int, ...]]] = []
        self.arguments = [tuple(rng.choice(SIZES, rng.integers(0, 3))) for _ in range(4)]
        self.pool += [(f"%arg{n}", shape) for n, shape in enumerate(self.arguments)]

    def type(self, shape: tuple[int, ...]) -> str:
        return f"tensor<{''.join(('?' if self.dynamic else str(n)) + 'x' for n in shape)}{self.element}>"

    def name(self) -> str:
        return f"%v{len(self.lines)}"

    def write(self, text: str, shape: tuple[int, ...]) -> None:
        name = self.name()
        self.lines.append(f"{name} = {text}")
        self.pool.append((name, shape))

    def size(self, value: int) -> str:
        """An index value that is `value`: a dimension of an argument, if one fits."""
        for number, shape in enumerate(self.arguments):
            if value in shape:
                dim = self.name()
                self.lines.append(f"{dim} = arith.constant {shape.index(value)} : index")
                name = self.name()
                self.lines.append(f"{name} = tensor.dim %arg{number}, {dim} : {self.type(shape)}")
                return name
        name = self.name()
        self.lines.append(f"{name} = arith.constant {value} : index")
        return name

    def pick(self) -> tuple[str, tuple[int, ...]]:
        """A tensor; later ones more often."""
        last = len(self.pool) - 1
        return self.pool[last - min(last, int(self.rng.geometric(0.4)) - 1)]

    def form(self, extents: dict[str, int], size: int | None) -> tuple[str, bool]:
        """A subscript for a dimension of `size` (any if None), and whether it is bare."""
        rng = self.rng
        kind = rng.random()
        fitting = [name for name, extent in extents.items() if size in (None, extent)]
        if kind < 0.12 and extents:
            i, j = rng.choice(list(extents), 2)
            return [f"{i} + {j} - {rng.integers(0, 2)}", f"2 * {i}", f"{i} - {j}",
                    f"{i} + 1"][rng.integers(0, 4)], False
        if kind < 0.16:
            return str(rng.integers(0, 2)), False
        if fitting and kind < 0.7:
            return str(rng.choice(fitting)), True
        name = "ijklmnopqrstuvwxyz"[len(extents)]
        extents[name] = int(size if size is not None else rng.choice(SIZES))
        return name, True

    def contract(self) -> None:
        rng = self.rng
        extents: dict[str, int] = {}
        in_operands: set[str] = set()
        operands, types = [], []
        for _ in range(int(rng.choice([0, 1, 1, 2, 2, 3], p=[.2, .2, .1, .2, .2, .1]))):
            name, shape = self.pick()
            forms = [self.form(extents, n) for n in shape]
            in_operands |= {form for form, is_bare in forms if is_bare}
            conj = "conj " if self.element.startswith("complex") and rng.random() < 0.3 else ""
            operands.append(f"{conj}{name}[{', '.join(form for form, _ in forms)}]")
            types.append(self.type(shape))
        result, shape, sizes = [], [], []
        for _ in range(rng.integers(0, 3)):
            form, is_bare = self.form(extents, None)
            shape.append(extents[form] if is_bare else int(rng.choice(SIZES)))
            result.append((form, is_bare))
        # Every index is bare where it first occurs; some get an extent all the same.
        stated = {name for name in extents if rng.random() < 0.06}
        known = in_operands - stated
        for (form, is_bare), size in zip(result, shape):
            if self.dynamic and not (is_bare and form in known):
                sizes.append(self.size(size))
            if is_bare and form not in stated:
                known.add(form)
        text = f"tensornet.contract {', '.join(operands)} -> [{', '.join(f for f, _ in result)}]"
        if stated:
            entries = [f"{n} = {self.size(extents[n]) if self.dynamic else extents[n]}"
                       for n in sorted(stated)]
            text += f" extents({', '.join(entries)})"
        if sizes:
            text += f" sizes({', '.join(sizes)})"
        self.write(f"{text} : ({', '.join(types)}) -> {self.type(tuple(shape))}", tuple(shape))

    def constant(self) -> None:
        """A splat constant, static in any case."""
        _, shape = self.pick()
        if self.dynamic and shape:
            return
        value = int(self.rng.integers(-1, 3))
        literal = {"f64": f"{value}.0", "i64": str(value),
                   "complex<f64>": f"({value}.0, 1.0)"}[self.element]
        self.write(f"arith.constant dense<{literal}> : {self.type(shape)}", shape)

    def elementwise(self) -> None:
        name, shape = self.pick()
        equal = [other for other, other_shape in self.pool if other_shape == shape]
        other = equal[-min(len(equal), int(self.rng.geometric(0.5)))]
        if self.element == "i64":
            op = self.rng.choice(["addi", "subi"])
            self.write(f"arith.{op} {name}, {other} : {self.type(shape)}", shape)
            return
        op = self.rng.choice(["addf", "addf", "subf", "negf", "mulf"])
        operands = name if op == "negf" else f"{name}, {other}"
        flags = "" if self.rng.random() < 0.2 else " fastmath<reassoc,contract>"
        self.write(f"arith.{op} {operands}{flags} : {self.type(shape)}", shape)

    def function(self, steps: int) -> str:
        for _ in range(steps):
            kind = self.rng.random()
            if kind < 0.1:
                self.constant()
            elif kind < 0.35 and not self.element.startswith("complex"):
                self.elementwise()
            else:
                self.contract()
        results = self.pool[-3:]
        arguments = ", ".join(f"%arg{n}: {self.type(s)}" for n, s in enumerate(self.arguments))
        types = ", ".join(self.type(shape) for _, shape in results)
        body = "\n  ".join(self.lines)
        names = ", ".join(name for name, _ in results)
        return (f"func.func @f({arguments}) -> ({types}) {{\n  {body}\n"
                f"  return {names} : {types}\n}}\n")


def inputs(writer: Writer, rng: np.random.Generator) -> list[np.ndarray]:
    arrays = []
    for shape in writer.arguments:
        array = rng.integers(-2, 3, shape).astype(NUMPY[writer.element])
        if writer.element.startswith("complex"):
            array = array + 1j * rng.integers(-2, 3, shape)
        arrays.append(np.asarray(array, NUMPY[writer.element]))
    return arrays


def check(seed: int, element: str, dynamic: bool, steps: int) -> None:
    rng = np.random.default_rng(seed)
    writer = Writer(rng, element, dynamic)
    program = writer.function(steps)
    arrays = inputs(writer, rng)
    run = Run("f", arrays, pipeline="plain")
    expected = run_program(program, run)
    for options in ("", "=flatten=false real-arithmetic=true"):
        simplified = run_tool("tn-opt", "-", f"--tensornet-simplify{options}", text=program)
        again = run_tool("tn-opt", "-", f"--tensornet-simplify{options}", text=simplified)
        assert again.count("tensornet.contract") <= simplified.count("tensornet.contract")
        for found, wanted in zip(run_program(simplified, run), expected, strict=True):
            np.testing.assert_array_equal(found, wanted, f"{options}\n{program}\n{simplified}")


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("seed", range(5))
def test_simplified_program_is_equal(seed, element, dynamic):
    check(seed, element, dynamic, steps=12)
