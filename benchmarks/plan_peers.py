"""cotengra's searches within a time budget; only the search itself is timed."""

from __future__ import annotations

import dataclasses
import importlib
import time
import warnings

from plan_networks import Network

warnings.filterwarnings("ignore")
WORKERS = 2
UNLIMITED = 10**9
PACKAGES = ["cotengra", "cotengrust", "kahypar", "optuna"]


def find_missing() -> dict[str, str]:
    """Packages that cannot be used, and why."""
    missing = {}
    for package in PACKAGES:
        try:
            importlib.import_module(package)
        except Exception as error:  # whatever a broken package raises
            missing[package] = f"{type(error).__name__}: {error}"
    return missing


@dataclasses.dataclass
class PeerPlan:
    ssa: list[tuple[int, int]]
    sliced: list[str]
    seconds: float


def _search(optimizer, network: Network) -> PeerPlan:
    import cotengra

    # cotengrust takes names of one character only.
    symbols = {name: cotengra.get_symbol(n) for n, name in enumerate(network.extents)}
    names = {symbol: name for name, symbol in symbols.items()}
    inputs = [[symbols[name] for name in tensor] for tensor in network.inputs]
    output = [symbols[name] for name in network.output]
    extents = {symbols[name]: extent for name, extent in network.extents.items()}
    start = time.perf_counter()
    tree = optimizer.search(inputs, output, extents)
    seconds = time.perf_counter() - start
    return PeerPlan([tuple(pair) for pair in tree.get_ssa_path()],
                    [names[symbol] for symbol in tree.sliced_inds], seconds)


def _hyper(network: Network, budget: float, **options) -> PeerPlan:
    import cotengra

    methods = ["greedy", "labels"] if "kahypar" in find_missing() else ["greedy", "kahypar", "labels"]
    return _search(cotengra.HyperOptimizer(methods=methods, parallel=WORKERS, max_time=budget,
                                           max_repeats=UNLIMITED, **options), network)


def reconfigure(network: Network, budget: float) -> PeerPlan:
    return _hyper(network, budget, reconf_opts={})


def anneal(network: Network, budget: float) -> PeerPlan:
    return _hyper(network, budget, simulated_annealing_opts={}, reconf_opts=None)


def random_greedy(network: Network, budget: float) -> PeerPlan:
    """Batches of trials, each twice as many, until the time is used up."""
    import cotengra

    start = time.perf_counter()
    optimizer = cotengra.RandomGreedyOptimizer(max_repeats=32, seed=0, parallel="threads")
    while True:
        found = _search(optimizer, network)  # the best of all batches
        elapsed = time.perf_counter() - start
        if elapsed + 2 * found.seconds > budget:
            return dataclasses.replace(found, seconds=elapsed)
        optimizer.max_repeats *= 2


def slice_to(network: Network, budget: float, target_size: int) -> PeerPlan:
    return _hyper(network, budget, slicing_reconf_opts={"target_size": target_size})


PEERS = {"hyper": reconfigure, "annealing": anneal, "random-greedy": random_greedy}


def warm_up() -> None:
    """Starts worker processes and compiles what is compiled at first use."""
    network = Network("warm-up", [["a", "b"], ["b", "c"], ["c", "d"], ["d", "a"]], [],
                      dict.fromkeys("abcd", 2))
    for search in PEERS.values():
        search(network, 0.5)
