"""A run for a cluster, on a machine without SLURM."""

import os
from pathlib import Path

SLURM = {"sacct", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun"}


def test_a_run_for_slurm_where_there_is_none_says_so(root, snakemake, tmp_path, monkeypatch):
    found = {
        program.name: program
        for folder in reversed(os.get_exec_path())
        for program in Path(folder).glob("*")
    }
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in found.keys() - SLURM:
        (programs / name).symlink_to(found[name])
    monkeypatch.setenv("PATH", str(programs))
    words = ["--profile", str(root / "profiles/slurm"), "--default-resources", "slurm_account=us"]
    done = snakemake(tmp_path, "results/demo/wishart/claims.tsv", *words)
    assert done.returncode != 0
    assert "the program sinfo of SLURM is not there" in done.stdout
    assert "Traceback" not in done.stdout
