"""What planning costs: time, processor time and peak memory of a dry run by number of jobs.

Three curves. Shards of structures, two jobs each, of RigidSSL alone; jobs among which the runs of
the full sweep of GIDD are shared; all systems at the three scales. Each point is one fresh
process, measured once: beside the wall clock stands its own processor time, which other load on
the machine hardly changes.

    python benchmarks/planning.py --output docs/benchmarks
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from time import perf_counter

ROOT = Path(__file__).parents[1]
SHARDS = [10, 100, 216, 1_000, 3_000, 10_000]
SWEEP_JOBS = [10, 52, 520]
SCALES = ["demo", "small", "full"]
CURVE = "shards of structures"
CHAINS = 432_194
"""Structures that the paper trains on (docs/systems/rigidssl.md)."""
MACHINE_GIB = 16
"""Memory of a laptop."""
COMMAND = "python benchmarks/planning.py --output docs/benchmarks"
WIDTH = 104
"""Of lines in docs/scale.md."""
TOTAL = re.compile(r"^total +(\d+)$", re.MULTILINE)


def measured(command: list[str], folder: Path) -> dict[str, float]:
    """Seconds, processor seconds and peak MiB of a command, with all processes that it starts.

    Its output is in ``output.txt`` of the folder.
    """
    output = folder / "output.txt"
    opened = (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    both = (os.POSIX_SPAWN_DUP2, 1, 2)
    start = perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=[opened, both])
    _, status, usage = os.wait4(child, 0)
    seconds = perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        sys.exit(output.read_text())
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mib": round(usage.ru_maxrss / 1024),
    }


def dry_run(*config: str) -> dict[str, float]:
    """Jobs and cost of a dry run in an empty folder."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", "--quiet", "rules"]
    command += ["-s", str(ROOT / "Snakefile"), "--config", *config]
    with TemporaryDirectory() as folder:
        cost = measured([*command, "-d", folder], Path(folder))
        found = TOTAL.search((Path(folder) / "output.txt").read_text())
    assert found, "Snakemake told no total"
    return {"jobs": int(found[1]), **cost}


def points(shards: list[int]) -> Iterator[dict]:
    """Measure all curves, the cheapest points first."""
    for scale in SCALES:
        yield {"curve": "all systems", "at": scale} | dry_run(f"scale={scale}")
    for jobs in SWEEP_JOBS:
        config = ["scale=full", "systems=[gidd]", f"gidd={{jobs: {jobs}}}"]
        yield {"curve": "jobs of the sweep", "at": jobs} | dry_run(*config)
    for count in sorted(shards):
        sources = f"rigidssl={{sources: {{swissprot-v4: {{shards: {count}}}}}}}"
        config = ["scale=full", "systems=[rigidssl]", sources]
        yield {"curve": CURVE, "at": count} | dry_run(*config)


def slopes(rows: list[dict]) -> Iterator[tuple[dict, dict, float, float]]:
    """Processor ms and KiB per further job, between neighbours of the curve of shards."""
    curve = [row for row in rows if row["curve"] == CURVE]
    for before, after in pairwise(curve):
        more = after["jobs"] - before["jobs"]
        seconds = after["cpu_seconds"] - before["cpu_seconds"]
        memory = after["peak_mib"] - before["peak_mib"]
        yield before, after, 1e3 * seconds / more, 1024 * memory / more


def growth(rows: list[dict]) -> list[str]:
    """Lines on how the curve of shards grows, and where it would lead."""
    found = list(slopes(rows))
    lines = ["", "What a further job costs, from one point of the shards to the next:", ""]
    lines += ["| jobs | processor ms | KiB |", "|---|---|---|"]
    for before, after, each, memory in found:
        jobs = f"{before['jobs']:,} to {after['jobs']:,}"
        lines.append(f"| {jobs} | {each:.1f} | {memory:.0f} |")
    _, last, each, memory = found[-1]
    further = 2 * CHAINS - last["jobs"]
    hours = (last["cpu_seconds"] + further * each / 1e3) / 3600
    gib = (last["peak_mib"] + further * memory / 1024) / 1024
    full = last["jobs"] + (MACHINE_GIB * 1024 - last["peak_mib"]) * 1024 / memory
    hour = last["jobs"] + (3600 - last["cpu_seconds"]) * 1e3 / each
    return [
        *lines,
        "",
        f"Measured up to {last['jobs']:,} jobs; what follows continues the last slope and was not "
        f"measured. {MACHINE_GIB} GiB would be full at some {round(full, -4):,.0f} jobs, and an "
        f"hour of a processor gone at some {round(hour, -4):,.0f}. Two jobs for each of "
        f"{CHAINS:,} structures, without shards, would take {hours:.1f} h and {gib:.0f} GiB.",
    ]


def page(report: dict) -> str:
    """Make the table."""
    rows = report["rows"]
    lines = [
        "# Planning",
        "",
        "A dry run of the whole DAG in an empty folder, one fresh process per row, measured once, "
        f"at a load of {report['load']:.1f} on {report['cores']} cores: processor seconds tell "
        "more than seconds of the clock. Jobs are Snakemake's total, the target `all` included. "
        f"Made by `{COMMAND}`.",
        "",
        "| curve | at | jobs | s | processor s | ms per job | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        each = 1e3 * row["cpu_seconds"] / row["jobs"]
        at = row["at"] if isinstance(row["at"], str) else f"{row['at']:,}"
        lines.append(
            f"| {row['curve']} | {at} | {row['jobs']:,} | {row['seconds']:.1f} | "
            f"{row['cpu_seconds']:.1f} | {each:.1f} | {row['peak_mib']:,} |"
        )
    return "\n".join([*lines, *growth(rows)]) + "\n"


def summary(rows: list[dict]) -> str:
    """Tell the most of it, for docs/scale.md."""
    full = next(row for row in rows if row["at"] == "full")
    few, *_, many = [row for row in rows if row["curve"] == "jobs of the sweep"]
    found = list(slopes(rows))
    each, memory = zip(*((each, memory) for _, _, each, memory in found), strict=True)
    return fill(
        f"The DAG of the full scale, {full['jobs'] - 1:,} jobs and the target `all`, takes "
        f"{full['cpu_seconds']:.1f} s of one processor and {full['peak_mib']} MiB to plan. Time "
        f"and memory grow in proportion to jobs: {min(each):.1f} to {max(each):.1f} ms of a "
        f"processor and {min(memory):.0f} to {max(memory):.0f} KiB for each further job, up to "
        f"{found[-1][1]['jobs']:,} jobs, the largest DAG that was measured. Sharing the sweep's "
        f"runs among {few['at']} jobs instead of {many['at']} takes its planning from "
        f"{many['cpu_seconds']:.1f} s to {few['cpu_seconds']:.1f} s.",
        WIDTH,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--shards", type=int, nargs="+", default=SHARDS)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    rows = []
    for row in points(arguments.shards):
        print(row, flush=True)
        rows.append(row)
    report = {"load": os.getloadavg()[0], "cores": os.cpu_count(), "rows": rows}
    (arguments.output / "planning.json").write_text(json.dumps(report, indent=2) + "\n")
    (arguments.output / "planning.md").write_text(page(report))


if __name__ == "__main__":
    main()
