"""The jobs of a run, from Snakemake itself.

``snakemake --dag dot`` builds the DAG and prints it, without running anything and without a look
at any result: it works in an empty folder, so that everything has to be made. It is the
documented output that tells numbers of jobs and what waits for what at once.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from causeway.errors import InputError

CORES = 10**6
"""Granted to the planner, so that no rule's threads are capped."""
_NODE = re.compile(r'^\s*(\d+)\[label = "(\w+)', re.MULTILINE)
_EDGE = re.compile(r"^\s*(\d+) -> (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Graph:
    """Jobs by rule, and what each rule waits for.

    ``seconds`` is how long it took Snakemake to find them.
    """

    jobs: Mapping[str, int]
    before: Mapping[str, frozenset[str]]
    seconds: float = 0.0

    def longest(self, seconds: Mapping[str, float]) -> float:
        """Length of the longest chain of rules, by the seconds of one job of each."""
        done: dict[str, float] = {}

        def end(rule: str) -> float:
            if rule not in done:
                waits = max((end(other) for other in self.before.get(rule, ())), default=0.0)
                done[rule] = waits + seconds.get(rule, 0.0)
            return done[rule]

        return max((end(rule) for rule in self.jobs), default=0.0)


def parse(text: str, seconds: float = 0.0) -> Graph:
    """Read what ``snakemake --dag dot`` prints; the target ``all`` is no job."""
    rules = dict(_NODE.findall(text))
    before: dict[str, set[str]] = {}
    for first, second in _EDGE.findall(text):
        before.setdefault(rules[second], set()).add(rules[first])
    jobs = Counter(rule for rule in rules.values() if rule != "all")
    return Graph(jobs, {rule: frozenset(waits) for rule, waits in before.items()}, seconds)


def plan(root: Path, config: Sequence[str]) -> Graph:
    """Ask Snakemake which jobs a run has.

    Parameters
    ----------
    root
        Folder of the Snakefile.
    config
        Words as for ``snakemake --config``.

    Raises
    ------
    InputError
        If Snakemake refuses, with what it says.
    """
    command = [sys.executable, "-m", "snakemake", "--dag", "dot", "--cores", str(CORES)]
    command += ["-s", str((root / "Snakefile").resolve()), "--config", *config]
    start = perf_counter()
    with TemporaryDirectory() as folder:
        done = subprocess.run([*command, "-d", folder], capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise InputError(root / "Snakefile", f"cannot be planned: {said[-1]}", "Correct it")
    return parse(done.stdout, perf_counter() - start)
