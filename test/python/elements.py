"""Element types: what NumPy calls them, how they round, and random numbers of them."""

from __future__ import annotations

import numpy as np

from contractions import Tensor, is_complex, is_integer

# bf16 travels as f32, in files and here.
NUMPY = {
    "f16": np.float16, "bf16": np.float32, "f32": np.float32, "f64": np.float64,
    "complex<f32>": np.complex64, "complex<f64>": np.complex128,
    "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64,
}
ROUNDING = {"f16": 2.0**-11, "bf16": 2.0**-8, "f32": 2.0**-24, "f64": 2.0**-53}


def component(element: str) -> str:
    """The type of the real part; other types as they are."""
    return element.removeprefix("complex<").removesuffix(">")


def rounding(element: str) -> float:
    """The unit roundoff of an element type."""
    return ROUNDING[component(element)]


def round_to_bf16(array: np.ndarray) -> np.ndarray:
    """f32 values rounded to nearest even in their upper 16 bits."""
    bits = np.asarray(array, np.float32).reshape(-1).view(np.uint32)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return bits.astype(np.uint32).view(np.float32).reshape(np.shape(array))


def draw(tensor: Tensor, rng: np.random.Generator) -> np.ndarray:
    """Random elements, exactly representable in the tensor's type."""
    kind = NUMPY[tensor.element]
    if is_integer(tensor.element):
        info = np.iinfo(kind)
        return rng.integers(info.min, info.max, tensor.shape, kind, endpoint=True)
    values = rng.standard_normal(tensor.shape)
    if is_complex(tensor.element):
        values = values + 1j * rng.standard_normal(tensor.shape)
    values = np.asarray(values).astype(kind)
    return round_to_bf16(values) if tensor.element == "bf16" else values
