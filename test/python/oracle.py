"""The definition of `tensornet.contract`, point by point, and its derivatives.

    result[e] = sum over { index points d : rho(d) = e, and every sigma_t(d) is
                           inside operand t }  of  prod_t operand_t[sigma_t(d)]

Derivatives come from the same sum: at every point one factor is moved by itself, in
the direction 1 and, where it is complex, i. No adjoint rule is used.
Everything is computed in f64, complex128 or wrapping i64.
"""

from __future__ import annotations

import numpy as np

from contractions import Contraction, is_complex, is_integer


def wide(element: str) -> type:
    """The NumPy type that the oracle computes in."""
    if is_integer(element):
        return np.int64
    return np.complex128 if is_complex(element) else np.float64


def _place(forms, shape, points: dict[str, np.ndarray], count: int):
    """The flat place of every point in a tensor, and whether it is inside."""
    inside = np.ones(count, bool)
    flat = np.zeros(count, np.int64)
    for form, size in zip(forms, shape):
        position = np.full(count, form.constant, np.int64)
        for name, coefficient in form.terms:
            position = position + coefficient * points[name]
        inside &= (0 <= position) & (position < size)
        flat = flat * size + position
    return flat, inside


class Points:
    """The index points of a contraction that are inside every tensor."""

    def __init__(self, contraction: Contraction):
        extents = [size for _, size in contraction.extents]
        count = int(np.prod(extents)) if extents else 1
        grids = np.indices(extents).reshape(len(extents), count)
        points = {name: grid for (name, _), grid in zip(contraction.extents, grids)}
        tensors = [contraction.arguments[use.argument] for use in contraction.uses]
        tensors.append(contraction.result)
        places, inside = [], np.ones(count, bool)
        for forms, tensor in zip(contraction.forms, tensors):
            flat, within = _place(forms, tensor.shape, points, count)
            places.append(flat)
            inside &= within
        self.operands = [place[inside] for place in places[:-1]]
        self.result = places[-1][inside]
        self.count = int(inside.sum())


def _factors(contraction: Contraction, points: Points, values: list[np.ndarray]):
    """What every operand contributes at every point."""
    kind = wide(contraction.result.element)
    factors = []
    for use, place in zip(contraction.uses, points.operands):
        factor = values[use.argument].astype(kind).reshape(-1)[place]
        factors.append(factor.conj() if use.conjugated else factor)
    return factors


def _product(factors: list[np.ndarray], count: int, kind: type) -> np.ndarray:
    product = np.ones(count, kind)
    for factor in factors:
        product = product * factor
    return product


def forward(contraction: Contraction, values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The result, and the same sum over absolute values (the scale of rounding)."""
    points = Points(contraction)
    kind = wide(contraction.result.element)
    product = _product(_factors(contraction, points, values), points.count, kind)
    result = np.zeros(int(np.prod(contraction.result.shape)), kind)
    np.add.at(result, points.result, product)
    scale = np.zeros(result.size)
    np.add.at(scale, points.result, np.abs(product.astype(np.complex128)))
    return result.reshape(contraction.result.shape), scale.reshape(contraction.result.shape)


def _slopes(contraction: Contraction, values: list[np.ndarray], argument: int, points: Points):
    """For each occurrence of an argument: at every point d product / d factor, the
    place of the factor in the argument, and whether it is conjugated."""
    kind = wide(contraction.result.element)
    factors = _factors(contraction, points, values)
    for number, use in enumerate(contraction.uses):
        if use.argument == argument:
            others = _product(factors[:number] + factors[number + 1:], points.count, kind)
            yield others, points.operands[number], use.conjugated


def tangent(contraction: Contraction, values: list[np.ndarray],
            directions: list[np.ndarray | None]) -> tuple[np.ndarray, np.ndarray]:
    """The change of the result when the arguments move, and its scale."""
    points = Points(contraction)
    size = int(np.prod(contraction.result.shape))
    change, scale = np.zeros(size, wide(contraction.result.element)), np.zeros(size)
    for argument, direction in enumerate(directions):
        if direction is None:
            continue
        flat = direction.reshape(-1).astype(change.dtype)
        for slope, place, conjugated in _slopes(contraction, values, argument, points):
            moved = flat[place].conj() if conjugated else flat[place]
            np.add.at(change, points.result, slope * moved)
            np.add.at(scale, points.result, np.abs(slope * moved))
    shape = contraction.result.shape
    return change.reshape(shape), scale.reshape(shape)


def cotangent(contraction: Contraction, values: list[np.ndarray], argument: int,
              result_cotangent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of Re(sum conj(ybar) y), d/dRe + i d/dIm, and its scale."""
    points = Points(contraction)
    tensor = contraction.arguments[argument]
    size = int(np.prod(tensor.shape))
    gradient, scale = np.zeros(size, wide(tensor.element)), np.zeros(size)
    ybar = result_cotangent.reshape(-1)[points.result].astype(gradient.dtype).conj()
    for slope, place, conjugated in _slopes(contraction, values, argument, points):
        np.add.at(gradient, place, (ybar * slope).real)
        if is_complex(tensor.element):
            direction = -1j if conjugated else 1j
            np.add.at(gradient, place, 1j * (ybar * slope * direction).real)
        np.add.at(scale, place, np.abs(ybar * slope))
    return gradient.reshape(tensor.shape), scale.reshape(tensor.shape)
