"""tensorgrad on a contraction: its symbolic derivatives, compiled to PyTorch calls."""

from __future__ import annotations

from collections.abc import Sequence

from speed.workload import split_einsum


def _edges(subscripts: str) -> tuple[list[list[str]], list[tuple[str, list[str]]]]:
    """Names of the edges of each operand, and the deltas that join edges of an index: an edge of
    tensorgrad joins two tensors, or is free."""
    inputs, result = split_einsum(subscripts)
    names = [list(indices) for indices in inputs]
    deltas = []
    for index in sorted(set("".join(inputs))):
        holders = [n for n, indices in enumerate(inputs) if index in indices]
        if len(holders) + (index in result) == 2:
            continue
        joined = [f"{index}{n}" for n in holders]
        for holder, name in zip(holders, joined):
            names[holder][names[holder].index(index)] = name
        deltas.append((index, joined + [index] * (index in result)))
    return names, deltas


def build(subscripts: str, operands: Sequence[int], wrt: Sequence[int] | None, torch):
    """The contraction, or its squared distance to the last input with gradients."""
    def prepare(arrays):
        import sympy
        import tensorgrad
        from tensorgrad.compiler import compile_to_callable

        inputs, result = split_einsum(subscripts)
        names, deltas = _edges(subscripts)
        # Equal extents are one symbol, as an input that is read twice needs.
        extents = {i: extent for number, indices in zip(operands, inputs)
                   for i, extent in zip(indices, arrays[number].shape)}
        sizes = {i: sympy.Symbol(f"n{extent}", integer=True, positive=True)
                 for i, extent in extents.items()}
        # The indices of each input.
        indices = [inputs[operands.index(number)] for number in range(max(operands) + 1)]
        indices += [result] * (len(arrays) - len(indices))
        variables = [tensorgrad.Variable(f"x{number}", **{e: sizes[e] for e in edges})
                     for number, edges in enumerate(indices)]
        factors = [variables[number].rename(**dict(zip(indices[number], edges)))
                   for number, edges in zip(operands, names)]
        factors += [tensorgrad.Delta(sizes[index], *joined) for index, joined in deltas]
        value = tensorgrad.Product(factors)
        outputs = [value]
        if wrt is not None:
            loss = tensorgrad.frobenius2(value - variables[-1])
            outputs = [loss, *(loss.grad(variables[n]) for n in wrt)]
        orders = [list(result)] if wrt is None else [[], *(list(indices[n]) for n in wrt)]
        program = compile_to_callable(*outputs)
        values = {variable: torch().from_numpy(array).rename(*edges) if edges else
                  torch().from_numpy(array)
                  for variable, edges, array in zip(variables, indices, arrays)}
        symbols = {sizes[i]: extent for i, extent in extents.items()}

        def order(found, edges):
            return found.align_to(*edges).rename(None) if edges else found

        def call():
            with torch().no_grad():
                found = program(values, symbols)
            found = found if isinstance(found, (tuple, list)) else [found]
            return [order(*pair) for pair in zip(found, orders)]
        return call
    return prepare
