#!/usr/bin/env python3
"""Prints the seconds of a peer's first call, with compiling but without imports.

Started by sets/latency.py: first_call.py PEER FOLDER; results go to the folder.
"""

import json
import pathlib
import sys
import time
import warnings

import numpy as np

from speed import peers
from speed.sets import latency
from speed.workload import Scale

warnings.filterwarnings("ignore")
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
workload = latency.three_operands(Scale()).workloads()[1]
inputs = workload.inputs()
if name.startswith("PyTorch"):
    peers.torch().compile(lambda x: x)  # imports the compiler
else:
    peers.jax().numpy.zeros(1).block_until_ready()
start = time.perf_counter()
results = workload.peers[name](inputs)()
seconds = time.perf_counter() - start
for number, result in enumerate(results):
    np.save(folder / f"{number}.npy", peers.to_numpy(result))
print(json.dumps({"seconds": seconds, "results": len(results)}))
