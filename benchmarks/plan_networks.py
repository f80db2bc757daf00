"""The networks that planners are measured on, and what an order of them costs."""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
TN_PLAN = ROOT / "build" / "bin" / "tn-plan"

# Two or more instances of every family that tn-plan generates.
GENERATED = [
    "chain:matrices=100,seed=1", "chain:matrices=1000,high=500,seed=2",
    "mps:sites=64,bond=16", "mps:sites=100,bond=64",
    "mpo:sites=50,bond=32,operator=5", "mpo:sites=100,bond=8,operator=10,phys=4",
    "mera:sites=16,bond=4", "mera:sites=64,bond=3", "mera:sites=16,bond=2,cone=0",
    "peps:rows=4,cols=4,bond=4", "peps:rows=5,cols=5,bond=3,open=1",
    "peps:rows=8,cols=8,bond=4,layers=1", "peps:rows=4,cols=5,bond=2,periodic=1",
    "regular:nodes=100,degree=3,seed=1", "regular:nodes=200,degree=3,seed=2",
    "regular:nodes=60,degree=4,extent=3,seed=3", "regular:nodes=40,degree=5,seed=4",
    "lattice:x=10,y=10", "lattice:x=16,y=16,extent=3", "lattice:x=5,y=5,z=5",
    "lattice:x=8,y=8,periodic=1",
    "tree:nodes=100,seed=1", "tree:nodes=200,low=2,high=20,seed=2",
    "circuit:rows=4,cols=5,depth=10,seed=1", "circuit:rows=6,cols=6,depth=12,seed=2",
    "circuit:rows=5,cols=5,depth=14,diagonal=1,seed=3",
    "qft:qubits=16", "qft:qubits=30", "qft:qubits=20,diagonal=0",
    "bayes:variables=100,seed=1", "bayes:variables=300,parents=4,window=20,seed=2",
    "factors:variables=60,factors=80,seed=1",
    "factors:variables=100,factors=150,arity=4,kept=2,seed=2",
    "random:tensors=30,indices=50,holders=4,seed=1",
    "random:tensors=60,indices=100,holders=3,kept=5,seed=2",
]


@dataclasses.dataclass
class Network:
    """Names of indices per tensor and of the result, and their extents."""

    name: str
    inputs: list[list[str]]
    output: list[str]
    extents: dict[str, int]

    @staticmethod
    def parse(name: str, text: str) -> Network:
        data = json.loads(text)
        return Network(name, data["inputs"], data["output"], data["size_dict"])

    def json(self) -> str:
        return json.dumps({"inputs": self.inputs, "output": self.output,
                           "size_dict": self.extents})


def generate(text: str) -> Network:
    done = subprocess.run([TN_PLAN, f"--generate={text}"], check=True, capture_output=True,
                          text=True)
    return Network.parse(text, done.stdout)


def read_folder(folder: str) -> list[Network]:
    """All networks of a folder, by name."""
    return [Network.parse(path.stem, path.read_text()) for path in
            sorted(pathlib.Path(folder).glob("*.json"))]


def plan(network: Network, *flags: str) -> dict:
    """What tn-plan says of a network."""
    done = subprocess.run([TN_PLAN, "--network=-", "--json", *flags], input=network.json(),
                          check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{network.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def to_ssa(path) -> list[tuple[int, int]]:
    """A linear path with numbers of tensors instead of positions."""
    left = list(range(len(path) + 1))
    steps = []
    for step, (first, second) in enumerate(path):
        low, high = sorted((first, second))
        b, a = left.pop(high), left.pop(low)
        steps.append((a, b))
        left.append(len(path) + 1 + step)
    return steps


@dataclasses.dataclass
class OrderCost:
    """Multiplications of the value and with gradients; elements of the largest
    result, and of results and intermediates alive at one time."""

    value: int = 0
    weighted: int = 0
    largest: int = 0
    peak: int = 0


def cost_of(network: Network, ssa, sliced=(), active=frozenset()) -> OrderCost:
    """The cost of an order by the definition, in whole numbers: the same count
    for every planner."""
    extents = {i: 1 if i in sliced else e for i, e in network.extents.items()}
    slices = math.prod(network.extents[i] for i in sliced)
    holders: dict[str, int] = {}
    for names in [*network.inputs, network.output]:
        for index in set(names):
            holders[index] = holders.get(index, 0) + 1
    live = [{i for i in names if holders[i] > 1} for names in network.inputs]
    is_active = [number in active for number in range(len(live))]
    sizes = [0] * len(live)
    cost, alive = OrderCost(), 0
    for a, b in ssa:
        union = live[a] | live[b]
        for index in live[a] & live[b]:
            holders[index] -= 1
        result = {i for i in union if holders[i] > 1}
        points = slices * math.prod(extents[i] for i in union)
        cost.value += points
        cost.weighted += points * (1 + is_active[a] + is_active[b])
        sizes.append(math.prod(extents[i] for i in result))
        cost.largest = max(cost.largest, sizes[-1])
        alive += sizes[-1]
        cost.peak = max(cost.peak, alive)
        alive -= sizes[a] + sizes[b]
        live.append(result)
        is_active.append(is_active[a] or is_active[b])
    return cost


def log10(number: int) -> float:
    """The logarithm of a whole number of any length; 0 counts as 1."""
    return math.log10(max(number, 1))
