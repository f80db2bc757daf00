#!/usr/bin/env python3
"""Writes a residual network and one step of its training as a tensornet program.

residual_mlp.mlir is the output without arguments; `--batch 8 --width 4 --blocks 2` and
the like write others.
"""

import argparse
import pathlib
import string
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from training import aliases, arguments, train_step  # noqa: E402

TEMPLATE = string.Template("""\
// A residual network of $blocks blocks h + tanh(h w + b), $width wide, that fits one number
// to each of $batch examples. Written by generate.py.
//
//   tn-run residual_mlp.mlir --entry=train_step --time=100
//
// Indices: n example, p and q within a layer.
$aliases
func.func private @block(%h: !h, %w: !w, %b: !b) -> !h {
  %hw = tensornet.contract %h[n, p], %w[p, q] -> [n, q] : (!h, !w) -> !h
  %bias = tensornet.contract %b[q] -> [n, q] : (!b) -> !h
  %z = arith.addf %hw, %bias : !h
  %t = math.tanh %z : !h
  %next = arith.addf %h, %t : !h
  return %next : !h
}

// The mean squared error of h w_out.
func.func @loss(
    $arguments) -> !scalar {
$layers\
  %y = tensornet.contract %$last[n, p], %w_out[p] -> [n] : (!h, !b) -> !t
  %r = arith.subf %y, %t : !t
  %per_example = arith.constant dense<$per_example> : !scalar
  %loss = tensornet.contract %per_example[], %r[n], %r[n] -> [] : (!scalar, !t, !t) -> !scalar
  return %loss : !scalar
}

""")


def generate(batch: int = 256, width: int = 128, blocks: int = 6, rate: float = 0.05,
             element: str = "f32") -> str:
    """The text of the program."""
    shapes = {"scalar": (), "h": (batch, width), "w": (width, width), "b": (width,),
              "t": (batch,)}
    parameters = {}
    layers = []
    last = "x"
    for number in range(1, blocks + 1):
        parameters |= {f"w{number}": "w", f"b{number}": "b"}
        layers.append(f"  %h{number} = call @block(%{last}, %w{number}, %b{number})"
                      " : (!h, !w, !b) -> !h\n")
        last = f"h{number}"
    parameters["w_out"] = "b"
    data = {"x": "h", "t": "t"}
    model = TEMPLATE.substitute(
        batch=batch, width=width, blocks=blocks, aliases=aliases(shapes, element),
        arguments=arguments(parameters | data), layers="".join(layers), last=last,
        per_example=f"{1 / batch:.17e}")
    return model + train_step(shapes, parameters, data, rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--element", choices=["f32", "f64"], default="f32")
    print(generate(**vars(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
