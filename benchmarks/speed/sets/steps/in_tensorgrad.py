"""The training steps in tensorgrad: a loss each; it derives the gradients and compiles
them together with the update into one PyTorch program.

Edges have names; those of a parameter are listed with it, in the order of its dimensions.
"""

import sympy
import tensorgrad
import tensorgrad.functions as F
import torch
from tensorgrad import Variable


class Model:
    """Variables and extents by name, and the loss of them."""

    def __init__(self):
        self.symbols = {}
        self.variables = {}
        self.extents = {}
        self.edges = {}
        self.trained = []
        self.momentum = 0.0
        self.ahead = {}

    def symbol(self, name: str, extent: int):
        self.symbols.setdefault(name, sympy.Symbol(name))
        self.extents[self.symbols[name]] = extent
        return self.symbols[name]

    def variable(self, name: str, array, **edges: str):
        """The variable of an array: edges and the symbols of their extents."""
        symbols = {edge: self.symbol(symbol, extent)
                   for (edge, symbol), extent in zip(edges.items(), array.shape)}
        self.variables[name] = Variable(name, **symbols)
        self.edges[name] = tuple(edges)
        return self.variables[name]


def cross_entropy(logits, targets):
    """The sum over all rows."""
    return F.sum(F.cross_entropy(logits, targets, dim="k"))


