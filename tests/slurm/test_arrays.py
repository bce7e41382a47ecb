"""Equal jobs that a user sends to a real SLURM as one array."""

from pathlib import Path

import pytest
from cluster_run import Run, until
from slurm_cluster import ask

from same_results import assert_same_results

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(900)]

RULE = "wishart_perturb"
METRICS = [f"results/demo/wishart/queries/noisy/seed{seed}/metrics.parquet" for seed in range(3)]


def memory(job: str) -> str:
    return ask("squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%m")


def test_an_array_has_the_results_of_single_jobs_and_its_elements_are_tried_again(
    cluster, root, profile, snakemake, folders
):
    local, spread = folders
    done = snakemake(local, *METRICS)
    assert done.returncode == 0, done.stdout
    run = Run(root, profile, spread, *METRICS, "--slurm-array-jobs", RULE)
    driver = run.start()
    until(lambda: len(run.jobs(RULE)) == 3, driver)
    elements = sorted(run.jobs(RULE))
    array = elements[0].partition("_")[0]
    assert elements == [f"{array}_{number}" for number in (1, 2, 3)], "one submission"
    ask("scancel", elements[1])
    until(lambda: set(run.jobs(RULE)) - set(elements), driver)
    (again,) = set(run.jobs(RULE)) - set(elements)
    assert (memory(elements[1]), memory(again)) == ("4001M", "8000M")
    assert driver.wait() == 0, run.told.read_text()[-5000:]
    assert_same_results(local, spread, [Path(path) for path in METRICS])
