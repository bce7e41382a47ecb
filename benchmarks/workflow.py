"""What a job costs beside its work: Snakemake, the bridge, and imports.

Rules that do nothing, in three ways: a shell command, a bare script, and a script that runs an
empty step through ``causeway.job.call``. Then more and more of the cheapest at once, which shows
whether scheduling costs more the more jobs are ready. Last, what a job that trains imports, and
what follows for the full sweep of GIDD when its 520 runs are shared among fewer jobs. Processor
seconds are told, as other load on the machine lengthens those of the clock.

    python benchmarks/workflow.py --output docs/benchmarks
"""

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill

from planning import WIDTH, measured

SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "1", "--forceall"]
JOBS = 12
WIDTHS = [12, 100, 400]
SWEEP = [520, 52, 10]
COMMAND = "python benchmarks/workflow.py --output docs/benchmarks"
TRAINING = "causeway.language.gidd.train"

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


def overhead(kind: str, jobs: int) -> dict[str, float]:
    """Cost per job of a rule that does nothing, start of Snakemake left out."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for script, text in SCRIPTS.items():
            (folder / script).write_text(text)
        costs = []
        for count in (1, 1 + jobs):
            (folder / "Snakefile").write_text(SNAKEFILE.format(jobs=count, body=BODIES[kind]))
            costs.append(measured([*SNAKEMAKE, "-d", name, "-s", f"{name}/Snakefile"], folder))
    one, more = costs
    each = {key: (more[key] - one[key]) / jobs for key in ("seconds", "cpu_seconds")}
    return {"jobs": jobs, **each}


def importing(module: str) -> dict[str, float]:
    """Cost of a process that imports a step and ends."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-c", f"import {module}"]
        measured(command, Path(folder))  # compiles, and fills the cache of files
        return measured(command, Path(folder))


def page(report: dict) -> str:
    """Make the tables."""
    call, start = report["kinds"]["call"]["cpu_seconds"], report["training"]["cpu_seconds"]
    lines = [
        "# Jobs",
        "",
        f"Processor seconds, measured once each at a load of {report['load']:.1f} on "
        f"{report['cores']} cores; seconds of the clock, which such a load distorts, stand in the "
        f"JSON file. Made by `{COMMAND}`. A job that does nothing:",
        "",
        "| as | jobs | processor s per job |",
        "|---|---|---|",
    ]
    for kind, cost in report["kinds"].items():
        lines.append(f"| {kind} | {cost['jobs']} | {cost['cpu_seconds']:.2f} |")
    lines += ["", "More jobs that are ready at once, as shell commands:", ""]
    lines += ["| jobs | processor s per job |", "|---|---|"]
    for cost in report["widths"]:
        lines.append(f"| {cost['jobs']} | {cost['cpu_seconds']:.3f} |")
    lines += [
        "",
        f"A process that imports what a training needs takes {start:.1f} processor seconds "
        f"and {report['training']['peak_mib']} MiB. With {call:.2f} for Snakemake and the bridge, "
        "the 520 runs of the full sweep of GIDD start for, by `gidd.jobs`:",
        "",
        "| jobs | processor s in all | ms per run |",
        "|---|---|---|",
    ]
    for jobs in SWEEP:
        total = jobs * (call + start)
        lines.append(f"| {jobs:,} | {total:,.0f} | {1e3 * total / SWEEP[0]:,.0f} |")
    return "\n".join(lines) + "\n"


def summary(report: dict) -> str:
    """Tell the most of it, for docs/scale.md."""
    call, start = report["kinds"]["call"]["cpu_seconds"], report["training"]["cpu_seconds"]
    most, *_, fewest = SWEEP
    shared = fewest * (call + start) / most
    return fill(
        f"A job that does nothing costs {call:.2f} s of a processor, and {start:.1f} s more to "
        f"import what a training needs. Shared among {fewest} jobs instead of {most}, the {most} "
        f"runs of the sweep start for {shared:.2f} s each instead of {call + start:.1f} s.",
        WIDTH,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    report = {
        "kinds": {kind: overhead(kind, JOBS) for kind in BODIES},
        "widths": [overhead("shell", width) for width in WIDTHS],
        "training": importing(TRAINING),
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "workflow.json").write_text(json.dumps(report, indent=2) + "\n")
    (arguments.output / "workflow.md").write_text(page(report))


if __name__ == "__main__":
    main()
