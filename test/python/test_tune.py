"""tn-tune: what it keeps is used, and an interrupt keeps what was found."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

TOOLS = pathlib.Path(os.environ["TENSORNET_BIN_DIR"])


def products(count: int) -> str:
    """A function of `count` matrix products of different sizes."""
    types = [f"tensor<{n}x{n}xf32>" for n in range(32, 32 + count)]
    lines = [f"  %{n} = tensornet.contract %a{n}[i, j], %a{n}[j, k] -> [i, k]"
             f" : ({kind}, {kind}) -> {kind}" for n, kind in enumerate(types)]
    arguments = ", ".join(f"%a{n}: {kind}" for n, kind in enumerate(types))
    results = ", ".join(f"%{n}" for n in range(count))
    return (f"func.func @f({arguments}) -> ({', '.join(types)}) {{\n" + "\n".join(lines)
            + f"\n  return {results} : {', '.join(types)}\n}}\n")


@pytest.fixture
def program(tmp_path) -> pathlib.Path:
    path = tmp_path / "program.mlir"
    path.write_text(products(4))
    return path


def test_interrupt_keeps_what_was_found(program, tmp_path):
    with subprocess.Popen([TOOLS / "tn-tune", program, "--entry=f", f"--cache={tmp_path / 'code'}",
                           "--trials=8", "--rounds=1"], stdout=subprocess.PIPE, text=True) as tuner:
        # The first kernel is told once it is done.
        assert "memref<35x35xf32>" in tuner.stdout.readline()
        tuner.send_signal(signal.SIGINT)
        rest = tuner.stdout.read()
        assert tuner.wait() == 0
    assert "faster than the model's" in rest


def test_tuned_kernels_are_used_and_cleared(program, tmp_path):
    cache = f"--cache={tmp_path / 'code'}"
    found = json.loads(subprocess.run(
        [TOOLS / "tn-tune", program, "--entry=f", cache, "--trials=40", "--rounds=1", "--json"],
        check=True, capture_output=True, text=True).stdout)
    faster = sum(kernel["tuned"] != kernel["model"] for kernel in found["kernels"])

    def run(*flags: str) -> str:
        return subprocess.run([TOOLS / "tn-run", program, "--entry=f", cache, "--verbose", *flags],
                              check=True, capture_output=True, text=True).stderr
    said = f"took {faster} tuned kernels"
    assert (said in run()) == (faster > 0)
    assert "tuned kernels" not in run("--tuned=false")
    assert "tuned kernels" not in run("--clear-cache")


def test_kernels_of_masked_blocks_are_timed(tmp_path):
    """Where their rows begin is a value of the run."""
    q, p, one = "tensor<600x16xf32>", "tensor<600x600xf32>", "tensor<600xf32>"
    path = tmp_path / "attention.mlir"
    path.write_text(f"""
        func.func @f(%q: {q}, %k: {q}, %v: {q}) -> {q} {{
          %one = tensornet.contract -> [u] : () -> {one}
          %s = tensornet.contract %q[s, k], %k[t, k], %one[s - t] -> [s, t] : ({q}, {q}, {one}) -> {p}
          %e = math.exp %s : {p}
          %o = tensornet.contract %e[s, t], %v[t, k], %one[s - t] -> [s, k] : ({p}, {q}, {one}) -> {q}
          return %o : {q}
        }}""")
    found = json.loads(subprocess.run(
        [TOOLS / "tn-tune", path, "--entry=f", "--cache=off", "--trials=4", "--rounds=1", "--json"],
        check=True, capture_output=True, text=True).stdout)
    timed = [kernel for kernel in found["kernels"] if "600" in kernel["contraction"]]
    assert len(timed) >= 2
    assert all("model" in kernel for kernel in timed)
