"""Results that were changed, lost or mixed are found and named; sound ones pass."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from causeway import metrics
from causeway.claims import table
from causeway.claims.claims import claims
from causeway.cli import app
from causeway.fingerprint import digest
from causeway.metrics import Metric
from causeway.provenance import SMALL, identities, identity
from causeway.verification.files import TOUCHED, difference
from causeway.verification.verdicts import differences

DEFINITIONS = """
holds:
  says: The rate is two.
  paper: {arxiv: "2601.00001", where: Table 1}
  published: [{value: 2.0, mark: seen}]
  metric: rate
  test: {kind: bound, variant: plain, at_least: 1.0}
  scale: [demo]
"""


@pytest.fixture
def project(root, tmp_path):
    """A project in which two toy jobs, an evaluation and its judging, have left records."""
    shutil.copytree(root / "config", tmp_path / "config")
    folder = tmp_path / "results/demo/toy"
    (folder / "logs").mkdir(parents=True)
    (tmp_path / "config/claims/toy.yaml").write_text(DEFINITIONS)
    raw = tmp_path / "results/data/raw.txt"
    raw.parent.mkdir()
    raw.write_text("measured")
    rows = [
        Metric(
            system="toy",
            dataset="d",
            variant="plain",
            seed=seed,
            metric="rate",
            value=2 + seed / 100,
            n=5,
        )
        for seed in range(3)
    ]
    metrics.write(rows, folder / "metrics.parquet")
    given = {"scale": "demo", "system": "toy", "synthetic": [], "redrawn": []}
    claims(
        metrics=[folder / "metrics.parquet"],
        claims=tmp_path / "config/claims/toy.yaml",
        judged=folder / "claims.tsv",
        **given,
    )
    _record(tmp_path, "evaluate", ["results/data/raw.txt"], ["metrics.parquet"], {})
    judging = given | {"code": digest("causeway.claims.claims")}
    read = ["results/demo/toy/metrics.parquet", tmp_path / "config/claims/toy.yaml"]
    _record(tmp_path, "claims", read, ["claims.tsv"], judging)
    return tmp_path


def _record(project, rule, inputs, outputs, params):
    here = Path("results/demo/toy")
    before = Path.cwd()
    os.chdir(project)
    try:
        content = {
            "rule": f"toy_{rule}",
            "step": "causeway.claims.claims.claims",
            "started": "2026-01-01T00:00:00+00:00",
            "params": params,
            "inputs": identities(map(Path, inputs), project),
            "outputs": identities(Path(os.path.normpath(here / path)) for path in outputs),
        }
    finally:
        os.chdir(before)
    (project / here / "logs" / f"{rule}.json").write_text(json.dumps(content))


def verify(project, *words, status=0):
    result = CliRunner().invoke(app, ["verify", "--root", str(project), *words])
    assert result.exit_code == status, result.output
    return result.output


def edit(project, rule, change):
    path = project / "results/demo/toy/logs" / f"{rule}.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def test_sound_results_pass_and_say_how_they_were_checked(project):
    text = verify(project)
    assert "2 jobs; files checked: 4 by sha256" in text
    assert "claims of 1 of 1 systems were judged again" in text
    assert "0 problems" in text


@pytest.mark.parametrize(
    "name", ["demo/toy/metrics.parquet", "demo/toy/claims.tsv", "data/raw.txt"]
)
def test_one_changed_byte_is_named(project, name):
    path = project / "results" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    text = verify(project, status=1)
    assert f"results/{name}: its content has changed: sha256" in text


def test_a_longer_and_a_lost_file_are_named(project):
    with (project / "results/data/raw.txt").open("a") as file:
        file.write("!")
    (project / "results/demo/toy/claims.tsv").unlink()
    text = verify(project, status=1)
    assert "raw.txt: has 9 bytes, 8 were recorded (read by toy_evaluate). Run snakemake" in text
    assert "claims.tsv: is missing (made by toy_claims). Run snakemake again; if" in text
    assert "2 problems" in text


def test_a_changed_definition_of_a_claim_is_named(project):
    path = project / "config/claims/toy.yaml"
    path.write_text(path.read_text().replace("at_least: 1.0", "at_least: 9.0"))
    text = verify(project, status=1)
    assert "toy.yaml: its content has changed" in text
    assert "claims of 0 of 1 systems were judged again" in text


def test_a_verdict_that_does_not_follow_from_its_metrics_is_named(project):
    path = project / "results/demo/toy/claims.tsv"
    path.write_text(path.read_text().replace("\treproduced\t", "\tinconclusive\t"))
    edit(project, "claims", lambda record: record.update(outputs=_known(project, record)))
    text = verify(project, status=1)
    assert "claim holds on d stands as 'inconclusive', but is 'reproduced' by" in text
    assert "1 problems" in text


def _known(project, record):
    return {path: identity(project / path) for path in record["outputs"]}


def test_a_job_that_read_another_version_than_was_written_is_named(project):
    def swap(record):
        record["inputs"]["results/demo/toy/metrics.parquet"]["sha256"] = "0" * 64

    edit(project, "claims", swap)
    text = verify(project, status=1)
    assert "metrics.parquet: toy_evaluate recorded another version of it than toy_claims" in text


def test_of_two_jobs_that_wrote_a_file_the_latest_counts(project):
    logs = project / "results/demo/toy/logs"
    shutil.copy(logs / "evaluate.json", logs / "aforetime.json")

    def age(record):
        record["started"] = "2025-01-01T00:00:00+00:00"
        record["outputs"]["results/demo/toy/metrics.parquet"]["sha256"] = "0" * 64

    edit(project, "aforetime", age)
    assert "2 jobs" in verify(project)


def test_code_that_has_changed_is_told_and_fails_on_demand_only(project):
    edit(project, "claims", lambda record: record["params"].update(code="0" * 12))
    text = verify(project)
    assert "causeway.claims.claims.claims: its code has changed since 1 jobs ran" in text
    assert "0 problems" in text
    verify(project, "--strict", status=1)


def test_a_project_that_moved_is_sound(project, tmp_path_factory):
    there = tmp_path_factory.mktemp("elsewhere") / "project"
    shutil.move(project, there)
    assert "0 problems" in verify(there)


def test_results_of_another_folder_are_found(project, root):
    result = CliRunner().invoke(
        app, ["verify", "--root", str(root), "--directory", str(project), "--scale", "demo"]
    )
    # Definitions of claims come with the project, and this one knows no toy.
    assert "<project>/config/claims/toy.yaml: is missing" in result.output
    assert "1 problems" in result.output


@pytest.mark.parametrize("words", [[], ["--data", "data"]])
def test_results_that_were_asked_for_and_are_not_there_are_bad_input(project, words):
    (project / "data").mkdir()
    words = [str(project / word) if word == "data" else word for word in words]
    text = verify(project, "--scale", "small", *words, status=2)
    assert "results/small: there are no results at scale small. Run snakemake first" in text
    shutil.rmtree(project / "results/demo")
    text = verify(project, status=2)
    assert "results/demo: there are no results at scale demo. Run snakemake first" in text


def test_results_of_which_nothing_can_be_compared_are_bad_input(project):
    (project / "results/small").mkdir()
    text = verify(project, "--scale", "small", status=2)
    assert "results/small: no job left a record here" in text
    for record in project.glob("results/demo/*/logs/*.json"):
        record.unlink()
    text = verify(project, status=2)
    assert "results/demo: no job left a record here (*/logs/*.json)" in text
    assert "what has lost its record must be removed first" in text


def test_raw_data_asked_for_alone_must_be_there(project):
    empty = project / "empty"
    empty.mkdir()
    text = verify(project, "--data", str(empty), status=2)
    assert "empty: holds no file of the registry and no shard" in text


@pytest.mark.parametrize("rule", ["evaluate", "claims"])
def test_a_result_whose_record_was_removed_is_named(project, rule):
    made = {"evaluate": "metrics.parquet", "claims": "claims.tsv"}[rule]
    (project / f"results/demo/toy/logs/{rule}.json").unlink()
    text = verify(project, status=1)
    assert f"results/demo/toy/{made}: no record tells of a job that made it. Remove it" in text
    assert "1 jobs;" in text
    assert "1 problems" in text


def test_what_is_about_jobs_or_unfinished_needs_no_record(project):
    toy = project / "results/demo/toy"
    for name in (
        "logs/evaluate.log",
        "benchmarks/evaluate.tsv",
        ".resume/toy_train-1-2/last.ckpt",
        "d/.model.ckpt.part/model.ckpt",
        "d/.model.ckpt.lock",
        "../report.html",
        "../.snakemake_timestamp",
    ):
        path = toy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert "0 problems" in verify(project)
    (toy / "d/logs").mkdir()
    (toy / "d/logs/figure.svg").touch()
    (toy / "d/report.html").touch()
    text = verify(project, status=1)
    assert "results/demo/toy/d: no record tells of a job that made its 2 files" in text
    assert "1 problems" in text


def test_a_folder_that_a_job_made_is_one_result(project):
    part = project / "results/demo/toy/runs/0"
    part.mkdir(parents=True)
    (part / "model.ckpt").write_text("weights")
    _record(project, "train", [], ["runs/0"], {})
    assert "0 problems" in verify(project)
    (part.parent / "1").mkdir()
    (part.parent / "1/model.ckpt").write_text("weights")
    text = verify(project, status=1)
    assert "results/demo/toy/runs/1: no record tells of a job that made its 1 files" in text


@pytest.fixture
def crated(project):
    """The project after its crate was written, without the crate's own record."""
    toy = project / "results/demo/toy"
    entities = [
        {"@id": "./", "@type": "Dataset", "name": "crate"},
        {"@id": "https://x.org/f.gz", "@type": "File", "name": "f.gz", "sha256": "0" * 64},
        {"@id": "#job/toy/claims", "@type": "CreateAction", "name": "toy_claims"},
    ]
    for name in ("metrics.parquet", "claims.tsv"):
        known = identity(toy / name)
        size, digest = str(known["bytes"]), known["sha256"]
        entity = {"@id": f"toy/{name}", "@type": "File", "name": name}
        entities.append(entity | {"contentSize": size, "sha256": digest})
    for rule in ("evaluate", "claims"):
        title = f"Record of toy_{rule}"
        entities.append({"@id": f"toy/logs/{rule}.json", "@type": "File", "name": title})
    (project / "results/demo/ro-crate-metadata.json").write_text(json.dumps({"@graph": entities}))
    (project / "results/demo/report").mkdir()
    _record(project, "crate", [], ["../ro-crate-metadata.json"], {})
    return project


