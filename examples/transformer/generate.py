#!/usr/bin/env python3
"""Writes a small language model and one step of its training as a tensornet program.

transformer.mlir is the output without arguments; `--blocks 1 --batch 2 --model 6 --heads 2`
and the like write others.
"""

import argparse
import pathlib
import string
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from training import aliases, arguments, names, train_step, types, wrap  # noqa: E402

TEMPLATE = string.Template("""\
// A transformer that predicts the next token: $blocks blocks of causal attention with $heads
// heads and a layer of $hidden hidden units, model dimension $model, on $batch sequences of
// $sequence tokens out of $tokens. Written by generate.py.
//
//   tn-run transformer.mlir --entry=train_step --time=100
//
// Indices: b sequence of the batch, s and t positions, v token, m and n within the model,
// h head, k within a head, f hidden unit.
$aliases
// (x - mean) / sqrt(variance + 1e-5) gain + shift, over the model's dimension.
func.func private @normalise(%x: !x, %gain: !m, %shift: !m) -> !x {
  %per_element = arith.constant dense<$per_element> : !scalar
  %mean = tensornet.contract %per_element[], %x[b, s, m] -> [b, s] : (!scalar, !x) -> !rows
  %means = tensornet.contract %mean[b, s] -> [b, s, m] : (!rows) -> !x
  %d = arith.subf %x, %means : !x
  %variance = tensornet.contract %per_element[], %d[b, s, m], %d[b, s, m] -> [b, s]
      : (!scalar, !x, !x) -> !rows
  %epsilon = arith.constant dense<1.0e-5> : !rows
  %positive = arith.addf %variance, %epsilon : !rows
  %r = math.rsqrt %positive : !rows
  %scaled = tensornet.contract %d[b, s, m], %r[b, s], %gain[m] -> [b, s, m]
      : (!x, !rows, !m) -> !x
  %shifts = tensornet.contract %shift[m] -> [b, s, m] : (!m) -> !x
  %y = arith.addf %scaled, %shifts : !x
  return %y : !x
}

// What a linear map to queries, keys or values makes of x.
func.func private @project(%x: !x, %w: !w, %b: !hk) -> !q {
  %xw = tensornet.contract %x[b, s, m], %w[m, h, k] -> [b, h, s, k] : (!x, !w) -> !q
  %bias = tensornet.contract %b[h, k] -> [b, h, s, k] : (!hk) -> !q
  %y = arith.addf %xw, %bias : !q
  return %y : !q
}

// Softmax over t of scores for t <= s.
func.func private @softmax(%scores: !p) -> !p {
  %one = tensornet.contract -> [s] : () -> !s
  %past = tensornet.contract %one[s - t] -> [s, t] : (!s) -> !ss
  %ones = arith.constant dense<1.0> : !ss
  %future = arith.subf %past, %ones : !ss
  %far = arith.constant dense<1.0e9> : !scalar
  %barrier = tensornet.contract %far[], %future[s, t] -> [b, h, s, t] : (!scalar, !ss) -> !p
  %allowed = arith.addf %scores, %barrier : !p
  %lowest = arith.constant dense<$lowest> : !maxima
  %largest = linalg.reduce { arith.maximumf } ins(%allowed : !p)
      outs(%lowest : !maxima) dimensions = [3]
  %shift = tensornet.stop_gradient %largest : !maxima
  %shifts = tensornet.contract %shift[b, h, s] -> [b, h, s, t] : (!maxima) -> !p
  %shifted = arith.subf %allowed, %shifts : !p
  %e = math.exp %shifted : !p
  %sum = tensornet.contract %e[b, h, s, t] -> [b, h, s] : (!p) -> !maxima
  %sums = tensornet.contract %sum[b, h, s] -> [b, h, s, t] : (!maxima) -> !p
  %p = arith.divf %e, %sums : !p
  return %p : !p
}

func.func private @attention(%x: !x, %wq: !w, %bq: !hk, %wk: !w, %bk: !hk, %wv: !w, %bv: !hk,
                             %wo: !wo, %bo: !m) -> !x {
  %q = call @project(%x, %wq, %bq) : (!x, !w, !hk) -> !q
  %k = call @project(%x, %wk, %bk) : (!x, !w, !hk) -> !q
  %v = call @project(%x, %wv, %bv) : (!x, !w, !hk) -> !q
  %scale = arith.constant dense<$scale> : !scalar
  %scores = tensornet.contract %scale[], %q[b, h, s, k], %k[b, h, t, k] -> [b, h, s, t]
      : (!scalar, !q, !q) -> !p
  %p = call @softmax(%scores) : (!p) -> !p
  %mixed = tensornet.contract %p[b, h, s, t], %v[b, h, t, k] -> [b, h, s, k] : (!p, !q) -> !q
  %together = tensornet.contract %mixed[b, h, s, k], %wo[h, k, m] -> [b, s, m]
      : (!q, !wo) -> !x
  %bias = tensornet.contract %bo[m] -> [b, s, m] : (!m) -> !x
  %y = arith.addf %together, %bias : !x
  return %y : !x
}

// gelu(u) = u (1 + tanh(sqrt(2 / pi) (u + 0.044715 u^3))) / 2
func.func private @gelu(%u: !u) -> !u {
  %c0 = arith.constant dense<0.5> : !u
  %c1 = arith.constant dense<1.0> : !u
  %c2 = arith.constant dense<0.7978845608028654> : !u
  %c3 = arith.constant dense<0.044715> : !u
  %uu = arith.mulf %u, %u : !u
  %cubic = arith.mulf %c3, %uu : !u
  %factor = arith.addf %c1, %cubic : !u
  %curve = arith.mulf %u, %factor : !u
  %inner = arith.mulf %c2, %curve : !u
  %t = math.tanh %inner : !u
  %t1 = arith.addf %c1, %t : !u
  %half = arith.mulf %c0, %u : !u
  %y = arith.mulf %half, %t1 : !u
  return %y : !u
}

func.func private @hidden_layer(%x: !x, %w1: !mf, %b1: !f, %w2: !fm, %b2: !m) -> !x {
  %xw = tensornet.contract %x[b, s, m], %w1[m, f] -> [b, s, f] : (!x, !mf) -> !u
  %bias1 = tensornet.contract %b1[f] -> [b, s, f] : (!f) -> !u
  %u = arith.addf %xw, %bias1 : !u
  %a = call @gelu(%u) : (!u) -> !u
  %aw = tensornet.contract %a[b, s, f], %w2[f, m] -> [b, s, m] : (!u, !fm) -> !x
  %bias2 = tensornet.contract %b2[m] -> [b, s, m] : (!m) -> !x
  %y = arith.addf %aw, %bias2 : !x
  return %y : !x
}

func.func private @block(
    %x: !x, $block_arguments) -> !x {
  %x1 = call @normalise(%x, %gain1, %shift1) : (!x, !m, !m) -> !x
  %y1 = call @attention(%x1, %wq, %bq, %wk, %bk, %wv, %bv, %wo, %bo)
      : (!x, !w, !hk, !w, !hk, !w, !hk, !wo, !m) -> !x
  %middle = arith.addf %x, %y1 : !x
  %x2 = call @normalise(%middle, %gain2, %shift2) : (!x, !m, !m) -> !x
  %y2 = call @hidden_layer(%x2, %w1, %b1, %w2, %b2) : (!x, !mf, !f, !fm, !m) -> !x
  %y = arith.addf %middle, %y2 : !x
  return %y : !x
}

// The cross entropy of the next tokens, averaged over all positions; %tokens and %targets
// hold a one at the token of each position.
func.func @loss(
    $arguments) -> !scalar {
  %words = tensornet.contract %tokens[b, s, v], %word[v, m] -> [b, s, m] : (!v, !vm) -> !x
  %places = tensornet.contract %place[s, m] -> [b, s, m] : (!sm) -> !x
  %x0 = arith.addf %words, %places : !x
$layers\
  %x = call @normalise(%x$blocks, %gain, %shift) : (!x, !m, !m) -> !x
  %y = tensornet.contract %x[b, s, m], %head[m, v] -> [b, s, v] : (!x, !mv) -> !v
  %lowest = arith.constant dense<$lowest> : !rows
  %largest = linalg.reduce { arith.maximumf } ins(%y : !v) outs(%lowest : !rows) dimensions = [2]
  %fixed = tensornet.stop_gradient %largest : !rows
  %fixeds = tensornet.contract %fixed[b, s] -> [b, s, v] : (!rows) -> !v
  %logits = arith.subf %y, %fixeds : !v
  %e = math.exp %logits : !v
  %sums = tensornet.contract %e[b, s, v] -> [b, s] : (!v) -> !rows
  %logs = math.log %sums : !rows
  %log_sum = tensornet.contract %logs[b, s] -> [] : (!rows) -> !scalar
  %hits = tensornet.contract %targets[b, s, v], %logits[b, s, v] -> [] : (!v, !v) -> !scalar
  %entropy = arith.subf %log_sum, %hits : !scalar
  %per_position = arith.constant dense<$per_position> : !scalar
  %loss = arith.mulf %entropy, %per_position : !scalar
  return %loss : !scalar
}

""")

