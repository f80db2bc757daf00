"""The training steps in JAX: a loss each, one jitted step of value, gradients, update."""

import jax
import jax.numpy as jnp


def cross_entropy(logits, targets):
    """The sum over all rows."""
    return -(targets * jax.nn.log_softmax(logits)).sum()


def digits(p, d):
    h = jnp.exp(-0.5 * (d["x"] @ p["w1"] + p["b1"]) ** 2)
    logits = h @ p["w2"] + p["b2"]
    entropy = cross_entropy(logits, 0.8 * d["t"] + 0.02)
    return entropy / len(d["x"]) + 0.0015 * ((p["w1"] ** 2).sum() + (p["w2"] ** 2).sum())


def residual_mlp(p, d):
    h = d["x"]
    for number in range(1, len(p) // 2 + 1):
        h = h + jnp.tanh(h @ p[f"w{number}"] + p[f"b{number}"])
    return ((h @ p["w_out"] - d["t"]) ** 2).mean()


def convolution(p, d):
    def layer(x, kernel, bias):
        z = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID") + bias[:, None, None]
        n, c, h, w = z.shape
        return jnp.maximum(z, 0).reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5))

    x = layer(d["x"][:, None], p["k1"][:, None], p["b1"])
    x = layer(x, p["k2"], p["b2"])
    logits = x.reshape(len(x), -1) @ p["w"].reshape(-1, p["b"].size) + p["b"]
    return cross_entropy(logits, d["t"]) / len(x)


def transformer(p, d):
    def normalise(x, gain, shift):
        x = x - x.mean(-1, keepdims=True)
        return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * gain + shift

    def block(x, p):
        def project(w, b):
            return jnp.einsum("bsm,mhk->bhsk", y, w) + b[:, None]

        y = normalise(x, p["gain1"], p["shift1"])
        q, k, v = (project(p["w" + name], p["b" + name]) for name in "qkv")
        scores = jnp.einsum("bhsk,bhtk->bhst", q, k) / q.shape[-1] ** 0.5
        past = jnp.tril(jnp.ones(scores.shape[-2:], bool))
        weights = jax.nn.softmax(jnp.where(past, scores, -1e9))
        mixed = jnp.einsum("bhst,bhtk->bhsk", weights, v)
        x = x + jnp.einsum("bhsk,hkm->bsm", mixed, p["wo"]) + p["bo"]
        y = normalise(x, p["gain2"], p["shift2"])
        return x + jax.nn.gelu(y @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]

    x = d["tokens"] @ p["word"] + p["place"]
    number = 1
    while f"gain1_{number}" in p:
        x = block(x, {name.rpartition("_")[0]: w for name, w in p.items()
                      if name.endswith(f"_{number}")})
        number += 1
    logits = normalise(x, p["gain"], p["shift"]) @ p["head"]
    return cross_entropy(logits, d["targets"]) / (x.shape[0] * x.shape[1])


def descent(loss, rate):
    def step(p, d):
        value, gradients = jax.value_and_grad(loss)(p, d)
        return {name: w - rate * gradients[name] for name, w in p.items()}, value

    return step


def nesterov(loss, rate, momentum):
    def step(p, d):
        ahead = {name: w + momentum * (w - p["previous"][name])
                 for name, w in p["now"].items()}
        value, gradients = jax.value_and_grad(loss)(ahead, d)
        new = {name: w - rate * gradients[name] for name, w in ahead.items()}
        return {"now": new, "previous": p["now"]}, value

    return step


def compiled(step, parameters, data):
    """A call without arguments that runs the step to its end."""
    jitted = jax.jit(step)
    parameters, data = jax.tree.map(jnp.asarray, (parameters, data))
    return lambda: jax.block_until_ready(jitted(parameters, data))
