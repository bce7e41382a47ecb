"""The profiles agree with one another and with the rules."""

import pytest
import yaml

from rules import ROOT, scripted_rules

DEFAULT, SLURM = (
    yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
    for name in ("default", "slurm")
)
RULES = {rule.name: rule for rule in scripted_rules()}
GROUPED = [entry.partition("=")[0] for entry in SLURM["groups"]]
ARRAYS = [name.strip() for name in SLURM["slurm-array-jobs"].split(",")]


def test_the_default_hides_nothing_of_the_cluster():
    # Snakemake lets the profile beside the Snakefile win over the one that --profile names.
    assert all(SLURM[key] == DEFAULT[key] for key in DEFAULT.keys() & SLURM.keys())
    assert "default-resources" not in DEFAULT


@pytest.mark.parametrize("name", GROUPED + ARRAYS)
def test_rules_that_are_batched_exist_and_do_not_train(name):
    assert not RULES[name].retries


def test_every_setting_is_explained():
    lines = (ROOT / "profiles" / "slurm" / "config.yaml").read_text().splitlines()
    for line, before in zip(lines[1:], lines, strict=False):
        is_setting = line.strip() and not line.lstrip().startswith(("#", "-"))
        assert not is_setting or before.lstrip().startswith("#"), line
