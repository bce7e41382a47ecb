"""Every rule of the platform is one thin script over one importable function."""

import inspect
import re
from importlib import import_module

import pytest

from causeway.fingerprint import digest
from causeway.job import STEERING
from causeway.systems import domain, systems
from rules import ROOT, scripted_rules, step

RULES = scripted_rules()
GIVEN = {"threads", "seed", "root", "mirror", "resume"}
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "tools"}


@pytest.fixture(params=RULES, ids=lambda rule: rule.name)
def rule(request):
    return request.param


def test_rules_are_found():
    assert {"rigidssl_pretrain", "rigidssl_fetch", "report_claims"} <= {
        rule.name for rule in RULES
    }


def test_the_script_is_thin(rule):
    assert len(rule.script.read_text().splitlines()) <= 40


def test_rule_script_module_and_function_share_a_word(rule):
    system, _, verb = rule.name.partition("_")
    home, name = step(rule)
    assert rule.script.name == (
        "claims.py" if verb == "claims" and system in systems() else f"{rule.name}.py"
    )
    assert name == verb
    assert home.rpartition(".")[2] == verb
    if system in systems():
        assert (
            home == f"causeway.{domain(system)}.{system}.{verb}"
            or home == f"causeway.claims.{verb}"
        )


def test_names_are_the_keywords_of_the_function(rule):
    home, name = step(rule)
    signature = inspect.signature(getattr(import_module(home), name)).parameters
    required = {key for key, item in signature.items() if item.default is inspect.Parameter.empty}
    given = rule.inputs | rule.outputs | set(rule.params) - STEERING
    assert given <= set(signature), "the function does not take these"
    assert required - given <= GIVEN | rule.wildcards, "the rule does not give these"
    assert all(item.kind is item.KEYWORD_ONLY for item in signature.values())


def test_what_draws_by_the_seed_of_the_run_is_made_again_with_another(rule):
    home, name = step(rule)
    drawing = "seed" in inspect.signature(getattr(import_module(home), name)).parameters
    by_run = drawing and "seed" not in rule.wildcards | set(rule.params)
    assert ("run_seed" in rule.params) == by_run


def test_every_rule_runs_in_the_image_that_is_configured():
    image = "docker://example/causeway:1"
    assert {rule.container for rule in RULES} == {None}
    assert {rule.container for rule in scripted_rules(container=image)} == {image}


def test_everything_is_named_logged_measured_and_has_an_environment(rule):
    assert rule.named, "inputs, outputs and params need names"
    assert rule.log
    assert rule.benchmark
    assert rule.conda is not None
    assert rule.conda.is_file()
    assert rule.memory


def test_only_what_resumes_is_tried_again(rule):
    home, name = step(rule)
    resumes = "resume" in inspect.signature(getattr(import_module(home), name)).parameters
    assert resumes or not rule.retries, "a step that starts over fails in the same way again"


def test_the_fingerprint_is_that_of_the_step(rule):
    home = step(rule)[0]
    assert rule.params["code"]({}) in {digest(home), digest(home, apart="causeway.data")}


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.smk")), ids=lambda p: p.name)
def test_workflow_files_hold_rules_only(path):
    text = path.read_text()
    assert "lambda" not in text
    assert not re.search(r"^\s*(def|run:|print\()", text, re.MULTILINE)


def test_the_root_is_a_table_of_contents():
    lines = (ROOT / "Snakefile").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 45


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_modules_are_small_and_named_for_what_they_hold(path):
    assert len(path.read_text().splitlines()) <= 400
    assert path.stem not in GRAB_BAGS


@pytest.mark.parametrize("system", sorted(systems()))
def test_a_system_has_its_files(system):
    assert (ROOT / "workflows" / f"{system}.smk").is_file()
    assert (ROOT / "config" / "claims" / f"{system}.yaml").is_file()
    assert (ROOT / "config" / "scales" / "demo" / f"{system}.yaml").is_file()
    assert (ROOT / "docs" / "systems" / f"{system}.md").is_file()


def test_only_what_changes_its_notes_imports_snakemake():
    notes = ROOT / "src" / "causeway" / "cluster" / "unseen.py"
    for path in set((ROOT / "src").rglob("*.py")) - {notes}:
        assert not re.search(r"^\s*(import|from) snakemake", path.read_text(), re.MULTILINE), path
