"""Outputs on which Snakemake has no notes, as after a driver that was killed."""

import json
import shutil
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import yaml

LAW = "results/demo/conformal/law/exact/seed0/metrics.parquet"
TABLE = "results/demo/conformal/law/coverage-law.tsv"
RECORD = "results/demo/conformal/logs/tabulate.json"
NOTES = ".snakemake/metadata"
NOTHING = "Nothing to be done"
AGAIN = "rule conformal_tabulate:"


@pytest.fixture(scope="module")
def ended(tmp_path_factory, snakemake) -> Path:
    """A folder of a job that has ended."""
    folder = tmp_path_factory.mktemp("ended")
    done = snakemake(folder, LAW)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def unseen(ended, tmp_path) -> Path:
    """The same, but that no driver has seen it."""
    folder = tmp_path / "unseen"
    shutil.copytree(ended, folder)
    shutil.rmtree(folder / NOTES)
    return folder


@pytest.fixture
def others(tmp_path) -> list[str]:
    """Words that give the job another parameter."""
    path = tmp_path / "others.yaml"
    path.write_text(yaml.safe_dump({"conformal": {"audit": {"slack": 0.06}}}))
    return ["--configfile", str(path)]


def mark(folder: Path) -> None:
    """Say, as Snakemake does, that the job was begun and not seen to end."""
    for path in json.loads((folder / RECORD).read_text())["outputs"]:
        name = urlsafe_b64encode(path.encode()).decode()
        (folder / ".snakemake/incomplete" / name).write_text('{"external_jobid": "1"}')


def test_the_record_of_a_job_stands_for_its_driver(unseen, snakemake, others):
    assert NOTHING in snakemake(unseen, LAW, "--dry-run").stdout
    assert not list((unseen / NOTES).iterdir()), "a dry run notes nothing"
    assert NOTHING in snakemake(unseen, LAW).stdout
    assert len(list((unseen / NOTES).iterdir())) == 3
    assert "Params have changed" in snakemake(unseen, LAW, "--dry-run", *others).stdout


def test_a_mark_is_lifted_where_the_record_proves_the_end(unseen, snakemake):
    mark(unseen)
    assert NOTHING in snakemake(unseen, LAW).stdout
    assert not list((unseen / ".snakemake/incomplete").iterdir())


def test_a_mark_holds_where_an_output_is_not_the_recorded_one(unseen, snakemake):
    mark(unseen)
    with (unseen / TABLE).open("a") as table:
        table.write("half a line")
    assert AGAIN in snakemake(unseen, LAW, "--dry-run").stdout


def test_a_mark_holds_where_there_is_no_record(unseen, snakemake):
    mark(unseen)
    (unseen / RECORD).unlink()
    assert AGAIN in snakemake(unseen, LAW, "--dry-run").stdout


def test_a_mark_holds_where_the_record_is_of_another_form(unseen, snakemake):
    mark(unseen)
    (unseen / RECORD).write_text("{}")
    assert AGAIN in snakemake(unseen, LAW, "--dry-run").stdout


def test_an_end_on_other_inputs_is_made_again(unseen, snakemake):
    """The times of the inputs do not tell: Snakemake compares small ones with its own note."""
    record = json.loads((unseen / RECORD).read_text())
    next(iter(record["inputs"].values()))["sha256"] = "0" * 64
    (unseen / RECORD).write_text(json.dumps(record))
    assert AGAIN in snakemake(unseen, LAW, "--dry-run").stdout


def test_without_a_mark_times_of_large_files_are_left_to_snakemake(unseen, snakemake):
    record = json.loads((unseen / RECORD).read_text())
    for known in (*record["inputs"].values(), *record["outputs"].values()):
        del known["sha256"]
        known["modified"] = 0
    (unseen / RECORD).write_text(json.dumps(record))
    assert NOTHING in snakemake(unseen, LAW).stdout
    assert not list((unseen / NOTES).iterdir())
    mark(unseen)
    assert AGAIN in snakemake(unseen, LAW, "--dry-run").stdout


def test_a_list_of_changes_notes_nothing(unseen, snakemake):
    listed = snakemake(unseen, LAW, "--list-changes", "input")
    assert listed.returncode == 0, listed.stdout
    assert not list((unseen / NOTES).iterdir())


def test_an_end_under_other_settings_is_made_again_unless_parameters_do_not_count(
    unseen, snakemake, others
):
    assert AGAIN in snakemake(unseen, LAW, "--dry-run", *others).stdout
    words = ["--dry-run", *others, "--rerun-triggers", "mtime"]
    assert NOTHING in snakemake(unseen, LAW, *words).stdout
