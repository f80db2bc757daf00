"""One step of each training program at tiny sizes, against losses in NumPy.

What a step subtracts from a parameter is the rate times the gradient, so its slope along
a direction is a central difference of the NumPy loss.
"""

import importlib.util

import numpy as np
import pytest

from programs import SOURCE, Run, run_program

RATE = 0.25


def generate(example, *sizes):
    path = SOURCE / "examples" / example / "generate.py"
    spec = importlib.util.spec_from_file_location(f"generate_{example}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate(*sizes, RATE, "f64")


def cross_entropy(logits, targets):
    shifted = logits - logits.max(-1, keepdims=True)
    return (targets * (np.log(np.exp(shifted).sum(-1, keepdims=True)) - shifted)).sum()


def residual_mlp(*arguments):
    *layers, out, h, target = arguments
    for w, b in zip(layers[::2], layers[1::2]):
        h = h + np.tanh(h @ w + b)
    return ((h @ out - target) ** 2).mean()


def convolution(k1, b1, k2, b2, w, b, x, targets):
    def layer(x, kernel, bias):
        size = kernel.shape[-1]
        windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(-2, -1))
        z = np.einsum("nchwrs,dcrs->ndhw", windows, kernel) + bias[:, None, None]
        n, d, h, w = z.shape
        return np.maximum(z, 0).reshape(n, d, h // 2, 2, w // 2, 2).mean((3, 5))

    p = layer(layer(x[:, None], k1[:, None], b1), k2, b2)
    return cross_entropy(np.einsum("ndhw,dhwk->nk", p, w) + b, targets) / len(x)


def transformer(word, place, *arguments):
    *blocks, gain, shift, head, tokens, targets = arguments

    def normalise(x, gain, shift):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * gain + shift

    def attention(x, wq, bq, wk, bk, wv, bv, wo, bo):
        q, k, v = (np.einsum("bsm,mhk->bhsk", x, w) + b[:, None]
                   for w, b in ((wq, bq), (wk, bk), (wv, bv)))
        scores = np.einsum("bhsk,bhtk->bhst", q, k) / np.sqrt(q.shape[-1])
        e = np.tril(np.exp(scores - scores.max(-1, keepdims=True)))
        mixed = np.einsum("bhst,bhtk->bhsk", e / e.sum(-1, keepdims=True), v)
        return np.einsum("bhsk,hkm->bsm", mixed, wo) + bo

    def hidden_layer(x, w1, b1, w2, b2):
        u = x @ w1 + b1
        return u * (1 + np.tanh(np.sqrt(2 / np.pi) * (u + 0.044715 * u**3))) / 2 @ w2 + b2

    x = tokens @ word + place
    while blocks:
        block, blocks = blocks[:16], blocks[16:]
        x = x + attention(normalise(x, *block[:2]), *block[2:10])
        x = x + hidden_layer(normalise(x, *block[10:12]), *block[12:])
    positions = x.shape[0] * x.shape[1]
    return cross_entropy(normalise(x, gain, shift) @ head, targets) / positions


def one_hot(rng, *shape):
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


def residual_mlp_case(rng):
    shapes = [(5, 5), (5,), (5, 5), (5,), (5,), (3, 5), (3,)]
    return (3, 5, 2), [rng.standard_normal(shape) / 2 for shape in shapes]


def convolution_case(rng):
    shapes = [(2, 5, 5), (2,), (3, 2, 5, 5), (3,), (3, 1, 1, 4), (4,), (2, 16, 16)]
    arrays = [rng.standard_normal(shape) / 4 for shape in shapes]
    return (2, 16, 5, (2, 3), 4), [*arrays, one_hot(rng, 2, 4)]


def transformer_case(rng):
    batch, sequence, model, heads, blocks, tokens = 2, 5, 6, 2, 1, 7
    head, hidden = model // heads, 4 * model
    block = [(model,), (model,), *[(model, heads, head), (heads, head)] * 3,
             (heads, head, model), (model,), (model,), (model,),
             (model, hidden), (hidden,), (hidden, model), (model,)]
    shapes = [(tokens, model), (sequence, model), *block * blocks, (model,), (model,),
              (model, tokens)]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    data = [one_hot(rng, batch, sequence, tokens) for _ in range(2)]
    return (batch, sequence, model, heads, blocks, tokens), arrays + data


CASES = {"residual_mlp": (residual_mlp, residual_mlp_case, 2),
         "convolution": (convolution, convolution_case, 2),
         "transformer": (transformer, transformer_case, 2)}


@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("name", CASES)
def test_step(name, pipeline):
    loss, case, count = CASES[name]
    rng = np.random.default_rng(11)
    sizes, inputs = case(rng)
    parameters = len(inputs) - count
    *new, value = run_program(generate(name, *sizes),
                              Run("train_step", inputs, pipeline=pipeline))
    assert len(new) == parameters
    np.testing.assert_allclose(value, loss(*inputs), rtol=1e-12)
    for number in range(parameters):
        old = inputs[number]
        direction = rng.standard_normal(old.shape)

        def moved(step):
            return loss(*inputs[:number], old + step * direction, *inputs[number + 1:])

        slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
        found = ((old - new[number]) / RATE * direction).sum()
        # The difference of two losses keeps about 1e-10.
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-8,
                                   err_msg=f"argument {number}")