def residual_mlp(m, p, d):
    h = m.variable("x", d["x"], batch="batch", d="d")
    target = m.variable("t", d["t"], batch="batch")
    for number in range(1, len(p) // 2 + 1):
        w = m.variable(f"w{number}", p[f"w{number}"], din="d", d="d")
        b = m.variable(f"b{number}", p[f"b{number}"], d="d")
        h = h + F.tanh(h.rename(d="din") @ w + b)
    r = h @ m.variable("w_out", p["w_out"], d="d") - target
    return F.sum(r * r) / len(d["t"])


def digits(m, p, d):
    """The loss `momentum` ahead of the parameters: those are m.ahead."""
    for name, edges in [("w1", {"p": "p", "h": "h"}), ("b1", {"h": "h"}),
                        ("w2", {"h": "h", "k": "k"}), ("b2", {"k": "k"})]:
        now = m.variable(name, p["now"][name], **edges)
        previous = m.variable(f"previous_{name}", p["previous"][name], **edges)
        m.ahead[name] = now + m.momentum * (now - previous)
    x = m.variable("x", d["x"], n="n", p="p")
    t = m.variable("t", d["t"], n="n", k="k")
    z = x @ m.ahead["w1"] + m.ahead["b1"]
    logits = F.exp(-0.5 * z * z) @ m.ahead["w2"] + m.ahead["b2"]
    entropy = cross_entropy(logits, 0.8 * t + 0.02) / len(d["x"])
    return entropy + 0.0015 * sum(F.sum(m.ahead[name] * m.ahead[name]) for name in ("w1", "w2"))


def convolution(m, p, d):
    r = m.symbol("r", p["k1"].shape[-1])
    two = m.symbol("two", 2)

    def layer(x, full, result, kernel, bias):
        """Convolution over the edges h and w of extents `full`, relu, means of 2 x 2 pixels;
        the extents of the result are called h`result` and w`result`."""
        extent = m.extents[full[0]] - m.extents[r] + 1
        valid = [m.symbol(f"{edge}v{result}", extent) for edge in "hw"]
        half = [m.symbol(f"{edge}{result}", extent // 2) for edge in "hw"]
        x = F.relu(x @ F.Convolution(h=full[0], r=r, hv=valid[0])
                   @ F.Convolution(w=full[1], s=r, wv=valid[1]) @ kernel + bias)
        x = (x @ F.Reshape(hv=valid[0], hp=half[0], h2=two)
             @ F.Reshape(wv=valid[1], wp=half[1], w2=two))
        return F.mean(x, dim=["h2", "w2"]).rename(hp="h", wp="w"), half

    x = m.variable("x", d["x"], n="n", h="h0", w="w0")
    t = m.variable("t", d["t"], n="n", k="k")
    x, half = layer(x, [m.symbols["h0"], m.symbols["w0"]], 1,
                    m.variable("k1", p["k1"], c="c1", r="r", s="r"),
                    m.variable("b1", p["b1"], c="c1"))
    x, _ = layer(x, half, 2, m.variable("k2", p["k2"], d="c2", c="c1", r="r", s="r"),
                 m.variable("b2", p["b2"], d="c2"))
    logits = (x @ m.variable("w", p["w"], d="c2", h="h2", w="w2", k="k")
              + m.variable("b", p["b"], k="k"))
    return cross_entropy(logits, t) / len(d["x"])


def transformer(m, p, d):
    batch, sequence = d["tokens"].shape[:2]
    model, _, head = p["wq_1"].shape

    def param(name, **edges):
        return m.variable(name, p[name], **edges)

    def normalise(x, gain, shift):
        x = x - F.mean(x, dim="m", keepdims=True)
        variance = F.mean(x * x, dim="m", keepdims=True)
        return x / F.sqrt(variance + 1e-5) * param(gain, m="m") + param(shift, m="m")

    tokens = m.variable("tokens", d["tokens"], b="b", s="s", k="k")
    targets = m.variable("targets", d["targets"], b="b", s="s", k="k")
    s = m.symbols["s"]
    later = tensorgrad.Sum([F.window(start=-n, s=s, t=s) for n in range(1, sequence)])
    x = tokens @ param("word", k="k", m="m") + param("place", s="s", m="m")
    number = 1
    while f"wq_{number}" in p:
        y = normalise(x, f"gain1_{number}", f"shift1_{number}")
        q, k, v = (y @ param(f"w{name}_{number}", m="m", h="head", e="e")
                   + param(f"b{name}_{number}", h="head", e="e") for name in "qkv")
        scores = F.dot(q, k.rename(s="t"), dim="e") / head**0.5
        weights = F.softmax(scores - 1e9 * later, dim="t")
        mixed = F.dot(weights, v.rename(s="t"), dim="t")
        x = (x + mixed @ param(f"wo_{number}", h="head", e="e", m="m")
             + param(f"bo_{number}", m="m"))
        y = normalise(x, f"gain2_{number}", f"shift2_{number}")
        u = F.gelu(y @ param(f"w1_{number}", m="m", f="f") + param(f"b1_{number}", f="f"),
                   approximate="tanh")
        x = x + u @ param(f"w2_{number}", f="f", m="m") + param(f"b2_{number}", m="m")
        number += 1
    logits = normalise(x, "gain", "shift") @ param("head", m="m", k="k")
    return cross_entropy(logits, targets) / (batch * sequence)


def descent(m, loss, rate):
    """The new value of every parameter."""
    parameters = {name: m.variables[name] for name in m.trained}
    gradients = tensorgrad.grad(loss, parameters)
    return {name: w - rate * gradients[name] for name, w in parameters.items()}


def nesterov(m, loss, rate, momentum):
    """From where `momentum` leads; a gradient there is 1 / (1 + momentum) of that here."""
    parameters = {name: m.variables[name] for name in m.trained}
    gradients = tensorgrad.grad(loss, parameters)
    return {name: m.ahead[name] - rate / (1 + momentum) * gradients[name]
            for name in parameters}


def compiled(step):
    """A call without arguments that runs the step."""
    m = Model()
    rule, *numbers = step.update
    m.momentum = numbers[-1]
    arrays = step.parameters | step.data
    m.trained = list(step.parameters)
    if rule == "nesterov":
        previous = step.parameters["previous"]
        arrays = (step.parameters["now"] | step.data
                  | {f"previous_{name}": array for name, array in previous.items()})
        m.trained = list(previous)
    loss = globals()[step.model](m, step.parameters, step.data)
    program = tensorgrad.compile(loss=loss, new=globals()[rule](m, loss, *numbers))
    feed = {name: torch.as_tensor(array).rename(*m.edges[name])
            for name, array in arrays.items()}

    def call():
        out = program(feed, dims=m.extents)
        new = {name: out.new[name].align_to(*m.edges[name]).rename(None) for name in m.trained}
        if rule == "nesterov":
            new = {"now": new, "previous": step.parameters["now"]}
        return new, out.loss.rename(None)

    return call
