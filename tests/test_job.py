"""The bridge between rules and functions."""

import json
import logging
import subprocess
import threading
from pathlib import Path

import pytest
from snakemake.iocontainers import (
    InputFiles,
    Log,
    OutputFiles,
    Params,
    ResourceList,
    Snakemake,
    Wildcards,
)

from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.job import arguments, call, drafts
from causeway.locks import alone


def named(files, given):
    """Fill a list of files as Snakemake does, where a name may stand for several files."""
    for name, value in given.items():
        start = len(files)
        files.extend([value] if isinstance(value, str) else value)
        files._set_name(name, start, end=None if isinstance(value, str) else len(files))
    return files


@pytest.fixture
def job(tmp_path):
    """Make a ``snakemake`` object as a script sees it."""

    def make(*, inputs=None, outputs=None, params=None, wildcards=None, seed=0):
        outputs = outputs or {"table": str(tmp_path / "out" / "table.tsv")}
        return Snakemake(
            named(InputFiles(), inputs or {}),
            OutputFiles(fromdict=outputs),
            Params(fromdict=params or {}),
            Wildcards(fromdict=wildcards or {}),
            2,
            ResourceList(fromdict={}),
            Log(fromdict={"log": str(tmp_path / "logs" / "step.log")}),
            {"seed": seed},
            "step",
            None,
            str(tmp_path / "workflows" / "scripts"),
        )

    return make


def write(*, table: Path) -> None:
    table.write_text("whole")


def test_types_follow_the_signature(job, tmp_path):
    source = tmp_path / "source.txt"
    source.write_text("x")
    seen = {}

    def step(*, source: Path, parts: list[Path], hardware: Hardware, seed: int, table: Path):
        seen.update(locals())
        table.write_text("done")

    call(
        step,
        job(
            inputs={"source": str(source), "parts": [str(source)]},
            params={"hardware": {"devices": "3"}, "code": "abc"},
            wildcards={"seed": "7", "dataset": "unused"},
        ),
    )
    assert seen["source"] == source
    assert seen["parts"] == [source]
    assert seen["hardware"] == Hardware(devices=3)
    assert seen["seed"] == 7
    assert (tmp_path / "out" / "table.tsv").read_text() == "done"


def test_a_misspelt_parameter_is_refused_by_name(job, tmp_path):
    def step(*, hardware: Hardware, table: Path):
        table.write_text("never")

    with pytest.raises(SystemExit, match=r"hardware\.device: Extra inputs"):
        call(step, job(params={"hardware": {"device": 3}}))
    assert not (tmp_path / "out" / "table.tsv").exists()
    assert "hardware.device" in (tmp_path / "logs" / "step.log").read_text()


def test_a_failed_step_changes_no_output(job, tmp_path):
    target = tmp_path / "out" / "table.tsv"
    target.parent.mkdir()
    target.write_text("old")

    def step(*, table: Path):
        table.write_text("half")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        call(step, job())
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["table.tsv"]
    assert "RuntimeError: broken" in (tmp_path / "logs" / "step.log").read_text()


def test_an_output_that_was_not_written_is_an_error(tmp_path):
    outputs = {"a": tmp_path / "a", "b": tmp_path / "b"}
    with pytest.raises(FileNotFoundError, match="did not write it"), drafts(outputs) as unfinished:
        unfinished["a"].write_text("only one")
    assert not outputs["a"].exists()


def test_bad_input_becomes_one_line(job, tmp_path):
    def step(*, table: Path):
        raise InputError("x.pdb: line 3", "no atoms", "Give a file with a backbone")

    with pytest.raises(SystemExit) as caught:
        call(step, job())
    assert str(caught.value) == "step: x.pdb: line 3: no atoms. Give a file with a backbone."
    assert "Traceback" not in (tmp_path / "logs" / "step.log").read_text()


def test_the_resume_folder_survives_failure_and_goes_with_success(job):
    folders = []

    def step(*, fail: bool, resume: Path, table: Path):
        folders.append(resume)
        before = len(list(resume.iterdir()))
        (resume / f"state{before}").touch()
        if before == 0:
            raise RuntimeError("killed")
        table.write_text(str(before))

    made = job(params={"fail": True})
    with pytest.raises(RuntimeError):
        call(step, made)
    assert folders[0].is_dir()
    call(step, made)
    assert folders[0] == folders[1]
    assert not folders[0].exists()


def test_the_resume_folder_depends_on_parameters_and_inputs(job, tmp_path):
    source = tmp_path / "source.txt"
    folders = []

    def step(*, source: Path, rate: float, resume: Path, table: Path):
        folders.append(resume)
        table.touch()

    for text, rate in (("a", 1.0), ("b", 1.0), ("b", 2.0), ("b", 2.0)):
        source.write_text(text)
        call(step, job(inputs={"source": str(source)}, params={"rate": rate}))
    assert len(set(folders)) == 3
    assert folders[2] == folders[3]


