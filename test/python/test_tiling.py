"""Tiled contractions compute what whole ones do."""

import subprocess

import numpy as np
import pytest

from contraction_kinds import generate
from contractions import Contraction
from programs import TOOLS, Program, Run, check_values, draw, run_program, run_tool

LIBRARY = """module attributes {{transform.with_named_sequence}} {{
  transform.named_sequence @__transform_main(%root: !transform.any_op {{transform.readonly}}) {{
    %0 = transform.structured.match ops{{["tensornet.contract_into"]}} in %root
        : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:{count} = transform.structured.tile_using_for %0 tile_sizes {sizes}
        : (!transform.any_op) -> (!transform.any_op{types})
    transform.yield
  }}
}}
"""


def indices(contraction: Contraction) -> list[str]:
    """In the order of their numbers, which is that of appearance."""
    names: dict[str, None] = {}
    for forms in contraction.forms:
        for form in forms:
            names.update(dict.fromkeys(name for name, _ in sorted(form.terms)))
    return list(names)


def surely_tiled(contraction: Contraction) -> set[str]:
    """Indices that are only subscripts by themselves, of tensors they span. Beside a form,
    an extent that the destination alone knows is in the way of any tile."""
    used = [form for forms in contraction.forms for form in forms]
    moved = {name for form in used if form.bare is None for name, _ in form.terms}
    if moved and not contraction.result.is_static:
        return set()
    return set(indices(contraction)) - moved - set(contraction.explicit)


def tile(lowered: str, sizes: list[int], folder) -> str | None:
    """The program with loops over tiles; None where it cannot be tiled so."""
    count = sum(size > 0 for size in sizes)
    library = folder / "library.mlir"
    library.write_text(LIBRARY.format(count=count, sizes=sizes,
                                      types=", !transform.any_op" * count))
    command = [str(TOOLS / "tn-opt"), "-",
               f"--transform-preload-library=transform-library-paths={library}",
               "--transform-interpreter"]
    done = subprocess.run(command, input=lowered, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return done.stdout
    assert "failed to generate tiling loops" in done.stderr
    return None


def contractions() -> list:
    families = generate()
    chosen = families["f64"] + families["dynamic"] + families["random"][:45]
    return [pytest.param(c, n, id=f"{c.kind}-{n}") for n, c in enumerate(chosen) if indices(c)]


@pytest.mark.parametrize("contraction, seed", contractions())
def test_tiles(contraction, seed, tmp_path):
    program = Program([contraction])
    lowered = run_tool("tn-opt", "-", "--convert-tensornet-to-destination", text=program.text())
    names, sure = indices(contraction), surely_tiled(contraction)
    tiled = tile(lowered, [2] * len(names), tmp_path)
    if tiled is None:
        is_empty = any(0 in tensor.shape for tensor in (*contraction.arguments, contraction.result))
        assert is_empty or len(sure) < len(names)
        if is_empty or not sure:
            return
        tiled = tile(lowered, [2 if name in sure else 0 for name in names], tmp_path)
    assert "scf.for" in tiled
    values = [draw(tensor, np.random.default_rng(seed)) for tensor in program.arguments]
    check_values(program, values, run_program(tiled, Run("f", values, pipeline="plain")))
