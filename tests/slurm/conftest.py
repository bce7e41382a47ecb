"""Fixtures for tests on a real SLURM."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_cluster import LINK, PROGRAMS, Cluster, fill_in


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """Two nodes of eight processors each; skipped where there is no SLURM to start."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if absent:
        pytest.skip(f"no SLURM here: {', '.join(absent)} (apt-get install slurm-wlm munge)")
    if os.geteuid() != 0:
        pytest.skip("the daemons of SLURM are started by root")
    if LINK.exists():
        pytest.skip(f"this machine belongs to a cluster: {LINK} exists")
    os.environ["PATH"] = path
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
