"""A run of the workflow on a cluster, and its results beside those of another run."""

import json
import subprocess
import sys
import time
from pathlib import Path

from slurm_cluster import ask


class Run:
    """A driver in a folder that submits to the cluster."""

    def __init__(self, root: Path, profile: Path, folder: Path, *words: str) -> None:
        self.folder = folder
        self.command = [sys.executable, "-m", "snakemake", *words, "--profile", str(profile)]
        self.command += ["-s", str(root / "Snakefile"), "--directory", str(folder)]
        self.told = folder / "driver.log"

    def start(self) -> subprocess.Popen:
        with self.told.open("a") as log:
            return subprocess.Popen(self.command, stdout=log, stderr=log)

    def finish(self, *words: str) -> int:
        with self.told.open("a") as log:
            return subprocess.run([*self.command, *words], stdout=log, stderr=log).returncode

    def jobs(self, rule: str, state: str = "RUNNING") -> list[str]:
        """SLURM's ids of the jobs of a rule, by the comment that the executor gives them."""
        rows = ask("squeue", "--noheader", f"--states={state}", "--format=%i|%k").splitlines()
        return [row.partition("|")[0] for row in rows if f"rule_{rule}" in row]

    def records(self) -> dict[Path, dict]:
        """What each finished job wrote of itself."""
        found = self.folder.glob("results/demo/*/logs/*.json")
        return {path.relative_to(self.folder): json.loads(path.read_text()) for path in found}

    def log(self) -> str:
        """What the first training told."""
        path = self.folder / "results/demo/rigidssl/logs/pretrain_synthetic_fixed_0.log"
        return path.read_text() if path.exists() else ""

    def slurm_logs(self, rule: str) -> str:
        found = self.folder.glob(f".snakemake/slurm_logs/rule_{rule}/**/*.log")
        return "".join(path.read_text() for path in sorted(found))


def until(condition, driver: subprocess.Popen, seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert driver.poll() is None, "the run ended before it could be disturbed"
        assert time.monotonic() < end
        time.sleep(0.5)
