"""The time of a job, and jobs that outlive their driver."""

import subprocess
import sys
from datetime import timedelta

import pytest

from causeway.cluster import allocation, orphans, spread
from causeway.cluster.commands import ask
from causeway.errors import InputError


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (["10:00"], timedelta(minutes=9)),
        (["3-00:00:00"], timedelta(days=3) - timedelta(minutes=5)),
        (["UNLIMITED"], None),
        ([], None),
    ],
)
def test_a_job_keeps_back_time_for_its_end(monkeypatch, left, expected):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(allocation, "ask", lambda *words: left)
    assert allocation.working_time() == expected


def test_no_limit_where_there_is_no_slurm_or_no_answer(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert allocation.working_time() is None
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("PATH", "")
    assert allocation.working_time() is None


def test_absent_and_failing_programs_are_told():
    with pytest.raises(InputError, match="PATH: the program no-such-sinfo of SLURM is not there"):
        ask("no-such-sinfo")
    with pytest.raises(InputError, match=r"ls: .*no-such-folder"):
        ask("ls", "no-such-folder")


KILLED = """
import os, sys
from pathlib import Path
from causeway.cluster.orphans import registered
with registered(Path(sys.argv[1]), "dead"):
    os.kill(os.getpid(), 9)
"""


def test_only_jobs_of_killed_drivers_of_the_folder_are_cancelled(tmp_path, monkeypatch):
    queue = {"1": "dead", "2": "alive", "3": "elsewhere", "4_[1-3]": "dead"}
    cancelled = []

    def answer(program, *words):
        if program == "squeue":
            return [f"{job}|{name}" for job, name in queue.items()]
        assert program == "scancel"
        cancelled.extend(words)
        for job in words:
            del queue[job]
        return []

    monkeypatch.setattr(orphans, "ask", answer)
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    with orphans.registered(tmp_path, "alive"):
        assert orphans.cancel(tmp_path) == ["1", "4_[1-3]"]
        assert cancelled == ["1", "4_[1-3]"]
    assert orphans.cancel(tmp_path) == [], "a driver that ended in peace left nothing behind"


def test_jobs_that_do_not_end_stop_the_next_driver(tmp_path, monkeypatch):
    monkeypatch.setattr(orphans, "ask", lambda program, *words: ["7|dead"] * (program == "squeue"))
    monkeypatch.setattr(orphans, "PATIENCE", 0.0)
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    with pytest.raises(InputError, match="SLURM jobs 7: were cancelled and are still"):
        orphans.cancel(tmp_path)


def test_several_nodes_outside_of_slurm_are_refused(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(InputError, match=r"hardware\.nodes: 2 nodes"):
        spread.run_on(2, threads=1)


def test_a_part_knows_the_rank_of_its_node(monkeypatch):
    monkeypatch.delenv("NODE_RANK", raising=False)
    monkeypatch.setenv("SLURM_PROCID", "1")
    assert not spread.is_part()
    monkeypatch.setenv(spread.PART, "1")
    monkeypatch.setenv("NODE_RANK", "")
    monkeypatch.delenv("NODE_RANK")
    assert spread.is_part()
    assert spread.os.environ["NODE_RANK"] == "1"
