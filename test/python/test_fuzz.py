"""The programs of test/fuzz/random_programs.py, and that it finds what is wrong."""

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from elements import NUMPY, round_to_bf16
from programs import SOURCE, TOOLS

FOLDER = SOURCE / "test/fuzz"
sys.path.insert(0, str(FOLDER))

from random_programs import Program  # noqa: E402


def run(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-B", FOLDER / "random_programs.py",
                           f"--keep={folder / 'keep'}", "--seconds=300", *arguments],
                          capture_output=True, text=True, check=False)


def test_programs_compute_what_numpy_does(tmp_path):
    done = run(tmp_path, f"--tools={TOOLS}", "--count=60")
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = {line[7:]: int(line[:6]) for line in done.stdout.splitlines()[1:]}
    # Some ask for a matrix unit or dot products, which not every machine has.
    lacking = sum(count for outcome, count in outcomes.items() if "that may be used" in outcome)
    assert outcomes["equal"] + lacking >= 50, "few programs are valid"
    assert outcomes["equal on other threads"] >= 20 and outcomes["equal gradients"] >= 5


def test_a_failure_is_kept_and_replayed(tmp_path):
    """A tool whose every number is one too large, and what is left to run it again."""
    tool = tmp_path / "tn-run"
    tool.write_text(f"""#!{sys.executable}
import subprocess, sys, numpy as np
done = subprocess.run(["{TOOLS / 'tn-run'}", *sys.argv[1:]], check=True)
array = np.load("out/result0.npy")
np.save("out/result0.npy", array + array.dtype.type(1))
""")
    tool.chmod(0o755)
    first = run(tmp_path, f"--tools={tmp_path}", "--count=6")
    assert first.returncode == 1 and "6 programs, 0 findings" not in first.stdout
    assert {"1.txt", "1-program.mlir"} <= {path.name for path in (tmp_path / "keep").iterdir()}
    replay = re.search(r"--seed=\d+ --count=1", (tmp_path / "keep/1.txt").read_text())
    again = run(tmp_path, f"--tools={tmp_path}", *replay.group().split())
    assert again.returncode == 1 and again.stdout.splitlines()[0] == first.stdout.splitlines()[0]


@pytest.mark.parametrize("seed", range(0, 100, 3))
def test_bounds_are_narrow(seed):
    """NumPy's own results pass; one changed by more than its bound does not."""
    program = Program(seed)
    found = []
    for value, variable in zip(program.results(program.inputs), program.returned):
        array = value.array
        if value.infinite.any():
            array = np.where(value.infinite, np.nan, array)
        array = array.astype(NUMPY[variable.element])
        found.append(round_to_bf16(array) if variable.element == "bf16" else array)
    assert program.differences(found) == []
    for n, value in enumerate(program.results(program.inputs)):
        certain = np.isfinite(value.error) & ~value.infinite
        if not certain.any():
            continue
        place = tuple(np.argwhere(certain)[0])
        wrong = [array.copy() for array in found]
        with np.errstate(all="ignore"):
            change = np.asarray(1 + 4 * value.error[place])
            wrong[n][place] += change.astype(wrong[n].real.dtype)
        if wrong[n][place] != found[n][place]:
            assert len(program.differences(wrong)) == 1