# The parameters of a block and their types.
BLOCK = {"gain1": "m", "shift1": "m", "wq": "w", "bq": "hk", "wk": "w", "bk": "hk", "wv": "w",
         "bv": "hk", "wo": "wo", "bo": "m", "gain2": "m", "shift2": "m", "w1": "mf", "b1": "f",
         "w2": "fm", "b2": "m"}


def block_call(number: int) -> str:
    """%xN = @block(%x(N-1), its parameters)"""
    parameters = names([f"x{number - 1}", *(f"{name}_{number}" for name in BLOCK)])
    return f"""\
  %x{number} = call @block({wrap(parameters, 10)})
      : ({wrap(types({"x": "x"} | BLOCK), 9)}) -> !x
"""


def generate(batch: int = 64, sequence: int = 11, model: int = 48, heads: int = 4,
             blocks: int = 3, tokens: int = 10, rate: float = 0.1, element: str = "f32") -> str:
    """The text of the program; `model` is a multiple of `heads`, hidden layers are four
    times as wide."""
    if model % heads:
        raise SystemExit(f"model dimension {model} is not a multiple of {heads} heads")
    head, hidden = model // heads, 4 * model
    shapes = {
        "scalar": (), "x": (batch, sequence, model), "rows": (batch, sequence),
        "q": (batch, heads, sequence, head), "p": (batch, heads, sequence, sequence),
        "maxima": (batch, heads, sequence), "s": (sequence,), "ss": (sequence, sequence),
        "u": (batch, sequence, hidden), "v": (batch, sequence, tokens), "m": (model,),
        "w": (model, heads, head), "hk": (heads, head), "wo": (heads, head, model),
        "mf": (model, hidden), "f": (hidden,), "fm": (hidden, model), "vm": (tokens, model),
        "sm": (sequence, model), "mv": (model, tokens)}
    parameters = {"word": "vm", "place": "sm"}
    for number in range(1, blocks + 1):
        parameters |= {f"{name}_{number}": kind for name, kind in BLOCK.items()}
    parameters |= {"gain": "m", "shift": "m", "head": "mv"}
    data = {"tokens": "v", "targets": "v"}
    text = TEMPLATE.substitute(
        batch=batch, sequence=sequence, model=model, heads=heads, blocks=blocks, tokens=tokens,
        hidden=hidden, aliases=aliases(shapes, element), scale=repr(head**-0.5),
        per_element=f"{1 / model:.17e}", per_position=f"{1 / (batch * sequence):.17e}",
        block_arguments=arguments(BLOCK), arguments=arguments(parameters | data),
        layers="".join(map(block_call, range(1, blocks + 1))),
        lowest={"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[element])
    return text + train_step(shapes, parameters, data, rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in [("batch", 64), ("sequence", 11), ("model", 48), ("heads", 4),
                          ("blocks", 3), ("tokens", 10)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--element", choices=["f32", "f64"], default="f32")
    print(generate(**vars(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
