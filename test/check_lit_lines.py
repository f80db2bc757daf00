"""Finds lit tests that would silently check nothing.

Every .mlir file under the given folder, Inputs aside, has a `RUN:` line, and no
file spells RUN or a CHECK directive without its colon.
"""

import pathlib
import re
import sys

RUN = re.compile(r"//\s*RUN:")
COLON_MISSING = re.compile(
    r"^\s*//\s*(RUN|CHECK(-(NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?)\s+(?!\()"
)
SKIPPED = {"Inputs", "install", "python", "unit"}


def complaints(path):
    """Yields one line of text for each mistake in the file."""
    lines = path.read_text().splitlines()
    if not any(RUN.search(line) for line in lines):
        yield f"{path}: no RUN: line"
    for number, line in enumerate(lines, 1):
        if COLON_MISSING.search(line):
            yield f"{path}:{number}: directive without its colon: {line.strip()}"


def main(folder):
    root = pathlib.Path(folder)
    tests = [
        path
        for path in sorted(root.rglob("*.mlir"))
        if not SKIPPED & set(path.relative_to(root).parts)
    ]
    found = [line for path in tests for line in complaints(path)]
    print("\n".join(found) if found else f"{len(tests)} files, each with RUN: lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
