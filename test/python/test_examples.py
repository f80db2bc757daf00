"""Every example through the optimised and the plain pipeline, against NumPy."""

import subprocess
import sys

import numpy as np
import pytest

from programs import SOURCE, Run, run_program, run_tool

EXAMPLES = SOURCE / "examples"


def normal(seed, *shapes, kind=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(kind) for shape in shapes]


def product_with_trace(all_three):
    b, c, d, abar = normal(1, (4, 6), (6, 5), (3, 3), (4, 5))
    trace = np.trace(d)
    expected = [b @ c * trace, abar @ c.T * trace, b.T @ abar * trace]
    if all_three:
        expected.append(np.eye(3) * (abar * (b @ c)).sum())
    return [b, c, d, abar], expected


def two_factors():
    x, y, zbar = normal(2, (16, 32, 64), (16, 128), (32, 64, 128), kind=np.float32)
    wide = [array.astype(np.float64) for array in (x, y, zbar)]
    return [x, y, zbar], [np.einsum("ijk,ip->jkp", wide[0], wide[1]),
                          np.einsum("jkp,ip->ijk", wide[2], wide[1]),
                          np.einsum("jkp,ijk->ip", wide[2], wide[0])]


def least_squares():
    x, w, y = normal(3, (20, 8), (8, 3), (20, 3))
    r = x @ w - y
    return [x, w, y], [(r * r).sum(), 2 * x.T @ r]


def cross_entropy_hessian():
    x, t = normal(4, 7, 7)
    x *= 3
    p = np.exp(x - x.max())
    p /= p.sum()
    return [x, t], [t.sum() * (np.diag(p) - np.outer(p, p))]


def quadratic_form_hessian():
    x, a = normal(5, 13, (13, 13))
    return [x, a], [a + a.T]


def coupled_cluster():
    v, t, bar = normal(6, (4, 4, 6, 6), (6, 6, 4, 4), (6, 6, 4, 4))
    residual = np.einsum("klcd,cdij,abkl->abij", v, t, t, optimize=True) / 4
    vbar = np.einsum("abij,cdij,abkl->klcd", bar, t, t, optimize=True) / 4
    tbar = (np.einsum("abij,klcd,abkl->cdij", bar, v, t, optimize=True)
            + np.einsum("abij,klcd,cdij->abkl", bar, v, t, optimize=True)) / 4
    return [v, t, bar], [residual, vbar, tbar]


def attention():
    shapes = [(2, 5, 6), (6, 2, 3), (6, 2, 3), (6, 2, 3), (2, 3, 6), (2, 5, 6)]
    inputs = normal(7, *shapes, kind=np.float32)
    x, wq, wk, wv, wo, target = (array.astype(np.float64) for array in inputs)
    q, k, v = (np.einsum("bsm,mhk->bhsk", x, w) for w in (wq, wk, wv))
    scores = np.einsum("bhsk,bhtk->bhst", q, k) / np.sqrt(3)
    p = np.exp(scores - scores.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    heads = p @ v
    r = np.einsum("bhsk,hkm->bsm", heads, wo) - target
    # dP = G V', dS = P (dP - rowsum(dP P)), dQ = dS K / sqrt(d), dK = dS' Q / sqrt(d)
    out = 2 * r / r.size
    g = np.einsum("bsm,hkm->bhsk", out, wo)
    dp = np.einsum("bhsk,bhtk->bhst", g, v)
    ds = p * (dp - (dp * p).sum(-1, keepdims=True)) / np.sqrt(3)
    dq, dk, dv = ds @ k, ds.swapaxes(2, 3) @ q, p.swapaxes(2, 3) @ g
    gradients = [np.einsum("bsm,bhsk->mhk", x, d) for d in (dq, dk, dv)]
    gradients.append(np.einsum("bhsk,bsm->hkm", heads, out))
    return inputs, [(r * r).mean(), *gradients]


def mps():
    """Sweeps from both ends; row and column vectors of the ends get a bond of one."""
    sites, bonds = 64, (6, 5)
    shapes = [((1,) if n == 0 else (bond,)) + (2,) + ((1,) if n == sites - 1 else (bond,))
              for bond in bonds for n in range(sites)]
    tensors = [array / 4 for array in normal(8, *shapes)]
    a, b = tensors[:sites], tensors[sites:]
    left, right = [np.ones((1, 1))], [np.ones((1, 1))]
    for n in range(sites):
        left.append(np.einsum("lr,lsm,rsn->mn", left[-1], a[n], b[n], optimize=True))
        m = sites - 1 - n
        right.append(np.einsum("mn,lsm,rsn->lr", right[-1], a[m], b[m], optimize=True))
    right.reverse()
    ga = [np.einsum("lr,rsn,mn->lsm", left[n], b[n], right[n + 1], optimize=True)
          for n in range(sites)]
    gb = [np.einsum("lr,lsm,mn->rsn", left[n], a[n], right[n + 1], optimize=True)
          for n in range(sites)]
    return ([t.squeeze() for t in tensors],
            [left[-1].squeeze(), *(g.squeeze() for g in ga + gb)])


def windows(x, size, stride=1):
    """All windows of the last two dimensions: [..., h, w, r, s]."""
    view = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(-2, -1))
    return view[..., ::stride, ::stride, :, :]


def layer(x, kernel, bias):
    """relu(convolution + bias) and its mean over 2 x 2 pixels, and what gradients need."""
    columns = windows(x, kernel.shape[-1])
    z = (np.einsum("nchwrs,dcrs->ndhw", columns, kernel, optimize=True)
         + bias[:, np.newaxis, np.newaxis])
    return windows(np.maximum(z, 0), 2, 2).mean((-2, -1)), z, columns


