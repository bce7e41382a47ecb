"""Every step finds what it imports in the environment of its rule, and versions agree."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from causeway.fingerprint import imports
from rules import ROOT, scripted_rules
from test_contract import step

ENVS = sorted((ROOT / "envs").glob("*.yaml"))
ON_CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
FROM_THE_BRIDGE = "causeway.job"


def pins(path):
    """Names and versions that an environment file asks for."""
    words = (entry.split("=", 1) for entry in yaml.safe_load(path.read_text())["dependencies"])
    return {name.strip(): number.strip("= ") for name, number in words}


def distributions(module):
    """Distributions that a step imports, itself and through the bridge."""
    owners = packages_distributions()
    foreign = (imports(module) | imports(FROM_THE_BRIDGE)) - set(sys.stdlib_module_names)
    names = {owners[name][0].lower() for name in foreign if name in owners}
    return {ON_CONDA.get(name, name) for name in names}


@pytest.mark.parametrize("rule", scripted_rules(), ids=lambda rule: rule.name)
def test_a_rule_finds_its_imports(rule):
    missing = distributions(step(rule)[0]) - set(pins(rule.conda))
    assert not missing, f"add to {rule.conda.name}"


@pytest.mark.parametrize("path", ENVS, ids=lambda path: path.stem)
def test_environments_are_pinned_to_what_is_tested(path):
    content = yaml.safe_load(path.read_text())
    assert content["channels"][0] == "conda-forge"
    assert "nodefaults" in content["channels"]
    for name, number in pins(path).items():
        assert re.fullmatch(r"\d+(\.\d+)*", number), f"{name} is not pinned"
        if name == "python":
            continue
        known = {conda: pypi for pypi, conda in ON_CONDA.items()}.get(name, name)
        tested = version(known).split("+")[0]
        assert Version(tested).release[: number.count(".") + 1] == Version(number).release, name


def test_all_environments_use_one_python():
    assert {pins(path)["python"] for path in ENVS} == {"3.11"}


def test_constraints_satisfy_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = chain(*project["optional-dependencies"].values())
    wanted = [Requirement(text) for text in [*project["dependencies"], *extras]]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    tested = {name.lower().replace("_", "-"): number for name, number in tested.items()}
    for need in wanted:
        if need.name != "causeway":
            assert need.specifier.contains(tested[need.name.lower()]), need
