"""Jobs and drivers that are killed while the workflow runs for real."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
import yaml

from same_results import assert_same_results

pytestmark = pytest.mark.slow

MODEL = "results/demo/rigidssl/synthetic/fixed/seed0/model.ckpt"
RESULTS = [Path(MODEL), Path(MODEL).with_name("history.parquet")]
SETTINGS = {
    "rigidssl": {
        "run": {"variants": ["fixed"], "seeds": [0]},
        "sources": {"synthetic": {"entries": 24, "families": 12, "shards": 1}},
        "training": {"epochs": 12},
    }
}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """Command-line words that ask for one small model."""
    settings = tmp_path_factory.mktemp("settings") / "one.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS))
    return [MODEL, "--configfile", str(settings)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, snakemake, words):
    """A folder in which the model was trained without a fault."""
    folder = tmp_path_factory.mktemp("undisturbed")
    done = snakemake(folder, *words)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def prepared(tmp_path, undisturbed):
    """A folder in which everything before the training is done."""
    folder = tmp_path / "run"
    shutil.copytree(undisturbed, folder)
    shutil.rmtree((folder / MODEL).parent)
    return folder


def start(command) -> subprocess.Popen:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def training_process(driver: subprocess.Popen, folder: Path) -> psutil.Process:
    """The process that trains, once it has finished two epochs."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        tables = list((folder / MODEL).parent.glob(".resume/*/history.csv"))
        if tables and len(pd.read_csv(tables[0])["epoch"].unique()) >= 2:
            children = psutil.Process(driver.pid).children(recursive=True)
            return max(children, key=lambda child: child.memory_info().rss)
        assert driver.poll() is None, "the workflow ended before it could be disturbed"
        time.sleep(0.02)
    raise AssertionError("training did not start")


def log_of_training(folder: Path) -> str:
    return (folder / "results/demo/rigidssl/logs/pretrain_synthetic_fixed_0.log").read_text()


def test_a_killed_driver_can_be_started_again(
    prepared, undisturbed, snakemake, snakemake_command, words
):
    driver = start(snakemake_command(prepared, *words))
    orphan = training_process(driver, prepared)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    refused = snakemake(prepared, *words)
    assert refused.returncode != 0
    assert "--unlock" in refused.stdout
    assert snakemake(prepared, *words, "--unlock").returncode == 0
    done = snakemake(prepared, *words)
    assert done.returncode == 0, done.stdout
    psutil.wait_procs([orphan], timeout=60)
    assert_same_results(prepared, undisturbed, RESULTS)


def test_a_killed_machine_resumes(prepared, undisturbed, snakemake, snakemake_command, words):
    driver = start(snakemake_command(prepared, *words))
    job = training_process(driver, prepared)
    os.kill(driver.pid, signal.SIGKILL)
    job.kill()
    driver.wait()
    psutil.wait_procs([job], timeout=10)
    assert snakemake(prepared, *words, "--unlock").returncode == 0
    assert snakemake(prepared, *words).returncode == 0
    assert "resuming from" in log_of_training(prepared)
    assert_same_results(prepared, undisturbed, RESULTS)


def test_a_second_driver_is_refused_and_harms_nothing(
    prepared, undisturbed, snakemake, snakemake_command, words
):
    driver = start(snakemake_command(prepared, *words))
    training_process(driver, prepared)
    second = snakemake(prepared, *words)
    assert second.returncode != 0
    assert driver.wait(180) == 0
    assert_same_results(prepared, undisturbed, RESULTS)