def layer_gradients(z, columns, kernel, pooled_bar):
    """The cotangents of kernel, bias and input."""
    z_bar = np.kron(pooled_bar, np.full((2, 2), 0.25)) * (z > 0)
    size = kernel.shape[-1]
    padded = np.pad(z_bar, [(0, 0), (0, 0), (size - 1,) * 2, (size - 1,) * 2])
    x_bar = np.einsum("ndhwrs,dcrs->nchw", windows(padded, size), kernel[..., ::-1, ::-1],
                      optimize=True)
    return (np.einsum("nchwrs,ndhw->dcrs", columns, z_bar, optimize=True),
            z_bar.sum((0, 2, 3)), x_bar)


def convolution():
    """One step of descent, gradients written by hand."""
    shapes = [(8, 5, 5), (8,), (16, 8, 5, 5), (16,), (16, 4, 4, 10), (10,), (64, 28, 28)]
    inputs = [array / 4 for array in normal(9, *shapes, kind=np.float32)]
    labels = np.random.default_rng(10).integers(0, 10, 64)
    targets = np.eye(10, dtype=np.float32)[labels]
    k1, b1, k2, b2, w, b, x = parameters = [array.astype(np.float64) for array in inputs]
    x, k1 = x[:, np.newaxis], k1[:, np.newaxis]
    p1, z1, columns1 = layer(x, k1, b1)
    p2, z2, columns2 = layer(p1, k2, b2)
    y = np.einsum("ndhw,dhwk->nk", p2, w) + b
    s = y - y.max(1, keepdims=True)
    e = np.exp(s)
    total = e.sum(1, keepdims=True)
    loss = (targets * (np.log(total) - s)).sum() / 64
    y_bar = (e / total - targets) / 64
    g2, gb2, p1_bar = layer_gradients(z2, columns2, k2, np.einsum("nk,dhwk->ndhw", y_bar, w))
    g1, gb1, _ = layer_gradients(z1, columns1, k1, p1_bar)
    gradients = [g1[:, 0], gb1, g2, gb2, np.einsum("ndhw,nk->dhwk", p2, y_bar), y_bar.sum(0)]
    return [*inputs, targets], [*(old - 0.1 * g for old, g in zip(parameters, gradients)), loss]


CASES = {
    "product-with-trace.mlir all_gradients": lambda: product_with_trace(True),
    "product-with-trace.mlir gradients_of_factors": lambda: product_with_trace(False),
    "two-factors.mlir gradients": two_factors,
    "least-squares.mlir loss_and_gradient": least_squares,
    "cross-entropy-hessian.mlir hessian": cross_entropy_hessian,
    "quadratic-form-hessian.mlir hessian": quadratic_form_hessian,
    "coupled-cluster.mlir response": coupled_cluster,
    "attention/attention.mlir loss_and_gradients": attention,
    "convolution/convolution.mlir train_step": convolution,
    "mps/mps.mlir value_and_gradients": mps,
}


def assert_near(found, expected, what):
    """Relative to the largest element, as sums round."""
    assert found.shape == np.shape(expected), what
    bound = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-11}[found.dtype]
    error = np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-300)
    assert error <= bound, f"{what}: relative error {error:.2e}"


@pytest.mark.parametrize("case", CASES)
def test_both_pipelines(case):
    path, entry = case.split()
    inputs, expected = CASES[case]()
    runs = [run_program(EXAMPLES / path, Run(entry, inputs, pipeline=pipeline))
            for pipeline in ("optimised", "plain")]
    for number, (fast, plain, value) in enumerate(zip(*runs, expected, strict=True)):
        assert_near(fast, value, f"result {number}, optimised")
        assert_near(plain, value, f"result {number}, plain")
        assert_near(fast, plain, f"result {number}, optimised against plain")


def digits_inputs():
    weights = [np.load(EXAMPLES / "digits" / f"{name}.npy") for name in ("w1", "b1", "w2", "b2")]
    images, targets = (np.load(EXAMPLES / "digits" / f"train_{name}.npy")
                       for name in ("images", "targets"))
    return weights, images, targets


@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
def test_digits_training_step(pipeline):
    """Two steps, the second away from the first, against the NumPy program."""
    sys.path.insert(0, str(EXAMPLES / "digits"))
    import reference
    weights, images, targets = digits_inputs()
    inputs = [*weights, *weights, images, targets]
    trainer = reference.Trainer(images, targets, weights)
    for _ in range(2):
        found = run_program(EXAMPLES / "digits" / "digits.mlir",
                            Run("train_step", inputs, pipeline=pipeline))
        loss = trainer.step()
        for result, weight in zip(found[:4], trainer.now, strict=True):
            assert_near(result, weight, "weights")
        assert_near(found[8], np.asarray(loss), "loss")
        inputs = [*found[:8], images, targets]


@pytest.mark.parametrize("name", ["attention", "convolution", "mps", "residual_mlp",
                                  "transformer"])
def test_generated_programs_are_current(name):
    folder = EXAMPLES / name
    written = subprocess.run([sys.executable, folder / "generate.py"], check=True,
                             capture_output=True, text=True).stdout
    assert written == (folder / f"{name}.mlir").read_text()


def test_gradients_against_central_differences():
    for path, entry, wrt in [("least-squares.mlir", "loss", "0,1,2"),
                             ("attention/attention.mlir", "loss", "0,1,2,3,4,5"),
                             ("coupled-cluster.mlir", "residual", "0,1")]:
        mode = "vjp" if entry == "residual" else "value_and_grad"
        printed = run_tool("tn-run", EXAMPLES / path, f"--entry={entry}", f"--wrt={wrt}",
                           f"--derivative={mode}", "--check-gradient")
        assert "gradient check" in printed
