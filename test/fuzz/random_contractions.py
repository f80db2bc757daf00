"""Random contractions of any number of operands, subscripts, masks and kernels."""

from __future__ import annotations

import dataclasses

import numpy as np

from contractions import Contraction, Form, Tensor, Use, is_complex, is_integer
from values import Value
from writer import INDICES, Variable, Writer, bare, count, widest

MOST_ELEMENTS = 400_000
ATTEMPTS = 60
# What `#tensornet.kernel` may say: its chance and its values.
KERNEL = {
    "row_tile": (0.6, [f"[{n}]" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14)]),
    "column_tile": (0.6, [f"[{n}]" for n in (1, 2, 4, 8, 16, 24, 32, 48, 64)]),
    "row_group": (0.3, ["[1]", "[2]", "[6]", "[12]", "[13]"]),
    "pack_a": (0.4, ["true", "false"]),
    "pack_b": (0.4, ["true", "false"]),
    "join_columns": (0.2, ["true", "false"]),
    "swap": (0.2, ["true", "false"]),
    "distribute": (0.4, ["rows", "columns", "batch", "sum", "none"]),
}
BLOCKS = ((1, 3, 6, 13, 60, 500), (1, 8, 16, 40, 64, 500), (1, 2, 5, 17, 64, 500))


def kernel(writer: Writer) -> str:
    """What a contraction says about its kernel: any subset of the parameters."""
    rng = writer.rng
    parts = [f"{name} = {rng.choice(values)}" for name, (chance, values) in KERNEL.items()
             if rng.random() < chance]
    if rng.random() < 0.5:
        parts.append(f"block = {[rng.choice(sizes) for sizes in BLOCKS]}")
    return ", ".join(parts)


@dataclasses.dataclass
class Draft:
    """An operand before sizes are known: a variable to read, or a type to make one of."""

    variable: Variable | None
    element: str
    forms: list[Form]


def affine(writer: Writer, forms: list[Form]) -> list[Form]:
    """Bare subscripts, one of them changed to what convolutions, slices and pads read."""
    rng, forms = writer.rng, list(forms)
    place = rng.randrange(len(forms))
    index = forms[place].terms[0][0]
    last = max(writer.extents[index] - 1, 0)
    kind = rng.choice(["window", "strided", "padded", "dilated", "minus"] * (len(forms) > 1)
                      + ["reverse", "repeat", "shift", "constant", "scale"])
    if kind == "reverse":
        forms[place] = Form(((index, -1),), last + rng.choice([0, 0, 1, -1]))
    elif kind == "repeat":
        forms.insert(rng.randint(0, len(forms)), forms[place])
    elif kind == "shift":
        forms[place] = Form(((index, 1),), rng.choice([-3, -1, 1, 2]))
    elif kind == "scale":
        forms[place] = Form(((index, rng.choice([2, 3, -2])),), rng.choice([0, 0, 1, 5]))
    elif kind == "constant":
        forms.insert(rng.randint(0, len(forms)), Form((), rng.choice([0, 0, 1, 2])))
    else:
        other = rng.choice([n for n in range(len(forms)) if n != place])
        second = forms[other].terms[0][0]
        first_step, second_step, shift = {
            "window": (1, 1, 0), "strided": (rng.choice([2, 3]), 1, 0),
            "padded": (1, 1, rng.choice([-1, -2])), "dilated": (1, rng.choice([2, 3]), 0),
            "minus": (1, -1, rng.choice([0, max(writer.extents[second] - 1, 0)]))}[kind]
        forms[place] = Form(((index, first_step), (second, second_step)), shift)
        if rng.random() < 0.85:
            del forms[other]
    return forms


