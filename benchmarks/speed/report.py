"""Tables of rows, as text while they are measured and as Markdown from the JSON."""

from __future__ import annotations

import math

SET_TITLES = {"gemm": "GEMM and GEMV", "tccg": "TCCG and its adjoints",
              "multi": "Contractions of many operands, values and gradients",
              "memory": "Memory-bound programs", "latency": "Latency",
              "steps": "Whole training steps", "random": "Random products"}


def time_text(seconds: float | None) -> str:
    """Four digits and a unit."""
    if seconds is None:
        return "-"
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.4g} {unit}"
    return f"{seconds * 1e9:.4g} ns"


def rate_text(row: dict) -> str:
    if "rate" not in row:
        return "-"
    unit = "GF/s" if row["operations"] else "GB/s"
    return f"{row['rate'] / 1e9:.1f} {unit}"


def share_text(row: dict) -> str:
    return f"{100 * row['share']:.0f} %" if "share" in row else "-"


def best_peer_text(row: dict) -> str:
    if "best_peer" not in row:
        return "-"
    return f"{row['best_peer']} {time_text(row['contenders'][row['best_peer']]['seconds'])}"


def ratio_text(row: dict) -> str:
    return f"{row['speedup']:.2f}x" if "speedup" in row else "-"


COLUMNS = [("entry", lambda row: row["name"]),
           ("tensornet", lambda row: time_text(row["contenders"]["tensornet"]["seconds"])),
           ("rate", rate_text), ("of limit", share_text), ("best peer", best_peer_text),
           ("ours / best", ratio_text)]
WIDTHS = [44, 11, 12, 8, 28, 11]


def failures(row: dict) -> list[str]:
    return [f"{name}: {c['failure']}" for name, c in row["contenders"].items() if "failure" in c]


def text_line(cells: list[str]) -> str:
    return " ".join(f"{cell:{'<' if n == 0 else '>'}{width}}"
                    for n, (cell, width) in enumerate(zip(cells, WIDTHS)))


def header_line() -> str:
    return text_line([title for title, _ in COLUMNS])


def row_lines(row: dict) -> str:
    """A line of the table, and notes: contenders that failed, loops in C."""
    line = text_line([cell(row) for _, cell in COLUMNS])
    notes = failures(row)
    if "beside_loops" in row:
        notes.append(f"loops in C {time_text(row['contenders']['C loops']['seconds'])}, ours is "
                     f"{row['beside_loops']:.2f}x as fast")
    return "\n".join([line, *(f"    {text[:150]}" for text in notes)])


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def summary(rows: list[dict]) -> dict:
    """How ours stands against the best peers of these rows."""
    ratios = sorted((row["speedup"], row["name"]) for row in rows if "speedup" in row)
    result = {"entries": len(rows), "compared": len(ratios),
              "ours_failed": [row["name"] for row in rows
                              if "failure" in row["contenders"]["tensornet"]]}
    if ratios:
        result |= {"geometric_mean": geometric_mean([ratio for ratio, _ in ratios]),
                   "lowest": ratios[0][0], "lowest_entry": ratios[0][1],
                   "below_1": sum(ratio < 1 for ratio, _ in ratios),
                   "below_0.95": sum(ratio < 0.95 for ratio, _ in ratios)}
    return result


def summary_text(rows: list[dict]) -> str:
    found = summary(rows)
    text = f"{found['compared']} of {found['entries']} entries compared"
    if found["compared"]:
        text += (f"; ours / best peer: geometric mean {found['geometric_mean']:.2f}x, lowest "
                 f"{found['lowest']:.2f}x ({found['lowest_entry']}), below 1 on "
                 f"{found['below_1']}, below 0.95 on {found['below_0.95']}")
    if found["ours_failed"]:
        text += f"; ours failed on {', '.join(found['ours_failed'])}"
    return text


def peer_standings(rows: list[dict]) -> dict[str, str]:
    """For each peer: entries it finished, geometric mean of ours over it, and its failures."""
    standings = {}
    names = sorted({name for row in rows for name in row["contenders"]} - {"tensornet"})
    for name in names:
        ratios, failed = [], 0
        for row in rows:
            mine, theirs = row["contenders"]["tensornet"], row["contenders"].get(name)
            if theirs is None:
                continue
            if "failure" in theirs or theirs["seconds"] is None:
                failed += 1
            elif mine["seconds"] is not None:
                ratios.append(theirs["seconds"] / mine["seconds"])
        mean = f"{geometric_mean(ratios):.2f}x" if ratios else "-"
        standings[name] = f"{mean} on {len(ratios)}" + (f", failed on {failed}" if failed else "")
    return standings


def thread_scaling(rows: list[dict]) -> list[tuple[str, float]]:
    """How many times as fast ours is with two threads as with one, by entry."""
    seconds = {(row["name"], row["threads"]): row["contenders"]["tensornet"]["seconds"]
               for row in rows}
    return [(name, seconds[name, 1] / two) for (name, threads), two in seconds.items()
            if threads == 2 and two and seconds.get((name, 1))]


# ===--- Markdown -------------------------------------------------------------------===


def _table(titles: list[str], lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |"
                     for cells in [titles, ["---"] * len(titles), *lines]) + "\n"


def _machine_text(run: dict) -> str:
    found = run["machine"]
    return (f"{found['cpu']}, threads: {found['threads']}; multiply-adds "
            f"{found['peak_f32_gflops']:.0f} GF/s in f32, {found['peak_f64_gflops']:.0f} in f64; "
            f"copy {found['copy_gbytes_per_s']:.1f}, triad {found['triad_gbytes_per_s']:.1f}, sum "
            f"{found['sum_gbytes_per_s']:.1f} GB/s over 256 MiB.")


def markdown(report: dict) -> str:
    """All tables of a report."""
    parts = [f"`{report['command']}`\n"]
    for run in report["runs"]:
        rows = run["rows"]
        title = SET_TITLES.get(run["set"], run["set"])
        parts.append(f"### {title}, threads: {run['threads']}\n")
        if "failure" in run:
            parts.append(f"Not measured: {run['failure']}.\n")
            continue
        parts += [_machine_text(run) + "\n", summary_text(rows) + ".\n",
                  _table([t for t, _ in COLUMNS], [[cell(row) for _, cell in COLUMNS]
                                                   for row in rows]),
                  _table(["peer", "version", "ours / peer, geometric mean"],
                         [[name, run["peers"].get(name, "-"), standing]
                          for name, standing in peer_standings(rows).items()])]
        wrong = [f"- {row['name']}: {text}" for row in rows for text in failures(row)]
        if wrong:
            parts.append("Failed:\n\n" + "\n".join(wrong) + "\n")
    scaling = thread_scaling([row for run in report["runs"] for row in run.get("rows", [])])
    if scaling:
        parts += ["### Two threads over one\n",
                  _table(["entry", "one / two"], [[name, f"{r:.2f}x"] for name, r in scaling])]
    return "\n".join(parts)
