#!/usr/bin/env python3
"""tensornet beside everybody: sets of programs, turn by turn, in tables and one JSON file.

Called by benchmarks/run, which sets up the environment. docs/benchmarks.md describes sets,
peers and figures.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

from speed import report, sets
from speed.workload import ROOT, Scale

WORKER = ROOT / "benchmarks" / "speed" / "worker.py"
# Seconds that a contender may take to compile and to be measured before it counts as hanging.
PATIENCE = 300
THREAD_VARIABLES = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS",
                    "TBLIS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"]


def worker_environment(threads: int) -> dict[str, str]:
    """So many threads for everybody; idle ones sleep soon, as others take turns. PyTorch compiles
    in the process: those that it forks beside threads of other peers may wait for ever."""
    return {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads)),
            "KMP_BLOCKTIME": "20", "GOMP_SPINCOUNT": "100000", "JAX_PLATFORMS": "cpu",
            "TORCHINDUCTOR_COMPILE_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT / "benchmarks")}


class Watch:
    """Ends a worker, and what that started, if it says nothing for PATIENCE seconds."""

    def __init__(self, worker: subprocess.Popen):
        self.worker, self.timer, self.has_ended = worker, None, False

    def restart(self) -> None:
        self.stop()
        self.timer = threading.Timer(PATIENCE, self._end)
        self.timer.start()

    def stop(self) -> None:
        if self.timer:
            self.timer.cancel()

    def _end(self) -> None:
        self.has_ended = True
        os.killpg(self.worker.pid, signal.SIGKILL)


class SetRun:
    """A set with one number of threads, in as many processes as crashes demand."""

    def __init__(self, name: str, threads: int, names: list[str], options):
        self.options, self.set, self.threads = options, name, threads
        self.names = names
        self.excluded: dict[str, dict[str, str]] = {}
        self.result = {"set": name, "threads": threads, "rows": []}

    def measure(self, save) -> None:
        while self.names:
            at = self._run_worker(save)
            if at is None:
                return
            entry, contender, how = at
            print(f"    {entry}: {contender} {how}", flush=True)
            excluded = self.excluded.setdefault(entry, {})
            if contender in excluded:  # it is not what ends the process
                self.names.remove(entry)
                self.result.setdefault("not_measured", {})[entry] = how
            excluded[contender] = how

    def _run_worker(self, save) -> tuple[str, str, str] | None:
        """Measures the names that are left; where a contender ended the process, which one."""
        order = {"set": self.set, "threads": self.threads, "names": self.names,
                 "rounds": self.options.rounds, "turn_seconds": self.options.turn_seconds,
                 "gflop": self.options.gflop, "seed": self.options.seed,
                 "peers": self.options.peers, "excluded": self.excluded}
        cores = set(sorted(os.sched_getaffinity(0))[:self.threads])
        worker = subprocess.Popen(
            [sys.executable, WORKER, json.dumps(order)], stdout=subprocess.PIPE, text=True,
            env=worker_environment(self.threads), stderr=open(self.options.log, "a"),
            preexec_fn=lambda: os.sched_setaffinity(0, cores), start_new_session=True)
        at, watch = ("", ""), Watch(worker)
        try:
            watch.restart()
            for line in worker.stdout:
                watch.restart()
                event = json.loads(line)
                if "machine" in event:
                    self._begin(event)
                elif "contender" in event:
                    at = (event["entry"], event["contender"])
                else:
                    self.names.remove(event["row"]["name"])
                    self.result["rows"].append(event["row"])
                    print(report.row_lines(event["row"]), flush=True)
                    save()
            code = worker.wait()
        finally:
            watch.stop()
            if worker.poll() is None:  # an interrupt does not reach its session
                os.killpg(worker.pid, signal.SIGKILL)
        if code == 0:
            return None
        how = f"ended the process with {signal.Signals(-code).name if code < 0 else code}"
        if watch.has_ended:
            how = f"was not done after {PATIENCE} seconds"
        if not at[0]:
            sys.exit(f"benchmarks: the worker {how} before it began; see {self.options.log}")
        return at[0], at[1], how

    def _begin(self, event: dict) -> None:
        if "machine" in self.result:
            return
        self.result |= event
        for name, what in event["peers"].items():
            if what.startswith("missing"):
                print(f"benchmarks: peer {name} is not measured: {what.removeprefix('missing: ')}")
        print(report.header_line())


def choose_names(name: str, options) -> list[str]:
    scale = Scale(gflop=options.gflop, seed=options.seed)
    return [workload.name
            for workload in sets.choose(name, scale, options.only, options.every)]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default=",".join(sets.NAMES), help="separated by commas")
    parser.add_argument("--only", default="", help="how names of entries start, by commas")
    parser.add_argument("--peers", default="", help="names, separated by commas (default: all)")
    parser.add_argument("--threads", default="1,2", help="numbers, separated by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turn-seconds", type=float, default=0.15,
                        help="how long the calls of one contender in one round take together")
    parser.add_argument("--every", type=int, default=1, metavar="N",
                        help="only every N-th entry of a set, for quick runs")
    parser.add_argument("--gflop", type=float, default=5.0,
                        help="what a contraction of TCCG is shrunk to, in 10^9 operations")
    parser.add_argument("--seed", type=int, default=0, help="which random products are drawn")
    parser.add_argument("--output", default=str(ROOT / "build" / "benchmarks.json"))
    parser.add_argument("--log", default=str(ROOT / "build" / "benchmarks.log"),
                        help="what peers complain about")
    parser.add_argument("--list", action="store_true", help="print names of entries and stop")
    parser.add_argument("--markdown", metavar="FILE.json",
                        help="print the tables of an earlier run as Markdown and stop")
    options = parser.parse_args()
    options.sets = options.sets.split(",")
    options.threads = [int(number) for number in options.threads.split(",")]
    options.peers = [name for name in options.peers.split(",") if name]
    unknown = set(options.sets) - set(sets.NAMES)
    if unknown:
        parser.error(f"no set is named {', '.join(sorted(unknown))}; there are "
                     f"{', '.join(sets.NAMES)}")
    return options


def main() -> None:
    options = parse_options()
    if options.markdown:
        print(report.markdown(json.loads(pathlib.Path(options.markdown).read_text())), end="")
        return
    if options.list:
        for name in options.sets:
            print("\n".join(f"{name}: {entry}" for entry in choose_names(name, options)))
        return
    command = "benchmarks/run " + " ".join(sys.argv[1:])
    result = {"command": command.strip(), "rounds": options.rounds, "gflop": options.gflop,
              "seed": options.seed, "runs": []}

    def save() -> None:
        pathlib.Path(options.output).write_text(json.dumps(result, indent=1) + "\n")

    for name in options.sets:
        names = choose_names(name, options)
        for threads in options.threads if names else []:
            print(f"\n== {report.SET_TITLES[name]}; threads: {threads}; "
                  f"medians of {options.rounds} rounds")
            run = SetRun(name, threads, list(names), options)
            result["runs"].append(run.result)
            run.measure(save)
            run.result["summary"] = report.summary(run.result["rows"])
            print(f"  {report.summary_text(run.result['rows'])}", flush=True)
            save()
    if not result["runs"]:
        sys.exit(f"benchmarks: no entry of {', '.join(options.sets)} is named {options.only}")


if __name__ == "__main__":
    main()
