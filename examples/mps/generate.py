#!/usr/bin/env python3
"""Writes the inner product of two matrix product states and all its gradients.

A matrix product state over n sites gives every configuration (s_1, ..., s_n) the
number A_1[s_1] A_2[s_2] ... A_n[s_n], a product of matrices; the first is a row, the
last a column. The inner product of two such states sums over 2^n configurations, as
one contraction of 2 n tensors. mps.mlir is the output without arguments.
"""

import argparse


def state(name: str, sites: int, bond: int, letter: str) -> list[tuple[str, str, str]]:
    """Name, type and subscripts of every tensor of a state."""
    tensors = []
    for site in range(sites):
        dims, indices = ["2"], [f"s{site}"]
        if site > 0:
            dims.insert(0, str(bond))
            indices.insert(0, f"{letter}{site}")
        if site < sites - 1:
            dims.append(str(bond))
            indices.append(f"{letter}{site + 1}")
        tensors.append((f"%{name}{site}", f"tensor<{'x'.join(dims)}xf64>",
                        f"[{', '.join(indices)}]"))
    return tensors


def wrapped(words: list[str], indent: str, width: int = 100) -> str:
    """The words, separated by commas, in lines of at most `width` characters."""
    lines, line = [], indent
    for number, word in enumerate(words):
        text = word + ("," if number < len(words) - 1 else "")
        if len(line) + len(text) + 1 > width:
            lines.append(line.rstrip())
            line = indent
        line += text + " "
    return "\n".join(lines + [line.rstrip()])


def generate(sites: int, bond: int, other_bond: int) -> str:
    """The text of the program."""
    tensors = state("a", sites, bond, "l") + state("b", sites, other_bond, "r")
    arguments = wrapped([f"{name}: {kind}" for name, kind, _ in tensors], "    ")
    names = wrapped([name for name, _, _ in tensors], "    ")
    types = wrapped([kind for _, kind, _ in tensors], "    ")
    operands = wrapped([name + subscripts for name, _, subscripts in tensors], "    ")
    numbers = wrapped([str(n) for n in range(len(tensors))], "    ")
    gradients = wrapped(["%value"] + [f"%g{name[1:]}" for name, _, _ in tensors], "    ")
    return f"""\
// The inner product of two matrix product states of {sites} sites, and its gradients
// with respect to all {2 * sites} tensors. Written by generate.py, which says more.
//
//   tn-run mps.mlir --entry=value_and_gradients
func.func @inner_product(
{arguments}) -> tensor<f64> {{
  %value = tensornet.contract
{operands}
    -> [] : (
{types})
    -> tensor<f64>
  return %value : tensor<f64>
}}

// Each gradient is the network without one tensor; the parts that they have in
// common are computed once.
func.func @value_and_gradients(
{arguments}) -> (tensor<f64>,
{types}) {{
{gradients}
    = tensornet.value_and_grad @inner_product(
{names})
    wrt [
{numbers}]
    : (
{types})
    -> (tensor<f64>,
{types})
  return
{gradients}
    : tensor<f64>,
{types}
}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=64)
    parser.add_argument("--bond", type=int, default=6)
    parser.add_argument("--other-bond", type=int, default=5)
    print(generate(**vars(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
