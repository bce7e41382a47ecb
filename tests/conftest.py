"""Fixtures that every test may use."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the Snakefile."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with real public data for the ``small`` scale; set CAUSEWAY_MIRROR to use yours."""
    folder = Path(os.environ.get("CAUSEWAY_MIRROR", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} does not exist (set CAUSEWAY_MIRROR)")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run write generated and golden files again instead of comparing with them."""
    parser.addoption(
        "--regenerate", action="store_true", help="rewrite generated and golden files"
    )


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite generated and golden files."""
    return bool(request.config.getoption("--regenerate"))


@pytest.fixture(scope="session")
def snakemake_command() -> Callable[..., list[str]]:
    """Words that run the workflow with its results in a folder of the test's."""

    def command(folder: Path, *words: str) -> list[str]:
        snakefile = str(ROOT / "Snakefile")
        python = [sys.executable, "-m", "snakemake"]
        return [*python, *words, "--cores", "2", "-s", snakefile, "--directory", str(folder)]

    return command


@pytest.fixture(scope="session")
def snakemake(snakemake_command) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the workflow in a folder; the output of both streams comes back as one text."""

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            snakemake_command(folder, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def demo(snakemake, tmp_path_factory) -> Path:
    """Folder of the demo as this machine makes it: the repository if `make` has just made it."""
    if "Nothing to be done" in snakemake(ROOT, "--dry-run").stdout:
        return ROOT
    folder = tmp_path_factory.mktemp("demo")
    done = snakemake(folder)
    assert done.returncode == 0, done.stdout[-5000:]
    return folder
