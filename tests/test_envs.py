"""Environments hold what the steps of their rules import, no more, in the versions tested."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, version
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from rattler import BuildString, MatchSpec, PackageRecord

from causeway.fingerprint import imports
from environments import ENVS, pins, specs
from rules import ROOT, scripted_rules
from test_contract import step

ON_CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
ON_PYPI = {conda: pypi for pypi, conda in ON_CONDA.items()}
FROM_THE_BRIDGE = "causeway.job"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SPEC = r"[a-z0-9][a-z0-9._-]* =\d+(\.\d+)*"

every_environment = pytest.mark.parametrize("path", ENVS, ids=lambda path: path.stem)


def requirements():
    """What the project asks for, its extras included."""
    extras = chain(*PROJECT["optional-dependencies"].values())
    needs = map(Requirement, [*PROJECT["dependencies"], *extras])
    return [need for need in needs if need.name != PROJECT["name"]]


@cache
def installed():
    """Distributions by the names that they are imported with."""
    return packages_distributions()


def distributions(module):
    """Distributions that a step imports, itself and through the bridge."""
    owners = installed()
    foreign = (imports(module) | imports(FROM_THE_BRIDGE)) - set(sys.stdlib_module_names)
    names = {owners[name][0].lower() for name in foreign if name in owners}
    if "pandas" in names:
        names.add("pyarrow")  # what it reads and writes Parquet with
    return {ON_CONDA.get(name, name) for name in names}


def counterpart(name):
    """Version of the installed package that a conda package stands for."""
    return version(ON_PYPI.get(name, name)).split("+")[0]


@pytest.mark.parametrize("rule", scripted_rules(), ids=lambda rule: rule.name)
def test_a_rule_finds_its_imports(rule):
    missing = distributions(step(rule)[0]) - set(pins(rule.conda))
    assert not missing, f"add to {rule.conda.name}"


def test_every_environment_is_some_rules_and_every_rule_has_one():
    assert {rule.conda for rule in scripted_rules()} == set(ENVS)


@every_environment
def test_an_environment_holds_nothing_that_its_rules_do_not_import(path):
    modules = {step(rule)[0] for rule in scripted_rules() if rule.conda == path}
    needed = {"python"}.union(*map(distributions, modules))
    assert not set(pins(path)) - needed, f"remove from {path.name}"


@every_environment
def test_environments_are_pinned_to_what_is_tested(path):
    content = yaml.safe_load(path.read_text())
    assert content["channels"][0] == "conda-forge"
    assert "nodefaults" in content["channels"]
    for name, number in pins(path).items():
        assert re.fullmatch(r"\d+(\.\d+)*", number), f"{name} is not pinned"
        if name == "python":
            continue
        installed_here = Version(counterpart(name)).release
        assert installed_here[: number.count(".") + 1] == Version(number).release, name


@every_environment
def test_pins_satisfy_the_project(path):
    """Not only the version tested: every one that a solver may choose."""
    allowed = {"python": SpecifierSet(PROJECT["requires-python"])}
    for need in requirements():
        name = need.name.lower()
        allowed[ON_CONDA.get(name, name)] = need.specifier
    for name, number in pins(path).items():
        for chosen in (number, f"{number}.9999"):
            assert allowed.get(name, SpecifierSet()).contains(chosen), f"{name} {chosen}"


@every_environment
def test_a_solver_understands_the_pins(path):
    """The solver's parser takes what is no specification, hence the pattern before it."""
    for spec in specs(path):
        assert re.fullmatch(SPEC, spec), spec
        name, number = spec.split(" =")
        understood = MatchSpec(spec, strict=True)
        right = "3.11.9" if name == "python" else counterpart(name)
        *before, last = number.split(".")
        next_one = ".".join([*before, str(int(last) + 1)])
        for chosen, wanted in ((right, True), (next_one, False)):
            record = PackageRecord(name, chosen, BuildString("0"), 0, "noarch")
            assert understood.matches(record) is wanted, f"{spec} and {chosen}"


def test_all_environments_use_one_python():
    assert {pins(path)["python"] for path in ENVS} == {"3.11"}


def test_constraints_satisfy_the_project():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {name.lower().replace("_", "-"): number for name, number in pinned.items()}
    for need in requirements():
        assert need.specifier.contains(pinned[need.name.lower()]), need
