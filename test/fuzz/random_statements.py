"""Random statements around contractions: elementwise ops, reductions, moves, softmax and
chains with a large tensor in between, as in attention."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from contractions import Contraction, Tensor, Use, is_complex, is_integer
from elementwise import OPS
from elements import component
from random_contractions import MOST_ELEMENTS, finish, mask_subscripts, ones
from values import Value, elementwise, reduce
from writer import Environment, Variable, Writer, bare, count, is_static

SMOOTH = ["addf", "subf", "mulf", "negf", "tanh", "sin", "cos", "atan", "erf", "fma"]
ANY_FLOAT = [*SMOOTH, "maximumf", "minimumf", "maxnumf", "minnumf", "select", "absf", "exp",
             "exp2", "expm1", "sqrt", "divf", "asinh", "cbrt", "log1p"]
INTEGER_OPS: dict[str, Callable] = {
    "addi": np.add, "subi": np.subtract, "muli": np.multiply, "maxsi": np.maximum,
    "minsi": np.minimum, "andi": np.bitwise_and, "ori": np.bitwise_or, "xori": np.bitwise_xor}
COMPLEX_OPS: dict[str, Callable] = {"add": np.add, "sub": np.subtract, "mul": np.multiply}
# Elements of f16 and bf16 have no order: neither holds the other.
ORDER = ["f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64"]
INITIAL = {"maximumf": -1.0e30, "minimumf": 1.0e30, "addf": 0.0}


def is_float(variable: Variable) -> bool:
    return not is_integer(variable.element) and not is_complex(variable.element)


def same_type(element: str, tensor: Tensor) -> str:
    """The type of equal shape with other elements."""
    return Tensor(element, tensor.shape, tensor.dynamic).type


def apply(writer: Writer, text: str, function: Callable, operands: list[Variable]) -> Variable:
    """A statement with an elementwise op of operands of one type."""
    name, tensor = writer.fresh(), operands[0].tensor
    names = [operand.name for operand in operands]

    def evaluate(known: Environment):
        return elementwise(function, [known[n] for n in names], tensor.element)

    text = text.format(*names, y=name, T=tensor.type, B=same_type("i1", tensor))
    return writer.define(name, tensor, text, evaluate, operands[0].indices)


def add_elementwise(writer: Writer) -> None:
    """An op of one variable, or with others of its type."""
    first = writer.recent()
    if first is None:
        return
    alike = [v for v in writer.pool if v.type == first.type and v.shape == first.shape]
    others = [first] + [writer.rng.choice(alike) for _ in range(2)]
    if is_integer(first.element):
        op = writer.rng.choice(list(INTEGER_OPS))
        apply(writer, f"{{y}} = arith.{op} {{0}}, {{1}} : {{T}}", INTEGER_OPS[op], others[:2])
    elif is_float(first):
        op = OPS[writer.rng.choice(SMOOTH if writer.traits.smooth else ANY_FLOAT)]
        apply(writer, op.text, op.function, others[:len(op.domains)])
    elif is_static(first) and not writer.traits.smooth:  # linalg.map has no derivative rule
        op = writer.rng.choice(list(COMPLEX_OPS))
        text = (f"{{y}}e = tensor.empty() : {{T}}\n{{y}} = linalg.map {{{{ complex.{op} }}}} "
                "ins({0}, {1} : {T}, {T}) outs({y}e : {T})")
        apply(writer, text, COMPLEX_OPS[op], others[:2])


def conversion(old: str, new: str) -> str | None:
    """The op that converts numbers, empty where there is nothing to do, none if none does."""
    if old == new:
        return ""
    if is_complex(old) or is_complex(new) or is_integer(old) != is_integer(new):
        return None
    if {old, new} == {"f16", "bf16"}:
        return None
    wider = ORDER.index(new) > ORDER.index(old)
    if is_integer(new):
        return "arith.extsi" if wider else "arith.trunci"
    return "arith.extf" if wider else "arith.truncf"


def add_conversion(writer: Writer) -> None:
    """The elements in a wider or narrower type of their kind."""
    variable = writer.recent(lambda v: not is_complex(v.element))
    if variable is None:
        return
    element = writer.rng.choice([k for k in ORDER if conversion(variable.element, k)])
    op = conversion(variable.element, element)
    name, tensor = writer.fresh(), Tensor(element, variable.shape, variable.tensor.dynamic)
    writer.define(name, tensor,
                  f"{name} = {op} {variable.name} : {variable.type} to {tensor.type}",
                  lambda known: elementwise(lambda x: x, [known[variable.name]], element),
                  variable.indices)


def add_reduction(writer: Writer) -> None:
    """The sum, maximum or minimum over some dimensions."""
    rng = writer.rng
    variable = writer.recent(lambda v: v.shape and is_static(v) and v.element in ("f32", "f64"))
    if variable is None or writer.traits.smooth:
        return
    rank = len(variable.shape)
    dimensions = tuple(sorted(rng.sample(range(rank), rng.randint(1, rank))))
    kept = [d for d in range(rank) if d not in dimensions]
    tensor = Tensor(variable.element, tuple(variable.shape[d] for d in kept),
                    (False,) * len(kept))
    name, how = writer.fresh(), rng.choice(list(INITIAL))
    text = (f"{name}i = arith.constant dense<{INITIAL[how]:.1e}> : {tensor.type}\n"
            f"{name} = linalg.reduce {{ arith.{how} }} ins({variable.name} : {variable.type}) "
            f"outs({name}i : {tensor.type}) dimensions = {list(dimensions)}")
    writer.define(name, tensor, text,
                  lambda known: reduce(known[variable.name], dimensions, how, INITIAL[how],
                                       tensor.element),
                  [variable.indices[d] for d in kept])


def add_move(writer: Writer) -> None:
    """A transpose, slice, concatenation, pad, other shape or slice that is replaced."""
    variable = writer.recent(lambda v: v.shape and is_static(v))
    if variable is not None:
        moves = [joined, reshaped, padded]
        moves += [slice_of, replaced] * (0 not in variable.shape)
        moves += [transpose] * (not writer.traits.smooth)
        writer.rng.choice(moves)(writer, variable)


def rearrange(writer: Writer, variable: Variable, name: str, shape: list[int], text: str,
              function: Callable[[np.ndarray], np.ndarray]) -> None:
    """A statement whose result holds elements of a variable at other places."""
    tensor = Tensor(variable.element, tuple(shape), (False,) * len(shape))
    writer.define(name, tensor, text.format(y=name, x=variable.name, S=variable.type,
                                            T=tensor.type),
                  lambda known: known[variable.name].rearranged(function))


def transpose(writer: Writer, variable: Variable) -> None:
    order = list(range(len(variable.shape)))
    writer.rng.shuffle(order)
    rearrange(writer, variable, writer.fresh(), [variable.shape[d] for d in order],
              "{y}e = tensor.empty() : {T}\n{y} = linalg.transpose ins({x} : {S}) "
              f"outs({{y}}e : {{T}}) permutation = {order}", lambda array: array.transpose(order))


def slice_of(writer: Writer, variable: Variable) -> None:
    rng = writer.rng
    offsets = [rng.randint(0, extent - 1) for extent in variable.shape]
    strides = [rng.choice([1, 1, 2]) for _ in variable.shape]
    most = [-(-(extent - first) // step)
            for extent, first, step in zip(variable.shape, offsets, strides)]
    sizes = [rng.randint(0 if rng.random() < 0.1 else min(1, n), n) for n in most]
    cut = tuple(slice(first, first + size * step, step)
                for first, size, step in zip(offsets, sizes, strides))
    rearrange(writer, variable, writer.fresh(), sizes,
              f"{{y}} = tensor.extract_slice {{x}}{offsets} {sizes} {strides} : {{S}} to {{T}}",
              lambda array: array[cut])


def joined(writer: Writer, variable: Variable) -> None:
    """The variable behind itself."""
    dimension = writer.rng.randrange(len(variable.shape))
    shape = [2 * n if d == dimension else n for d, n in enumerate(variable.shape)]
    rearrange(writer, variable, writer.fresh(), shape,
              f"{{y}} = tensor.concat dim({dimension}) {{x}}, {{x}} : ({{S}}, {{S}}) -> {{T}}",
              lambda array: np.concatenate([array, array], dimension))


def reshaped(writer: Writer, variable: Variable) -> None:
    """Two neighbouring dimensions as one, or one as it and a dimension of extent 1."""
    rank, shape = len(variable.shape), list(variable.shape)
    place, op = writer.rng.randrange(rank), "expand_shape"
    groups = [[d + (d > place)] for d in range(rank)]
    groups[place] = [place, place + 1]
    if place + 1 < rank:
        op, groups = "collapse_shape", [[d] for d in range(rank)]
        groups[place:place + 2] = [[place, place + 1]]
        shape[place:place + 2] = [shape[place] * shape[place + 1]]
    else:
        shape.insert(place + writer.rng.randint(0, 1), 1)
    sizes = f" output_shape {shape}" if op == "expand_shape" else ""
    rearrange(writer, variable, writer.fresh(), shape,
              f"{{y}} = tensor.{op} {{x}} {groups}{sizes} : {{S}} into {{T}}",
              lambda array: array.reshape(shape))


def padded(writer: Writer, variable: Variable) -> None:
    """Zeros around the variable."""
    low, high = ([writer.rng.choice([0, 0, 1, 3]) for _ in variable.shape] for _ in range(2))
    shape = [before + n + after for before, n, after in zip(low, variable.shape, high)]
    if count(shape) > 5 * MOST_ELEMENTS:
        return
    zero = "0" if is_integer(variable.element) else "0.0"
    constant = f"{{y}}z = arith.constant {zero} : {variable.element}\n"
    if is_complex(variable.element):
        part = f"0.0 : {component(variable.element)}"
        constant = f"{{y}}z = complex.constant [{part}, {part}] : {variable.element}\n"
    indices = ", ".join(f"%i{d}: index" for d in range(len(shape)))
    rearrange(writer, variable, writer.fresh(), shape,
              f"{constant}{{y}} = tensor.pad {{x}} low{low} high{high} {{{{\n  ^bb0({indices}):\n"
              f"    tensor.yield {{y}}z : {variable.element}\n  }}}} : {{S}} to {{T}}",
              lambda array: np.pad(array, list(zip(low, high))))


def replaced(writer: Writer, variable: Variable) -> None:
    """A part of a new argument replaced by the variable."""
    rng = writer.rng
    offsets = [rng.choice([0, 0, 1, 2]) for _ in variable.shape]
    steps = [rng.choice([1, 1, 1, 2]) for _ in variable.shape]
    shape = [first + (n - 1) * step + 1 + rng.choice([0, 0, 3])
             for first, n, step in zip(offsets, variable.shape, steps)]
    if count(shape) > 5 * MOST_ELEMENTS:
        return
    around = writer.argument(variable.element, shape)
    cut = tuple(slice(first, first + (n - 1) * step + 1, step)
                for first, n, step in zip(offsets, variable.shape, steps))

    def evaluate(known: Environment) -> Value:
        parts = [[getattr(known[v.name], part.name).copy() for v in (around, variable)]
                 for part in dataclasses.fields(Value)]
        for whole, part in parts:
            whole[cut] = part
        return Value(*(whole for whole, _ in parts))

    name, old = writer.fresh(), around.tensor
    writer.define(name, old, f"{name} = tensor.insert_slice {variable.name} into {around.name}"
                  f"{offsets} {list(variable.shape)} {steps} : {variable.type} into {old.type}",
                  evaluate, around.indices)


def contract_bare(writer: Writer, operands: list[Variable], result: str, element: str,
                  mask: tuple | None = None) -> Variable:
    """A contraction of bare subscripts, which are the operands' own."""
    subscripts = [list(bare(operand.indices)) for operand in operands]
    if mask:
        operands = [*operands, ones(writer, element, mask[1])]
        subscripts.append(mask[0])
    shape = tuple(writer.extents[index] for index in result)
    return finish(writer, operands, subscripts, list(bare(result)), Tensor(element, shape, ()),
                  set())


