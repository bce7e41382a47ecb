"""Trainings as jobs of a real SLURM: over two nodes, pre-empted, and out of memory."""

import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from slurm_cluster import ask

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(900)]

SCRIPT = Path(__file__).with_name("train_on_nodes.py")


def submit(folder: Path, *options: str, seconds: float = 0, nodes: int = 1) -> str:
    """Submit a training into a folder; returns the job's id."""
    command = f"{sys.executable} {SCRIPT} {folder} {seconds} {nodes}"
    words = ["--parsable", f"--nodes={nodes}", f"--ntasks={nodes}", f"--output={folder}/job.log"]
    words += ["--open-mode=append", "--mem=2000", f"--export=ALL,PYTHONPATH={SCRIPT.parents[1]}"]
    wrapped = command if nodes > 1 else f"srun {command}"
    return ask("sbatch", *words, *options, f"--wrap={wrapped}")


def state(job: str) -> str:
    return ask("squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%T")


def wait(job: str, *states: str, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while state(job) not in states:
        assert time.monotonic() < until, f"job {job} is {state(job)}"
        time.sleep(0.5)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "model.ckpt", weights_only=True)["state_dict"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder with the model of one process, trained without SLURM."""
    folder = tmp_path_factory.mktemp("alone")
    path = {"PYTHONPATH": str(SCRIPT.parents[1])}
    subprocess.run([sys.executable, SCRIPT, folder, "0", "1"], env=path, check=True)
    return folder


def test_two_nodes_train_the_model_of_one_process(cluster, tmp_path, alone):
    job = submit(tmp_path, nodes=2)
    wait(job, "COMPLETED", "FAILED")
    told = (tmp_path / "job.log").read_text()
    assert "All distributed processes registered. Starting with 2 processes" in told
    for name, value in weights(alone).items():
        torch.testing.assert_close(weights(tmp_path)[name], value)
    one, two = (pd.read_parquet(folder / "history.parquet") for folder in (alone, tmp_path))
    pd.testing.assert_frame_equal(one[["step", "epoch"]], two[["step", "epoch"]])


def test_a_pre_empted_training_saves_goes_back_into_the_queue_and_resumes(
    cluster, tmp_path, alone
):
    job = submit(tmp_path, "--requeue", seconds=1)
    until = time.monotonic() + 120
    while not (tmp_path / "history.csv").exists():
        assert time.monotonic() < until, (tmp_path / "job.log").read_text()
        time.sleep(0.5)
    assert ask("scontrol", "requeue", job) == ""
    wait(job, "PENDING")
    saved = torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"]
    assert saved % 4, "it saved where it was, not at the end of an epoch"
    assert ask("scontrol", "update", f"jobid={job}", "starttime=now") == ""
    wait(job, "COMPLETED", "FAILED")
    assert "resuming from" in (tmp_path / "job.log").read_text()
    assert all(
        torch.equal(weights(tmp_path)[name], value) for name, value in weights(alone).items()
    )


def test_a_signal_before_the_end_of_the_time_saves_the_training(cluster, tmp_path):
    job = submit(tmp_path, "--time=5", "--signal=TERM@240", seconds=10)
    wait(job, "FAILED", "COMPLETED")
    assert 0 < torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"] < 20
    assert not (tmp_path / "model.ckpt").exists()


def test_the_gpus_that_are_asked_for_are_those_that_are_seen(cluster):
    told = ask("srun", "--gpus=1", "--mem=100", "printenv", "CUDA_VISIBLE_DEVICES")
    assert told in {"0", "1"}
