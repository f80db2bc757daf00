"""Runs a tool on damaged or random input, and says what was wrong with the run."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess

SANITIZED = 66  # the exit code of a sanitizer's report
TROUBLE = re.compile(
    r"AddressSanitizer|LeakSanitizer|runtime error:|Assertion .* failed|PLEASE submit|LLVM ERROR|"
    r"Stack dump|UNREACHABLE|terminate called"
)
FRAME = re.compile(r"#\d+ 0x\w+ (?:in )?([\w:~<>]+)")
MACHINERY = re.compile(r"__|_nl_|llvm::sys|llvm::install|gsignal|abort|raise")
# The parser of another dialect's op was at work: MLIR's own crash.
UPSTREAM = re.compile(r"MLIR Parser: custom op parser '(?!func\.|builtin\.|tensornet\.)")
ENVIRONMENT = {
    "ASAN_OPTIONS": f"exitcode={SANITIZED}:detect_leaks=0:allocator_may_return_null=1:"
    "allow_user_poisoning=0:hard_rss_limit_mb=3000",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TENSORNET_CACHE": "off",
}


def environment() -> dict[str, str]:
    """This process's variables and ours; options of sanitizers that it has are kept."""
    ours = dict(ENVIRONMENT)
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        ours[name] = ":".join(filter(None, [ours[name], os.environ.get(name)]))
    return os.environ | ours


def run(command: list[str], folder: pathlib.Path, limit: float) -> tuple[int | None, str]:
    """The exit code, None after `limit` seconds, and what went to standard error."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            timeout=limit,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stderr.decode(errors="replace")


def judge(code: int | None, text: str) -> str:
    """What is wrong with a run, empty where nothing is; equal for equal causes."""
    if code is None:
        return "time-out"
    if "hard rss limit" in text:
        return "memory"
    trouble = TROUBLE.search(text)
    if not trouble and code in (0, 1):
        return "" if code == 0 or text.strip() else "failure without a word"
    report = text[trouble.start() :] if trouble else text
    what = report.splitlines()[0] if trouble else f"exit code {code}"
    frames = [frame for frame in FRAME.findall(report) if not MACHINERY.match(frame)]
    what = re.sub(r"0x\w+|==\d+==|\d{4,}", "", what)[:160]
    origin = "upstream: " if UPSTREAM.search(text) else ""
    return f"{origin}{what} | {' < '.join(frames[:6])}"


class Findings:
    """What was wrong, one entry for each cause; written to a folder if there is one."""

    def __init__(self, folder: str | None):
        self.folder = pathlib.Path(folder) if folder else None
        self.counts: dict[str, int] = {}
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, verdict: str, command: list[str], text: str, inputs: pathlib.Path) -> None:
        """Records a run whose input files lie in `inputs`."""
        self.counts[verdict] = self.counts.get(verdict, 0) + 1
        if self.counts[verdict] > 1:
            return
        line = " ".join(command)
        print(f"finding {len(self.counts)}: {verdict}\n    {line}", flush=True)
        if self.folder:
            name = self.folder / str(len(self.counts))
            name.with_suffix(".txt").write_text(line + "\n\n" + text)
            for path in inputs.iterdir():
                if path.is_file():
                    (self.folder / f"{name.name}-{path.name}").write_bytes(path.read_bytes())

    def ours(self) -> int:
        """The number of causes that are not MLIR's."""
        return sum(not verdict.startswith("upstream") for verdict in self.counts)
