"""A run is regenerated from its crate to the same bits, and its results verify."""

import json

import pytest
from typer.testing import CliRunner

from causeway.cli import app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

RESULTS = "results/demo"


@pytest.fixture(scope="module")
def first(snakemake, tmp_path_factory):
    """A run with a setting of its own on the command line."""
    folder = tmp_path_factory.mktemp("first")
    done = snakemake(folder, "--config", "systems=[conformal]", "seed=3")
    assert done.returncode == 0, done.stdout[-5000:]
    return folder


@pytest.fixture(scope="module")
def again(snakemake, first, tmp_path_factory):
    """A run in a fresh folder, of which only the crate of the first is known."""
    folder = tmp_path_factory.mktemp("again")
    config = str(first / RESULTS / "report/config.yaml")
    done = snakemake(folder, "--configfile", config)
    assert done.returncode == 0, done.stdout[-5000:]
    return folder


def tables(folder):
    """Bytes of all tables of a run; benchmarks hold times, which no run repeats."""
    paths = [*folder.rglob("*.parquet"), *folder.rglob("*.tsv")]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if not {"benchmarks", "workflow"} & set(path.parts)
    }


def verify(folder, root, *words):
    return CliRunner().invoke(
        app, ["verify", "--root", str(root), "--directory", str(folder), *words]
    )


def test_the_tables_are_the_same_bits(first, again):
    before, after = tables(first / RESULTS), tables(again / RESULTS)
    assert "report/claims.tsv" in before
    assert sum(name.endswith(".parquet") for name in before) >= 5
    assert before == after


def test_the_configurations_are_the_same(first, again):
    files = [folder / RESULTS / "report/config.yaml" for folder in (first, again)]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert "\nseed: 3\n" in files[0].read_text()


def test_a_second_run_has_nothing_to_do(first, snakemake):
    done = snakemake(first, "--config", "systems=[conformal]", "seed=3")
    assert "Nothing to be done" in done.stdout


def test_the_results_verify(first, root):
    done = verify(first, root, "--strict")
    assert done.exit_code == 0, done.output
    assert "0 problems" in done.output
    assert "claims of 1 of 1 systems were judged again" in done.output


def test_all_jobs_behind_the_verdicts_are_in_the_crate(first):
    metadata = json.loads((first / RESULTS / "ro-crate-metadata.json").read_text())
    names = {entity["@id"] for entity in metadata["@graph"]}
    logs = (first / RESULTS / "conformal/logs").glob("*.json")
    behind = {f"#job/conformal/{path.stem}" for path in logs if not path.stem.startswith("draw")}
    assert behind <= names
    assert str(first) not in json.dumps(metadata)


def test_one_changed_byte_fails_and_is_named(again, root):
    path = sorted((again / RESULTS / "conformal").rglob("metrics.parquet"))[0]
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    done = verify(again, root)
    assert done.exit_code == 1
    assert f"{path.relative_to(again)}: its content has changed: sha256" in done.output
