"""Random command lines, networks and damaged .npy files for the fuzzer.

Tables hold the values of an option or field, separated by bars.
"""

from __future__ import annotations

import json
import pathlib
import random
import re
import struct

from mutations import NUMBERS, Mutator

MODES = "value_and_grad|vjp|jvp|jacobian|hessian"
WRT = "0|1|0,1|1,0|0,0|-1|9|99999999999||x|9223372036854775807"
SHAPES = (
    "|4|4x8|2x3x4|0|0x4|-1|4x|x|1x1x1x1|?|4294967296x4294967296|9223372036854775807|"
    "9223372036854775808|99999999x99999999|1000000000000"
)
NUMBERED = "0|0|1|2|9|-1||4294967295|4294967296"


def pick(rng: random.Random, values: str) -> str:
    return rng.choice(values.split("|"))


def pick_options(rng: random.Random, table: dict[str, tuple[float, str]]) -> list[str]:
    """Each option of the table with its chance, at one of its values."""
    return [
        f"--{name}={pick(rng, values)}"
        for name, (chance, values) in table.items()
        if rng.random() < chance
    ]


# tn-opt

PASSES = """tensornet-simplify tensornet-differentiate tensornet-cse tensornet-plan canonicalize
convert-tensornet-to-linalg convert-tensornet-to-affine convert-tensornet-to-destination
tensornet-print-cost tensornet-cpu-kernels tensornet-fuse-elementwise tensornet-outline-kernels
tensornet-fusible-contractions tensornet-vector-loops convert-strided-copy-to-linalg
convert-assert-to-handler tensornet-narrow-doubles tensornet-prepare-entry-points
tensornet-check-allocations tensornet-results-to-out-params""".split()
PIPELINES = [
    [],
    ["--mlir-print-op-generic"],
    ["--emit-bytecode"],
    ["--canonicalize", "--cse"],
    ["--tensornet-simplify"],
    ["--tensornet-simplify=real-arithmetic=true"],
    ["--tensornet-cse"],
    [
        "--tensornet-differentiate",
        "--tensornet-simplify",
        "--tensornet-cse",
        "--tensornet-plan",
        "--tensornet-verify-form=form=pairwise",
        "--tensornet-print-cost",
    ],
    ["--tensornet-simplify", "--tensornet-plan", "--convert-tensornet-to-linalg"],
    ["--tensornet-plan=strategy=greedy trials=4", "--tensornet-print-cost"],
    ["--tensornet-plan=strategy=exact", "--convert-tensornet-to-affine"],
    ["--convert-tensornet-to-destination"],
    ["--convert-tensornet-to-linalg"],
    ["--tensornet-to-cpu"],
    ["--tensornet-to-cpu"],
    ["--tensornet-to-cpu=parallel=true"],
    ["--tensornet-to-cpu=style=plain"],
]


def pick_function(rng: random.Random, program: str) -> str:
    names = re.findall(r"func\.func (?:private |public )?@(\w+)", program)
    return rng.choice(names or ["main"])


def opt_flags(rng: random.Random, program: str) -> list[str]:
    """A pipeline: a common one, a derivative and what follows, or any passes."""
    kind = rng.random()
    if kind < 0.45:
        return rng.choice(PIPELINES)
    if kind < 0.85:
        request = f"function={pick_function(rng, program)} mode={pick(rng, MODES)}"
        if rng.random() < 0.4:
            request += " wrt=" + pick(rng, WRT)
        return ["--tensornet-differentiate=" + request, *rng.choice(PIPELINES)]
    return ["--" + name for name in rng.sample(PASSES, rng.randrange(1, 4))]


# tn-run

NPY_TYPES = (
    "<f4|<f8|>f4|=f4||b1|<i4|<i8|i1|<c8|<c16|<f2|<U8|O|<f16||f4|<f|<f9999999999999999999|<u8"
)
NPY_SHAPES = (
    "(4,)|(4, 8)|(2, 3)|()|(0,)|(-1,)|(4,|4|(9223372036854775807,)|(4294967296, 4294967296)|"
    "(99999999999999999999,)|(1,) * 9|(" + "1, " * 500 + ")"
)
RUN_OPTIONS = {
    "derivative": (0.5, MODES),
    "wrt": (0.25, WRT),
    "tolerance": (0.1, "-1|nan|1e-3|inf|x|"),
    "output": (0.1, "program.mlir|/proc/none|made/deeper||out"),
    "check-gradient": (0.15, "true|false|x"),
    "iterate": (0.1, "0|1|2|-1||x|4294967296|1.5"),
    "time": (0.05, "0|1|2|-1||x"),
    "threads": (0.05, "0|2|-1|x|100000"),
    "pipeline": (0.2, "plain|optimised|x"),
    "print-stage": (0.15, "source|network|pairwise|linalg|llvm|asm|x"),
}


