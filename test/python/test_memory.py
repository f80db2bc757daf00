"""Memory is planned before the run: what functions need is known, small, and steady
calls ask nobody for more."""

import json
import re

import numpy as np
import pytest

from programs import SOURCE, run_tool

EXAMPLES = SOURCE / "examples"
DIGITS = EXAMPLES / "digits" / "digits.mlir"
ATTENTION = EXAMPLES / "attention" / "attention.mlir"


def chain(length: int, size: int, element: str = "f32") -> str:
    """The product of `length` square matrices, squared elementwise after each step
    so that none is reordered away."""
    matrix = f"tensor<{size}x{size}x{element}>"
    header = ", ".join(f"%a{n}: {matrix}" for n in range(length))
    lines, last = [], "%a0"
    for n in range(1, length):
        lines.append(f"%p{n} = tensornet.contract {last}[i, k], %a{n}[k, j] -> [i, j] "
                     f": ({matrix}, {matrix}) -> {matrix}")
        lines.append(f"%s{n} = math.tanh %p{n} : {matrix}")
        last = f"%s{n}"
    body = "\n  ".join(lines)
    return f"func.func @f({header}) -> {matrix} {{\n  {body}\n  return {last} : {matrix}\n}}\n"


DYNAMIC = chain(4, 8).replace("8x8", "?x?")


def planned(program: str, entry: str, *passes: str, options: str = "") -> dict[str, int]:
    """What the memory plan says of a function: bytes, and allocations left."""
    printed = run_tool("tn-opt", "-", *passes,
                       f"--tensornet-to-cpu=stage=buffers vector-width=512 {options}",
                       "--tensornet-print-cost", "-o", "/dev/null", text=program)
    line = re.search(rf"^@{entry}: (.*)$", printed, re.M)
    assert line, printed
    return {name: int(count) for name, count in re.findall(r"([a-z-]+)=(\d+)", line[1])}


def timed(path, *arguments: object) -> dict:
    """The JSON line of a timed run."""
    return json.loads(run_tool("tn-run", path, *arguments, "--time=20").splitlines()[-1])


def digits_inputs() -> list[str]:
    names = ["w1", "b1", "w2", "b2"] * 2 + ["train_images", "train_targets"]
    return [f"--input={n}:{DIGITS.parent / name}.npy" for n, name in enumerate(names)]


@pytest.mark.parametrize("length", [3, 6, 12])
def test_a_chain_needs_two_matrices_however_long_it_is(length):
    matrix = 256 * 256 * 4
    found = planned(chain(length, 256), "f")
    assert "pooled" not in found
    # One link and the next one, and the panels of one product.
    assert matrix <= found["workspace"] <= 2 * matrix + 3 * matrix


def test_the_workspace_of_a_chain_does_not_grow():
    assert planned(chain(5, 256), "f")["workspace"] == planned(chain(12, 256), "f")["workspace"]


def test_gradients_of_attention():
    found = planned(ATTENTION.read_text(), "loss_and_gradients")
    assert "pooled" not in found
    assert 0 < found["workspace"] < 40_000


@pytest.mark.parametrize("mask", [False, True])
def test_gradients_of_attention_that_is_normalised_last(tmp_path, mask):
    """The exponentials and what gradients make of them, 16 MiB each, are all made block by
    block, in whichever order that becomes worth while."""
    q, p, rows = "tensor<4x1024x16xf32>", "tensor<4x1024x1024xf32>", "tensor<4x1024xf32>"
    one = "tensor<1024xf32>"
    factor, type_ = (", %one[s - t]", f", {one}") if mask else ("", "")
    program = f"""
        func.func @loss(%q: {q}, %k: {q}, %v: {q}) -> tensor<f32> {{
          %one = tensornet.contract -> [u] : () -> {one}
          %s = tensornet.contract %q[h, s, k], %k[h, t, k]{factor} -> [h, s, t]
               : ({q}, {q}{type_}) -> {p}
          %e = math.exp %s : {p}
          %n = tensornet.contract %e[h, s, t]{factor} -> [h, s] : ({p}{type_}) -> {rows}
          %o = tensornet.contract %e[h, s, t], %v[h, t, k]{factor} -> [h, s, k]
               : ({p}, {q}{type_}) -> {q}
          %w = tensornet.contract %n[h, s] -> [h, s, k] : ({rows}) -> {q}
          %y = arith.divf %o, %w : {q}
          %l = tensornet.contract %y[h, s, k], %y[h, s, k] -> [] : ({q}, {q}) -> tensor<f32>
          return %l : tensor<f32>
        }}"""
    path = tmp_path / "attention.mlir"
    path.write_text(program)
    found = timed(path, "--entry=loss", "--derivative=value_and_grad", "--cache=off")
    assert found["workspace_bytes"] < 1 << 20


def test_a_training_step():
    found = planned(DIGITS.read_text(), "train_step")
    assert "pooled" not in found
    # Pre-activations, hidden layer and its cotangent live at one time, and the
    # cotangent of the logits; in all, twice as much is made.
    hidden, logits = 1438 * 64 * 4, 1438 * 10 * 4
    assert 2 * hidden <= found["workspace"] <= 3 * hidden + 3 * logits + 300_000


def test_threads_have_a_part_each():
    found = planned(chain(3, 512), "f", options="parallel")
    assert found["thread-workspace"] > 0
    assert "pooled" not in found


def test_dynamic_sizes_are_left_to_the_run():
    assert planned(DYNAMIC, "f")["pooled"] > 0


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("program", ["chain", "attention", "digits"])
def test_steady_calls_allocate_nothing(tmp_path, program, threads):
    path = tmp_path / "chain.mlir"
    path.write_text(chain(3, 300))
    arguments = {"chain": (path, "--entry=f"),
                 "attention": (ATTENTION, "--entry=loss_and_gradients"),
                 "digits": (DIGITS, "--entry=train_step", *digits_inputs())}[program]
    found = timed(*arguments, f"--threads={threads}")
    assert found["workspace_bytes"] > 0
    assert found["allocations"] == 0
    assert found["system_allocations"] == 0


def test_steady_dynamic_calls_take_no_memory_of_the_system(tmp_path):
    path = tmp_path / "dynamic.mlir"
    path.write_text(DYNAMIC)
    found = timed(path, "--entry=f", *(f"--shape={n}:100x100" for n in range(4)))
    assert found["allocations"] > 0
    assert found["system_allocations"] == 0


def test_planned_and_plain_memory_give_the_same_values(tmp_path):
    """Iterated, so that a workspace is used again while results live."""
    path = tmp_path / "chain.mlir"
    path.write_text(chain(4, 70, "f64"))
    found = []
    for pipeline in ["optimised", "plain"]:
        folder = tmp_path / pipeline
        run_tool("tn-run", path, "--entry=f", "--iterate=5", f"--pipeline={pipeline}",
                 f"--output={folder}")
        found.append(np.load(folder / "result0.npy"))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-9)
