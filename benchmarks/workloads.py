"""What is measured: a program, its inputs, and the same computation in NumPy.

The NumPy side is written as a competent user would: `@` and `matmul` on contiguous
operands, results and temporaries in arrays that are used again.
"""

import importlib.util
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"


class Matmul:
    """C = A B of order 1024."""

    def __init__(self, element: str):
        self.name = f"matmul-1024-{element}"
        self.entry = "matmul"
        dtype = {"f32": np.float32, "f64": np.float64}[element]
        rng = np.random.default_rng(0)
        self.inputs = [rng.standard_normal((1024, 1024)).astype(dtype) for _ in range(2)]
        self.out = np.empty((1024, 1024), dtype)
        tensor = f"tensor<1024x1024x{element}>"
        self.program = f"""
            func.func @matmul(%a: {tensor}, %b: {tensor}) -> {tensor} {{
              %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
                   : ({tensor}, {tensor}) -> {tensor}
              return %c : {tensor}
            }}"""

    def peer(self):
        np.matmul(self.inputs[0], self.inputs[1], out=self.out)
        return [self.out]

    def reference(self):
        a, b = (x.astype(np.float64) for x in self.inputs)
        return [a @ b]


def load_module(path: pathlib.Path):
    """The module in `path`, whose folder it may import from."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.pop(0)
    return module


class Attention:
    """Loss and all weight gradients of multi-head attention, f32."""

    BATCH, HEADS, SEQUENCE, MODEL = 4, 8, 256, 512

    def __init__(self):
        self.name = "attention-value-and-grad-f32"
        self.entry = "loss_and_gradients"
        generate = load_module(EXAMPLES / "attention" / "generate.py").generate
        self.program = generate(self.BATCH, self.HEADS, self.SEQUENCE, self.MODEL, "f32")
        rng = np.random.default_rng(1)
        b, h, s, m = self.BATCH, self.HEADS, self.SEQUENCE, self.MODEL
        k = m // h
        shapes = [(b, s, m), (m, h, k), (m, h, k), (m, h, k), (h, k, m), (b, s, m)]
        scales = [1, m**-0.5, m**-0.5, m**-0.5, m**-0.5, 1]
        self.inputs = [(rng.standard_normal(shape) * scale).astype(np.float32)
                       for shape, scale in zip(shapes, scales)]
        self.buffers = {}

    def buffer(self, name, shape, dtype):
        """An array that every call uses again."""
        key = (name, np.dtype(dtype))
        if key not in self.buffers:
            self.buffers[key] = np.empty(shape, dtype)
        return self.buffers[key]

    def evaluate(self, inputs):
        x, wq, wk, wv, wo, target = inputs
        dtype = x.dtype
        b, h, s, m = self.BATCH, self.HEADS, self.SEQUENCE, self.MODEL
        k = m // h
        scale = dtype.type(k**-0.5)

        def new(name, *shape):
            return self.buffer(name, shape, dtype)

        def heads(rows):  # [b s, h k] as [b, h, s, k], a view
            return rows.reshape(b, s, h, k).transpose(0, 2, 1, 3)

        x2 = x.reshape(b * s, m)
        w2 = [w.reshape(m, h * k) for w in (wq, wk, wv)]
        q, key, v = (heads(np.matmul(x2, w, out=new(f"projection{i}", b * s, h * k)))
                     for i, w in enumerate(w2))
        p = np.matmul(q, key.transpose(0, 1, 3, 2), out=new("p", b, h, s, s))
        p *= scale
        p -= p.max(axis=-1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=-1, keepdims=True)
        o = new("o", b, s, h, k)
        np.matmul(p, v, out=o.transpose(0, 2, 1, 3))
        o2 = o.reshape(b * s, h * k)
        wo2 = wo.reshape(h * k, m)
        r = np.matmul(o2, wo2, out=new("r", b * s, m))
        r -= target.reshape(b * s, m)
        loss = np.vdot(r, r) / dtype.type(b * s * m)

        r *= dtype.type(2.0 / (b * s * m))
        gwo = np.matmul(o2.T, r, out=new("gwo", h * k, m))
        go = heads(np.matmul(r, wo2.T, out=new("go", b * s, h * k)))
        gv = new("gv", b, s, h, k)
        np.matmul(p.transpose(0, 1, 3, 2), go, out=gv.transpose(0, 2, 1, 3))
        gp = np.matmul(go, v.transpose(0, 1, 3, 2), out=new("gp", b, h, s, s))
        gp *= p
        rows = gp.sum(axis=-1, keepdims=True)
        p *= rows
        gp -= p
        gp *= scale
        gq, gk = new("gq", b, s, h, k), new("gk", b, s, h, k)
        np.matmul(gp, key, out=gq.transpose(0, 2, 1, 3))
        np.matmul(gp.transpose(0, 1, 3, 2), q, out=gk.transpose(0, 2, 1, 3))
        weights = [np.matmul(x2.T, g.reshape(b * s, h * k), out=new(f"gw{i}", m, h * k))
                   for i, g in enumerate((gq, gk, gv))]
        return [loss, *(g.reshape(m, h, k) for g in weights), gwo.reshape(h, k, m)]

    def peer(self):
        return self.evaluate(self.inputs)

    def reference(self):
        return self.evaluate([x.astype(np.float64) for x in self.inputs])


class DigitsStep:
    """One training step of examples/digits on its full training set, f32."""

    def __init__(self):
        folder = EXAMPLES / "digits"
        self.name = "digits-step-f32"
        self.entry = "train_step"
        self.program = (folder / "digits.mlir").read_text()
        self.module = load_module(folder / "reference.py")
        weights = [np.load(folder / f"{name}.npy") for name in ("w1", "b1", "w2", "b2")]
        data = [np.load(folder / f"train_{name}.npy") for name in ("images", "targets")]
        # Parameters of two steps that differ, so that momentum counts.
        self.inputs = weights + [w * np.float32(0.99) for w in weights] + data
        self.trainer = self.new_trainer(np.float32)

    def new_trainer(self, dtype):
        inputs = [x.astype(dtype) for x in self.inputs]
        trainer = self.module.Trainer(inputs[8], inputs[9], inputs[:4])
        for previous, value in zip(trainer.previous, inputs[4:8]):
            previous[...] = value
        return trainer

    def peer(self):
        return [self.trainer.step()]

    def reference(self):
        """New parameters, old ones, loss (the reference trainer computes in f32)."""
        trainer = self.new_trainer(np.float32)
        loss = trainer.step()
        return [*trainer.now, *trainer.previous, loss]


def all_workloads():
    return [Matmul("f32"), Matmul("f64"), Attention(), DigitsStep()]
