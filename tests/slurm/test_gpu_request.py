"""A rule that can use a GPU asks SLURM for one, through the profile."""

import re

import pytest
import yaml
from cluster_run import Run, until
from slurm_cluster import ask

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(300)]

RULE = "gim_train"


def test_a_training_on_a_gpu_asks_slurm_for_it(cluster, root, profile, tmp_path):
    settings = tmp_path / "gpu.yaml"
    settings.write_text(yaml.safe_dump({"gim": {"hardware": {"accelerator": "gpu"}}}))
    words = ["gim_all", "--until", RULE, "--retries", "0", "--configfile", str(settings)]
    run = Run(root, profile, tmp_path, *words)

    def submitted() -> list[str]:
        told = [ask("scontrol", "show", "job", job) for job in run.jobs(RULE, "all")]
        return [text for text in told if f"WorkDir={tmp_path}" in text]

    driver = run.start()
    until(submitted, driver)
    driver.terminate()
    driver.wait()
    for text in submitted():
        assert re.search(r"TresPerJob=gres.gpu:1$", text, re.MULTILINE), text
