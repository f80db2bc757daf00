#!/usr/bin/env python3
"""tn-plan against cotengra at equal time, and tn-plan's own promises.

Every order is costed by the same count in whole numbers, whoever found it. Called by
benchmarks/plan, which sets up the environment.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import statistics
import sys

import plan_networks
import plan_peers
from plan_networks import GENERATED, ROOT, Network, cost_of, generate, log10, plan, to_ssa

# Two costs that differ by less are equal.
EQUAL = 1e-9
MOST_WORSE = 0.1


def our_cost(network: Network, planned: dict, active=frozenset()) -> plan_networks.OrderCost:
    return cost_of(network, to_ssa(planned["path"]), planned["sliced"], active)


# ===--- Side by side with cotengra ------------------------------------------------===


def race(network: Network, budget: float) -> dict:
    planned = plan(network, f"--seconds={budget:g}", "--threads=0")
    row = {"name": network.name, "tensors": len(network.inputs), "budget": budget,
           "ours": log10(our_cost(network, planned).value), "our_seconds": planned["seconds"],
           "strategy": planned["strategy"], "peers": {}}
    for name, search in plan_peers.PEERS.items():
        try:
            found = search(network, budget)
        except Exception as error:  # named in the table, not dropped
            row["peers"][name] = {"error": f"{type(error).__name__}: {error}"}
            continue
        cost = cost_of(network, found.ssa, found.sliced)
        row["peers"][name] = {"cost": log10(cost.value), "seconds": found.seconds}
    costs = {name: peer["cost"] for name, peer in row["peers"].items() if "cost" in peer}
    if costs:
        row["best_peer"] = min(costs, key=costs.get)
        row["theirs"] = costs[row["best_peer"]]
        row["difference"] = row["ours"] - row["theirs"]
    return row


def print_race(row: dict) -> None:
    line = (f"{row['name'][:52]:52} {row['tensors']:5} {row['budget']:5g} s {row['ours']:8.3f} "
            f"{row['our_seconds']:6.2f} s")
    if "theirs" in row:
        seconds = row["peers"][row["best_peer"]]["seconds"]
        line += f" {row['theirs']:8.3f} {seconds:6.2f} s {row['difference']:+8.3f}  {row['best_peer']}"
    failed = [f"{name}: {peer['error']}" for name, peer in row["peers"].items() if "error" in peer]
    print(line + "".join(f"\n    {text}" for text in failed), flush=True)


def summarise_race(rows: list[dict]) -> dict:
    rows = [row for row in rows if "theirs" in row]
    if not rows:
        return {}
    differences = [row["difference"] for row in rows]
    summary = {"instances": len(rows),
               "lower": sum(d < -EQUAL for d in differences),
               "equal": sum(abs(d) <= EQUAL for d in differences),
               "higher": sum(d > EQUAL for d in differences),
               "beyond_limit": sum(d > MOST_WORSE for d in differences),
               "worst": max(differences), "mean": statistics.mean(differences)}
    print(f"  lower on {summary['lower']}, equal on {summary['equal']}, higher on "
          f"{summary['higher']} of {len(rows)}; worst {summary['worst']:+.3f}, more than "
          f"{MOST_WORSE} worse on {summary['beyond_limit']}, mean {summary['mean']:+.3f}")
    return summary


def measure_peers(networks: list[Network], budgets: list[float]) -> dict:
    for package, reason in plan_peers.find_missing().items():
        print(f"benchmarks: peer {package} is not measured: {reason}")
    if "cotengra" in plan_peers.find_missing():
        return {"missing": plan_peers.find_missing()}
    plan_peers.warm_up()
    result = {"missing": plan_peers.find_missing(), "rows": [], "summaries": {}}
    for budget in budgets:
        print(f"\n== log10 of multiplications within {budget:g} s, {os.cpu_count()} cores each")
        print(f"{'network':52} {'size':>5} {'budget':>7} {'ours':>8} {'time':>8} {'theirs':>8} "
              f"{'time':>8} {'diff.':>8}  peer")
        rows = []
        for network in networks:
            rows.append(race(network, budget))
            print_race(rows[-1])
        result["rows"] += rows
        result["summaries"][f"{budget:g}"] = summarise_race(rows)
    return result


# ===--- Gradients --------------------------------------------------------------===


def compare_gradient_plans(network: Network, flags: list[str]) -> float | None:
    """How many times the plan for one gradient costs what the plan for the value does with
    its reverse sweep; each is counted for the same gradient, that of the first tensor."""
    active = {0}
    by_value = our_cost(network, plan(network, "--active=none", *flags), active).weighted
    by_both = our_cost(network, plan(network, "--active=0", *flags), active).weighted
    return by_value / by_both if by_both else None


def describe_ratios(label: str, ratios: list[float]) -> dict:
    cuts = statistics.quantiles(ratios, n=100, method="inclusive")
    result = {"networks": len(ratios), "smallest": min(ratios),
              "share_better": sum(r > 1 + EQUAL for r in ratios) / len(ratios),
              "geometric_mean": math.exp(statistics.mean(map(math.log, ratios))),
              "median": cuts[49], "percentile_90": cuts[89], "largest": max(ratios)}
    print(f"{label:34} {result['networks']:5} {result['smallest']:9.3f} {result['median']:7.3f} "
          f"{result['geometric_mean']:7.3f} {result['percentile_90']:7.3f} "
          f"{result['largest']:8.3f} {100 * result['share_better']:7.1f} %")
    return result


def measure_gradients(count: int) -> dict:
    print("\n== one active tensor: value-optimal tree and its reverse sweep, over the plan")
    print(f"{'networks':34} {'count':>5} {'smallest':>9} {'median':>7} {'mean':>7} {'90 %':>7} "
          f"{'largest':>8} {'better':>9}")
    kinds = {
        "random, 4 to 12 tensors": lambda n: f"random:tensors={4 + n % 9},indices={8 + n % 9},"
                                             f"kept=0,high=9,seed={n}",
        "random with result, 4 to 12": lambda n: f"random:tensors={4 + n % 9},indices="
                                                 f"{8 + n % 9},kept=20,high=9,seed={n}",
        "regular graphs, 6 to 12 tensors": lambda n: f"regular:nodes={6 + 2 * (n % 4)},extent=4,"
                                                     f"seed={n}",
    }
    larger = {
        "random, 20 to 60 tensors": lambda n: f"random:tensors={20 + 10 * (n % 5)},indices="
                                              f"{30 + 15 * (n % 5)},kept=2,high=6,seed={n}",
        "regular graphs, 20 to 60 tensors": lambda n: f"regular:nodes={20 + 10 * (n % 5)},"
                                                      f"extent=3,seed={n}",
    }
    result = {}
    for label, text in kinds.items():
        ratios = [compare_gradient_plans(generate(text(n)), ["--strategy=exact"])
                  for n in range(count)]
        result[label] = describe_ratios(label, [r for r in ratios if r])
    for label, text in larger.items():
        ratios = [compare_gradient_plans(generate(text(n)), []) for n in range(count // 10)]
        result[label] = describe_ratios(label, [r for r in ratios if r])
    return result


# ===--- Memory ------------------------------------------------------------------===


def slice_peer(network: Network, budget: float, limit: int):
    """cotengra bounds the largest result; the first bound that keeps what is alive within
    the limit counts."""
    for divisor in (1, 2, 4, 8):
        found = plan_peers.slice_to(network, budget, max(limit // divisor, 1))
        cost = cost_of(network, found.ssa, found.sliced)
        if cost.peak <= limit:
            return found, cost
    return None


def measure_memory(networks: list[Network], budget: float) -> list[dict]:
    if "cotengra" in plan_peers.find_missing():
        return []
    print(f"\n== log10 of multiplications under a memory limit, {budget:g} s")
    print(f"{'network':44} {'limit':>7} {'free':>8} {'ours':>8} {'slices':>9} {'alive':>7} "
          f"{'theirs':>8} {'slices':>9} {'alive':>7} {'diff.':>8}")
    rows = []
    for network in networks:
        unlimited = plan(network, f"--seconds={budget:g}")
        peak = our_cost(network, unlimited).peak
        for shrink in (16, 256):
            limit = peak // shrink
            if limit < 1024:
                continue
            rows.append(compare_slicing(network, budget, limit, unlimited))
    return rows


def compare_slicing(network: Network, budget: float, limit: int, unlimited: dict) -> dict:
    row = {"name": network.name, "limit": limit, "unlimited": unlimited["log10_value_cost"]}
    line = f"{network.name[:44]:44} 2^{math.log2(limit):5.1f} {row['unlimited']:8.3f}"
    entries = {}
    try:
        planned = plan(network, f"--seconds={budget:g}", f"--memory-limit={limit}")
        entries["ours"] = (our_cost(network, planned), planned["sliced"], planned["seconds"])
    except RuntimeError as error:
        row["error"] = str(error)
    peer = slice_peer(network, budget, limit)
    if peer:
        entries["theirs"] = (peer[1], peer[0].sliced, peer[0].seconds)
    for key in ("ours", "theirs"):
        if key not in entries:
            line += f" {'none':>8} {'':9} {'':7}"
            continue
        cost, sliced, seconds = entries[key]
        slices = math.prod(network.extents[i] for i in sliced)
        row[key] = {"cost": log10(cost.value), "slices": slices, "peak": cost.peak,
                    "seconds": seconds}
        line += f" {log10(cost.value):8.3f} {slices:9} 2^{math.log2(max(cost.peak, 1)):5.1f}"
    if len(entries) == 2:
        row["difference"] = row["ours"]["cost"] - row["theirs"]["cost"]
        line += f" {row['difference']:+8.3f}"
    print(line, flush=True)
    return row


# ===--- Speed -------------------------------------------------------------------===


def measure_speed() -> dict:
    print("\n== seconds of planning")
    result = {}

    def report(label: str, seconds: float) -> None:
        result[label] = seconds
        print(f"{label:52} {seconds:10.6f}", flush=True)

    for text in ("regular:nodes=5000,seed=1", "lattice:x=70,y=72", "bayes:variables=5000,seed=1",
                 "chain:matrices=10000"):
        report(text, plan(generate(text))["seconds"])
    times = [plan(generate(f"random:tensors=10,indices=18,kept=5,seed={seed}"))["seconds"]
             for seed in range(50)]
    report("random, 10 tensors, median of 50", statistics.median(times))
    report("random, 10 tensors, largest of 50", max(times))
    return result


# ===--- The command line -----------------------------------------------------------===


def choose_networks(options) -> list[Network]:
    networks = [generate(text) for text in GENERATED]
    if options.networks:
        networks = plan_networks.read_folder(options.networks) + networks
    only = [name for name in options.only.split(";") if name]
    chosen = [n for n in networks if not only or any(n.name.startswith(name) for name in only)]
    if not chosen:
        sys.exit(f"benchmarks: no network is named {options.only}; there are "
                 + ", ".join(network.name for network in networks))
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budgets", default="1,10", help="seconds, separated by commas")
    parser.add_argument("--networks", help="folder of further networks in JSON")
    parser.add_argument("--only", default="", help="how names start, separated by semicolons")
    parser.add_argument("--parts", default="peers,gradients,memory,speed")
    parser.add_argument("--count", type=int, default=300, help="random networks of a kind")
    parser.add_argument("--output", default=str(ROOT / "build" / "plan-benchmarks.json"))
    options = parser.parse_args()

    parts = options.parts.split(",")
    budgets = [float(budget) for budget in options.budgets.split(",")]
    report = {}
    if "peers" in parts or "memory" in parts:
        networks = choose_networks(options)
    if "peers" in parts:
        report["peers"] = measure_peers(networks, budgets)
    if "gradients" in parts:
        report["gradients"] = measure_gradients(options.count)
    if "memory" in parts:
        report["memory"] = measure_memory(networks, budgets[0])
    if "speed" in parts:
        report["speed"] = measure_speed()
    pathlib.Path(options.output).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
