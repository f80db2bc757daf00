"""Contractions as plain values: written as `tensornet.contract`, made at random."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

REAL = ("f16", "bf16", "f32", "f64")
COMPLEX = ("complex<f32>", "complex<f64>")
INTEGER = ("i8", "i16", "i32", "i64")


def is_complex(element: str) -> bool:
    return element in COMPLEX


def is_integer(element: str) -> bool:
    return element in INTEGER


@dataclasses.dataclass(frozen=True)
class Form:
    """An integer-linear form: the sum of coefficient * index, plus a constant."""

    terms: tuple[tuple[str, int], ...]
    constant: int = 0

    @staticmethod
    def parse(text: str) -> "Form":
        """The form of a text such as `2*h+kh-1`."""
        terms: dict[str, int] = {}
        constant = 0
        for sign, number, name in re.findall(r"([+-]?)(?:(\d+)\*?)?([a-z]\w*)?", text):
            if not number and not name:
                continue
            value = (-1 if sign == "-" else 1) * int(number or 1)
            if name:
                terms[name] = terms.get(name, 0) + value
            else:
                constant += value
        return Form(tuple(terms.items()), constant)

    @property
    def bare(self) -> str | None:
        """The index, where the form is an index alone."""
        if self.constant == 0 and len(self.terms) == 1 and self.terms[0][1] == 1:
            return self.terms[0][0]
        return None

    def range(self, extents: dict[str, int]) -> tuple[int, int]:
        """The smallest and largest value, were no extent zero."""
        ends = [sorted((0, c * max(extents[name] - 1, 0))) for name, c in self.terms]
        return (self.constant + sum(low for low, _ in ends),
                self.constant + sum(high for _, high in ends))

    def __str__(self) -> str:
        text = ""
        for name, coefficient in self.terms:
            factor = name if abs(coefficient) == 1 else f"{abs(coefficient)} * {name}"
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} {factor}" if text else ("-" if sign == "-" else "") + factor
        if self.constant or not text:
            sign = "-" if self.constant < 0 else "+"
            text = f"{text} {sign} {abs(self.constant)}" if text else str(self.constant)
        return text


@dataclasses.dataclass(frozen=True)
class Tensor:
    element: str
    shape: tuple[int, ...]
    # Which extents the type leaves to the run.
    dynamic: tuple[bool, ...]

    @property
    def type(self) -> str:
        dims = ["?" if unknown else str(size) for size, unknown in zip(self.shape, self.dynamic)]
        return f"tensor<{'x'.join(dims + [self.element])}>"

    @property
    def is_static(self) -> bool:
        return not any(self.dynamic)


@dataclasses.dataclass(frozen=True)
class Use:
    """One operand: which argument, where it is read, and whether conjugated."""

    argument: int
    forms: tuple[Form, ...]
    conjugated: bool


@dataclasses.dataclass(frozen=True)
class Contraction:
    kind: str
    arguments: tuple[Tensor, ...]
    uses: tuple[Use, ...]
    result: Tensor
    result_forms: tuple[Form, ...]
    extents: tuple[tuple[str, int], ...]
    # Indices whose extent is written out, and those of them that are operands.
    explicit: tuple[str, ...] = ()
    explicit_operands: tuple[str, ...] = ()
    # What is inside `#tensornet.kernel<>`, if anything.
    kernel: str = ""

    @property
    def forms(self) -> list[tuple[Form, ...]]:
        """The subscripts of the operands, then of the result."""
        return [use.forms for use in self.uses] + [self.result_forms]

    def sizes(self) -> list[int]:
        """The operands of `sizes(...)`: unknown result sizes that nothing determines."""
        needed = []
        known = {f.bare for use in self.uses for f in use.forms}
        known |= {f.bare for f, unknown in zip(self.result_forms, self.result.dynamic)
                  if not unknown}
        for form, size, unknown in zip(self.result_forms, self.result.shape,
                                       self.result.dynamic):
            if unknown and (form.bare is None or form.bare in self.explicit
                            or form.bare not in known):
                needed.append(size)
            known.add(form.bare)
        return needed

    def text(self, names: list[str], result: str) -> str:
        """The op, reading arguments called `names`, and the constants it needs."""
        lines = []

        def constant(value: int, role: str) -> str:
            name = f"{result}_{role}"
            lines.append(f"{name} = arith.constant {value} : index")
            return name

        def subscripts(forms: tuple[Form, ...]) -> str:
            return "[" + ", ".join(map(str, forms)) + "]"

        extents = dict(self.extents)
        entries = [f"{i} = " + (constant(extents[i], i) if i in self.explicit_operands
                                else str(extents[i])) for i in self.explicit]
        sizes = [constant(size, f"size{n}") for n, size in enumerate(self.sizes())]
        operands = ", ".join(
            ("conj " if use.conjugated else "") + names[use.argument] + subscripts(use.forms)
            for use in self.uses)
        op = f"{result} = tensornet.contract {operands} -> {subscripts(self.result_forms)}"
        if entries:
            op += f" extents({', '.join(entries)})"
        if sizes:
            op += f" sizes({', '.join(sizes)})"
        if self.kernel:
            op += f" {{kernel = #tensornet.kernel<{self.kernel}>}}"
        types = ", ".join(self.arguments[use.argument].type for use in self.uses)
        return "\n".join(lines + [f"{op} : ({types}) -> {self.result.type}"])

    def __str__(self) -> str:
        names = [f"%x{n}" for n in range(len(self.arguments))]
        return f"{self.kind}: " + self.text(names, "%y")


def parse_spec(spec: str) -> tuple[list[tuple[str, bool, tuple[Form, ...]]],
                                   tuple[Form, ...], tuple[str, ...]]:
    """Reads `x: i,j; ~y: j,k -> i,k | i`.

    Operands are separated by semicolons; `~` conjugates, a name before the colon
    says which argument it is (each operand its own where there is none), `()` is
    a scalar. Explicit extents follow the bar.
    """
    body, _, explicit = spec.partition("|")
    left, right = body.split("->")

    def forms(text: str) -> tuple[Form, ...]:
        text = text.replace("()", "").strip()
        return tuple(Form.parse(part.strip()) for part in text.split(",")) if text else ()

    operands = []
    for number, part in enumerate(left.split(";") if left.strip() else []):
        name, colon, subscripts = part.rpartition(":")
        conjugated = "~" in part
        name = name.replace("~", "").strip() if colon else f"#{number}"
        operands.append((name, conjugated, forms(subscripts.replace("~", ""))))
    return operands, forms(right), tuple(e.strip() for e in explicit.split(",") if e.strip())


@dataclasses.dataclass
class Options:
    """How `make` fills in what a spec leaves open."""

    element: str = "f64"
    # Other element types for the operands and the result, drawn at random.
    mixed: tuple[str, ...] = ()
    dynamic: bool = False
    # Index points in which every extent is drawn from this range.
    smallest: int = 1
    largest: int = 5
    extents: dict[str, int] = dataclasses.field(default_factory=dict)


def _unify(forms_of: dict[str, list[tuple[Form, ...]]], explicit: set[str]) -> dict[str, str]:
    """Indices that must agree because one tensor is read by both: index -> representative."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    for lists in forms_of.values():
        for dims in zip(*lists):
            bare = [f.bare for f in dims if f.bare and f.bare not in explicit]
            for other in bare[1:]:
                parent[find(other)] = find(bare[0])
    return {name: find(name) for lists in forms_of.values() for forms in lists
            for f in forms for name, _ in f.terms}


