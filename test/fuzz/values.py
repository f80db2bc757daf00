"""What a tensor of a random program holds, computed by NumPy, and how far rounding may lead.

Numbers are f64, complex128 or wrapping i64. Beside every number stands a bound of what the
compiled code may differ by: the roundings that the ops before it are granted, carried
through every op. It is infinite where the program promises nothing, as behind an overflow
or a NaN. Whatever order, precision of at least f32 or instruction the compiler chooses
stays below the bounds; a wrong, missing or doubled term hardly does.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np

import oracle
from contractions import Contraction, is_complex, is_integer
from elements import NUMPY, ROUNDING, component, rounding

# Less may become zero, more is infinite; sums run in f32 at least.
SMALLEST = {"f16": 1.3e-7, "bf16": 1e-37, "f32": 1e-37, "f64": 1e-300}
LARGEST = {"f16": 6e4, "bf16": 3e38, "f32": 3e38, "f64": 1e308}
# Roundings of one elementwise op; twice that many bound a sum's every term.
OP_ROUNDINGS = 16
SUM_ROUNDINGS = 8


def wrap(array: np.ndarray, element: str) -> np.ndarray:
    """Integers modulo the width of the element type, as i64."""
    return array.astype(NUMPY[element]).astype(np.int64)


@dataclasses.dataclass(frozen=True)
class Value:
    """The elements of a tensor, and for each a bound of its error, infinite where the
    element may be anything; `infinite` marks those that surely are no finite number."""

    array: np.ndarray
    error: np.ndarray
    infinite: np.ndarray

    @staticmethod
    def exact(array: np.ndarray, element: str) -> "Value":
        """What an input holds."""
        array = np.asarray(array).astype(oracle.wide(element))
        return Value(array, np.zeros(array.shape), ~np.isfinite(array))

    @staticmethod
    def rounded(array: np.ndarray, error: np.ndarray, element: str) -> "Value":
        """A result with a bound, where both are finite and the element type holds them."""
        with np.errstate(all="ignore"):
            held = np.abs(array) + error <= LARGEST[component(element)]
        nothing = np.zeros(np.shape(array), bool)
        return Value(np.where(held, array, 0), np.where(held, error, np.inf), nothing)

    def rearranged(self, function: Callable[[np.ndarray], np.ndarray]) -> "Value":
        """The same elements at other places."""
        return Value(function(self.array), function(self.error), function(self.infinite))

    @property
    def unknown(self) -> np.ndarray:
        return ~np.isfinite(self.error) | self.infinite

    def known(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and bounds, zero where the element is not a known number."""
        return np.where(self.unknown, 0, self.array), np.where(self.unknown, 0, self.error)


def elementwise(function: Callable, operands: Sequence[Value], element: str) -> Value:
    """A function of the elements: its error is the largest change from moving operands by
    their errors and one rounding (sums are reordered, products not rounded), which holds
    where the function is monotone over so short a way."""
    if is_integer(element):
        return Value.exact(wrap(function(*(value.array for value in operands)), element), element)
    arrays, errors = zip(*(value.known() for value in operands))
    errors = [error + rounding(element) * np.abs(array) for array, error in zip(arrays, errors)]
    unknown = np.logical_or.reduce([value.unknown for value in operands])
    with np.errstate(all="ignore"):
        result = function(*arrays)
        error = np.zeros(result.shape)
        # A complex number moves along both axes, so by more than its error.
        steps = (1, -1, 1j, -1j) if is_complex(element) else (1, -1)
        for signs in itertools.product(steps, repeat=len(arrays)):
            moved = function(*(a + s * e for a, s, e in zip(arrays, signs, errors)))
            error = np.maximum(error, np.abs(moved - result))
        error = 2 * error + OP_ROUNDINGS * rounding(element) * np.abs(result)
    error = np.where(unknown | np.isnan(error), np.inf, error + SMALLEST[component(element)])
    return Value.rounded(result, error, element)


