"""Random programs of contractions and elementwise ops: derivatives of every order that a
request gives, against central differences, and both pipelines against each other."""

from __future__ import annotations

import numpy as np
import pytest

from programs import Run, run_program, run_tool

EXTENTS = {"i": 3, "j": 4, "k": 2, "l": 5}
ARGUMENTS = ["ij", "j", "kil"]


def tensor_type(letters: str) -> str:
    return f"tensor<{''.join(f'{EXTENTS[letter]}x' for letter in letters)}f64>"


class Writer:
    """Writes @f, which returns one number; a tensor is a name and its dimensions' letters."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.lines: list[str] = []
        self.pool = [(f"%x{n}", letters) for n, letters in enumerate(ARGUMENTS)]

    def add(self, text: str, letters: str, is_small: bool = True) -> tuple[str, str]:
        """Writes a statement; later ones read only what stays small, so that central
        differences are exact enough."""
        value = (f"%v{len(self.lines)}", letters)
        self.lines.append(f"{value[0]} = {text}")
        if is_small:
            self.pool.append(value)
        return value

    def pick(self) -> tuple[str, str]:
        return self.pool[self.rng.integers(len(self.pool))]

    def contract(self, operands: list[tuple[str, str]], letters: str) -> tuple[str, str]:
        uses = ", ".join(f"{name}[{', '.join(dims)}]" for name, dims in operands)
        types = ", ".join(tensor_type(dims) for _, dims in operands)
        return self.add(f"tensornet.contract {uses} -> [{', '.join(letters)}] : ({types}) -> "
                        f"{tensor_type(letters)}", letters, is_small=False)

    def contract_some(self) -> None:
        operands = [self.pick() for _ in range(self.rng.integers(1, 4))]
        letters = sorted({letter for _, dims in operands for letter in dims})
        self.rng.shuffle(letters)
        count = self.rng.integers(0, min(len(letters), 3) + 1)
        self.squash(self.contract(operands, "".join(letters[:count])))

    def squash(self, value: tuple[str, str]) -> None:
        op = self.rng.choice(["math.tanh", "math.sin", "math.atan", "math.erf"])
        self.add(f"{op} {value[0]} : {tensor_type(value[1])}", value[1])

    def combine(self) -> None:
        name, letters = self.pick()
        same = [other for other, dims in self.pool if dims == letters]
        other = same[self.rng.integers(len(same))]
        op = self.rng.choice(["arith.addf", "arith.subf", "arith.mulf"])
        self.squash(self.add(f"{op} {name}, {other} : {tensor_type(letters)}", letters, False))

    def normalise(self) -> None:
        """exp(x) over its sum along one dimension."""
        name, letters = self.pick()
        if not letters:
            return
        kept = letters.replace(letters[self.rng.integers(len(letters))], "")
        kind = tensor_type(letters)
        e, _ = self.add(f"math.exp {name} : {kind}", letters, is_small=False)
        total = self.contract([(e, letters)], kept)
        spread, _ = self.add(f"tensornet.contract {total[0]}[{', '.join(kept)}] -> "
                             f"[{', '.join(letters)}] : ({tensor_type(kept)}) -> {kind}", letters, is_small=False)
        self.add(f"arith.divf {e}, {spread} : {kind}", letters)

    def text(self, statements: int) -> str:
        for _ in range(statements):
            self.rng.choice([self.contract_some, self.contract_some, self.combine,
                             self.normalise])()
        total = None
        for value in self.pool[-4:]:
            term = self.contract([value, value] if self.rng.random() < 0.5 else [value], "")
            total = term if total is None else self.add(
                f"arith.addf {total[0]}, {term[0]} : tensor<f64>", "")
        arguments = ", ".join(f"%x{n}: {tensor_type(a)}" for n, a in enumerate(ARGUMENTS))
        body = "\n  ".join(self.lines)
        return (f"func.func @f({arguments}) -> tensor<f64> {{\n  {body}\n"
                f"  return {total[0]} : tensor<f64>\n}}\n")


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("mode", ["value_and_grad", "hessian", "jvp"])
def test_central_differences(mode, seed):
    wrt = "0,1,2" if mode != "hessian" else ("0", "1", "2", "0,1")[seed % 4]
    run_tool("tn-run", "-", "--entry=f", f"--derivative={mode}", f"--wrt={wrt}",
             "--check-gradient", f"--seed={seed}", text=Writer(seed).text(6))


@pytest.mark.parametrize("seed", range(10, 16))
def test_pipelines_agree(seed):
    rng = np.random.default_rng(seed)
    text = Writer(seed).text(8)
    inputs = [rng.standard_normal([EXTENTS[letter] for letter in a]) for a in ARGUMENTS]
    fast, plain = (run_program(text, Run("f", inputs, "value_and_grad", (0, 1, 2), pipeline))
                   for pipeline in ("optimised", "plain"))
    for found, expected in zip(fast, plain, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
