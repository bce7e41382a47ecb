"""What Snakemake and the bridge cost: planning time by shards, and overhead by job.

Planning is a dry run of the full scale with more and more shards, two jobs each. Overhead is the
time per job of rules that do nothing, in three ways: a shell command, a bare script, and a script
that runs an empty step through ``causeway.job.call``.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "1"]
JOBS = 12

SNAKEFILE = """
rule all:
    input:
        expand("out/{{k}}", k=range({jobs})),


rule work:
    output:
        file="out/{{k}}",
    log:
        "logs/{{k}}.log",
    {body}
"""
BODIES = {
    "shell": 'shell:\n        "touch {output}"',
    "script": 'script:\n        "bare.py"',
    "call": 'script:\n        "called.py"',
}
SCRIPTS = {
    "bare.py": "from pathlib import Path\n\nPath(snakemake.output.file).touch()\n",
    "called.py": (
        "from pathlib import Path\n\nfrom causeway.job import call\n\n\n"
        "def work(*, file: Path) -> None:\n    file.touch()\n\n\ncall(work, snakemake)\n"
    ),
}


def timed(command: list[str], folder: Path) -> float:
    """Seconds that a command takes."""
    start = perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return perf_counter() - start


def planning(shards: int) -> dict[str, float]:
    """Time and peak memory of a dry run with so many shards."""
    config = f"rigidssl={{sources: {{swissprot-v4: {{shards: {shards}}}}}}}"
    words = ["--dry-run", "--quiet", "all", "-s", str(ROOT / "Snakefile")]
    with TemporaryDirectory() as folder:
        seconds = timed([*SNAKEMAKE, *words, "--config", "scale=full", config], Path(folder))
    # Of all children so far; shards grow, so the last is the largest.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"shards": shards, "seconds": seconds, "peak_mib": peak}


def overhead(kind: str) -> float:
    """Seconds per job of a rule that does nothing, start of Snakemake left out."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for script, text in SCRIPTS.items():
            (folder / script).write_text(text)
        seconds = []
        for jobs in (1, 1 + JOBS):
            (folder / "Snakefile").write_text(SNAKEFILE.format(jobs=jobs, body=BODIES[kind]))
            seconds.append(timed([*SNAKEMAKE, "--forceall"], folder))
    return (seconds[1] - seconds[0]) / JOBS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--shards", type=int, nargs="+", default=[100, 1_000, 10_000])
    arguments = parser.parse_args()
    plans = [planning(shards) for shards in sorted(arguments.shards)]
    jobs = {kind: overhead(kind) for kind in BODIES}
    arguments.output.mkdir(parents=True, exist_ok=True)
    report = {"load": os.getloadavg()[0], "planning": plans, "seconds_per_job": jobs}
    (arguments.output / "workflow.json").write_text(json.dumps(report, indent=2) + "\n")
    lines = [
        "# Planning and overhead",
        "",
        "A dry run of the full scale, by number of shards (two jobs each):",
        "",
        "| shards | seconds | peak MiB |",
        "|---|---|---|",
        *(f"| {p['shards']:,} | {p['seconds']:.1f} | {p['peak_mib']:.0f} |" for p in plans),
        "",
        "A job that does nothing:",
        "",
        "| as | seconds per job |",
        "|---|---|",
        *(f"| {kind} | {seconds:.2f} |" for kind, seconds in jobs.items()),
    ]
    (arguments.output / "workflow.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
