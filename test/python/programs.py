"""Programs made of contractions, their inputs, and how near results must be."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import subprocess
import tempfile

import numpy as np

import oracle
from contractions import Contraction, Tensor, is_integer
from elements import NUMPY, ROUNDING, draw, round_to_bf16, rounding  # noqa: F401

TOOLS = pathlib.Path(os.environ["TENSORNET_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["TENSORNET_SOURCE_DIR"])

def run_tool(tool: str, *arguments: object, text: str | None = None) -> str:
    """What the tool prints; its whole complaint where it fails."""
    command = [str(TOOLS / tool), *map(str, arguments)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr[-4000:]}"
    return done.stdout


@dataclasses.dataclass
class Run:
    """One call of tn-run: value_and_grad, vjp and the like where `derivative` is given."""

    entry: str
    inputs: list[np.ndarray]
    derivative: str = ""
    wrt: tuple[int, ...] = ()
    pipeline: str = "optimised"
    memory_limit: int = 0
    threads: int = 1
    # Further flags of tn-run.
    flags: list[str] = dataclasses.field(default_factory=list)

    def arguments(self, folder: pathlib.Path) -> list[str]:
        arguments = [f"--entry={self.entry}", f"--pipeline={self.pipeline}",
                     f"--output={folder / 'out'}", f"--memory-limit={self.memory_limit}",
                     f"--threads={self.threads}", *self.flags]
        if self.derivative:
            arguments += [f"--derivative={self.derivative}",
                          "--wrt=" + ",".join(map(str, self.wrt))]
        for number, array in enumerate(self.inputs):
            path = folder / f"in{number}.npy"
            np.save(path, array)
            arguments.append(f"--input={number}:{path}")
        return arguments


@functools.cache
def find_matrix_units() -> tuple[str, ...]:
    """The names of all that multiplies matrices of halves or bytes on this machine, besides the
    multiply-adds of vectors: values of `--matrix-unit`."""
    text = """func.func @f(%a: tensor<8x8xi8>) -> tensor<8x8xi32> {
      %c = tensornet.contract %a[i, k], %a[k, j] -> [i, j]
        : (tensor<8x8xi8>, tensor<8x8xi8>) -> tensor<8x8xi32>
      return %c : tensor<8x8xi32>
    }"""
    found = []
    for unit in ("vnni", "vnni-bf16", "amx", "amx-fp16"):
        command = [TOOLS / "tn-run", "-", "--entry=f", f"--matrix-unit={unit}"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.append(unit)
        else:
            assert "that may be used" in done.stderr, done.stderr
    return tuple(found)


def run_program(program: str | pathlib.Path, run: Run) -> list[np.ndarray]:
    """Runs a module, given as text or as a file; the results, then the derivatives."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if isinstance(program, str):
            path = folder / "program.mlir"
            path.write_text(program)
        else:
            path = program
        run_tool("tn-run", path, *run.arguments(folder))
        count = len(list((folder / "out").glob("result*.npy")))
        return [np.load(folder / "out" / f"result{n}.npy") for n in range(count)]


@dataclasses.dataclass
class Program:
    """One function @f that returns every contraction; each has its own arguments."""

    contractions: list[Contraction]

    @property
    def arguments(self) -> list[Tensor]:
        return [tensor for c in self.contractions for tensor in c.arguments]

    def text(self) -> str:
        names = [f"%x{n}" for n in range(len(self.arguments))]
        header = ", ".join(f"{name}: {t.type}" for name, t in zip(names, self.arguments))
        results = ", ".join(c.result.type for c in self.contractions)
        lines, first = [], 0
        for number, c in enumerate(self.contractions):
            lines.append(c.text(names[first:first + len(c.arguments)], f"%y{number}"))
            first += len(c.arguments)
        body = "\n".join(lines).replace("\n", "\n  ")
        values = ", ".join(f"%y{n}" for n in range(len(self.contractions)))
        return (f"func.func @f({header}) -> ({results}) {{\n  {body}\n"
                f"  return {values} : {results}\n}}\n")

    def differentiable(self) -> tuple[int, ...]:
        """The numbers of the arguments that have a gradient."""
        return tuple(n for n, t in enumerate(self.arguments) if not is_integer(t.element))

    def split(self, values: list) -> list[list]:
        """Per-argument values, grouped by contraction."""
        rest = iter(values)
        return [[next(rest) for _ in c.arguments] for c in self.contractions]


def assert_near(found: np.ndarray, expected: np.ndarray, scale: np.ndarray,
                element: str, roundings: int, what: str) -> None:
    """Within what `roundings` roundings to `element` and a long sum may change."""
    assert found.dtype == NUMPY[element], f"{what}: type {found.dtype}"
    assert found.shape == expected.shape, f"{what}: shape {found.shape}"
    if is_integer(element):
        np.testing.assert_array_equal(found, expected.astype(found.dtype), err_msg=what)
        return
    # Sums run in f32 at least; nothing is more exact than f32 products in f16 kernels.
    compute = min(rounding(element), ROUNDING["f32"])
    bound = scale * (roundings * rounding(element) + 64 * compute)
    bound = bound + (1.2e-7 if element == "f16" else 1e-37)
    wrong = ~(np.abs(found.astype(expected.dtype) - expected) <= bound)
    assert not wrong.any(), (f"{what}: at {np.argwhere(wrong)[0].tolist()} found "
                             f"{found[wrong][0]}, expected {expected[wrong][0]}\n"
                             f"found:\n{found}\nexpected:\n{expected}")


def check_values(program: Program, values: list[np.ndarray], found: list[np.ndarray]) -> None:
    """The results of a run against the oracle."""
    assert len(found) == len(program.contractions)
    for c, inputs, result in zip(program.contractions, program.split(values), found):
        expected, scale = oracle.forward(c, inputs)
        assert_near(result, expected, scale, c.result.element, 2, f"value of {c}")


def check_gradients(program: Program, values: list[np.ndarray], cotangents: list[np.ndarray],
                    found: list[np.ndarray]) -> None:
    """The cotangents of all differentiable arguments against the oracle."""
    wrt = program.differentiable()
    assert len(found) == len(wrt)
    gradients = dict(zip(wrt, found))
    seeds = iter(cotangents)
    first = 0
    for c, inputs in zip(program.contractions, program.split(values)):
        seed = None if is_integer(c.result.element) else next(seeds)
        for argument in range(len(c.arguments) if seed is not None else 0):
            expected, scale = oracle.cotangent(c, inputs, argument, seed)
            assert_near(gradients[first + argument], expected, scale,
                        c.arguments[argument].element, len(c.uses) + 2,
                        f"gradient of argument {argument} of {c}")
        first += len(c.arguments)


def check_tangents(program: Program, values: list[np.ndarray], tangents: list[np.ndarray],
                   found: list[np.ndarray]) -> None:
    """The tangents of all floating results against the oracle."""
    moved: list[np.ndarray | None] = [None] * len(values)
    for number, tangent in zip(program.differentiable(), tangents):
        moved[number] = tangent
    results = iter(found)
    for c, inputs, directions in zip(program.contractions, program.split(values),
                                     program.split(moved)):
        if is_integer(c.result.element):
            continue
        expected, scale = oracle.tangent(c, inputs, directions)
        assert_near(next(results), expected, scale, c.result.element,
                    2 * len(c.uses) + 2, f"tangent of {c}")
