"""A rule that trains on two nodes of a real SLURM, through the profile."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from cluster_run import Run, until
from slurm_cluster import ask

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(900)]

RULE = "rigidssl_pretrain"
MODEL = Path("results/demo/rigidssl/synthetic/fixed/seed0/model.ckpt")
SMALL = {
    "run": {"variants": ["fixed"], "seeds": [0]},
    "sources": {"synthetic": {"entries": 24, "families": 12, "shards": 1}},
    "training": {"epochs": 2},
}


@pytest.fixture
def settings(tmp_path):
    """Words that name a file of settings, for processes in this or that place."""

    def words(**places: int) -> list[str]:
        hardware = {"accelerator": "cpu", "strategy": "ddp", **places}
        path = tmp_path / f"{next(iter(places))}.yaml"
        path.write_text(yaml.safe_dump({"rigidssl": SMALL | {"hardware": hardware}}))
        return ["--configfile", str(path)]

    return words


def test_two_nodes_train_as_two_processes_of_one_machine_do(
    cluster, root, profile, snakemake, tmp_path, settings
):
    local, spread = tmp_path / "local", tmp_path / "cluster"
    local.mkdir()
    one_machine = settings(devices=2)
    prepared = snakemake(local, str(MODEL), "--until", "rigidssl_split", *one_machine)
    assert prepared.returncode == 0, prepared.stdout
    shutil.copytree(local, spread)
    trained = snakemake(local, str(MODEL), *one_machine)
    assert trained.returncode == 0, trained.stdout

    run = Run(root, profile, spread, str(MODEL), *settings(nodes=2))
    driver = run.start()
    until(lambda: run.jobs(RULE), driver)
    (job,) = run.jobs(RULE)
    assert ask("squeue", "--noheader", f"--jobs={job}", "--format=%N") == "node[1-2]"
    assert driver.wait() == 0, run.told.read_text()[-5000:]

    weights = [
        torch.load(folder / MODEL, weights_only=True)["state_dict"] for folder in (local, spread)
    ]
    assert weights[0].keys() == weights[1].keys()
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value)
    # One process alone makes twice as many steps.
    histories = [
        pd.read_parquet((folder / MODEL).with_name("history.parquet"))
        for folder in (local, spread)
    ]
    pd.testing.assert_frame_equal(*histories)
    assert run.log().count("epoch 2 of 2") == 1, "one of the processes tells"
    assert not list((spread / MODEL).parent.glob(".resume/*")), "no unfinished work is left"
