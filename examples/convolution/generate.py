#!/usr/bin/env python3
"""Writes a small convolutional network and one step of its training as a tensornet program.

convolution.mlir is the output without arguments; `--image 16 --batch 2 --channels 2 3
--classes 4 --element f64` and the like write others.
"""

import argparse
import pathlib
import string
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from training import aliases, arguments, train_step  # noqa: E402

TEMPLATE = string.Template("""\
// A convolutional network on $batch images of $image x $image pixels: convolution
// ($window x $window, 1 to $c1 channels), relu, mean of 2 x 2 pixels, convolution
// ($c1 to $c2 channels), relu, mean, linear layer to $classes classes, cross
// entropy. Written by generate.py.
//
//   tn-run convolution.mlir --entry=train_step --time=100
//
// Indices: n image, c and d channels, h and w place of a result, r and s place in a
// window, k class. A window is an affine subscript: h + r for a convolution,
// 2 * h + r where windows do not overlap.
$aliases
func.func private @logits(
    %k1: !k1, %b1: !b1, %k2: !k2, %b2: !b2, %w: !w, %b: !b, %x: !x) -> !t {
  %zero1 = arith.constant dense<0.0> : !z1
  %zero2 = arith.constant dense<0.0> : !z2
  %quarter = arith.constant dense<0.25> : !scalar

  // First layer.
  %conv1 = tensornet.contract %x[n, h + r, w + s], %k1[c, r, s] -> [n, c, h, w] : (!x, !k1) -> !z1
  %bias1 = tensornet.contract %b1[c] -> [n, c, h, w] : (!b1) -> !z1
  %z1 = arith.addf %conv1, %bias1 : !z1
  %a1 = arith.maximumf %z1, %zero1 : !z1
  %p1 = tensornet.contract %quarter[], %a1[n, c, 2 * h + r, 2 * w + s] -> [n, c, h, w]
      extents(r = 2, s = 2) : (!scalar, !z1) -> !p1

  // Second layer.
  %conv2 = tensornet.contract %p1[n, c, h + r, w + s], %k2[d, c, r, s] -> [n, d, h, w]
      : (!p1, !k2) -> !z2
  %bias2 = tensornet.contract %b2[d] -> [n, d, h, w] : (!b2) -> !z2
  %z2 = arith.addf %conv2, %bias2 : !z2
  %a2 = arith.maximumf %z2, %zero2 : !z2
  %p2 = tensornet.contract %quarter[], %a2[n, d, 2 * h + r, 2 * w + s] -> [n, d, h, w]
      extents(r = 2, s = 2) : (!scalar, !z2) -> !p2

  %y = tensornet.contract %p2[n, d, h, w], %w[d, h, w, k] -> [n, k] : (!p2, !w) -> !t
  %bias = tensornet.contract %b[k] -> [n, k] : (!b) -> !t
  %logits = arith.addf %y, %bias : !t
  return %logits : !t
}

// Cross entropy of the softmax against the targets %t, averaged over the images:
// sum over n and k of t[n, k] (log(sum over l of exp y[n, l]) - y[n, k]).
func.func @loss(
    $arguments) -> !scalar {
  %y = call @logits(%k1, %b1, %k2, %b2, %w, %b, %x)
      : (!k1, !b1, !k2, !b2, !w, !b, !x) -> !t
  // The loss does not depend on the shift that keeps exponentials small.
  %lowest = arith.constant dense<$lowest> : !rows
  %largest = linalg.reduce { arith.maximumf } ins(%y : !t) outs(%lowest : !rows) dimensions = [1]
  %shift = tensornet.stop_gradient %largest : !rows
  %shifts = tensornet.contract %shift[n] -> [n, k] : (!rows) -> !t
  %s = arith.subf %y, %shifts : !t
  %e = math.exp %s : !t
  %sums = tensornet.contract %e[n, k] -> [n] : (!t) -> !rows
  %logs = math.log %sums : !rows
  %log_sum = tensornet.contract %t[n, k], %logs[n] -> [] : (!t, !rows) -> !scalar
  %hits = tensornet.contract %t[n, k], %s[n, k] -> [] : (!t, !t) -> !scalar
  %entropy = arith.subf %log_sum, %hits : !scalar
  %per_image = arith.constant dense<$per_image> : !scalar
  %loss = arith.mulf %entropy, %per_image : !scalar
  return %loss : !scalar
}

""")


def generate(batch: int = 64, image: int = 28, window: int = 5,
             channels: tuple[int, int] = (8, 16), classes: int = 10, rate: float = 0.1,
             element: str = "f32") -> str:
    """The text of the program."""
    sizes = [image]
    for _ in channels:
        sizes.append(sizes[-1] - window + 1)
        if sizes[-1] < 2 or sizes[-1] % 2:
            raise SystemExit(f"a convolution gives images of {sizes[-1]} pixels, "
                             "which 2 x 2 pixels do not tile")
        sizes.append(sizes[-1] // 2)
    c1, c2 = channels
    shapes = {
        "scalar": (), "x": (batch, image, image), "k1": (c1, window, window), "b1": (c1,),
        "z1": (batch, c1, sizes[1], sizes[1]), "p1": (batch, c1, sizes[2], sizes[2]),
        "k2": (c2, c1, window, window), "b2": (c2,),
        "z2": (batch, c2, sizes[3], sizes[3]), "p2": (batch, c2, sizes[4], sizes[4]),
        "w": (c2, sizes[4], sizes[4], classes), "b": (classes,), "t": (batch, classes),
        "rows": (batch,)}
    parameters = {name: name for name in ("k1", "b1", "k2", "b2", "w", "b")}
    data = {"x": "x", "t": "t"}
    text = TEMPLATE.substitute(
        batch=batch, image=image, window=window, c1=c1, c2=c2, classes=classes,
        aliases=aliases(shapes, element), arguments=arguments(parameters | data),
        per_image=f"{1 / batch:.17e}",
        lowest={"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[element])
    return text + train_step(shapes, parameters, data, rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--image", type=int, default=28)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--channels", type=int, nargs=2, default=[8, 16])
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--element", choices=["f32", "f64"], default="f32")
    print(generate(**vars(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
