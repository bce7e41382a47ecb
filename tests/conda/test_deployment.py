"""Rules run in environments of their own: made once, activated, shared, and refused in time."""

import json
import re
from pathlib import Path

import pytest
from pinned_channels import callers, offer_pinned_packages

from environments import ENVS, pins

TARGETS = [
    "results/data/synthetic/shard0.tar",
    "results/demo/codelength/shift/figure-codes.svg",
]
JOBS = {
    "fetch": {"rigidssl_survey", "rigidssl_fetch"},
    "sklearn": {"codelength_recover"},
    "report": {"codelength_draw"},
}


@pytest.mark.slow
def test_environments_are_made_once_and_serve_where_there_is_no_channel(
    conda_home, snakemake, tmp_path
):
    offer_pinned_packages(conda_home)
    shared = tmp_path / "shared"
    words = ["--sdm", "conda", "--conda-prefix", str(shared)]

    ahead = snakemake(tmp_path / "login", *words, "--conda-create-envs-only")
    assert ahead.returncode == 0, ahead.stdout
    made = re.findall(r"Creating conda environment \S*?([a-z]+)\.yaml\.\.\.", ahead.stdout)
    assert sorted(made) == [path.stem for path in ENVS if path.stem != "chemistry"]
    assert not (tmp_path / "login" / "results").exists(), "no job ran"
    places = {path.stem: place(shared, path) for path in ENVS if path.stem in made}
    for path in ENVS:
        if path.stem in made:
            assert versions(places[path.stem]) == {
                name: f"{number}.0" for name, number in pins(path).items()
            }

    (conda_home / "channels").rename(tmp_path / "out-of-reach")
    done = snakemake(tmp_path / "node", *TARGETS, *words)
    assert done.returncode == 0, done.stdout
    assert "Creating conda environment" not in done.stdout
    assert all((tmp_path / "node" / target).exists() for target in TARGETS)
    for name, folder in places.items():
        assert callers(folder) == {(str(folder), rule) for rule in JOBS.get(name, ())}


def test_a_pin_that_cannot_be_met_is_named(conda_home, snakemake, tmp_path):
    offer_pinned_packages(conda_home, without={"pyarrow"})
    done = snakemake(tmp_path / "run", TARGETS[1], "--sdm", "conda", "--conda-create-envs-only")
    assert done.returncode != 0
    assert "Could not create conda environment from" in done.stdout
    assert f"pyarrow {pins_of('report')['pyarrow']}" in done.stdout
    assert not list((tmp_path / "run" / ".snakemake" / "conda").glob("*.env_setup_done"))


def pins_of(name: str) -> dict[str, str]:
    """Pins of one environment."""
    return next(pins(path) for path in ENVS if path.stem == name)


def place(shared: Path, path: Path) -> Path:
    """Folder of an environment, beside which Snakemake keeps a copy of its file."""
    (copy,) = [file for file in shared.glob("*.yaml") if file.read_text() == path.read_text()]
    return copy.with_suffix("")


def versions(folder: Path) -> dict[str, str]:
    """Names and versions of what was installed."""
    records = [json.loads(file.read_text()) for file in folder.glob("conda-meta/*.json")]
    return {record["name"]: record["version"] for record in records}
