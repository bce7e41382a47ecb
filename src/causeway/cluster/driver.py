"""What a run does for a cluster, from Snakemake's ``workflow`` object."""

import atexit
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from causeway.cluster import orphans, unseen
from causeway.cluster.asked import Asked, tell
from causeway.cluster.commands import ask
from causeway.cluster.growth import Growing
from causeway.cluster.partitions import Partition, count_gpus, read_partitions
from causeway.cluster.preflight import Request, check, check_account, room
from causeway.errors import InputError

REASONS = "--format=%i|%r"
"""For squeue: a job and the reason of its state."""


class Driver:
    """The process that submits the jobs of a run.

    Lets what rules ask grow with each attempt, and lets a profile set the ``retries`` of single
    rules, as it sets their resources: trainings of weeks need more than others. Within a job of
    the cluster it leaves new attempts to the driver: a rule's own ``retries`` would start it again
    in the same allocation, with the memory and the time that were too little. Has the records of
    jobs tell of those that ended :mod:`unseen <causeway.cluster.unseen>`.

    Parameters
    ----------
    workflow
        Snakemake's object of that name, once all rules are known.

    Raises
    ------
    InputError
        If a profile sets retries that are no number.
    """

    def __init__(self, workflow: Any) -> None:
        self._workflow = workflow
        self._growing: dict[str, dict[str, Growing]] = {}
        asked: dict[str, Asked] = {}
        for rule in workflow.rules:
            stated = {
                name: given.value
                for name in ("mem_mb", "runtime")
                if (given := rule.resources.get(name)) and not given.is_evaluable() and given.value
            }
            retries = _retries(rule)
            if retries is not None:
                rule.restart_times = retries
            attempts = 1 + (retries or 0)
            asked[rule.name] = Asked(stated.get("mem_mb"), stated.get("runtime"), attempts)
            self._growing[rule.name] = {name: Growing(first) for name, first in stated.items()}
            rule.resources.update(self._growing[rule.name])
            if workflow.remote_exec:
                rule.restart_times = 0
        tell(asked)
        if workflow.is_main_process:
            unseen.install()

    def start(self) -> None:
        """See that the cluster can do the run, and end what a killed driver left in its queue.

        Does nothing for executors other than SLURM.

        Raises
        ------
        InputError
            If SLURM is not there, or cannot run what is asked of it.
        """
        if not self._is_on_slurm():
            return
        partitions = read_partitions()
        asked = requests(self._workflow.dag)
        check_account(asked)
        # With a file of partitions, the plugin chooses for each job.
        if not self._workflow.executor_settings.partition_config:
            check(asked, partitions)
            for request in asked:
                self._limit(request, partitions)
        living = ExitStack()
        living.enter_context(orphans.registered(Path.cwd(), self._name()))
        atexit.register(living.close)
        orphans.cancel(Path.cwd())

    def explain(self) -> None:
        """Tell, after a run that failed, of jobs that nodes could not even start.

        Raises
        ------
        InputError
            If there are such jobs: their nodes could not open their logs.
        """
        if not self._is_on_slurm():
            return
        rows = ask("squeue", "--noheader", "--states=all", f"--name={self._name()}", REASONS)
        failed = [row.partition("|")[0] for row in rows if row.endswith("JobLaunchFailure")]
        if failed:
            raise InputError(
                Path.cwd(),
                f"job {', '.join(failed)} could not be started: the nodes do not see this folder, "
                "or cannot write to it",
                "Run in a folder of the file system that all nodes share, or name one by "
                "--directory",
            )

    def _is_on_slurm(self) -> bool:
        return self._workflow.executor_plugin.name == "slurm"

    def _name(self) -> str:
        """Name that all jobs of this run bear in the queue."""
        return self._workflow.scheduler._executor.run_uuid

    def _limit(self, asked: Request, partitions: Mapping[str, Partition]) -> None:
        """Let no job grow beyond what its partition has.

        Snakemake adds up what the rules of a group ask, so all of them grow by what the sum may.
        """
        times = room(asked, partitions)
        for rule in asked.rules:
            for name, growing in self._growing[rule].items():
                growing.limit(getattr(times, name))


def _retries(rule: Any) -> int | None:
    """Attempts after the first, by the profile or by the rule itself; None for neither."""
    stated = rule.resources.get("retries")
    # Snakemake has something for every name.
    if stated is None or (not stated.is_evaluable() and stated.value is None):
        return rule.ruleinfo.retries
    if stated.is_evaluable() or not isinstance(stated.value, int) or stated.value < 0:
        raise InputError(
            f"profile: set-resources.{rule.name}.retries", "is no number", "Give one, or none"
        )
    return stated.value


def requests(dag: Any) -> list[Request]:
    """What the jobs of a run ask of a cluster, each kind once; a group of jobs goes as one.

    Parameters
    ----------
    dag
        Snakemake's object of that name, with its groups made.
    """
    rules: dict[Any, set[str]] = {}
    for job in dag.needrun_jobs():
        if not job.is_local:
            rules.setdefault(dag.get_job_group(job) or job, set()).add(job.rule.name)
    found = (_request(job, tuple(sorted(names))) for job, names in rules.items())
    return list(dict.fromkeys(found))


def _request(job: Any, rules: tuple[str, ...]) -> Request:
    asked = job.resources
    return Request(
        rules=rules,
        group=job.groupid if job.is_group() else None,
        partition=asked.get("slurm_partition"),
        account=asked.get("slurm_account"),
        cpus=job.threads,
        mem_mb=asked.get("mem_mb", 0),
        gpus=asked.get("gpu", 0) or count_gpus(asked.get("gres", "")),
        minutes=asked.get("runtime", 0),
        nodes=asked.get("nodes", 1),
    )
