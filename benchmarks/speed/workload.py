"""What is measured: a program with its inputs, its peers and its reference."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Callable

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]

#: The NumPy type in which arrays of an element type travel; bf16 as f32.
NUMPY = {"f32": np.float32, "f64": np.float64, "complex<f32>": np.complex64,
         "complex<f64>": np.complex128, "bf16": np.float32, "f16": np.float16, "i8": np.int8}
#: Bytes of an element.
BYTES = {"f32": 4, "f64": 8, "complex<f32>": 8, "complex<f64>": 16, "bf16": 2, "f16": 2,
         "i8": 1}
#: The largest allowed max |found - expected| / max |expected|.
TOLERANCE = {"f32": 2e-4, "f64": 1e-10, "complex<f32>": 2e-4, "complex<f64>": 1e-10,
             "bf16": 2e-2, "f16": 5e-3, "i8": 0}

#: Prepares one peer for the inputs of a workload: imports what it needs, converts arrays,
#: compiles. Returns the call that is timed, which gives all results as a list once they are
#: complete; objects with a method `time(repeats) -> median seconds of a call` beside `__call__`
#: are timed by that (one call a turn where they have a true `single_shot`). Whatever it raises is
#: told in the table in place of a time.
Build = Callable[[list[np.ndarray]], Callable[[], list]]


@dataclasses.dataclass(frozen=True)
class Scale:
    """How large the workloads of a set are."""

    #: What a contraction of TCCG is shrunk to, in 10^9 operations.
    gflop: float = 5.0
    #: Where random workloads start from.
    seed: int = 0
    #: Smallest sizes, for tests of the programs themselves.
    tiny: bool = False

    def __call__(self, usual: int, tiny: int) -> int:
        """An extent."""
        return tiny if self.tiny else usual


@dataclasses.dataclass
class Workload:
    """A program, called alike by us and by every peer."""

    #: Unique in its set; `--only` chooses by how names start.
    name: str
    #: MLIR text, and the function of it that is called.
    program: str
    entry: str
    #: Makes the arrays, in the types of NUMPY.
    inputs: Callable[[], list[np.ndarray]]
    #: All results, in the order of the function's results, of the inputs in double precision.
    reference: Callable[..., list[np.ndarray]]
    peers: dict[str, Build]
    #: The element type whose peak and tolerance count.
    element: str = "f32"
    #: Floating-point operations of a call, 0 where bandwidth is what counts.
    operations: float = 0
    #: Bytes of all inputs that are read and all results that are written, 0 where
    #: operations are what counts.
    bytes: float = 0
    #: What bandwidth it is measured against: copy, triad or sum.
    against: str = "copy"
    #: Further flags of tn-run, for instance --derivative=value_and_grad.
    flags: list[str] = dataclasses.field(default_factory=list)
    #: None: that of the element type.
    tolerance: float | None = None
    #: Prepares ours in place of tn-run with `program`, `entry` and `flags`.
    ours: Build | None = None

    def allowed_error(self) -> float:
        return TOLERANCE[self.element] if self.tolerance is None else self.tolerance


def tensor_type(shape, element: str) -> str:
    return f"tensor<{''.join(f'{extent}x' for extent in shape)}{element}>"


def draw(rng: np.random.Generator, shape, element: str, scale: float = 1.0) -> np.ndarray:
    """Standard normal elements times `scale`, exact in `element`; bytes of every value."""
    if element == "i8":
        return rng.integers(-128, 128, tuple(shape), np.int8)
    precision = np.float64 if element in ("f64", "complex<f64>") else np.float32

    def normal() -> np.ndarray:
        values = rng.standard_normal(tuple(shape), precision)
        values *= precision(scale)
        return values
    values = normal()
    if element.startswith("complex"):
        values = values + NUMPY[element](1j) * normal()
    return round_to_bf16(values) if element == "bf16" else values.astype(NUMPY[element])


def drawn(seed: int, shapes, element: str, scales=None) -> Callable[[], list[np.ndarray]]:
    """Makes standard normal arrays of these shapes, each times its scale."""
    def make():
        rng = np.random.default_rng(seed)
        return [draw(rng, shape, element, scale)
                for shape, scale in zip(shapes, scales or [1.0] * len(shapes), strict=True)]
    return make


def round_to_bf16(array: np.ndarray) -> np.ndarray:
    """f32 values rounded to nearest even in their upper 16 bits."""
    bits = np.ascontiguousarray(array, np.float32).reshape(-1).view(np.uint32)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return bits.astype(np.uint32).view(np.float32).reshape(array.shape)


def widen(array: np.ndarray) -> np.ndarray:
    """The array in double precision."""
    return array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)


# ===--- Contractions --------------------------------------------------------------===


def split_einsum(subscripts: str) -> tuple[list[str], str]:
    inputs, result = subscripts.split("->")
    return inputs.split(","), result


def shapes_of(subscripts: str, extents: dict[str, int]) -> list[tuple[int, ...]]:
    """The shapes of the operands, then of the result."""
    inputs, result = split_einsum(subscripts)
    return [tuple(extents[i] for i in names) for names in [*inputs, result]]


def contract_types(subscripts: str, extents: dict[str, int], element: str) -> list[str]:
    """The types of the operands, then of the result: sums of bytes have 32 bits."""
    *operands, result = shapes_of(subscripts, extents)
    return ([tensor_type(shape, element) for shape in operands]
            + [tensor_type(result, "i32" if element == "i8" else element)])


def contract_text(value: str, operands: list[str], subscripts: str, extents: dict[str, int],
                  element: str) -> str:
    """`%value = tensornet.contract ...` of named values."""
    inputs, result = split_einsum(subscripts)
    written = ", ".join(f"%{name}[{', '.join(indices)}]" for name, indices in zip(operands, inputs))
    types = contract_types(subscripts, extents, element)
    return (f"  %{value} = tensornet.contract {written} -> [{', '.join(result)}]\n"
            f"    : ({', '.join(types[:-1])}) -> {types[-1]}\n")


def einsum_program(subscripts: str, extents: dict[str, int], element: str,
                   name: str = "f") -> str:
    """A function of one contraction."""
    types = contract_types(subscripts, extents, element)
    arguments = [f"x{n}" for n in range(len(types) - 1)]
    header = ", ".join(f"%{argument}: {kind}" for argument, kind in zip(arguments, types))
    return (f"func.func @{name}({header}) -> {types[-1]} {{\n"
            + contract_text("y", arguments, subscripts, extents, element)
            + f"  return %y : {types[-1]}\n}}\n")


def einsum_operations(subscripts: str, extents: dict[str, int], element: str) -> float:
    """Additions and multiplications of real numbers of a contraction of two operands."""
    points = math.prod(extents[i] for i in set(subscripts) - set(",->"))
    return points * (8.0 if element.startswith("complex") else 2.0)
