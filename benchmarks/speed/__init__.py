"""tensornet beside everybody: programs, peers, timing and reports of benchmarks/run."""