def reduce(value: Value, dimensions: tuple[int, ...], how: str, initial: float,
           element: str) -> Value:
    """The sum or an extreme of some dimensions and of `initial`."""
    array, error = value.known()
    if how == "addf":
        result, scale = array.sum(dimensions) + initial, np.abs(array).sum(dimensions)
        terms = int(np.prod([array.shape[d] for d in dimensions])) + SUM_ROUNDINGS
        bound = 4 * (error.sum(dimensions) + terms * rounding(element) * scale)
    else:
        extreme = np.max if how == "maximumf" else np.min
        result = extreme(array, axis=dimensions, initial=initial)
        bound = error.max(axis=dimensions, initial=0) + 2 * rounding(element) * np.abs(result)
    bound = np.where(value.unknown.any(dimensions), np.inf, bound + SMALLEST[element])
    return Value.rounded(np.asarray(result), bound, element)


def contract(contraction: Contraction, values: Sequence[Value], is_input: bool) -> Value:
    """The contraction of values of its arguments. Where all are inputs of the function, a
    term that is not finite makes the sum so; elsewhere it may become anything."""
    element = contraction.result.element
    if is_integer(element):
        result, _ = oracle.forward(contraction, [value.array for value in values])
        return Value.exact(wrap(result, element), element)
    points = oracle.Points(contraction)
    product = np.ones(points.count, oracle.wide(element))
    scale, reach = np.ones(points.count), np.ones(points.count)
    unknown = np.zeros(points.count, bool)
    known = [value.known() for value in values]
    for use, place in zip(contraction.uses, points.operands):
        array, error = (part.reshape(-1)[place] for part in known[use.argument])
        product = product * (array.conj() if use.conjugated else array)
        scale, reach = scale * np.abs(array), reach * (np.abs(array) + error)
        unknown |= values[use.argument].unknown.reshape(-1)[place]
    shape = contraction.result.shape

    def add_up(terms: np.ndarray) -> np.ndarray:
        size = int(np.prod(shape))
        if np.iscomplexobj(terms):
            return add_up(terms.real) + 1j * add_up(terms.imag)
        sums = np.bincount(points.result, terms, minlength=size)[:size]
        return sums.astype(float).reshape(shape)  # no terms at all are integers

    total, scale, reach = add_up(product), add_up(scale), add_up(reach)
    terms = np.maximum(add_up(np.ones(points.count)), 1)
    finest = min([ROUNDING["f32"]] + [rounding(tensor.element)
                 for tensor in (contraction.result, *contraction.arguments)])
    complexity = 4 if is_complex(element) else 1
    error = SUM_ROUNDINGS * ((terms + 8) * finest * complexity * reach + (reach - scale))
    error += 2 * rounding(element) * np.abs(total) + SMALLEST[component(element)] * terms
    lost = add_up(unknown.astype(float)) > 0
    # Sums in between overflow where all terms together might.
    error = np.where(lost | (reach > LARGEST[component(element)]), np.inf, error)
    value = Value.rounded(total, error, element)
    return dataclasses.replace(value, infinite=lost) if is_input else value


def difference(found: np.ndarray, value: Value, element: str) -> str:
    """Where what was computed is none of what the value allows, empty where it is."""
    if found.dtype != NUMPY[element] or found.shape != value.array.shape:
        return f"{found.dtype} of shape {found.shape} for {element} of {value.array.shape}"
    with np.errstate(all="ignore"):
        if is_integer(element):
            wrong = found.astype(np.int64) != value.array
        else:
            near = np.abs(found.astype(value.array.dtype) - value.array) <= value.error
            near |= ~np.isfinite(value.error)
            wrong = np.where(value.infinite, np.isfinite(found), ~near)
    if not wrong.any():
        return ""
    place = tuple(np.argwhere(wrong)[0].tolist())
    return (f"{wrong.sum()} of {wrong.size} wrong, at {list(place)} {found[place]} for "
            f"{value.array[place]}, which may differ by {value.error[place]:.2g}")
