"""What the generators of training programs share: types, lists and one step of descent.

Programs name their types with aliases: `{"w": (48, 48)}` is `!w = tensor<48x48xf32>`.
"""

import textwrap


def aliases(shapes: dict[str, tuple[int, ...]], element: str) -> str:
    """The lines that define the types."""
    return "".join(f"!{name} = tensor<{''.join(f'{size}x' for size in shape)}{element}>\n"
                   for name, shape in shapes.items())


def wrap(items, indent: int) -> str:
    """`item, item, ...` in lines that the first one continues."""
    text = ", ".join(items)
    return textwrap.fill(text, 96 - indent).replace("\n", "\n" + " " * indent)


def arguments(kinds: dict[str, str]) -> str:
    """`%name: !type, ...`, for the lines below a function's name."""
    pairs = [f"%{name}:\0!{kind}" for name, kind in kinds.items()]
    return wrap(pairs, 4).replace("\0", " ")


def names(values) -> list[str]:
    return [f"%{value}" for value in values]


def types(kinds: dict[str, str]) -> list[str]:
    return [f"!{kind}" for kind in kinds.values()]


def move(name: str, kind: str, rank: int) -> str:
    """%new_NAME = %NAME - %rate %g_NAME"""
    indices = ", ".join("ijkl"[:rank])
    return f"""\
  %s_{name} = tensornet.contract %rate[], %g_{name}[{indices}] -> [{indices}] : (!scalar, !{kind}) -> !{kind}
  %new_{name} = arith.subf %{name}, %s_{name} : !{kind}
"""


def train_step(shapes: dict[str, tuple[int, ...]], parameters: dict[str, str],
               data: dict[str, str], rate: float) -> str:
    """@train_step(parameters, data) returns the parameters less `rate` times the gradient of
    @loss(parameters, data), and the loss: `tn-run --iterate` trains. `shapes` has `scalar`."""
    gradients = [f"g_{name}" for name in parameters]
    moves = "".join(move(name, kind, len(shapes[kind])) for name, kind in parameters.items())
    return f"""\
// One step of gradient descent: the new parameters, and the loss of the old ones.
func.func @train_step(
    {arguments(parameters | data)})
    -> ({wrap([*types(parameters), "!scalar"], 8)}) {{
  {wrap(names(["loss", *gradients]), 6)} =
      tensornet.value_and_grad @loss(
          {wrap(names([*parameters, *data]), 10)})
      wrt [{wrap(map(str, range(len(parameters))), 10)}]
      : ({wrap(types(parameters | data), 9)})
      -> ({wrap(["!scalar", *types(parameters)], 10)})
  %rate = arith.constant dense<{rate!r}> : !scalar
{moves}\
  return {wrap(names([*(f"new_{name}" for name in parameters), "loss"]), 9)}
      : {wrap([*types(parameters), "!scalar"], 8)}
}}
"""