def mask_subscripts(writer: Writer, used: list[str]) -> tuple[list[Form], tuple[int, ...]]:
    """Where ones are read so that points elsewhere drop out, and their shape."""
    rng = writer.rng
    a, b = rng.sample(used, 2)
    rows, columns = max(writer.extents[a], 1), writer.extents[b]
    minus = ((a, 1), (b, -1))
    kind = rng.choice(["causal"] * 3 + ["band", "shift", "delta", "scaled", "three", "sum",
                                        "one", "two"])
    if kind == "band":
        width = rng.randint(0, 4)
        return [Form(minus, width)], (2 * width + 1,)
    if kind == "shift":
        return [Form(minus, rng.randint(-6, 6))], (rng.choice([rows, 1, 5, 9, 9, 9, 0]),)
    if kind == "delta":
        return [Form(minus)], (1,)
    if kind == "scaled":
        terms = ((a, rng.choice([1, 2, -1])), (b, rng.choice([-2, -3, 2])))
        return [Form(terms, rng.randint(-3, 3))], (rng.randint(1, 40),)
    if kind == "sum":
        return ([Form(((a, 1), (b, 1)), rng.choice([0, 0, -5]))],
                (rng.randint(1, max(2, rows + columns)),))
    if kind == "one":
        return ([Form(((a, 1),), rng.choice([-4, -2, -1, 1, 2, 3]))],
                (max(1, rows - rng.randint(-2, 4)),))
    if kind == "three" and len(used) > 2:
        c = rng.choice([index for index in used if index not in (a, b)])
        return [Form((*minus, (c, rng.choice([1, -1]))))], (rows,)
    if kind == "two":
        both = Form(((b, 1), (a, 1)))
        return [Form(minus), both], (rows, rng.randint(1, max(2, rows + columns)))
    return [Form(minus)], (rows,)


def ones(writer: Writer, element: str, shape: tuple[int, ...]) -> Variable:
    """A mask: a contraction without operands, or a constant."""
    name, tensor = writer.fresh() + "m", Tensor(element, shape, (False,) * len(shape))
    indices = [f"u{n}" for n in range(len(shape))]
    text = f"{name} = tensornet.contract -> [{', '.join(indices)}] : () -> {tensor.type}"
    if writer.rng.random() < 0.2 and not is_complex(element):
        one = "1" if is_integer(element) else "1.0"
        text = f"{name} = arith.constant dense<{one}> : {tensor.type}"
    writer.write(text)
    writer.steps.append((name, lambda known: Value.exact(np.ones(shape), element)))
    return Variable(name, tensor, tuple(indices))


def used_indices(forms: list[Form]) -> list[str]:
    return list(dict.fromkeys(name for form in forms for name, _ in form.terms))


def read(writer: Writer, variable: Variable) -> list[Form]:
    """Subscripts of a variable: its indices, now and then others of the same extents."""
    names = list(variable.indices)
    for place, name in enumerate(names):
        if writer.rng.random() < 0.15:
            same = [i for i, n in writer.extents.items() if n == writer.extents[name]]
            names[place] = writer.rng.choice(same)
    return list(bare(names))


def draft_operands(writer: Writer) -> list[Draft] | None:
    """Operands with subscripts, none where all attempts have too many points."""
    rng = writer.rng
    for _ in range(ATTEMPTS):
        drafts: list[Draft] = []
        letters = rng.sample(INDICES, rng.randint(1, 5))
        for _ in range(rng.choice([1, 2, 2, 2, 2, 2, 3])):
            if writer.pool and rng.random() < 0.45:
                variable = rng.choice(writer.pool[-6:])
                drafts.append(Draft(variable, variable.element, read(writer, variable)))
                continue
            use = [index for index in letters if rng.random() < 0.65]
            rng.shuffle(use)
            forms = list(bare(use))
            if forms and rng.random() < 0.25:
                forms = affine(writer, forms)
            drafts.append(Draft(None, writer.element(), forms))
        used = used_indices([form for draft in drafts for form in draft.forms])
        if used and count(writer.extents[name] for name in used) <= writer.traits.most_points:
            return drafts
    return None


def result_subscripts(writer: Writer, used: list[str]) -> list[Form]:
    """About half of the indices in any order, now and then affine or one more."""
    rng = writer.rng
    names = [name for name in used if rng.random() < 0.55]
    rng.shuffle(names)
    while count(writer.extents[name] for name in names) > MOST_ELEMENTS:
        names.pop()
    forms = list(bare(names))
    if forms and rng.random() < 0.08:
        forms = affine(writer, forms)
    if rng.random() < 0.04:  # the result is spread over it
        name = rng.choice(INDICES)
        points = count(writer.extents[index] for index in [*used, name])
        if name not in used and points <= writer.traits.most_points:
            forms.insert(rng.randint(0, len(forms)), *bare([name]))
    return forms


