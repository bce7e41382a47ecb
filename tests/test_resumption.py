"""Every step that keeps unfinished work is killed once, and ends as if it had not been."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from same_results import assert_same_results

pytestmark = pytest.mark.slow

JOBS = [
    "gidd/logs/train_synthetic_0",
    "gim/logs/train_linear_linear",
    "lcd/logs/denoise_counts_fold0_lcd_0",
    "lcd/logs/train_linear_fold0_lcd_0",
    "phenformer/logs/embed_world_phenformer_0",
    "phenformer/logs/hypothesise_world_phenformer_0",
    "phenformer/logs/learn_world_phenformer_0",
    "phenformer/logs/risk_world_phenformer_0_expression",
    "rigidssl/logs/pretrain_synthetic_fixed_0",
    "stadion/logs/train_linear_known",
]
"""Records of a job of each such rule, from the folder of the demo's results.

That of phenformer's baselines is not among them, as the demo leaves out the one that is trained.
"""


def outputs(record: Path) -> list[Path]:
    return [Path(path) for path in json.loads(record.read_text())["outputs"]]


def worker(driver: subprocess.Popen, place: Path) -> psutil.Process:
    """The process of a job, once it has left something to resume from."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if any(path.is_file() for path in place.glob(".resume/*/**/*")):
            children = psutil.Process(driver.pid).children(recursive=True)
            return max(children, key=lambda child: child.memory_info().rss)
        assert driver.poll() is None, "the job ended before it could be killed"
        time.sleep(0.02)
    raise AssertionError("the job kept nothing")


@pytest.mark.parametrize("job", JOBS)
def test_a_killed_step_ends_with_the_results_of_an_undisturbed_one(
    job, demo, tmp_path, snakemake_command
):
    whole = outputs(demo / "results/demo" / f"{job}.json")
    system = Path("results/demo") / job.partition("/")[0]
    shutil.copytree(demo / system, tmp_path / system, symlinks=True)
    for path in whole:
        (shutil.rmtree if (tmp_path / path).is_dir() else Path.unlink)(tmp_path / path)
    command = snakemake_command(tmp_path, str(whole[0]), "--retries", "1")
    with (tmp_path / "told.txt").open("w") as told:
        driver = subprocess.Popen(command, stdout=told, stderr=told)
        worker(driver, (tmp_path / whole[0]).parent).send_signal(signal.SIGKILL)
        assert driver.wait(300) == 0, (tmp_path / "told.txt").read_text()[-5000:]
    assert json.loads((tmp_path / "results/demo" / f"{job}.json").read_text())["resumed"]
    assert_same_results(demo, tmp_path, whole)
    assert not list((tmp_path / whole[0]).parent.glob(".resume/*/*"))
