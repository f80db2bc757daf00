"""Random contractions of two operands for the kernels: every layout, role and type.

A contraction is kept as subscripts over named indices, as it is written. Its value in
f64 comes from operands gathered densely over their indices, one `einsum`, and a sum
into the places of the result, so that bare, repeated and affine subscripts are one case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from contractions import Form, Tensor, is_complex, is_integer
from oracle import wide
from programs import ROUNDING, draw, rounding

# Around the vector lengths and tiles of every width and type.
TINY = (1, 2, 3, 4, 5)
ODD = (6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33)
LONG = (47, 63, 64, 65, 96, 100, 129)
# Beyond one block of the sum.
DEEP = (385, 500, 777)
MOST_POINTS = 60_000

# Element types of both operands and the result.
TYPES = (
    ("f32", "f32", "f32"), ("f64", "f64", "f64"), ("f32", "f32", "f32"),
    ("complex<f32>",) * 3, ("complex<f64>",) * 3, ("bf16", "bf16", "f32"),
    ("bf16", "bf16", "bf16"), ("f16", "f16", "f32"), ("f16", "f16", "f16"),
    ("f32", "bf16", "f32"), ("i8", "i8", "i32"), ("i16", "i16", "i32"),
    ("i32", "i32", "i32"), ("i64", "i64", "i64"), ("i8", "i8", "i8"),
    ("i16", "i16", "i16"), ("f32", "f64", "f64"), ("i32", "i8", "i64"),
)


@dataclasses.dataclass(frozen=True)
class Slice:
    """Which part of an argument an operand is: the function cuts it out."""

    offsets: tuple[int, ...]
    strides: tuple[int, ...]
    shape: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Operand:
    tensor: Tensor
    forms: tuple[Form, ...]
    conjugated: bool = False
    slice: Slice | None = None


@dataclasses.dataclass(frozen=True)
class Mask:
    """Ones of some size at a subscript: points elsewhere drop out."""

    form: Form
    size: int


@dataclasses.dataclass(frozen=True)
class Case:
    """One contraction: operands, perhaps a mask, a factor, a sum to add to, a kernel."""

    operands: tuple[Operand, ...]
    result: Operand
    extents: dict[str, int]
    mask: Mask | None = None
    scaled: bool = False
    accumulates: bool = False
    kernel: str = ""

    @property
    def arguments(self) -> list[Tensor]:
        arguments = [operand.tensor for operand in self.operands]
        if self.scaled:
            arguments.append(Tensor(self.result.tensor.element, (), ()))
        if self.accumulates:
            arguments.append(self.result.tensor)
        return arguments

    def text(self, number: int, arguments: list[str]) -> list[str]:
        """The lines of MLIR that define `%y<number>`."""
        lines, parts, types = [], [], []
        names = iter(arguments)
        for place, operand in enumerate(self.operands):
            name, kind = next(names), operand.tensor.type
            if operand.slice:
                cut = f"%v{number}_{place}"
                kind = _type(operand.tensor.element, operand.slice.shape)
                lines.append(
                    f"{cut} = tensor.extract_slice {name}{list(operand.slice.offsets)}"
                    f"{list(operand.slice.shape)}{list(operand.slice.strides)} : "
                    f"{operand.tensor.type} to {kind}")
                name = cut
            parts.append(("conj " if operand.conjugated else "") + name + _list(operand.forms))
            types.append(kind)
        if self.scaled:
            parts.append(next(names) + "[]")
            types.append(f"tensor<{self.result.tensor.element}>")
        if self.mask:
            kind = _type(self.result.tensor.element, (self.mask.size,))
            lines.append(f"%m{number} = tensornet.contract -> [u] : () -> {kind}")
            parts.append(f"%m{number}{_list((self.mask.form,))}")
            types.append(kind)
        kind = self.result.tensor.type
        name = f"%c{number}" if self.accumulates else f"%y{number}"
        kernel = f" {{kernel = #tensornet.kernel<{self.kernel}>}}" if self.kernel else ""
        lines.append(f"{name} = tensornet.contract {', '.join(parts)} -> "
                     f"{_list(self.result.forms)}{kernel} : ({', '.join(types)}) -> {kind}")
        if self.accumulates:
            old = next(names)
            lines.append(f"%z{number} = arith.addf {old}, {old} : {kind}")
            lines.append(f"%y{number} = arith.addf %z{number}, %c{number} : {kind}")
        return lines

    def expected(self, values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, int]:
        """The value, the sum of absolute values, and how many terms a sum has."""
        kind = wide(self.result.tensor.element)
        rest = iter(values)
        spec, factors = [], []
        for operand in self.operands:
            array = np.asarray(next(rest)).astype(kind)
            if operand.slice:
                cuts = zip(operand.slice.offsets, operand.slice.strides, operand.slice.shape)
                array = array[tuple(slice(o, o + (n - 1) * s + 1, s) for o, s, n in cuts)]
            indices, dense = _gather(array, operand.forms, self.extents)
            spec.append(indices)
            factors.append(dense.conj() if operand.conjugated else dense)
        if self.scaled:
            spec.append("")
            factors.append(np.asarray(next(rest)).astype(kind))
        if self.mask:
            indices, dense = _gather(np.ones(self.mask.size, kind), (self.mask.form,),
                                     self.extents)
            spec.append(indices)
            factors.append(dense)
        kept = _indices(self.result.forms)
        einsum = ",".join(spec) + "->" + kept
        value = _scatter(np.einsum(einsum, *factors), self.result, self.extents)
        scale = _scatter(np.einsum(einsum, *(abs(f).astype(np.float64) for f in factors)),
                         self.result, self.extents)
        if self.accumulates:
            old = np.asarray(next(rest)).astype(kind)
            value, scale = value + 2 * old, scale + abs(2 * old)
        return value, scale, self.terms()

    def terms(self) -> int:
        """The most terms that one element of the result may sum."""
        kept = {form.bare for form in self.result.forms}
        return int(np.prod([n for name, n in self.extents.items() if name not in kept]))

    def check(self, values: list[np.ndarray], found: np.ndarray) -> None:
        """Every element within what rounding each term and the result may change."""
        element = self.result.tensor.element
        value, scale, terms = self.expected(values)
        assert found.shape == value.shape, f"shape {found.shape} of {self}"
        if is_integer(element):
            wrong = found != value.astype(found.dtype)
        else:
            # Sums run in f32 at least; a complex product rounds three times.
            compute = min(rounding(element), ROUNDING["f32"])
            factor = 4 if is_complex(element) else 1
            bound = scale * (factor * (terms + 4) * compute + 2 * rounding(element))
            bound = bound + (1.2e-7 if element == "f16" else 1e-37)
            wrong = ~(np.abs(found.astype(value.dtype) - value) <= bound)
        assert not wrong.any(), (
            f"at {np.argwhere(wrong)[0].tolist()} ({wrong.sum()} places) found "
            f"{found[wrong][0]}, expected {value[wrong][0]} in\n{self}")

    def __str__(self) -> str:
        names = [f"%x{n}" for n in range(len(self.arguments))]
        return "\n".join(self.text(0, names)) + f"\nextents {self.extents}"


def _type(element: str, shape: Iterable[int]) -> str:
    return f"tensor<{'x'.join([*map(str, shape), element])}>"


def _list(forms: Iterable[Form]) -> str:
    return "[" + ", ".join(map(str, forms)) + "]"


def _indices(forms: Iterable[Form]) -> str:
    return "".join(dict.fromkeys(name for form in forms for name, _ in form.terms))


def _places(forms: tuple[Form, ...], shape: tuple[int, ...], extents: dict[str, int]):
    """The places that the points of the indices hit, and which of them are inside."""
    indices = _indices(forms)
    grids = np.indices([extents[name] for name in indices], sparse=True)
    grid = dict(zip(indices, grids))
    inside, places = np.True_, []
    for form, size in zip(forms, shape):
        place = form.constant + sum(c * grid[name] for name, c in form.terms)
        inside = inside & (0 <= place) & (place < size)
        places.append(np.clip(place, 0, max(size - 1, 0)))
    return indices, tuple(places), inside


def _gather(array: np.ndarray, forms: tuple[Form, ...], extents: dict[str, int]):
    indices, places, inside = _places(forms, array.shape, extents)
    return indices, np.where(inside, array[places], 0)


def _scatter(dense: np.ndarray, result: Operand, extents: dict[str, int]) -> np.ndarray:
    shape = result.tensor.shape
    bare = {form.bare for form in result.forms} - {None}
    if len(bare) == len(shape):
        return dense
    _, places, inside = _places(result.forms, shape, extents)
    target = np.zeros(shape, dense.dtype)
    inside = np.broadcast_to(inside, dense.shape)
    places = tuple(np.broadcast_to(place, dense.shape)[inside] for place in places)
    np.add.at(target, places, dense[inside])
    return target


class Generator:
    """Draws cases; the same seed gives the same ones."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.count = 0

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _extent(self) -> int:
        pool = (TINY, ODD, LONG)[self.rng.choice(3, p=[0.35, 0.45, 0.2])]
        return int(self.rng.choice(pool))

    def _draw_extents(self, roles: dict[str, str]) -> dict[str, int]:
        """Extents of a contraction that NumPy checks in milliseconds."""
        while True:
            extents = {name: self._extent() for name in roles}
            summed = [name for name, role in roles.items() if role == "k"]
            if summed and self._chance(0.1):
                extents[summed[0]] = int(self.rng.choice(DEEP))
            if np.prod(list(extents.values())) <= MOST_POINTS:
                return extents

    def _order(self, names: list[str]) -> list[str]:
        return [str(name) for name in self.rng.permutation(names)] if self._chance(0.6) else names

    def _roles(self) -> dict[str, str]:
        roles = {}
        letters = iter("abcdefghij")
        for role, weights in (("b", (0.7, 0.25, 0.05)), ("m", (0.1, 0.65, 0.25)),
                              ("n", (0.08, 0.67, 0.25)), ("k", (0.05, 0.65, 0.3))):
            for _ in range(self.rng.choice(3, p=weights)):
                roles[next(letters)] = role
        return roles

    def _forms(self, names: list[str], extents: dict[str, int],
               affine: bool) -> list[Form]:
        """Subscripts that have all of `names`, each bare unless `affine`."""
        forms = [Form(((name, 1),)) for name in names]
        if not affine or not forms:
            return forms
        kind = self.rng.choice(["window", "strided", "padded", "reverse", "repeat"])
        first = int(self.rng.integers(len(forms)))
        if kind == "reverse":
            forms[first] = Form(((names[first], -1),), extents[names[first]] - 1)
        elif kind == "repeat":
            forms.insert(int(self.rng.integers(len(forms) + 1)), forms[first])
        elif len(forms) > 1:
            second = (first + 1) % len(forms)
            step = 2 if kind == "strided" else 1
            shift = -1 if kind == "padded" else 0
            forms[first] = Form(((names[first], step), (names[second], 1)), shift)
            del forms[second]
        return forms

    def _shape(self, forms: list[Form], extents: dict[str, int]) -> tuple[int, ...]:
        """Sizes that all points hit, but for the far end of padded subscripts."""
        return tuple(max(1, form.range(extents)[1] + 1 + min(form.constant, 0)
                         if len(form.terms) > 1 else form.range(extents)[1] + 1)
                     for form in forms)

    def _slice(self, shape: tuple[int, ...]) -> Slice:
        offsets = tuple(int(o) for o in self.rng.integers(0, 3, len(shape)))
        # A stride of the last dimension costs NumPy little and kernels much.
        strides = tuple(int(s) for s in self.rng.choice([1, 1, 2, 3], len(shape)))
        return Slice(offsets, strides, shape)

    def _operand(self, element: str, forms: list[Form], extents: dict[str, int],
                 dynamic: bool) -> Operand:
        shape = self._shape(forms, extents)
        cut = None
        if not dynamic and shape and self._chance(0.2):
            cut = self._slice(shape)
            shape = tuple(o + (n - 1) * s + 1
                          for o, s, n in zip(cut.offsets, cut.strides, cut.shape))
        conjugated = is_complex(element) and self._chance(0.5)
        return Operand(Tensor(element, shape, (dynamic,) * len(shape)), tuple(forms),
                       conjugated, cut)

    def _mask(self, extents: dict[str, int]) -> Mask | None:
        if len(extents) < 2:
            return None
        first, second = (str(n) for n in self.rng.choice(list(extents), 2, replace=False))
        if self._chance(0.3):
            return Mask(Form(((first, 1), (second, -1)), 1), 3)
        return Mask(Form(((first, 1), (second, -1))), max(extents[first], 1))

    def _types(self) -> tuple[str, str, str]:
        self.count += 1
        return TYPES[self.count % len(TYPES)]

    def _names(self, roles: dict[str, str], wanted: str) -> list[str]:
        return self._order([name for name, role in roles.items() if role in wanted])

    def static(self) -> Case:
        """A contraction with static extents and anything special."""
        left, right, result = self._types()
        roles = self._roles()
        extents = self._draw_extents(roles)
        operands = tuple(
            self._operand(element, self._forms(self._names(roles, wanted), extents,
                                               self._chance(0.15)), extents, False)
            for element, wanted in ((left, "bmk"), (right, "bnk")))
        # Every index stands bare somewhere, so that extents need not be written.
        forms = self._forms(self._names(roles, "bmn"), extents, self._chance(0.06))
        bare = {form.bare for o in operands for form in o.forms} | {f.bare for f in forms}
        if not bare >= set(roles):
            return self.static()
        accumulates = result in ("f32", "f64") and self._chance(0.15)
        target = Operand(Tensor(result, self._shape(forms, extents), (False,) * len(forms)),
                         tuple(forms))
        return Case(operands, target, extents,
                    self._mask(extents) if self._chance(0.12) else None,
                    self._chance(0.15), accumulates)

    def joined(self) -> Case:
        """A contraction whose tiles run on from one outer column to the next."""
        element, right, result = self._types()
        rows = ["m", "p"][:self.rng.choice(3, p=[0.1, 0.6, 0.3])]
        outer = ["x", "w"][:self.rng.choice([1, 2], p=[0.7, 0.3])]
        columns, summed = [*outer, "n"], ["k", "l"][:self.rng.choice([1, 2])]
        batch = ["b"] if self._chance(0.2) else []
        extents = {name: self._extent() for name in batch + rows + summed}
        extents |= {name: int(self.rng.choice(TINY[1:] + ODD[:6])) for name in outer}
        extents["n"] = int(self.rng.choice(TINY[1:] + ODD + LONG[:2]))
        # Loops of one step are none.
        if np.prod(list(extents.values())) > MOST_POINTS or extents[summed[0]] == 1:
            return self.joined()
        # In the other order in the operand than in the result, columns are no one loop.
        places = self.rng.permutation(batch + summed + columns)
        order = iter(columns[::-1])
        right_names = [next(order) if str(name) in columns else str(name) for name in places]
        kept = [str(name) for name in self.rng.permutation(batch + rows + outer)]
        order = iter(outer)
        kept = [next(order) if name in outer else name for name in kept] + ["n"]
        operands = [self._operand(kind, [Form(((name, 1),)) for name in names], extents, False)
                    for kind, names in ((element, self._order(batch + rows + summed)),
                                        (right, right_names))]
        target = Operand(Tensor(result, tuple(extents[name] for name in kept),
                                (False,) * len(kept)), tuple(Form(((n, 1),)) for n in kept))
        kernel = ["join_columns = true"]
        if self._chance(0.5):
            kernel.append(f"block = [{self._extent()}, {self._extent()}, {self._extent()}]")
        if self._chance(0.7):
            kernel.append(f"distribute = {self.rng.choice(['rows', 'columns'])}")
        return Case(tuple(operands), target, extents, None, self._chance(0.15),
                    result in ("f32", "f64") and self._chance(0.3), ", ".join(kernel))

    def narrow(self) -> Case:
        """A contraction of a matrix with few vectors, which long sums multiply."""
        element = str(self.rng.choice(["f32", "f64", "f32", "f64", "i32", "complex<f32>"]))
        many, summed = (names[:self.rng.choice([1, 2], p=[0.7, 0.3])] for names in ("ab", "kl"))
        batch = "t" if self._chance(0.2) else ""
        extents = {name: int(self.rng.choice(TINY[1:3])) for name in batch}
        extents |= {name: self._extent() for name in many + summed}
        extents["n"] = int(self.rng.choice([*range(2, 10), *range(10, 30, 3)]))
        extents["k"] = int(self.rng.choice(LONG + DEEP))
        if np.prod(list(extents.values())) > MOST_POINTS:
            return self.narrow()
        # Contiguous along the sum, mostly: neighbours there in the order of the other.
        places = self._order([*batch, *many, *summed])
        if self._chance(0.7):
            places = [*batch, *many, *summed]
        operands = [
            self._operand(element, self._forms(names, extents, False), extents, False)
            for names in (places, self._order([*batch, "n", *summed]))]
        kept = self._order([*batch, *many, "n"])
        target = Operand(Tensor(element, tuple(extents[name] for name in kept),
                                (False,) * len(kept)), tuple(Form(((n, 1),)) for n in kept))
        if self._chance(0.5):
            operands.reverse()
        return Case(tuple(operands), target, extents, None, self._chance(0.15),
                    element in ("f32", "f64") and self._chance(0.2))

    def dynamic(self, draws: int) -> list[Case]:
        """The same contraction of dynamic extents, for several extents."""
        left, right, result = self._types()
        roles = self._roles()
        names = [self._names(roles, wanted) for wanted in ("bmk", "bnk", "bmn")]
        scaled = self._chance(0.15)
        # Both indices of a window stand bare in the other operand.
        window = self._chance(0.3) and all(roles[name] in "bk" for name in names[0][:2])
        cases: list[Case] = []
        conjugated: list[bool] = []
        for _ in range(draws):
            extents = self._draw_extents(roles)
            lists = [[Form(((name, 1),)) for name in order] for order in names]
            if window and len(lists[0]) > 1:
                lists[0][:2] = [Form(((names[0][0], 1), (names[0][1], 1)))]
            operands = tuple(self._operand(element, forms, extents, True)
                             for element, forms in zip((left, right), lists))
            conjugated = conjugated or [o.conjugated for o in operands]
            operands = tuple(dataclasses.replace(o, conjugated=c)
                             for o, c in zip(operands, conjugated))
            shape = tuple(extents[name] for name in names[2])
            target = Operand(Tensor(result, shape, (True,) * len(shape)), tuple(lists[2]))
            cases.append(Case(operands, target, extents, None, scaled, False))
        return cases


def program(cases: list[Case]) -> str:
    """One function @f that returns every case; each has its own arguments."""
    header, lines, first = [], [], 0
    for number, case in enumerate(cases):
        names = [f"%x{first + n}" for n in range(len(case.arguments))]
        header += [f"{name}: {t.type}" for name, t in zip(names, case.arguments)]
        lines += case.text(number, names)
        first += len(names)
    types = ", ".join(case.result.tensor.type for case in cases)
    values = ", ".join(f"%y{number}" for number in range(len(cases)))
    body = "\n  ".join(lines)
    return (f"func.func @f({', '.join(header)}) -> ({types}) {{\n  {body}\n"
            f"  return {values} : {types}\n}}\n")


def inputs(cases: list[Case], rng: np.random.Generator) -> list[list[np.ndarray]]:
    """Random arguments, grouped by case."""
    return [[draw(tensor, rng) for tensor in case.arguments] for case in cases]
