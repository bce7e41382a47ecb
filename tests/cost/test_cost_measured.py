"""The table of what jobs took, which plans read when they are given no records."""

import pytest
from typer.testing import CliRunner

from causeway.cli import app
from causeway.cost import measured
from causeway.cost.records import Recorded
from causeway.errors import InputError

HEADER = "\t".join(Recorded.model_fields)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / measured.TABLE).write_text(f"{HEADER}\n")
    return tmp_path


def took(scale, seconds, **given):
    fixed = {"rule": "toy_train", "jobs": 2, "longest": 1.0, "peak_bytes": 9, "machine": "toy"}
    return Recorded(**fixed | {"scale": scale, "cpu_seconds": seconds} | given)


def test_what_is_kept_is_read_again_for_its_scale_or_else_from_the_largest_jobs(folder):
    demo, small = took("demo", 1.5, written=7), took("small", 9.0)
    path = measured.keep(folder, [small, demo])
    assert measured.read(folder, "demo") == {"toy_train": demo}
    assert measured.read(folder, "small") == {"toy_train": small}
    assert measured.read(folder, "full") == {"toy_train": small}
    before = path.read_text()
    measured.keep(folder, [demo])
    assert path.read_text() == before
    again = took("demo", 2.5)
    measured.keep(folder, [again])
    assert measured.read(folder, "demo") == {"toy_train": again}
    assert len(path.read_text().splitlines()) == 3


def test_a_table_that_cannot_be_used_is_named(folder):
    path = measured.keep(folder, [took("demo", 1.0)])
    text = path.read_text()
    path.write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(InputError, match="line 3: occurs twice"):
        measured.read(folder, "demo")
    path.write_text(text.replace("\t2\t", "\t0\t", 1))
    with pytest.raises(InputError, match="line 2: jobs"):
        measured.read(folder, "demo")
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        measured.read(folder, "demo")


def test_the_committed_table_is_of_rules_that_exist(root):
    for rule, one in measured.read(root, "full").items():
        system, _, name = rule.partition("_")
        files = [root / "workflows" / f"{part}.smk" for part in (system, "claims")]
        assert any(f"\nrule {name}:" in file.read_text() for file in files), rule
        assert one.machine
        assert one.commit


def test_nothing_is_kept_without_records(root, monkeypatch):
    monkeypatch.chdir(root)
    result = CliRunner().invoke(app, ["plan", "--save"])
    assert result.exit_code == 2
    assert "there are no records to keep" in result.output
