"""The profiles agree with one another and with the rules."""

import logging
from types import SimpleNamespace

import pytest
import yaml
from snakemake_executor_plugin_slurm import Executor

from rules import ROOT, scripted_rules

DEFAULT, SLURM, FULL = (
    yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
    for name in ("default", "slurm", "full")
)
RULES = {rule.name: rule for rule in scripted_rules()}
GROUPED = [entry.partition("=")[0] for entry in SLURM["groups"]]


def test_the_default_hides_nothing_of_the_cluster():
    # Snakemake lets the profile beside the Snakefile win over the one that --profile names.
    assert all(SLURM[key] == DEFAULT[key] for key in DEFAULT.keys() & SLURM.keys())
    assert "default-resources" not in DEFAULT


@pytest.mark.parametrize("name", GROUPED)
def test_rules_that_are_batched_exist_and_do_not_train(name):
    assert not RULES[name].retries


def test_there_are_no_arrays_as_the_plugin_forgets_jobs_when_more_are_ready():
    ready = [
        SimpleNamespace(is_group=lambda: False, rule=SimpleNamespace(name="evaluate"))
        for _ in range(5)
    ]
    submitted = []
    executor = SimpleNamespace(
        array_jobs={"evaluate"},
        max_array_size=1000,
        workflow=SimpleNamespace(dag=SimpleNamespace(ready_jobs=ready[2:])),
        logger=logging.getLogger(__name__),
        _main_event_loop=object(),
        _submit_job=submitted.append,
        _submit_array_jobs=submitted.extend,
    )
    Executor.run_jobs(executor, ready[:2])
    assert not submitted, "the plugin is mended: docs/running.md and the profile may have arrays"
    assert "slurm-array-jobs" not in SLURM


def test_the_full_profile_takes_nothing_from_that_of_the_cluster():
    # Beside it, the default is not picked up.
    assert FULL.keys() == {"set-resources"}
    assert "set-resources" not in SLURM
    assert DEFAULT.keys() - SLURM.keys() == {"printshellcmds"}
    assert not DEFAULT["printshellcmds"]


@pytest.mark.parametrize("name", FULL["set-resources"])
def test_only_what_goes_on_where_it_ended_is_tried_often(name):
    often = FULL["set-resources"][name].get("retries", 0)
    assert RULES[name].retries or not often


@pytest.mark.parametrize("profile", ["slurm", "full"])
def test_every_setting_is_explained(profile):
    lines = (ROOT / "profiles" / profile / "config.yaml").read_text().splitlines()
    for line, before in zip(lines[1:], lines, strict=False):
        is_setting = line.strip() and not line.lstrip().startswith(("#", "-"))
        assert not is_setting or before.lstrip().startswith("#"), line
