"""Whole training steps: value, all gradients and update as one program, and the same in
JAX, PyTorch and tensorgrad.

The order of arguments and results is that of `@train_step`: parameters, then data;
new parameters, then the loss.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util

import numpy as np

from speed import peers
from speed.workload import ROOT, Scale, Workload

EXAMPLES = ROOT / "examples"


def generator(example: str):
    """The module examples/EXAMPLE/generate.py."""
    path = EXAMPLES / example / "generate.py"
    spec = importlib.util.spec_from_file_location(f"generate_{example}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def flat(tree) -> list:
    """The leaves of nested dictionaries, in order."""
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in flat(value)]
    return [tree]


@dataclasses.dataclass
class TrainingStep:
    """One step of a model: `parameters` and `data` are (nested) dictionaries of arrays.

    in_jax, in_torch and in_tensorgrad have a function `model` (the loss) and one named
    `update[0]`, which takes the loss and the rest of `update`.
    """

    model: str
    program: str
    parameters: dict
    data: dict
    update: tuple

    def results(self, new, loss) -> list:
        """The results of @train_step, out of new parameters in any order."""
        def leaves(tree, like) -> list:
            if isinstance(like, dict):
                return [leaf for name in like for leaf in leaves(tree[name], like[name])]
            return [tree]
        return [*leaves(new, self.parameters), loss]

    def written_in(self, module):
        """The step in in_jax or in_torch."""
        rule, *numbers = self.update
        return getattr(module, rule)(getattr(module, self.model), *numbers)

    def in_jax(self):
        peers.jax()
        module = importlib.import_module(f"{__name__}.in_jax")
        call = module.compiled(self.written_in(module), self.parameters, self.data)
        return lambda: self.results(*call())

    def in_torch(self, compiled: bool = False, dtype: str = "float32"):
        torch = peers.torch()
        module = importlib.import_module(f"{__name__}.in_torch")
        step = self.written_in(module)
        if compiled:
            step = torch.compile(step, dynamic=False)
        call = module.prepared(step, self.parameters, self.data, getattr(torch, dtype))
        return lambda: self.results(*call())

    def in_tensorgrad(self):
        peers.torch()
        call = importlib.import_module(f"{__name__}.in_tensorgrad").compiled(self)
        return lambda: self.results(*call())

    def workload(self) -> Workload:
        return Workload(
            name=f"{self.model}-step", program=self.program, entry="train_step",
            inputs=lambda: flat(self.parameters) + flat(self.data),
            reference=lambda *_: [peers.to_numpy(array)
                                  for array in self.in_torch(dtype="float64")()],
            peers={"JAX": lambda _: self.in_jax(), "PyTorch": lambda _: self.in_torch(),
                   "PyTorch compiled": lambda _: self.in_torch(compiled=True),
                   "tensorgrad": lambda _: self.in_tensorgrad()})


class Draw:
    """Random arrays of f32."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)

    def normal(self, *shape: int, scale: float = 1) -> np.ndarray:
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)

    def near(self, value: float, *shape: int) -> np.ndarray:
        return value + self.normal(*shape, scale=0.1)

    def classes(self, *shape: int, count: int) -> np.ndarray:
        """A one in each row."""
        return np.eye(count, dtype=np.float32)[self.rng.integers(0, count, shape)]


def residual_mlp(batch: int = 256, width: int = 128, blocks: int = 6) -> TrainingStep:
    rate = 0.05
    draw = Draw(1)
    parameters = {}
    for number in range(1, blocks + 1):
        parameters[f"w{number}"] = draw.normal(width, width, scale=width**-0.5)
        parameters[f"b{number}"] = draw.normal(width, scale=0.1)
    parameters["w_out"] = draw.normal(width, scale=width**-0.5)
    data = {"x": draw.normal(batch, width), "t": draw.normal(batch)}
    program = generator("residual_mlp").generate(batch, width, blocks, rate)
    return TrainingStep("residual_mlp", program, parameters, data, ("descent", rate))


def convolution(batch: int = 64, image: int = 28, window: int = 5, channels=(8, 16),
                classes: int = 10) -> TrainingStep:
    rate = 0.1
    draw = Draw(2)
    c1, c2 = channels
    last = ((image - window + 1) // 2 - window + 1) // 2
    parameters = {
        "k1": draw.normal(c1, window, window, scale=1 / window),
        "b1": draw.normal(c1, scale=0.1),
        "k2": draw.normal(c2, c1, window, window, scale=c1**-0.5 / window),
        "b2": draw.normal(c2, scale=0.1),
        "w": draw.normal(c2, last, last, classes, scale=c2**-0.5 / last),
        "b": draw.normal(classes, scale=0.1)}
    data = {"x": draw.normal(batch, image, image), "t": draw.classes(batch, count=classes)}
    program = generator("convolution").generate(batch, image, window, channels, classes, rate)
    return TrainingStep("convolution", program, parameters, data, ("descent", rate))


def transformer(batch: int = 64, sequence: int = 11, model: int = 48, heads: int = 4,
                blocks: int = 3, tokens: int = 10) -> TrainingStep:
    rate = 0.1
    draw = Draw(3)
    head, hidden = model // heads, 4 * model
    parameters = {"word": draw.normal(tokens, model), "place": draw.normal(sequence, model)}
    for number in range(1, blocks + 1):
        block = {"gain1": draw.near(1, model), "shift1": draw.near(0, model)}
        for name in "qkv":
            block["w" + name] = draw.normal(model, heads, head, scale=model**-0.5)
            block["b" + name] = draw.near(0, heads, head)
        block |= {
            "wo": draw.normal(heads, head, model, scale=model**-0.5),
            "bo": draw.near(0, model), "gain2": draw.near(1, model),
            "shift2": draw.near(0, model),
            "w1": draw.normal(model, hidden, scale=model**-0.5), "b1": draw.near(0, hidden),
            "w2": draw.normal(hidden, model, scale=hidden**-0.5), "b2": draw.near(0, model)}
        parameters |= {f"{name}_{number}": value for name, value in block.items()}
    parameters |= {"gain": draw.near(1, model), "shift": draw.near(0, model),
                   "head": draw.normal(model, tokens, scale=model**-0.5)}
    data = {name: draw.classes(batch, sequence, count=tokens) for name in ("tokens", "targets")}
    program = generator("transformer").generate(batch, sequence, model, heads, blocks, tokens,
                                                rate)
    return TrainingStep("transformer", program, parameters, data, ("descent", rate))


def digits() -> TrainingStep:
    folder = EXAMPLES / "digits"
    now = {name: np.load(folder / f"{name}.npy") for name in ("w1", "b1", "w2", "b2")}
    # Parameters of two steps that differ, so that momentum counts.
    previous = {name: value * np.float32(0.99) for name, value in now.items()}
    data = {"x": np.load(folder / "train_images.npy"),
            "t": np.load(folder / "train_targets.npy")}
    return TrainingStep("digits", (folder / "digits.mlir").read_text(),
                        {"now": now, "previous": previous}, data, ("nesterov", 0.4, 0.9))


def workloads(scale: Scale) -> list[Workload]:
    # The digits are data, of one size only.
    steps = [digits(), residual_mlp(scale(256, 8), scale(128, 8), scale(6, 2)),
             convolution(scale(64, 2)),
             transformer(scale(64, 2), scale(11, 5), scale(48, 8), blocks=scale(3, 1))]
    return [step.workload() for step in steps]