def add_softmax(writer: Writer, variable: Variable | None = None) -> Variable | None:
    """Powers of e over their sum along one dimension."""
    if variable is None:
        variable = writer.recent(lambda v: len(v.shape) > 1 and is_static(v) and 0 not in v.shape
                                 and v.element in ("f32", "f64"))
    if variable is None:
        return None
    powers = variable
    for op in ("tanh", "exp"):
        powers = apply(writer, OPS[op].text, OPS[op].function, [powers])
    tensor, indices = variable.tensor, variable.indices
    place = writer.rng.randrange(len(indices))
    kept = [d for d in range(len(indices)) if d != place]
    rows = Tensor(tensor.element, tuple(tensor.shape[d] for d in kept), (False,) * len(kept))
    names = [f"d{d}" for d in range(len(indices))]
    extents = tuple(zip(names, tensor.shape))
    forms, row_forms = bare(names), bare(names[d] for d in kept)
    total = writer.contract(
        Contraction("sum", (tensor,), (Use(0, forms, False),), rows, row_forms, extents),
        [powers])
    spread = writer.contract(
        Contraction("spread", (rows,), (Use(0, row_forms, False),), tensor, forms, extents),
        [total])
    return apply(writer, OPS["divf"].text, OPS["divf"].function, [powers, spread])


