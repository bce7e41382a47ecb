"""The command shows what there is, and tells bad input in one line with status 2."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
import yaml
from typer.testing import CliRunner

from causeway import __version__
from causeway.claims import table
from causeway.claims.definition import load
from causeway.claims.judging import judge_all
from causeway.cli import app
from causeway.metrics import read


@pytest.fixture
def call(root, monkeypatch):
    """Run the command in the project's folder."""
    monkeypatch.chdir(root)

    def run(*words, status=0):
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == status, result.output
        return result.stdout if status == 0 else result.output

    return run


@pytest.fixture
def project(root, tmp_path):
    """Copy of the configuration, in which results may be put."""
    shutil.copytree(root / "config", tmp_path / "config")
    return tmp_path


def test_version_and_help(call):
    assert call("--version") == f"causeway {__version__}\n"
    text = call("--help")
    for name in ("systems", "datasets", "claims", "config", "plan", "schema", "verify"):
        assert name in text
        assert "Usage" in call(name, "--help")
    assert "'systems=[rigidssl]'" in call("config", "--help")
    assert "Example: causeway plan --cluster config/clusters/" in call("plan", "--help")


def test_the_package_runs_as_the_command():
    command = [sys.executable, "-m", "causeway", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"causeway {__version__}\n"


def test_systems_and_datasets_are_listed(call):
    assert re.search(r"^rigidssl +proteins +2603\.02406 ", call("systems"), re.MULTILINE)
    assert "CC-BY-4.0" in call("datasets")


def test_schema_is_json(call):
    assert "rigidssl" in json.loads(call("schema"))["properties"]


def test_config_merges_scale_and_overrides(call):
    words = ["rigidssl.training.epochs=7", "rigidssl={run: {seeds: [4]}}", "seed=3"]
    found = yaml.safe_load(call("config", "--scale", "demo", *words))
    assert (found["scale"], found["seed"]) == ("demo", 3)
    assert found["rigidssl"]["training"]["epochs"] == 7
    assert found["rigidssl"]["run"]["seeds"] == [4]
    assert found["rigidssl"]["run"]["datasets"] == ["synthetic"]


def test_config_files_stand_between_the_scale_and_single_values(call, tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("scale: small\nseed: 1\nrigidssl: {training: {epochs: 7, workers: 1}}\n")
    two.write_text("rigidssl: {training: {epochs: 8}}\n")
    words = ["config", "--configfile", one, "--configfile", two]
    found = yaml.safe_load(call(*words, "seed=3"))
    assert (found["scale"], found["seed"]) == ("small", 3)
    assert found["rigidssl"]["training"]["epochs"] == 8
    assert found["rigidssl"]["training"]["workers"] == 1
    assert yaml.safe_load(call(*words, "--scale", "demo"))["scale"] == "demo"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read (No such file or directory). Name another file."),
        ("seed: [1", "mine.yaml: line 1: is no YAML (expected ',' or ']'"),
        ("\x00", "is no YAML"),
        ("- seed", "has no keys at its top"),
        (
            "rigidssl: {trainings: {}}",
            "rigidssl.trainings: unknown key (did you mean 'training'?)",
        ),
    ],
)
def test_a_config_file_that_cannot_be_used_is_named(call, tmp_path, content, problem):
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_text(content)
    text = call("config", "--configfile", path, status=2)
    assert problem in text
    assert "Traceback" not in text


def test_claims_without_a_run_are_defined_and_said_to_be_unjudged(call, project):
    text = call("claims", "--root", project)
    for name in load(project / "config/claims/rigidssl.yaml"):
        assert name in text
    assert "Not judged yet at scale demo" in text


