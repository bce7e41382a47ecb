"""The workflow on a real SLURM through the profile, while what clusters do happens to it."""

import os
import re
import signal
from pathlib import Path

import pytest
import yaml
from cluster_run import Run, until
from slurm_cluster import ask

from same_results import assert_same_results

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(5400)]

MODEL = "results/demo/rigidssl/synthetic/fixed/seed0/model.ckpt"
PERTURBED = "results/demo/wishart/queries/noisy/seed0/metrics.parquet"
FIRST = "rigidssl_pretrain_wildcards_synthetic_fixed_0"
"""The training of that model, as the comment of its job names it."""
SMALL = {
    "rigidssl": {
        "run": {"variants": ["fixed"], "seeds": [0]},
        "sources": {"synthetic": {"entries": 24, "families": 12, "shards": 1}},
        "training": {"epochs": 120},
    }
}
TOO_LITTLE = [
    "--set-resources",
    "wishart_perturb:mem_mb=250",
    "rigidssl_pretrain:runtime=20**(attempt-1)",
    "rigidssl_pretrain:slurm_extra=''",
]
"""Memory for less than Python with our imports; a minute, which passes for what is stopped."""


def disturb(run: Run, cluster) -> dict[Path, dict]:
    """Start a run and let things happen to it; returns the records of what had ended by then."""
    driver = run.start()
    until(lambda: run.jobs("rigidssl_fetch"), driver)
    ask("scancel", *run.jobs("rigidssl_fetch")[:1])
    until(lambda: run.jobs(FIRST), driver)
    # A checkpoint lies there once the folder for unfinished work has one.
    until(lambda: list((run.folder / MODEL).parent.glob(".resume/*/last.ckpt")), driver)
    # Stopped, it does not end before its driver is killed.
    ask("scancel", "--signal=STOP", *run.jobs(FIRST))
    until(lambda: run.jobs(FIRST, "STOPPED"), driver)
    cluster.restart_controller()
    finished = run.records()
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    assert run.jobs(FIRST, "STOPPED"), "the job outlives its driver"
    return finished


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(SMALL))
    return ["--configfile", str(path)]


def survive(run: Run, cluster) -> None:
    """Disturb a run, start it again, and see that it was right to go on as it did."""
    finished = disturb(run, cluster)
    assert run.finish() != 0
    assert "--unlock" in run.told.read_text(), "the lock of the killed driver is told of"
    assert run.finish("--unlock") == 0
    driver = run.start()
    until(lambda: run.jobs(FIRST) and "resuming from" in run.log(), driver)
    # Stopped, it neither trains nor hears of the end of its time.
    ask("scancel", "--signal=STOP", *run.jobs(FIRST))
    assert driver.wait() == 0, run.told.read_text()[-5000:]
    assert "DUE TO TIME LIMIT" in run.slurm_logs("rigidssl_pretrain")
    assert "resuming from" in run.log()
    assert "cancelling jobs that an earlier run left behind" in run.told.read_text()
    assert "exceeded memory limit" in run.slurm_logs("wishart_perturb")
    later = run.records()
    assert finished, "some jobs were done when the driver was killed"
    assert {path: later[path]["started"] for path in finished} == {
        path: record["started"] for path, record in finished.items()
    }, "what was finished is not computed again"
    assert not ask("squeue", "--noheader"), "nothing is left in the queue"


def test_two_results_survive_what_clusters_do(
    cluster, root, profile, snakemake, folders, settings
):
    local, spread = folders
    done = snakemake(local, MODEL, PERTURBED, *settings)
    assert done.returncode == 0, done.stdout
    run = Run(root, profile, spread, MODEL, PERTURBED, *settings, *TOO_LITTLE)
    survive(run, cluster)
    history = Path(MODEL).with_name("history.parquet")
    assert_same_results(local, spread, [Path(MODEL), history, Path(PERTURBED)])


def test_what_ends_without_its_driver_is_kept_and_its_settings_known(
    cluster, root, profile, tmp_path
):
    run = Run(root, profile, tmp_path, PERTURBED)
    driver = run.start()
    until(lambda: run.jobs("wishart_perturb", "RUNNING,PENDING"), driver)
    os.kill(driver.pid, signal.SIGSTOP)
    until(run.records, driver)
    until(lambda: not ask("squeue", "--noheader"), driver)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    finished = run.records()
    assert run.finish("--unlock") == 0
    assert run.finish() == 0, run.told.read_text()[-5000:]
    assert run.records() == finished
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump({"wishart": {"perturb": {"replicates": 5}}}))
    assert run.finish("--dry-run", "--configfile", str(other)) == 0
    assert "Params have changed" in run.told.read_text()


def test_the_demo_survives_what_clusters_do(cluster, root, profile, demo, tmp_path):
    spread = tmp_path / "cluster"
    spread.mkdir()
    survive(Run(root, profile, spread, *TOO_LITTLE), cluster)
    apart = {"logs", "benchmarks", "report"}
    # Of the repository's results only those that this run has, which are not of other scales.
    results = [
        path.relative_to(spread)
        for suffix in (".parquet", ".ckpt", ".tsv")
        for path in spread.glob(f"results/**/*{suffix}")
        if apart.isdisjoint(path.parts)
    ]
    assert_same_results(demo, spread, results)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--default-resources", "slurm_partition=absent"], r"no partition 'absent'.*main, short"),
        (
            ["--default-resources", "slurm_partition=short"],
            "asks 30 minutes, but partition short",
        ),
        (["--set-resources", "wishart_perturb:mem_mb=99000"], "asks 1 CPUs, 99000 MB"),
    ],
)
def test_a_run_that_cannot_start_says_why(cluster, root, profile, tmp_path, words, message):
    run = Run(root, profile, tmp_path, PERTURBED)
    assert run.finish(*words) != 0
    assert re.search(message, run.told.read_text())
    assert not run.jobs("wishart_perturb")


def test_a_folder_that_the_nodes_do_not_see_is_told(cluster, root, profile):
    run = Run(root, profile, cluster.unshared, PERTURBED)
    words = ["--retries", "0", "--default-resources", "slurm_partition=far"]
    assert run.finish(*words) != 0
    assert "the nodes do not see this folder" in run.told.read_text()
