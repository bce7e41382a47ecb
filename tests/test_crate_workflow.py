"""The copy of the workflow in a crate holds what it takes to install and run it."""

import tomllib

import pytest

from causeway.report.crate import workflow


@pytest.fixture(scope="module")
def copy(root, tmp_path_factory):
    target = tmp_path_factory.mktemp("crate") / "workflow"
    workflow.copy(root, target)
    return target


@pytest.fixture(scope="module")
def declared(copy):
    return tomllib.loads((copy / "pyproject.toml").read_text())


def test_every_file_that_the_build_reads_is_there(copy, declared):
    project, build = declared["project"], declared["tool"]["hatch"]
    names = [
        project["readme"],
        *project["license-files"],
        build["version"]["path"],
        *build["build"]["targets"]["wheel"]["packages"],
    ]
    assert [name for name in names if not (copy / name).exists()] == []


def test_what_runs_and_pins_it_is_there(copy):
    for name in ("Snakefile", "workflows/report.smk", "config/config.yaml", "envs/report.yaml"):
        assert (copy / name).is_file(), name
    assert "torch==" in (copy / "constraints.txt").read_text()


def test_a_step_is_found_in_the_copy(copy):
    assert (copy / workflow.module("causeway.report.crate.crate.crate")).is_file()


def test_no_bytecode_is_copied(copy):
    assert not [*copy.rglob("__pycache__"), *copy.rglob("*.pyc")]
