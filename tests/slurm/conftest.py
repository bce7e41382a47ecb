"""Fixtures for tests on a real SLURM."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_cluster import LINK, PROGRAMS, Cluster


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
    """The profile of the repository as a user fills it in; looks are frequent, to save time."""
    text = (root / "profiles/slurm/config.yaml").read_text()
    looks = "slurm-init-seconds-before-status-checks"
    for placeholder, value in {
        "'PARTITION'": "'main'",
        "'ACCOUNT'": "'any'",
        f"{looks}: 20": f"{looks}: 2",
        "latency-wait: 60": "latency-wait: 10",
    }.items():
        assert placeholder in text
        text = text.replace(placeholder, value)
    folder = tmp_path_factory.mktemp("profile")
    (folder / "config.yaml").write_text(text + "seconds-between-status-checks: 2\n")
    return folder


@pytest.fixture
def folders(tmp_path):
    """Folders for the results of this machine alone and for those of the cluster."""
    found = tmp_path / "local", tmp_path / "cluster"
    for folder in found:
        folder.mkdir()
    return found
