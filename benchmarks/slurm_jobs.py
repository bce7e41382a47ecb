"""What short jobs take on SLURM, each on its own and in the groups of the profile.

Three systems at demo scale, run by this machine alone and through ``profiles/slurm``, with its
groups and without, on a cluster of two nodes that Debian's slurm-wlm and munge make of this
machine, as in the tests; that needs root. What is left of the seconds after the first way is
what SLURM and the start of each job cost.

    PYTHONPATH=tests/slurm python benchmarks/slurm_jobs.py --output docs/benchmarks
"""

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import yaml
from slurm_cluster import Cluster, fill_in, hindrance

from planning import TOTAL, measured

ROOT = Path(__file__).parents[1]
SYSTEMS = ["cmaxent", "conformal", "wishart"]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile")]
SUBMITTED = "has been submitted with SLURM jobid"
COMMAND = "PYTHONPATH=tests/slurm python benchmarks/slurm_jobs.py --output docs/benchmarks"


def run(*words: str) -> dict[str, float]:
    """Run the systems in a new folder.

    Gives jobs, submissions, seconds of the clock, and processor seconds of the whole machine.
    """
    targets = [f"{system}_all" for system in SYSTEMS]
    config = ["--config", f"systems=[{','.join(SYSTEMS)}]"]
    with TemporaryDirectory() as name:
        before = _busy()
        cost = measured([*SNAKEMAKE, *targets, *config, "-d", name, *words], Path(name))
        after = _busy()
        told = (Path(name) / "output.txt").read_text()
    total = TOTAL.search(told)
    assert total, "Snakemake told no total"
    return {
        "jobs": int(total[1]) - len(targets),
        "submissions": told.count(SUBMITTED),
        "seconds": cost["seconds"],
        "machine_cpu_seconds": round(after - before, 1),
    }


def _busy() -> float:
    """Processor seconds of all processes since the machine was started."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def ways() -> dict[str, dict[str, float]]:
    """Costs by way."""
    local = {"this machine alone": run("--cores", "2")}
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("slurm", "grouped", "alone"):
            (folder / part).mkdir()
        cluster = Cluster(folder / "slurm")
        grouped = fill_in(ROOT / "profiles" / "slurm", folder / "grouped")
        settings = yaml.safe_load((grouped / "config.yaml").read_text())
        alone = {key: value for key, value in settings.items() if not key.startswith("group")}
        (folder / "alone" / "config.yaml").write_text(yaml.safe_dump(alone))
        try:
            cluster.up()
            return local | {
                "SLURM, each job alone": run("--profile", str(folder / "alone")),
                "SLURM, groups of the profile": run("--profile", str(grouped)),
            }
        finally:
            cluster.down()


def page(report: dict) -> str:
    """Make the table."""
    local, *_ = report["ways"].values()
    lines = [
        "# Short jobs on SLURM",
        "",
        f"{', '.join(SYSTEMS)} at demo scale: {local['jobs']} jobs, measured once each at a load "
        f"of {report['load']:.1f} before on {report['cores']} cores. Made by `{COMMAND}`, on two "
        "nodes that are this machine, whose jobs are looked at every two seconds. Processor "
        "seconds are those of the whole machine; what a submission costs are those beyond what "
        "the machine alone takes, by submission.",
        "",
        "| way | submissions | s | processor s | processor s per submission |",
        "|---|---|---|---|---|",
    ]
    for way, cost in report["ways"].items():
        more = cost["machine_cpu_seconds"] - local["machine_cpu_seconds"]
        each = f"{more / cost['submissions']:.1f}" if cost["submissions"] else ""
        lines.append(
            f"| {way} | {cost['submissions'] or ''} | {cost['seconds']:.0f} "
            f"| {cost['machine_cpu_seconds']:.0f} | {each} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    if reason := hindrance():
        sys.exit(f"slurm_jobs: {reason}")
    load = os.getloadavg()[0]
    report = {"ways": ways(), "load": load, "cores": os.cpu_count()}
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "slurm_jobs.json").write_text(json.dumps(report, indent=2) + "\n")
    (arguments.output / "slurm_jobs.md").write_text(page(report))


if __name__ == "__main__":
    main()