def test_success_removes_what_the_same_job_left_under_other_settings(job):
    folders = []

    def step(*, rate: float, resume: Path, table: Path):
        folders.append(resume)
        (resume / "state").touch()
        if rate < 3:
            raise RuntimeError("killed")
        table.touch()

    for rate, shard in ((1, "0"), (2, "0"), (1, "1")):
        with pytest.raises(RuntimeError):
            call(step, job(params={"rate": rate}, wildcards={"shard": shard}))
    stale, used, of_another = folders
    call(step, job(params={"rate": 3}, wildcards={"shard": "0"}))
    assert not stale.exists()
    assert not used.exists()
    assert (of_another / "state").exists(), "it belongs to another shard"


def test_seeds_differ_between_jobs_and_runs_but_not_between_attempts(job):
    def step(*, seed: int, table: Path):
        pass

    seeds = [
        arguments(step, job(wildcards={"shard": shard}, seed=seed))["seed"]
        for shard, seed in (("0", 0), ("0", 0), ("1", 0), ("0", 1))
    ]
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3


def test_the_record_names_inputs_versions_and_costs(job, tmp_path):
    source = tmp_path / "source.txt"
    source.write_text("x")

    def step(*, source: Path, table: Path):
        table.write_text(source.read_text())

    call(step, job(inputs={"source": str(source)}))
    record = json.loads((tmp_path / "logs" / "step.json").read_text())
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert record["inputs"]["<project>/source.txt"] == {"bytes": 1, "sha256": digest}
    assert record["outputs"][str(tmp_path / "out" / "table.tsv")]["sha256"] == digest
    assert record["seconds"] >= 0
    assert record["peak_rss_bytes"] > 2**20
    assert {"python", "numpy"} <= set(record["versions"])
    assert record["environment"].keys() == {"installed"}, "no rule's environment was made"
    assert record["workers"]["nodes"] == 1


def test_the_record_counts_runs_and_names_what_had_changed(job, tmp_path):
    def step(*, table: Path, draws: int):
        table.write_text(str(draws))

    for draws in (1, 2):
        call(step, job(params={"draws": draws, "code": "abc"}))
    record = json.loads((tmp_path / "logs" / "step.json").read_text())
    assert record["history"] == {"runs": 2, "changed": ["parameter draws"]}
    assert record["step"] == f"{__name__}.step"
    assert record["resumed"] is False


def test_the_record_says_when_work_was_resumed(job, tmp_path):
    def step(*, table: Path, resume: Path):
        unfinished = resume / "state"
        if not unfinished.exists():
            unfinished.write_text("half")
            raise RuntimeError
        table.write_text("whole")

    with pytest.raises(RuntimeError):
        call(step, job())
    call(step, job())
    record = json.loads((tmp_path / "logs" / "step.json").read_text())
    assert record["resumed"] is True
    assert record["history"]["runs"] == 1, "only runs that ended well leave a record"


def test_a_helper_process_publishes_nothing(job, tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    call(write, job())
    assert not (tmp_path / "out" / "table.tsv").exists()


def test_warnings_reach_the_log(job, tmp_path):
    def step(*, table: Path):
        logging.getLogger("x").warning("look here")
        table.touch()

    call(step, job())
    assert "WARNING x: look here" in (tmp_path / "logs" / "step.log").read_text()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named_and_leaves_nothing(job, small_disk):
    def step(*, table: Path):
        table.write_bytes(bytes(2**21))

    target = small_disk / "table.tsv"
    with pytest.raises(SystemExit, match=r"disk: No space left on device\. Free space there"):
        call(step, job(outputs={"table": str(target)}))
    assert list(small_disk.iterdir()) == []


def test_a_job_waits_for_the_orphan_of_a_killed_driver(job, tmp_path):
    table = tmp_path / "out" / "table.tsv"
    log = tmp_path / "logs" / "step.log"
    with alone(table):
        waiting = threading.Thread(target=call, args=(write, job()))
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert f"waiting for an earlier process that still works on {table}" in log.read_text()
        assert not table.exists()
    waiting.join(10)
    assert table.read_text() == "whole"
    assert [path.name for path in table.parent.iterdir()] == ["table.tsv"]


def test_a_new_job_leaves_the_log_to_an_orphan(job, tmp_path):
    log = tmp_path / "logs" / "step.log"
    log.parent.mkdir()
    with log.open("w") as old:
        call(write, job())
        old.write("words of the orphan")
    assert log.read_text() == ""


def test_a_helper_process_adds_to_the_log_of_the_job(job, tmp_path, monkeypatch):
    def step(*, table: Path):
        logging.getLogger("x").warning("look here")

    log = tmp_path / "logs" / "step.log"
    log.parent.mkdir()
    log.write_text("begun\n")
    monkeypatch.setenv("LOCAL_RANK", "1")
    call(step, job())
    begun, added = log.read_text().splitlines()
    assert begun == "begun"
    assert added.endswith("WARNING x: look here")
