"""Programs that stand for conda and apptainer, first on the path."""

import sys
from pathlib import Path

import pytest


def lay(file: Path, text: str) -> None:
    """Write a program."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


@pytest.fixture
def conda_home(tmp_path, monkeypatch) -> Path:
    """Folder that plays conda's installation; its channels are still empty."""
    home = tmp_path / "conda"
    run = f"#!/bin/sh\nexec {sys.executable} {Path(__file__).parent}"
    lay(home / "bin" / "conda", f'{run}/conda_client.py {home} "$@"\n')
    lay(home / "bin" / "apptainer", f'{run}/apptainer_client.py "$@"\n')
    lay(home / "bin" / "activate", 'export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    monkeypatch.setenv("PATH", str(home / "bin"), prepend=":")
    return home
