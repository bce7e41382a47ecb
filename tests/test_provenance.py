"""What a record says of the software behind a result, and of what it took."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions, version

import pandas  # noqa: F401  # one that declares its packages nowhere
import pytest
import yaml  # noqa: F401  # and one that has another name

from causeway import provenance


def test_versions_are_those_of_the_owners_of_all_imported_modules():
    owners = packages_distributions()
    loaded = {name.partition(".")[0] for name in sys.modules}
    expected = {owner: version(owner) for name in loaded for owner in owners.get(name, [])}
    found = provenance.versions()
    assert found.pop("python")
    assert found == expected
    assert {"PyYAML", "pandas", "numpy"} <= found.keys()


HELPED = """
import json, subprocess, sys, threading
from causeway.provenance import Clock

clock = Clock()
work = "held = bytearray(300 * 2**20); held[::4096] = b'1' * len(held[::4096]); sum(range(10**7))"
helper = subprocess.Popen([sys.executable, "-c", work])
threading.Thread(target=helper.wait, name="child-process-observer", daemon=True).start()
print(json.dumps(clock.read()))
"""


def test_costs_are_those_of_helpers_too_for_which_the_clock_waits():
    done = subprocess.run([sys.executable, "-c", HELPED], capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert found["peak_rss_bytes"] > 300 * 2**20, "the helper is the largest"
    assert found["cpu_seconds"] > 0.1
    assert found["seconds"] < found["cpu_seconds"], "the job itself had ended before"


def test_gpus_are_those_that_held_memory_by_process(monkeypatch):
    class Cuda:
        """Four GPUs, of which the second was used."""

        is_initialized = staticmethod(lambda: True)
        device_count = staticmethod(lambda: 4)
        max_memory_allocated = staticmethod(lambda index: 512 * (index == 1))

    monkeypatch.setitem(sys.modules, "torch", type("Torch", (), {"cuda": Cuda}))
    monkeypatch.delenv(provenance.TOGETHER, raising=False)
    assert provenance.workers(1)["gpus"] == 1
    monkeypatch.setenv(provenance.TOGETHER, "6")
    found = provenance.workers(2)
    assert (found["nodes"], found["processes"], found["gpus"]) == (2, 6, 6)
    Cuda.is_initialized = staticmethod(lambda: False)
    assert provenance.workers(1)["gpus"] == 0


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        (
            {
                "SLURM_JOB_ID": "17",
                "SLURM_JOB_PARTITION": "gpu",
                "SLURMD_NODENAME": "node3",
                "SLURM_JOB_USER": "somebody",
            },
            {"job": "17", "partition": "gpu", "node": "node3"},
        ),
    ],
)
def test_a_job_of_slurm_is_known_but_not_its_user(monkeypatch, variables, expected):
    for name in provenance.SLURM.values():
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert provenance.workers(1).get("slurm") == expected


def test_a_profile_of_a_cluster_makes_no_checkout_dirty(tmp_path):
    def git(*words):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init")
    for place in ("profiles/slurm", "src/package"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "file").write_text("first")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-m", "first")
    (tmp_path / "profiles/slurm/file").write_text("slurm_account: mine")
    assert not provenance.git_state(tmp_path / "src")["dirty"]
    (tmp_path / "profiles/mine").write_text("not in the repository")
    (tmp_path / "src/package/file").write_text("second")
    assert provenance.git_state(tmp_path / "src/package")["dirty"]
