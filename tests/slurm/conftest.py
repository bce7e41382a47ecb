"""Fixtures for tests on a real SLURM."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_cluster import Cluster, fill_in, hindrance


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """Two nodes of eight processors each; skipped where there is no SLURM to start."""
    if reason := hindrance():
        pytest.skip(reason)
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


@pytest.fixture(scope="session")
def profile(root, tmp_path_factory) -> Path:
    """The profile of the repository, filled in for the cluster."""
    return fill_in(root / "profiles/slurm", tmp_path_factory.mktemp("profile"))


@pytest.fixture
def folders(tmp_path):
    """Folders for the results of this machine alone and for those of the cluster."""
    found = tmp_path / "local", tmp_path / "cluster"
    for folder in found:
        folder.mkdir()
    return found
