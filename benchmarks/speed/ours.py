"""tn-run on a workload: one process that compiles once and then answers turn by turn."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from speed.workload import ROOT, Workload


def tool(name: str) -> pathlib.Path:
    return pathlib.Path(os.environ.get("TENSORNET_BIN_DIR", ROOT / "build" / "bin")) / name


def write_program(folder: pathlib.Path, workload: Workload, inputs) -> list[str]:
    """Writes program and inputs to `folder`; the arguments of tn-run to run them."""
    (folder / "program.mlir").write_text(workload.program)
    arguments = [str(folder / "program.mlir"), f"--entry={workload.entry}", *workload.flags]
    for number, array in enumerate(inputs):
        np.save(folder / f"input{number}.npy", array)
        arguments.append(f"--input={number}:{folder / f'input{number}.npy'}")
    return arguments


class Ours:
    """A compiled workload that is called in a process of its own; `cache` is where compiled code
    comes from and is kept, "off" for nowhere. `place` is the folder of its files, which code is
    kept with: programs elsewhere have other locations to report. Without one they are temporary."""

    def __init__(self, workload: Workload, inputs, threads: int, cache: str = "off",
                 place: str | None = None):
        self.folder = None if place else tempfile.TemporaryDirectory()
        folder = pathlib.Path(place or self.folder.name)
        self.results = folder / "results"
        self.complaints = open(folder / "stderr", "w+")
        command = [tool("tn-run"), *write_program(folder, workload, inputs), f"--threads={threads}",
                   f"--output={self.results}", "--time=1", "--time-turns"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.complaints, text=True,
                                        env={**os.environ, "TENSORNET_CACHE": cache})
        try:
            self.compile_seconds = self._read()["compile_s"]
        except Exception:
            self.close()
            raise

    def _read(self) -> dict:
        """The next times."""
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        code = self.process.wait()
        self.complaints.seek(0)
        raise RuntimeError(f"tn-run ended with {code}: {self.complaints.read().strip()[-500:]}")

    def __call__(self) -> list[np.ndarray]:
        """All results, as computed when the process started."""
        count = len(list(self.results.glob("result*.npy")))
        return [np.load(self.results / f"result{number}.npy") for number in range(count)]

    def time(self, repeats: int) -> float:
        self.process.stdin.write(f"{repeats}\n")
        self.process.stdin.flush()
        return self._read()["median_s"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        self.complaints.close()
        if self.folder:
            self.folder.cleanup()
