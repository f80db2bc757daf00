"""The training steps in PyTorch: a loss each, one step of value, gradients, update."""

import torch
from torch.nn import functional


def cross_entropy(logits, targets):
    """The sum over all rows; the last dimension is that of the classes."""
    return functional.cross_entropy(logits.flatten(0, -2), targets.flatten(0, -2),
                                    reduction="sum")


def digits(p, d):
    h = torch.exp(-0.5 * (d["x"] @ p["w1"] + p["b1"]) ** 2)
    logits = h @ p["w2"] + p["b2"]
    entropy = cross_entropy(logits, 0.8 * d["t"] + 0.02)
    return entropy / len(d["x"]) + 0.0015 * ((p["w1"] ** 2).sum() + (p["w2"] ** 2).sum())


def residual_mlp(p, d):
    h = d["x"]
    for number in range(1, len(p) // 2 + 1):
        h = h + torch.tanh(torch.addmm(p[f"b{number}"], h, p[f"w{number}"]))
    return functional.mse_loss(h @ p["w_out"], d["t"])


def convolution(p, d):
    def layer(x, kernel, bias):
        return functional.avg_pool2d(functional.relu(functional.conv2d(x, kernel, bias)), 2)

    x = layer(d["x"][:, None], p["k1"][:, None], p["b1"])
    x = layer(x, p["k2"], p["b2"])
    logits = x.flatten(1) @ p["w"].flatten(0, -2) + p["b"]
    return cross_entropy(logits, d["t"]) / len(x)


def transformer(p, d):
    def normalise(x, gain, shift):
        return functional.layer_norm(x, x.shape[-1:], gain, shift, 1e-5)

    def block(x, p):
        def project(w, b):
            z = y @ w.flatten(1) + b.flatten()
            return z.unflatten(-1, b.shape).transpose(1, 2)

        y = normalise(x, p["gain1"], p["shift1"])
        q, k, v = (project(p["w" + name], p["b" + name]) for name in "qkv")
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).flatten(2) @ p["wo"].flatten(0, 1) + p["bo"]
        y = normalise(x, p["gain2"], p["shift2"])
        hidden = functional.gelu(y @ p["w1"] + p["b1"], approximate="tanh")
        return x + hidden @ p["w2"] + p["b2"]

    x = d["tokens"] @ p["word"] + p["place"]
    number = 1
    while f"gain1_{number}" in p:
        x = block(x, {name.rpartition("_")[0]: w for name, w in p.items()
                      if name.endswith(f"_{number}")})
        number += 1
    logits = normalise(x, p["gain"], p["shift"]) @ p["head"]
    return cross_entropy(logits, d["targets"]) / (x.shape[0] * x.shape[1])


def value_and_gradients(loss, p, d):
    leaves = {name: w.detach().requires_grad_() for name, w in p.items()}
    value = loss(leaves, d)
    return value.detach(), dict(zip(leaves, torch.autograd.grad(value, list(leaves.values()))))


def descent(loss, rate):
    def step(p, d):
        value, gradients = value_and_gradients(loss, p, d)
        return {name: w - rate * gradients[name] for name, w in p.items()}, value

    return step


def nesterov(loss, rate, momentum):
    def step(p, d):
        ahead = {name: w + momentum * (w - p["previous"][name])
                 for name, w in p["now"].items()}
        value, gradients = value_and_gradients(loss, ahead, d)
        new = {name: w - rate * gradients[name] for name, w in ahead.items()}
        return {"now": new, "previous": p["now"]}, value

    return step


def tensors(tree, dtype):
    if isinstance(tree, dict):
        return {name: tensors(value, dtype) for name, value in tree.items()}
    return torch.as_tensor(tree, dtype=dtype)


def prepared(step, parameters, data, dtype):
    """A call without arguments that runs the step."""
    parameters, data = tensors(parameters, dtype), tensors(data, dtype)
    return lambda: step(parameters, data)
