"""The image of all environments: its definition, and jobs that run in it."""

import re
import subprocess
import sys
from pathlib import Path

from pinned_channels import callers, offer_pinned_packages

from environments import ENVS
from rules import ROOT

DEFINITION = ROOT / "envs" / "Dockerfile"


def copies() -> dict[Path, Path]:
    """Environment files and the folders in the image that they are made in."""
    found = re.findall(r"^COPY (\S+) (\S+)/environment.yaml$", DEFINITION.read_text(), re.M)
    return {ROOT / source: Path(folder) for source, folder in found}


def test_the_definition_is_in_step_with_the_rules(conda_home, regenerate):
    # Rules outside the plan are covered too, so that the smallest plan will do.
    command = [sys.executable, "-m", "snakemake", "data_all", "--containerize", "--nolock"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    if regenerate:
        DEFINITION.write_text(done.stdout)
    assert DEFINITION.read_text() == done.stdout, "run: make generated"


def test_the_definition_makes_every_environment_from_the_repository():
    assert list(copies()) == ENVS
    commands = DEFINITION.read_text().split("\nRUN ")[-1]
    assert all(f"conda env create --prefix {folder} " in commands for folder in copies().values())
    assert "://" not in DEFINITION.read_text()


def test_jobs_run_in_the_image(conda_home, snakemake, tmp_path):
    offer_pinned_packages(conda_home)
    image = tmp_path / "image"
    source = ROOT / "envs" / "fetch.yaml"
    inside = Path(f"{image}{copies()[source]}")
    words = ["conda", "env", "create", "--file", source, "--prefix", inside]
    subprocess.run(words, check=True)
    target = "results/data/synthetic/shard0.tar"
    deployed = ["--sdm", "conda", "apptainer", "--config", f"container={image}"]
    done = snakemake(tmp_path / "run", target, *deployed)
    assert done.returncode == 0, done.stdout
    assert "Creating conda environment" not in done.stdout
    rules = ("rigidssl_survey", "rigidssl_fetch")
    assert callers(inside) == {(str(inside), rule) for rule in rules}


def test_an_image_without_the_environments_is_refused(conda_home, snakemake, tmp_path):
    deployed = ["--sdm", "conda", "apptainer", "--config", f"container={tmp_path / 'empty'}"]
    done = snakemake(tmp_path / "run", "results/data/synthetic/plan.json", *deployed)
    assert done.returncode != 0
    assert "Unable to find environment in container image" in done.stdout
    assert not (tmp_path / "run" / "results").exists()
