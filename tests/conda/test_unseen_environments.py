"""Jobs that ended unseen in an environment of their own."""

import hashlib
import json
import shutil
from pathlib import Path

from pinned_channels import offer_pinned_packages

LAW = "results/demo/conformal/law/exact/seed0/metrics.parquet"
NOTHING = "Nothing to be done"
AGAIN = "rule conformal_tabulate:"


def test_jobs_that_ended_unseen_stand_in_the_environment_that_they_ran_in(
    conda_home, snakemake, tmp_path
):
    offer_pinned_packages(conda_home)
    run, deploy = tmp_path / "run", ["--sdm", "conda", "--conda-prefix", str(tmp_path / "shared")]
    done = snakemake(run, LAW, *deploy)
    assert done.returncode == 0, done.stdout
    note_as_conda_would(run / "results/demo/conformal/logs/tabulate.json", tmp_path / "shared")
    notes = run / ".snakemake" / "metadata"
    shutil.rmtree(notes)

    assert AGAIN in snakemake(run, LAW, "--dry-run").stdout, "another environment"
    assert not list(notes.iterdir())
    for _ in range(2):
        assert NOTHING in snakemake(run, LAW, *deploy).stdout
    assert len(list(notes.iterdir())) == 3
    assert AGAIN in snakemake(run, LAW, "--dry-run").stdout, "another environment"


def note_as_conda_would(record: Path, shared: Path) -> None:
    """Write into a record what the job would have said: the stand-in has our own Python."""
    (file,) = shared.glob("*.yaml")
    told = {"environment": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}
    record.write_text(json.dumps(json.loads(record.read_text()) | told))
