"""A record names the environment that a job ran in, never one that its rule merely names."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from causeway.environment import CONTAINERS, environment

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "envs" / "report.yaml"
SHA256 = hashlib.sha256(SOURCE.read_bytes()).hexdigest()


@pytest.fixture(autouse=True)
def _outside_of_containers(monkeypatch):
    for name in CONTAINERS:
        monkeypatch.delenv(name, raising=False)


def test_python_of_an_environment_of_snakemake_tells_its_file(tmp_path):
    prefix = tmp_path / ".snakemake" / "conda" / "0ee3fb76_"
    made = [sys.executable, "-m", "venv", "--without-pip", str(prefix)]
    subprocess.run(made, check=True)
    prefix.with_name("0ee3fb76_.yaml").write_bytes(SOURCE.read_bytes())
    code = (
        f"import json, pathlib, sys; sys.path.append({str(ROOT / 'src')!r}); "
        "from causeway.environment import environment; "
        f"print(json.dumps(environment(pathlib.Path({str(ROOT)!r}))))"
    )
    done = subprocess.run([prefix / "bin/python", "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == {"file": "envs/report.yaml", "sha256": SHA256}


def test_an_environment_of_an_image_is_known_and_the_folder_of_the_image_is_not(
    tmp_path, monkeypatch
):
    (tmp_path / "environment.yaml").write_bytes(SOURCE.read_bytes())
    monkeypatch.setenv("APPTAINER_CONTAINER", "/home/somebody/causeway.sif")
    assert environment(ROOT, tmp_path) == {
        "file": "envs/report.yaml",
        "sha256": SHA256,
        "container": "causeway.sif",
    }


def test_a_file_that_was_edited_since_is_not_claimed(tmp_path):
    (tmp_path / "environment.yaml").write_bytes(SOURCE.read_bytes() + b"#\n")
    found = environment(ROOT, tmp_path)
    assert found.keys() == {"sha256"}
    assert found["sha256"] != SHA256


def test_elsewhere_the_installed_versions_are_hashed(tmp_path, monkeypatch):
    # An environment that is active, but is not that of the Python that runs.
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "active"))
    (tmp_path / "active.yaml").write_bytes(SOURCE.read_bytes())
    monkeypatch.syspath_prepend(str(tmp_path))
    before = environment(ROOT)
    assert before.keys() == {"installed"}
    (tmp_path / "toy-1.0.dist-info").mkdir()
    with_one = environment(ROOT)
    assert with_one != before
    (tmp_path / "toy-1.0.dist-info").rename(tmp_path / "toy-1.1.dist-info")
    assert environment(ROOT) not in (before, with_one)