def write_npy(rng: random.Random, path: pathlib.Path) -> None:
    """A .npy file in which one thing, or nothing, or much is wrong."""
    header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (
        pick(rng, NPY_TYPES),
        pick(rng, "True|False|1|"),
        pick(rng, NPY_SHAPES),
    )
    if rng.random() < 0.2:
        place = rng.randrange(len(header))
        header = header[:place] + rng.choice("'{}\0\nxé") + header[place + 1 :]
    text = header.encode() + b" " * rng.choice([0, 3, 64]) + b"\n" * rng.choice([0, 1, 1, 1])
    size = rng.choice([len(text)] * 6 + [0, 1, 65535, len(text) - 1, len(text) + 1])
    major = rng.choice([1, 1, 1, 2, 3, 0, 255])
    if major == 1:
        prefix = struct.pack("<H", size)
    else:
        prefix = struct.pack("<I", rng.choice([size] * 5 + [2**32 - 1]))
    data = b"\x93NUMPY" + bytes([major, 0]) + prefix + text
    data += bytes(rng.choice([0, 1, 15, 16, 128, 256, 1000]))
    path.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)


def run_flags(rng: random.Random, program: str, folder: pathlib.Path) -> list[str]:
    """Options of tn-run; input.npy and expected.npy are written to the folder."""
    entry = pick_function(rng, program) if rng.random() < 0.95 else pick(rng, "|none")
    flags = [f"--entry={entry}", *pick_options(rng, RUN_OPTIONS)]
    for name, chance, file in [("input", 0.2, "input.npy"), ("expect", 0.15, "expected.npy")]:
        write_npy(rng, folder / file)
        if rng.random() < chance:
            flags.append(f"--{name}={pick(rng, NUMBERED)}:{file}")
    while rng.random() < 0.4:
        flags.append(f"--shape={pick(rng, NUMBERED)}:{pick(rng, SHAPES)}")
    return flags


# tn-plan

KINDS = (
    "chain:matrices=9|mps:sites=6|mpo:sites=5|mera:sites=8|peps:rows=3,cols=3|regular:nodes=12|"
    "lattice:x=3,y=3|tree:nodes=9|circuit:rows=2,cols=3,depth=4|qft:qubits=4|bayes:variables=9|"
    "factors:variables=6,factors=9|einsum:tensors=7"
)
PLAN_OPTIONS = {
    "active": (0.3, "all|none|0|0,1|-1|9|,|x|"),
    "strategy": (0.4, "auto|exact|greedy|elimination|bisection|sweep|anneal|left-to-right|x"),
    "trials": (0.2, "1|4|0|-1|4294967296|"),
    "objective": (0.3, "operations|traffic|peak|machine|x"),
    "memory-limit": (0.3, "0|1|100|1e6|2^20|2^63|2^64|1e400|-1|nan|1.5|2^|x|"),
    "seconds": (0.1, "0.1|0|-1|nan|1e400|x"),
    "threads": (0.1, "0|2|-1|4294967295|x"),
    "json": (0.2, "true"),
    "draw": (0.1, "tree.svg|tree.dot|tree|/proc/none/tree.svg"),
    "seed": (0.05, "1|-1|18446744073709551616"),
    "output": (0.05, "/proc/none/network.json"),
}


def random_network(rng: random.Random) -> tuple[list[list[str]], list[str], dict[str, int]]:
    """The indices of tensors and of the result, and extents."""
    names = ["i", "j", "k", "l", "long_name", "\u03b1", "x7"][: rng.randrange(1, 8)]
    tensors = [rng.choices(names, k=rng.randrange(5)) for _ in range(rng.randrange(1, 9))]
    used = sorted({name for tensor in tensors for name in tensor})
    sizes = {name: rng.choice([1, 2, 3, 8, 64, 2**20, 2**62, 2**63 - 1]) for name in used}
    return tensors, rng.sample(used, rng.randrange(len(used) + 1)), sizes


def plan_flags(rng: random.Random, mutator: Mutator, folder: pathlib.Path) -> list[str]:
    """Options of tn-plan; a damaged network.json is written to the folder."""

    def damage(text: str) -> str:
        if rng.random() < 0.4:
            return text
        edit = rng.choice([*mutator.of_any_text(), mutator.change_number])
        return edit(text).replace("\0", "\x01")  # no argument holds a zero

    tensors, output, sizes = random_network(rng)
    left, right = ("[", "]") if any(len(name) > 1 for name in sizes) else ("", "")
    lists = [left + ("," * bool(left)).join(names) + right for names in [*tensors, output]]
    einsum = ",".join(lists[:-1]) + "->" + lists[-1]
    extents = ",".join(f"{name}={extent}" for name, extent in sizes.items())
    network = {"inputs": tensors, "output": output, "size_dict": sizes}
    (folder / "network.json").write_text(damage(json.dumps(network, ensure_ascii=False)))
    kind = pick(rng, KINDS)
    kind = re.sub(r"\d+", lambda number: rng.choice([number.group(), *NUMBERS]), kind)
    sources = [
        [f"--einsum={damage(einsum)}", f"--sizes={damage(extents)}"],
        ["--network=network.json"],
        [f"--generate={damage(kind)}"],
    ]
    return rng.choice(sources) + pick_options(rng, PLAN_OPTIONS)