def size_of(writer: Writer, form: Form, written: set[str]) -> int:
    """The extent of a bare index, else about what the form reaches."""
    rng = writer.rng
    if form.bare and form.bare not in written:
        return writer.extents[form.bare]
    _, high = form.range(writer.extents)
    if rng.random() < 0.2:
        return max(0, high + 1 - rng.randint(0, 1 + abs(high) // 2))
    return max(0, high + 1 + rng.choice([0, 0, 0, -1, 1, -2, 3]))


def result_element(writer: Writer, elements: list[str]) -> str:
    """Mostly one that holds what the operands hold."""
    element = writer.element()
    if is_integer(element):
        wide = max([*elements, element], key=lambda name: int(name[1:]))
        return wide if writer.rng.random() < 0.8 else element
    if writer.rng.random() < 0.3:
        return widest(elements)
    return element


def make_operands(writer: Writer, drafts: list[Draft], written: set[str]) -> list[Variable] | None:
    """The variables that are read; new arguments get sizes that suit their subscripts."""
    shapes = [[size_of(writer, form, written) for form in draft.forms] for draft in drafts]
    if any(count(shape) > 5 * MOST_ELEMENTS for shape in shapes):
        return None
    variables = []
    for draft, shape in zip(drafts, shapes):
        names = [form.bare for form in draft.forms]
        known = None if None in names or written & set(names) else names
        variables.append(draft.variable or writer.argument(draft.element, shape, known))
    return variables


def add_contraction(writer: Writer) -> Variable | None:
    """A statement with any contraction; none where no attempt fits."""
    rng, drafts = writer.rng, draft_operands(writer)
    if drafts is None:
        return None
    used = used_indices([form for draft in drafts for form in draft.forms])
    masks = []
    while rng.random() < 0.3 and len(masks) < 2 and len(used) > 1:
        masks.append(mask_subscripts(writer, used))
    result_forms = result_subscripts(writer, used)
    # Two operands that only differ in names, for example, share a tensor and its places.
    everything = [*(draft.forms for draft in drafts), *(forms for forms, _ in masks),
                  result_forms]
    named = {form.bare for forms in everything for form in forms}
    used = used_indices([form for forms in everything for form in forms])
    written = {name for name in used if name not in named}
    if rng.random() < 0.06:  # a prefix of an operand, or zeros behind it
        written.add(rng.choice(used))
    operands = make_operands(writer, drafts, written)
    shape = tuple(size_of(writer, form, written) for form in result_forms)
    if operands is None or count(shape) > 5 * MOST_ELEMENTS:
        return None
    element = result_element(writer, [operand.element for operand in operands])
    operands += [ones(writer, element, shape) for _, shape in masks]
    subscripts = [draft.forms for draft in drafts] + [forms for forms, _ in masks]
    return finish(writer, operands, subscripts, result_forms, Tensor(element, shape, ()), written)


def finish(writer: Writer, operands: list[Variable], subscripts: list[list[Form]],
           result_forms: list[Form], result: Tensor, written: set[str]) -> Variable:
    """Writes the op with its operands in any order, each tensor an argument of its own."""
    rng = writer.rng
    uses = [(operand, Use(0, tuple(forms), is_complex(operand.element) and rng.random() < 0.4))
            for operand, forms in zip(operands, subscripts)]
    rng.shuffle(uses)
    dynamic = tuple(writer.traits.dynamic and rng.random() < 0.5 for _ in result.shape)
    used = used_indices([form for forms in [*subscripts, result_forms] for form in forms])
    ordered = tuple(name for name in used if name in written)
    says = writer.traits.kernels and not ordered and rng.random() < 0.6
    contraction = Contraction(
        "random", tuple(operand.tensor for operand, _ in uses),
        tuple(dataclasses.replace(use, argument=n) for n, (_, use) in enumerate(uses)),
        dataclasses.replace(result, dynamic=dynamic), tuple(result_forms),
        tuple((name, writer.extents[name]) for name in used), ordered,
        ordered if writer.traits.dynamic and rng.random() < 0.5 else (),
        kernel(writer) if says else "")
    names = [form.bare for form in result_forms]
    plain = None not in names and not written & set(names)
    return writer.contract(contraction, [operand for operand, _ in uses], names if plain else None)
