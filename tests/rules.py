"""The rules of the workflow as Snakemake parses them."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

ROOT = Path(__file__).parents[1]


class Rule(NamedTuple):
    """What the contract of a rule is about."""

    name: str
    script: Path | None
    inputs: set[str]
    outputs: set[str]
    params: dict[str, object]
    wildcards: set[str]
    named: bool
    log: bool
    benchmark: bool
    conda: Path | None
    container: str | None
    memory: bool
    retries: int


@cache
def scripted_rules(scale: str = "full", container: str | None = None) -> list[Rule]:
    """Rules that run a script.

    Snakemake offers no public list of rules, so this helper alone touches a private attribute.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        parsed = api.workflow(
            resource_settings=ResourceSettings(),
            config_settings=ConfigSettings(config={"scale": scale, "container": container}),
            snakefile=ROOT / "Snakefile",
            workdir=ROOT,
        )
        return [_described(rule) for rule in parsed._workflow.rules if rule.script]


def step(rule: Rule) -> tuple[str, str]:
    """Module and name of the function that a rule's script hands to ``call``."""
    tree = ast.parse(rule.script.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    (called,) = [node for node in calls if getattr(node.func, "id", "") == "call"]
    name = called.args[0].id
    (home,) = [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}
    ]
    return home, name


def _described(rule) -> Rule:
    return Rule(
        name=rule.name,
        script=ROOT / "workflows" / rule.script,
        inputs=set(dict(rule.input._get_names())),
        outputs=set(dict(rule.output._get_names())),
        params=dict(rule.params.items()),
        wildcards=set(rule.wildcard_names),
        named=all(_all_named(kind) for kind in (rule.input, rule.output, rule.params)),
        log=bool(rule.log),
        benchmark=bool(rule.benchmark),
        conda=(ROOT / "workflows" / rule._conda_env).resolve() if rule._conda_env else None,
        container=rule.container_img if rule.is_containerized else None,
        memory="mem_mb" in rule.resources,
        retries=rule.ruleinfo.retries or 0,
    )


def _all_named(files) -> bool:
    """Whether every item has a name; a name may stand for several items."""
    spans = dict(files._get_names()).values()
    return len(files) == sum(1 if end is None else end - start for start, end in spans)
