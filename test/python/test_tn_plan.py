"""Plans of tn-plan give the unplanned values and cost what they say."""

import json
import math
import signal
import subprocess
import time

import numpy as np
import pytest

from planned_networks import count, evaluate, execute_plan, generate, plan
from programs import TOOLS

SMALL = [
    "chain:matrices=1",
    "chain:matrices=2,high=9",
    "chain:matrices=7,high=4",
    "mps:sites=4,bond=3",
    "mpo:sites=3,bond=2,operator=3",
    "mera:sites=4,bond=2",
    "peps:rows=2,cols=2,bond=2",
    "peps:rows=2,cols=2,bond=2,open=1",
    "peps:rows=3,cols=3,bond=2,layers=1",
    "regular:nodes=8,degree=3,seed=2",
    "lattice:x=3,y=3",
    "lattice:x=2,y=2,z=2",
    "tree:nodes=9,low=2,high=3",
    "circuit:rows=1,cols=3,depth=2",
    "circuit:rows=2,cols=2,depth=3,diagonal=1",
    "qft:qubits=4",
    "qft:qubits=3,diagonal=0,open=1",
    "bayes:variables=12,high=2,kept=2",
    "factors:variables=9,factors=14,kept=1",
]
RANDOM = [f"random:tensors={1 + seed % 9},indices={2 + seed % 11},broadcast={seed % 3 == 0:d},"
          f"low=1,high=3,seed={seed}" for seed in range(40)]


def check_value(network, planned):
    operands = network.draw_operands(seed=0)
    expected = evaluate(network, operands)
    found = execute_plan(network, planned, operands)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


def check_cost(network, planned, active=frozenset()):
    cost = count(network, planned, active)
    for key, number in [("log10_value_cost", cost.value), ("log10_cost", cost.weighted)]:
        assert planned[key] == (pytest.approx(math.log10(number)) if number else None), key
    if planned["path"]:
        assert planned["log2_largest"] == pytest.approx(math.log2(cost.largest))


@pytest.mark.parametrize("text", SMALL + RANDOM)
@pytest.mark.parametrize("strategy", ["auto", "annealing"])
def test_plan_gives_the_value(text, strategy):
    network = generate(text)
    planned = plan(network, f"--strategy={strategy}", "--trials=4")
    check_value(network, planned)
    check_cost(network, planned)


@pytest.mark.parametrize("text", SMALL + RANDOM[::4])
def test_plan_counts_gradients(text):
    network = generate(text)
    active = {0, len(network.inputs) - 1}
    planned = plan(network, f"--active={','.join(map(str, sorted(active)))}", "--trials=4")
    check_cost(network, planned, active)
    everything = plan(network, "--active=all", "--trials=4")
    check_cost(network, everything, set(range(len(network.inputs))))
    if everything["log10_cost"] is not None:
        assert everything["log10_cost"] <= everything["log10_value_cost"] + math.log10(3) + 1e-9


def peak_of(planned):
    return 2 ** planned["log2_peak"] if planned["path"] else 0


@pytest.mark.parametrize("text", SMALL + RANDOM)
def test_sliced_plan_gives_the_value(text):
    network = generate(text)
    free = plan(network, "--trials=2")
    result = math.prod(network.shape(network.output))
    limit = max(int(peak_of(free) / 3), 2 * result, 4)
    try:
        planned = plan(network, "--trials=2", f"--memory-limit={limit}")
    except AssertionError as error:
        assert "no slices were found" in str(error)
        pytest.skip("nothing meets the limit")
    assert peak_of(planned) <= limit * (1 + 1e-9)
    check_value(network, planned)
    check_cost(network, planned)


@pytest.mark.parametrize("text", ["regular:nodes=80,seed=1", "lattice:x=8,y=8", "peps",
                                  "circuit:depth=8,diagonal=1", "factors"])
@pytest.mark.parametrize("active", ["none", "all"])
def test_memory_limits_are_kept(text, active):
    network = generate(text)
    flags = ("--trials=2", f"--active={active}")
    limit = int(peak_of(plan(network, *flags)) / 4)
    planned = plan(network, *flags, f"--memory-limit={limit}")
    assert planned["sliced"]
    assert peak_of(planned) <= limit * (1 + 1e-9)
    check_cost(network, planned, set(range(len(network.inputs))) if active == "all" else set())


@pytest.mark.parametrize("objective, key", [("operations", "log10_cost"), ("peak", "log2_peak"),
                                            ("traffic", "log10_traffic")])
@pytest.mark.parametrize("text", ["regular:nodes=40,seed=1", "peps:rows=3,cols=3", "factors"])
def test_each_objective_is_lowest_where_it_is_minimised(text, objective, key):
    network = generate(text)
    best = plan(network, f"--objective={objective}")[key]
    for other in ["operations", "peak", "traffic", "machine"]:
        assert best <= plan(network, f"--objective={other}")[key] + 0.05, other


@pytest.mark.parametrize("text", ["regular:nodes=200,seed=1", "circuit:depth=8,diagonal=1",
                                  "bayes", "factors:variables=200,factors=300", "peps",
                                  "chain:matrices=2000"])
def test_cost_of_large_plans(text):
    network = generate(text)
    planned = plan(network, "--trials=2", "--active=all")
    check_cost(network, planned, set(range(len(network.inputs))))


@pytest.mark.parametrize("strategy", ["exact", "greedy", "elimination", "bisection", "sweep", "incoming"])
@pytest.mark.parametrize("text", ["regular:nodes=12,degree=3,seed=2", "factors:kept=2,seed=3,"
                                  "variables=14,factors=20", RANDOM[18], RANDOM[21]])
def test_every_strategy(text, strategy):
    network = generate(text)
    planned = plan(network, f"--strategy={strategy}", "--trials=2")
    assert planned["strategy"] in (strategy, "annealing")
    check_value(network, planned)
    check_cost(network, planned)


def test_same_plan_for_a_seed_and_any_number_of_threads():
    network = generate("regular:nodes=60,seed=4")
    plans = [plan(network, "--trials=6", "--seed=5", f"--threads={n}") for n in (1, 2, 2, 3)]
    assert all(other["path"] == plans[0]["path"] for other in plans)


def test_seconds_are_kept():
    network = generate("regular:nodes=200,seed=1")
    planned = plan(network, "--seconds=0.5")
    assert 0.4 < planned["seconds"] < 5
    check_cost(network, planned)


def test_interrupt_gives_the_best_plan_so_far(tmp_path):
    network = generate("regular:nodes=200,seed=1")
    file = tmp_path / "network.json"
    file.write_text(network.json())
    command = [TOOLS / "tn-plan", f"--network={file}", "--json", "--seconds=600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert errors == "tn-plan: interrupted: the plan is the best so far\n"
    assert process.returncode == 130
    check_cost(network, json.loads(output))
