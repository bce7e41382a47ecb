"""The jobs of a run, from Snakemake itself.

``snakemake --dag dot`` builds the DAG and prints it, without running anything and without a look
at any result: it works in an empty folder, so that everything has to be made. It is the
documented output that tells numbers of jobs and what waits for what at once.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from causeway.cluster.asked import PLACE, Asked, read
from causeway.errors import InputError

CORES = 10**6
"""Granted to the planner, so that no rule's threads are capped."""
_NODE = re.compile(r'^\s*(\d+)\[label = "(\w+)', re.MULTILINE)
_EDGE = re.compile(r"^\s*(\d+) -> (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Graph:
    """Jobs by rule, and what each rule waits for.

    ``seconds`` is how long it took Snakemake to find them, ``asked`` what rules ask of a queue.
    """

    jobs: Mapping[str, int]
    before: Mapping[str, frozenset[str]]
    seconds: float = 0.0
    asked: Mapping[str, Asked] = field(default_factory=dict)

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


def plan(root: Path, config: Sequence[str], profile: str | None = None) -> Graph:
    """Ask Snakemake which jobs a run has.

    Parameters
    ----------
    root
        Folder of the Snakefile.
    config
        Words as for ``snakemake --config``.
    profile
        As for ``snakemake --workflow-profile``: a folder, or the name of one in ``profiles/``.

    Raises
    ------
    InputError
        If there is no such profile, or Snakemake refuses, with what it says.
    """
    command = [sys.executable, "-m", "snakemake", "--dag", "dot", "--cores", str(CORES)]
    command += ["-s", str((root / "Snakefile").resolve()), "--config", *config]
    if profile is not None:
        # Snakemake goes on without a profile that it does not find.
        if not any(place.exists() for place in (Path(profile), root / "profiles" / profile)):
            raise InputError(f"--profile {profile}", "there is none", "Name a folder of profiles/")
        command += ["--workflow-profile", profile]
    start = perf_counter()
    with TemporaryDirectory() as folder:
        place = Path(folder) / "asked.json"
        done = subprocess.run(
            [*command, "-d", folder],
            capture_output=True,
            text=True,
            env=os.environ | {PLACE: str(place)},
        )
        asked = read(place) if place.exists() else {}
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise InputError(root / "Snakefile", f"cannot be planned: {said[-1]}", "Correct it")
    return replace(parse(done.stdout, perf_counter() - start), asked=asked)
