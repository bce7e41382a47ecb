"""Every step that keeps unfinished work is killed once, and ends as if it had not been."""

import json
import shutil
import signal
import subprocess
import time
from importlib import import_module
from inspect import signature
from pathlib import Path

import psutil
import pytest

from rules import Rule, scripted_rules, step
from same_results import assert_same_results

JOBS = {
    "gidd_train": "train_synthetic_0",
    "gim_train": "train_linear_linear",
    "lcd_denoise": "denoise_counts_fold0_lcd_0",
    "lcd_train": "train_linear_fold0_lcd_0",
    "phenformer_embed": "embed_world_phenformer_0",
    "phenformer_hypothesise": "hypothesise_world_phenformer_0",
    "phenformer_learn": "learn_world_phenformer_0",
    "phenformer_risk": "risk_world_phenformer_0_expression",
    "rigidssl_pretrain": "pretrain_synthetic_fixed_0",
    "stadion_train": "train_linear_known",
}
"""The record of a job of each such rule, in the demo."""
LEFT_OUT = {"phenformer_contest"}
"""The demo leaves out the one baseline that is trained."""


def test_no_such_rule_is_forgotten():
    keeping = {rule.name for rule in scripted_rules() if "resume" in keywords(rule)}
    fetching = {name for name in keeping if name.endswith("_fetch") or name.startswith("data_")}
    assert keeping - fetching - LEFT_OUT == JOBS.keys()


def keywords(rule: Rule) -> set[str]:
    home, name = step(rule)
    return set(signature(getattr(import_module(home), name)).parameters)


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


@pytest.mark.slow
@pytest.mark.parametrize("rule", JOBS)
def test_a_killed_step_ends_with_the_results_of_an_undisturbed_one(
    rule, demo, tmp_path, snakemake_command
):
    system = Path("results/demo") / rule.partition("_")[0]
    record = system / "logs" / f"{JOBS[rule]}.json"
    whole = outputs(demo / record)
    shutil.copytree(demo / system, tmp_path / system, symlinks=True)
    for path in whole:
        (shutil.rmtree if (tmp_path / path).is_dir() else Path.unlink)(tmp_path / path)
    command = snakemake_command(tmp_path, str(whole[0]))
    with (tmp_path / "told.txt").open("w") as told:
        driver = subprocess.Popen(command, stdout=told, stderr=told)
        worker(driver, (tmp_path / whole[0]).parent).send_signal(signal.SIGKILL)
        assert driver.wait(300) == 0, (tmp_path / "told.txt").read_text()[-5000:]
    assert json.loads((tmp_path / record).read_text())["resumed"]
    assert_same_results(demo, tmp_path, whole)
    assert not list((tmp_path / whole[0]).parent.glob(".resume/*/*"))
