"""No group of the SLURM profile outgrows an ordinary node, at any scale."""

from math import inf

import pytest
import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    ExecutionSettings,
    GroupSettings,
    OutputSettings,
    Quietness,
    RemoteExecutionSettings,
    ResourceSettings,
    SchedulingSettings,
)
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from causeway.cluster.driver import requests
from causeway.cluster.partitions import Node, Partition
from causeway.cluster.preflight import check
from rules import ROOT

PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())
GROUPS = dict(entry.split("=") for entry in PROFILE["groups"])
COMPONENTS = {
    group: int(number)
    for group, number in (entry.split("=") for entry in PROFILE["group-components"])
}
MODEST = Partition("cpu", True, inf, [Node(cpus=16, mem_mb=64_000, gpus=0)])
"""A node such as any cluster has [our choice]; docs/running.md names it."""


def grouped(scale, folder):
    """What the groups of a run ask.

    Snakemake offers no way to its groups without a run, so this touches private attributes. What
    goes alone is cut off from what it needs: it takes no part in a group.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        parsed = api.workflow(
            resource_settings=ResourceSettings(nodes=1),
            config_settings=ConfigSettings(config={"scale": scale}),
            snakefile=ROOT / "Snakefile",
            workdir=folder,
        )
        parsed.dag(DAGSettings())
        flow = parsed._workflow
        for rule in flow.rules:
            if rule.script and rule.name not in GROUPS:
                rule._input = type(rule._input)()
        flow._executor_plugin = ExecutorPluginRegistry().get_plugin("slurm")
        flow.execution_settings = ExecutionSettings()
        flow.remote_execution_settings = RemoteExecutionSettings()
        flow.scheduling_settings = SchedulingSettings()
        flow.group_settings = GroupSettings(overwrite_groups=GROUPS, group_components=COMPONENTS)
        flow._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        flow._build_dag()
        flow.async_run(flow.dag.postprocess(update_needrun=False, check_initial=True))
        return [request for request in requests(flow.dag) if request.group]


@pytest.mark.parametrize("scale", ["demo", "small", "full"])
def test_every_group_fits_on_a_modest_node(scale, tmp_path):
    asked = grouped(scale, tmp_path)
    assert {request.group for request in asked} == set(GROUPS.values())
    check(asked, {MODEST.name: MODEST})