def test_a_sound_crate_passes(crated):
    text = verify(crated)
    assert "4 files and folders held to the list of the run's crate" in text
    assert "0 problems" in text


def test_without_a_crate_it_is_said_that_there_is_none(project):
    assert "no crate, which a whole run leaves" in verify(project)


def test_a_job_removed_with_all_that_it_made_is_missed_by_the_crate(crated):
    toy = crated / "results/demo/toy"
    for path in (toy / "logs/claims.json", toy / "claims.tsv"):
        path.unlink()
    text = verify(crated, status=1)
    assert "toy/claims.tsv: is missing (ro-crate-metadata.json lists it: claims.tsv)" in text
    assert "logs/claims.json: is missing (ro-crate-metadata.json lists it: Record of" in text
    assert "2 problems" in text


def test_a_result_changed_together_with_its_record_departs_from_the_crate(crated):
    path = crated / "results/demo/toy/claims.tsv"
    path.write_text(path.read_text() + "\n")
    edit(crated, "claims", lambda record: record.update(outputs=_known(crated, record)))
    text = verify(crated, status=1)
    found = path.stat().st_size
    assert f"toy/claims.tsv: has {found} bytes, {found - 1} were recorded (ro-crate-" in text


def test_a_changed_result_is_told_once(crated):
    (crated / "results/demo/toy/metrics.parquet").write_text("nothing")
    assert "1 problems" in verify(crated, status=1)


