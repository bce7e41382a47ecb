"""Training by several processes on one machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

MODEL = "results/demo/rigidssl/synthetic/fixed/seed0/model.ckpt"
SETTINGS = {
    "rigidssl": {
        "run": {"variants": ["fixed"], "seeds": [0]},
        "sources": {"synthetic": {"entries": 24, "families": 12, "shards": 1}},
        "training": {"epochs": 2},
        "hardware": {"accelerator": "cpu", "devices": 2, "strategy": "ddp"},
    }
}


@pytest.mark.slow
def test_two_processes_train_one_model(snakemake, tmp_path):
    settings = tmp_path / "two.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS))
    done = snakemake(tmp_path, MODEL, "--configfile", str(settings))
    assert done.returncode == 0, done.stdout
    assert "distributed_backend=gloo" in done.stdout
    weights = torch.load(tmp_path / MODEL, weights_only=True)["state_dict"]
    assert all(value.isfinite().all() for value in weights.values())
    logs = (tmp_path / MODEL).parents[3] / "logs"
    [record] = [json.loads(path.read_text()) for path in logs.glob("pretrain*.json")]
    assert record["workers"] == {"nodes": 1, "processes": 2, "gpus": 0}


@pytest.mark.slow
def test_processes_whose_clocks_differ_save_and_stop_together(tmp_path):
    script = Path(__file__).with_name("skewed_clocks.py")
    subprocess.run([sys.executable, script, tmp_path], check=True, timeout=400)
    assert (tmp_path / "rank0").exists()
    assert (tmp_path / "rank1").exists()
    assert 0 < torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"] < 100
