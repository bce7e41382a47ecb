"""The workflow as a whole, without running it: style, plans, and refusals."""

import re
import subprocess
import sys

import pytest


def test_the_linter_has_nothing_to_say(root):
    command = [sys.executable, "-m", "snakemake", "--lint"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Congratulations" in done.stderr + done.stdout


@pytest.mark.parametrize(("scale", "fetched"), [("demo", 2), ("small", 4), ("full", 216)])
def test_every_scale_can_be_planned(snakemake, tmp_path, scale, fetched):
    done = snakemake(tmp_path, "--config", f"scale={scale}", "--dry-run", "--quiet", "rules")
    assert done.returncode == 0, done.stdout
    plan = snakemake(tmp_path, "data_all", "--config", f"scale={scale}", "--dry-run").stdout
    assert plan.count("rule rigidssl_fetch:") == fetched


def test_a_run_after_data_all_needs_no_internet(snakemake, tmp_path):
    words = "--config", "scale=small", "--dry-run"
    plan, first = (snakemake(tmp_path, *target, *words).stdout for target in ((), ("data_all",)))
    made_up = {f"results/small/lcd/{world}/raw" for world in ("linear", "nonlinear", "counts")}
    assert downloads(first) == downloads(plan) - made_up
    assert "results/small/phenformer/chr20/raw" in downloads(first)


def downloads(plan: str) -> set[str]:
    """First outputs of the jobs that take part of what downloads share."""
    jobs = re.split(r"(?m)^(?:local)?rule ", plan)
    return {
        re.search(r"(?m)^    output: ([^\s,]+)", job)[1] for job in jobs if "downloads=1" in job
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--config", "scale=tiny"], "config: scale: there is no scale 'tiny'. Use one of"),
        (["--config", "systems=[rigid]"], "config: systems: there is no system 'rigid'"),
        (
            ["--config", "rigidssl={training: {epoch: 3}}"],
            "rigidssl.training.epoch: unknown key (did you mean 'epochs'?)",
        ),
        (
            ["--config", "rigidssl={run: {datasets: [absent]}}"],
            "run.datasets names absent, but only",
        ),
    ],
)
def test_bad_configuration_stops_before_any_job(snakemake, tmp_path, words, told):
    done = snakemake(tmp_path, *words)
    assert done.returncode != 0
    assert told in done.stdout
    assert not (tmp_path / "results").exists()


def test_a_results_folder_that_cannot_be_written_is_named(snakemake, tmp_path):
    (tmp_path / "results").write_text("a file where the folder should be")
    done = snakemake(tmp_path)
    assert done.returncode != 0
    assert f"{tmp_path / 'results'}: " in done.stdout
    assert "--directory" in done.stdout