def test_claims_of_a_run_show_their_verdicts(call, project):
    definitions = load(project / "config/claims/rigidssl.yaml")
    judged = project / "results/small/rigidssl/claims.tsv"
    judged.parent.mkdir(parents=True)
    found = judge_all(
        {name: claim for name, claim in definitions.items() if claim.test.kind == "none"},
        read([]),
        "small",
    )
    table.write(table.rows(found, system="rigidssl", scale="small", synthetic=[]), judged)
    text = call("claims", "--root", project, "--scale", "small", "--system", "rigidssl")
    assert "not attempted at this scale  designability-foldflow2" in text
    text = call("claims", "--root", project, "--scale", "small", "--definitions")
    assert "fixed-beats-released" in text
    assert "not attempted" not in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["claims", "--scale", "huge"], "there is no scale 'huge'"),
        (["claims", "--system", "rigid"], "there is no system 'rigid'"),
        (["config", "rigidssl.training.epoch=1"], "rigidssl.training.epoch: unknown key"),
        (["config", "seed"], "not of the form key=value"),
        (["config", "seed=[1"], "its value is no YAML"),
        (["verify", "--data", "nowhere"], "nowhere: there is no raw data"),
        (["datasets", "--root", "nowhere"], "nowhere: no config/config.yaml here"),
    ],
)
def test_bad_input_is_told_without_a_traceback(call, words, message):
    text = call(*words, status=2)
    assert text.startswith("causeway: ")
    assert message in text
    assert "Traceback" not in text


def test_outside_of_a_project_the_remedy_is_named(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Change to the folder of the workflow" in call("datasets", status=2)


def shard(folder, contents, names=None):
    """Write a tar of files and a manifest of what they should be."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["id\tversion\tfile\tbytes\tsha256\turl"]
    with tarfile.open(folder / "shard0.tar", "w") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    for name, content in (names or contents).items():
        digest = hashlib.sha256(content).hexdigest()
        rows.append(f"{name}\tv1\t{name}\t{len(content)}\t{digest}\thttp://x")
    (folder / "shard0.tsv").write_text("\n".join(rows) + "\n")
    return folder / "shard0.tar"


def raw(project):
    """Words that ask for a check of raw data alone."""
    return ["verify", "--root", project, "--data", project / "results/data"]


def test_verify_finds_good_shards_good(call, project):
    data = project / "results/data"
    shard(data / "toy", {"a.pdb": b"ATOM", "b.pdb": b""})
    text = call(*raw(project))
    assert "shard0.tar: good (sha256 of 2 files by shard0.tsv)" in text
    assert "1 files checked, 0 broken" in text


@pytest.mark.parametrize(
    ("kept", "promised", "message"),
    [
        ({"a": b"x"}, {"a": b"y"}, "a is not the file received"),
        ({"a": b"x"}, {"a": b"x", "b": b""}, "lacks b"),
        ({"a": b"x", "b": b""}, {"a": b"x"}, "b is not in the manifest"),
    ],
)
def test_verify_names_what_differs(call, project, kept, promised, message):
    shard(project / "results/data/toy", kept, promised)
    assert message in call(*raw(project), status=1)


def test_verify_finds_cut_and_lost_shards(call, project):
    path = shard(project / "results/data/toy", {"a": b"x" * 3000})
    path.write_bytes(path.read_bytes()[:1500])
    assert "BROKEN" in call(*raw(project), status=1)
    path.unlink()
    assert "is missing" in call(*raw(project), status=1)


def test_verify_holds_registered_files_to_checksum_and_receipt(call, project):
    content = b"structures"
    header = "name\tversion\turl\tfiles\tsha256\tbytes\tlicence\tcitation"
    digest = hashlib.sha256(content).hexdigest()
    rows = [
        f"known\t1\thttp://x.org/known.tar\t\t{digest}\t\tCC0\tc",
        "first\t1\thttp://x.org/first.tar\t\t\t\tCC0\tc",
    ]
    (project / "config/data.tsv").write_text("\n".join([header, *rows]) + "\n")
    places = [project / f"results/data/{name}/1/{name}.tar" for name in ("known", "first")]
    for place in places:
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    text = call(*raw(project))
    assert "known.tar: good (sha256 by the registry)" in text
    assert "first.tar: good (nothing" in text
    receipt = {"url": "http://x.org/first.tar", "bytes": len(content), "sha256": digest}
    receipt |= {"etag": None, "modified": None, "date": "2026-01-01"}
    places[1].with_name("first.tar.receipt.json").write_text(json.dumps(receipt))
    assert "sha256 by the first download" in call(*raw(project))
    for place in places:
        place.write_bytes(b"Structures")
    assert call(*raw(project), status=1).count("BROKEN: expected sha256") == 2
