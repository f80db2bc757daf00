#!/usr/bin/env python3
"""Writes a small convolutional network and its gradients as a tensornet program.

convolution.mlir is the output without arguments; `--image 16 --batch 2 --channels 2 3
--classes 4 --element f64` and the like write others.
"""

import argparse
import string

TEMPLATE = string.Template("""\
// A convolutional network on $batch images of $image x $image pixels: convolution
// ($window x $window, 1 to $c1 channels), relu, mean of 2 x 2 pixels, convolution
// ($c1 to $c2 channels), relu, mean, linear layer to $classes classes, cross
// entropy. Written by generate.py.
//
//   tn-run convolution.mlir --entry=loss_and_gradients
//
// Indices: n image, c and d channels, h and w place of a result, r and s place in a
// window, k class. A window is an affine subscript: h + r for a convolution,
// 2 * h + r where windows do not overlap.
func.func @logits(%x: $x, %k1: $k1, %b1: $b1,
                  %k2: $k2, %b2: $b2,
                  %w: $w, %b: $b) -> $t {
  %zero1 = arith.constant dense<0.0> : $z1
  %zero2 = arith.constant dense<0.0> : $z2
  %quarter = arith.constant dense<0.25> : tensor<$type>

  // First layer.
  %conv1 = tensornet.contract %x[n, h + r, w + s], %k1[c, r, s] -> [n, c, h, w]
      : ($x, $k1) -> $z1
  %bias1 = tensornet.contract %b1[c] -> [n, c, h, w] : ($b1) -> $z1
  %z1 = arith.addf %conv1, %bias1 : $z1
  %a1 = arith.maximumf %z1, %zero1 : $z1
  %p1 = tensornet.contract %quarter[], %a1[n, c, 2 * h + r, 2 * w + s] -> [n, c, h, w]
      extents(r = 2, s = 2) : (tensor<$type>, $z1) -> $p1

  // Second layer.
  %conv2 = tensornet.contract %p1[n, c, h + r, w + s], %k2[d, c, r, s] -> [n, d, h, w]
      : ($p1, $k2) -> $z2
  %bias2 = tensornet.contract %b2[d] -> [n, d, h, w] : ($b2) -> $z2
  %z2 = arith.addf %conv2, %bias2 : $z2
  %a2 = arith.maximumf %z2, %zero2 : $z2
  %p2 = tensornet.contract %quarter[], %a2[n, d, 2 * h + r, 2 * w + s] -> [n, d, h, w]
      extents(r = 2, s = 2) : (tensor<$type>, $z2) -> $p2

  %y = tensornet.contract %p2[n, d, h, w], %w[d, h, w, k] -> [n, k]
      : ($p2, $w) -> $t
  %bias = tensornet.contract %b[k] -> [n, k] : ($b) -> $t
  %logits = arith.addf %y, %bias : $t
  return %logits : $t
}

// Cross entropy of the softmax against the targets %t, averaged over the images:
// sum over n and k of t[n, k] (log(sum over l of exp y[n, l]) - y[n, k]).
func.func @loss(%x: $x, %k1: $k1, %b1: $b1,
                %k2: $k2, %b2: $b2,
                %w: $w, %b: $b, %t: $t) -> tensor<$type> {
  %y = call @logits(%x, %k1, %b1, %k2, %b2, %w, %b)
      : ($x, $k1, $b1, $k2, $b2, $w, $b) -> $t
  // The loss does not depend on the shift that keeps exponentials small.
  %lowest = arith.constant dense<$lowest> : $rows
  %largest = linalg.reduce { arith.maximumf } ins(%y : $t)
      outs(%lowest : $rows) dimensions = [1]
  %shift = tensornet.stop_gradient %largest : $rows
  %shifts = tensornet.contract %shift[n] -> [n, k] : ($rows) -> $t
  %s = arith.subf %y, %shifts : $t
  %e = math.exp %s : $t
  %sums = tensornet.contract %e[n, k] -> [n] : ($t) -> $rows
  %logs = math.log %sums : $rows
  %log_sum = tensornet.contract %t[n, k], %logs[n] -> [] : ($t, $rows) -> tensor<$type>
  %hits = tensornet.contract %t[n, k], %s[n, k] -> [] : ($t, $t) -> tensor<$type>
  %entropy = arith.subf %log_sum, %hits : tensor<$type>
  %per_image = arith.constant dense<$per_image> : tensor<$type>
  %loss = arith.mulf %entropy, %per_image : tensor<$type>
  return %loss : tensor<$type>
}

func.func @loss_and_gradients(%x: $x, %k1: $k1, %b1: $b1,
                              %k2: $k2, %b2: $b2,
                              %w: $w, %b: $b, %t: $t)
    -> (tensor<$type>, $k1, $b1, $k2, $b2,
        $w, $b) {
  %loss, %g1, %gb1, %g2, %gb2, %gw, %gb =
      tensornet.value_and_grad @loss(%x, %k1, %b1, %k2, %b2, %w, %b, %t) wrt [1, 2, 3, 4, 5, 6]
      : ($x, $k1, $b1, $k2, $b2, $w, $b, $t)
      -> (tensor<$type>, $k1, $b1, $k2, $b2, $w, $b)
  return %loss, %g1, %gb1, %g2, %gb2, %gw, %gb
      : tensor<$type>, $k1, $b1, $k2, $b2, $w, $b
}
""")


def generate(batch: int, image: int, window: int, channels: list[int], classes: int,
             element: str) -> str:
    """The text of the program."""
    sizes = [image]
    for _ in channels:
        sizes.append(sizes[-1] - window + 1)
        if sizes[-1] < 2 or sizes[-1] % 2:
            raise SystemExit(f"a convolution gives images of {sizes[-1]} pixels, "
                             "which 2 x 2 pixels do not tile")
        sizes.append(sizes[-1] // 2)
    c1, c2 = channels

    def tensor(*shape: int) -> str:
        return f"tensor<{'x'.join(map(str, shape))}x{element}>"

    return TEMPLATE.substitute(
        batch=batch, image=image, window=window, c1=c1, c2=c2, classes=classes, type=element,
        x=tensor(batch, image, image), k1=tensor(c1, window, window), b1=tensor(c1),
        k2=tensor(c2, c1, window, window), b2=tensor(c2),
        z1=tensor(batch, c1, sizes[1], sizes[1]), p1=tensor(batch, c1, sizes[2], sizes[2]),
        z2=tensor(batch, c2, sizes[3], sizes[3]), p2=tensor(batch, c2, sizes[4], sizes[4]),
        w=tensor(c2, sizes[4], sizes[4], classes), b=tensor(classes),
        t=tensor(batch, classes), rows=tensor(batch), per_image=f"{1 / batch:.17e}",
        lowest={"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[element])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--image", type=int, default=28)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--channels", type=int, nargs=2, default=[8, 16])
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--element", choices=["f32", "f64"], default="f32")
    print(generate(**vars(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
