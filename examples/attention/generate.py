#!/usr/bin/env python3
"""Writes one multi-head attention block and its gradients as a tensornet program.

attention.mlir is the output without arguments; `--sequence 256 --model 512` and the
like write larger ones.
"""

import argparse
import string

TEMPLATE = string.Template("""\
// Multi-head attention: $batch sequences of $sequence positions, model dimension $model,
// $heads heads of dimension $head. Written by generate.py.
//
//   tn-run attention.mlir --entry=loss_and_gradients
//
// Indices: b sequence of the batch, h head, s and t positions, k within a head,
// m within the model.
func.func @attention(%x: $x, %wq: $w, %wk: $w,
                     %wv: $w, %wo: $wo) -> $x {
  // Queries, keys and values of every head.
  %q = tensornet.contract %x[b, s, m], %wq[m, h, k] -> [b, h, s, k]
      : ($x, $w) -> $q
  %k = tensornet.contract %x[b, t, m], %wk[m, h, k] -> [b, h, t, k]
      : ($x, $w) -> $q
  %v = tensornet.contract %x[b, t, m], %wv[m, h, k] -> [b, h, t, k]
      : ($x, $w) -> $q

  // Scores q k' / sqrt($head), less the largest of each row: no exponential
  // overflows, and the softmax does not depend on the shift.
  %scale = arith.constant dense<$scale> : tensor<$type>
  %scores = tensornet.contract %scale[], %q[b, h, s, k], %k[b, h, t, k] -> [b, h, s, t]
      : (tensor<$type>, $q, $q) -> $p
  %lowest = arith.constant dense<$lowest> : $rows
  %largest = linalg.reduce { arith.maximumf } ins(%scores : $p)
      outs(%lowest : $rows) dimensions = [3]
  %shift = tensornet.stop_gradient %largest : $rows
  %shifts = tensornet.contract %shift[b, h, s] -> [b, h, s, t]
      : ($rows) -> $p
  %shifted = arith.subf %scores, %shifts : $p

  // Softmax over t.
  %e = math.exp %shifted : $p
  %sum = tensornet.contract %e[b, h, s, t] -> [b, h, s]
      : ($p) -> $rows
  %sums = tensornet.contract %sum[b, h, s] -> [b, h, s, t]
      : ($rows) -> $p
  %p = arith.divf %e, %sums : $p

  // The weighted values of all heads, back in the model's space.
  %heads = tensornet.contract %p[b, h, s, t], %v[b, h, t, k] -> [b, h, s, k]
      : ($p, $q) -> $q
  %y = tensornet.contract %heads[b, h, s, k], %wo[h, k, m] -> [b, s, m]
      : ($q, $wo) -> $x
  return %y : $x
}

// The mean squared distance to a target.
func.func @loss(%x: $x, %wq: $w, %wk: $w,
                %wv: $w, %wo: $wo, %target: $x) -> tensor<$type> {
  %y = call @attention(%x, %wq, %wk, %wv, %wo)
      : ($x, $w, $w, $w, $wo) -> $x
  %r = arith.subf %y, %target : $x
  %per_element = arith.constant dense<$per_element> : tensor<$type>
  %loss = tensornet.contract %per_element[], %r[b, s, m], %r[b, s, m] -> []
      : (tensor<$type>, $x, $x) -> tensor<$type>
  return %loss : tensor<$type>
}

func.func @loss_and_gradients(%x: $x, %wq: $w, %wk: $w,
                              %wv: $w, %wo: $wo, %target: $x)
    -> (tensor<$type>, $w, $w, $w, $wo) {
  %loss, %gq, %gk, %gv, %go =
      tensornet.value_and_grad @loss(%x, %wq, %wk, %wv, %wo, %target) wrt [1, 2, 3, 4]
      : ($x, $w, $w, $w, $wo, $x)
      -> (tensor<$type>, $w, $w, $w, $wo)
  return %loss, %gq, %gk, %gv, %go
      : tensor<$type>, $w, $w, $w, $wo
}
""")


def generate(batch: int, heads: int, sequence: int, model: int, element: str) -> str:
    """The text of the program; `model` is a multiple of `heads`."""
    if model % heads:
        raise SystemExit(f"model dimension {model} is not a multiple of {heads} heads")
    head = model // heads

    def tensor(*shape: int) -> str:
        return f"tensor<{'x'.join(map(str, shape))}x{element}>"

    return TEMPLATE.substitute(
        batch=batch, heads=heads, sequence=sequence, model=model, head=head, type=element,
        x=tensor(batch, sequence, model), w=tensor(model, heads, head),
        wo=tensor(heads, head, model), q=tensor(batch, heads, sequence, head),
        p=tensor(batch, heads, sequence, sequence), rows=tensor(batch, heads, sequence),
        scale=repr(head**-0.5), per_element=f"{1 / (batch * sequence * model):.17e}",
        lowest={"f32": "0xFF800000", "f64": "0xFFF0000000000000"}[element])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--sequence", type=int, default=5)
    parser.add_argument("--model", type=int, default=6)
    parser.add_argument("--element", choices=["f32", "f64"], default="f32")
    print(generate(**vars(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