def write_attention(writer: Writer) -> list[Variable]:
    """Scores of queries and keys, perhaps masked, hosted and normalised, with values."""
    rng, element = writer.rng, writer.traits.elements[0]
    heads, width = rng.choice([(1, 1), (1, 3), (2, 1), (1, 8), (2, 8)])
    keys = [64, 300, 700, 701, 1024] if heads * width < 8 else [64, 65, 301]
    writer.extents |= {"h": heads, "i": rng.choice([1, 64, 300, 513, 700]),
                       "j": rng.choice(keys), "e": width, "d": width}
    query, key, value = (
        writer.argument(element, [writer.extents[index] for index in indices], indices)
        for indices in ("hie", "hje", "hjd"))
    used = ["i", "j"] if rng.random() < 0.8 else ["i", "j", "h"]
    mask = mask_subscripts(writer, used) if rng.random() < 0.7 else None
    scores = contract_bare(writer, [query, key], "hij", element,
                           mask if rng.random() < 0.6 else None)
    for _ in range(rng.randint(0, 2)):
        op = OPS[rng.choice(["tanh", "sin", "negf"])]
        scores = apply(writer, op.text, op.function, [scores])
    if rng.random() < 0.5 and element in ("f32", "f64") and is_static(scores):
        scores = add_softmax(writer, scores)
    mask = mask if rng.random() < 0.7 else None
    returned = [contract_bare(writer, [scores, value], rng.choice(["hid", "hdi", "ihd"]),
                              element, mask)]
    if rng.random() < 0.5:
        sums = rng.choice(["hi", "hj", "h", "i"])
        returned.append(contract_bare(writer, [scores], sums, element, mask))
    return returned