def _size_for(forms: list[Form], extents: dict[str, int], explicit: set[str],
              rng: np.random.Generator) -> int:
    """A size for a dimension: the extent of a bare index, else one that most points hit."""
    for form in forms:
        if form.bare and form.bare not in explicit:
            return extents[form.bare]
    top = max(form.range(extents)[1] for form in forms)
    return max(0, int(top + 1 + rng.integers(-2, 3))) if top >= 0 else int(rng.integers(1, 4))


def make(kind: str, spec: str, rng: np.random.Generator, options: Options) -> Contraction:
    """A contraction of the given spec with random extents and sizes."""
    operands, result_forms, explicit = parse_spec(spec)
    all_forms = [form for _, _, forms in operands for form in forms] + list(result_forms)
    indices = list(dict.fromkeys(name for form in all_forms for name, _ in form.terms))
    # An index without a bare subscript needs an explicit extent.
    bare = {form.bare for form in all_forms}
    written = set(explicit) | {name for name in indices if name not in bare}

    forms_of: dict[str, list[tuple[Form, ...]]] = {}
    for name, _, forms in operands:
        forms_of.setdefault(name, []).append(forms)
    same = _unify(forms_of | {"result": [result_forms]}, written)
    extents = {name: int(rng.integers(options.smallest, options.largest + 1))
               for name in indices}
    extents = {name: extents[same.get(name, name)] for name in indices} | {
        name: size for name, size in options.extents.items() if name in indices}

    def element() -> str:
        return str(rng.choice(options.mixed)) if options.mixed else options.element

    def tensor(lists: list[tuple[Form, ...]]) -> Tensor:
        shape = tuple(_size_for(list(forms), extents, written, rng) for forms in zip(*lists))
        unknown = tuple(bool(options.dynamic and rng.random() < 0.6) for _ in shape)
        return Tensor(element(), shape, unknown)

    arguments = {name: tensor(lists) for name, lists in forms_of.items()}
    numbers = {name: number for number, name in enumerate(arguments)}
    ordered = tuple(name for name in indices if name in written)
    return Contraction(
        kind, tuple(arguments.values()),
        tuple(Use(numbers[name], forms, conjugated and is_complex(arguments[name].element))
              for name, conjugated, forms in operands),
        tensor([result_forms]), result_forms, tuple(extents.items()), ordered,
        ordered if options.dynamic and rng.random() < 0.5 else ())