def test_a_crate_that_cannot_be_read_is_named(crated):
    (crated / "results/demo/ro-crate-metadata.json").write_text("{}")
    text = verify(crated, status=2)
    assert "ro-crate-metadata.json: are no metadata of a crate (KeyError('@graph'))" in text


@pytest.mark.parametrize(
    ("later", "touched", "told"),
    [(0, False, False), (5, True, False), (5, False, True), (TOUCHED + 5, True, True)],
)
def test_large_files_are_known_by_their_time(later, touched, told):
    recorded = {"bytes": SMALL + 1, "modified": 1000.0}
    found = {"bytes": SMALL + 1, "modified": 1000.0 + later}
    assert (difference(recorded, found, touched=touched) is not None) == told


def test_a_record_by_time_of_what_is_now_hashed_is_told():
    recorded = {"files": 1, "bytes": 9, "modified": 1000.0}
    found = {"files": 1, "bytes": 9, "sha256": "a" * 64}
    assert "earlier form" in difference(recorded, found, touched=True)


def test_a_folder_is_known_by_names_and_contents_not_by_snakemakes_mark(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part/a").write_text("x")
    before = identity(tmp_path)
    assert (before["files"], before["bytes"]) == (1, 1)
    (tmp_path / ".snakemake_timestamp").touch()
    assert identity(tmp_path) == before
    (tmp_path / "part/a").rename(tmp_path / "part/b")
    assert difference(before, identity(tmp_path), touched=True).startswith("its content has")


def judged(**columns):
    row = dict.fromkeys(table.COLUMNS, "") | dict.fromkeys(table.NUMBERS, 1.0)
    return pd.DataFrame([row | {"claim": "c", "dataset": "d", "verdict": "reproduced"} | columns])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, []),
        ({"estimate": 1 + 1e-12}, []),
        ({"low": float("nan")}, ["claim c on d has other values in low"]),
        ({"reason": "why"}, ["claim c on d has other values in reason"]),
        (
            {"claim": "e"},
            ["claim e on d stands there, but follows from no metrics", "claim c on d is missing"],
        ),
    ],
)
def test_tables_of_claims_are_compared_by_row(columns, told):
    assert list(differences(judged(), judged(**columns))) == told
