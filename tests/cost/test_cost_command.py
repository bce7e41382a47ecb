"""``causeway plan`` asks Snakemake, and docs/scale.md shows what it says."""

import json
import re

import pytest
from snakemake.cli import parse_config
from typer.testing import CliRunner

from causeway.cli import app
from causeway.cost.graph import Graph

PAGE = "docs/scale.md"
CLUSTER = ["--cluster", "config/clusters/eight-h100.yaml"]
COMMAND = f"plan {' '.join(CLUSTER)} --rules --markdown"
NO_JOBS = Graph({}, {})


@pytest.fixture
def call(root, monkeypatch):
    monkeypatch.chdir(root)

    def run(*words, status=0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == status, result.output
        return result.output

    return run


def test_a_plan_has_the_jobs_that_snakemake_finds(call):
    made = json.loads(call("plan", "--scale", "demo", "systems=[rigidssl]", "--json"))
    found = made["systems"]["rigidssl"]
    jobs = {rule["rule"]: rule["jobs"] for rule in found["rules"]}
    assert jobs["rigidssl_pretrain"] == 9
    assert jobs["rigidssl_claims"] == 1
    assert found["jobs"] == sum(jobs.values())
    prepare = next(rule for rule in found["rules"] if rule["rule"] == "rigidssl_prepare")
    assert prepare["source"] == "measured"
    assert prepare["cpu_hours"] > 0
    draw = next(rule for rule in found["rules"] if rule["rule"] == "rigidssl_draw")
    assert (draw["source"], draw["unscaled"]) == ("measured", [])
    assert draw["cpu_hours"] > 0
    assert made["planning_seconds"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gpus", "8"], "has gpus, but not how fast they are"),
        (["--cluster", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["--cores", "0"], "cores: Input should be greater than 0"),
        (["--records", "nowhere"], "there is no scale 'nowhere'"),
        (["rigidssl.training.epoch=1"], "unknown key"),
    ],
)
def test_bad_input_is_told_before_snakemake_is_asked(call, monkeypatch, words, message):
    monkeypatch.setattr("causeway.cli.ask_snakemake", None)
    text = call("plan", *words, status=2)
    assert message in text
    assert "Traceback" not in text


def test_sections_reach_snakemake(call, monkeypatch):
    words = []
    monkeypatch.setattr(
        "causeway.cli.ask_snakemake", lambda root, given, profile: words.extend(given) or NO_JOBS
    )
    call("plan", "systems=[gidd]", "gidd.recipe.hardware.precision=bf16-mixed")
    assert parse_config(words) == {
        "scale": "full",
        "systems": ["gidd"],
        "gidd": {"recipe": {"hardware": {"precision": "bf16-mixed"}}},
    }


def test_an_unknown_profile_is_told(call):
    assert "--profile nowhere: there is none" in call("plan", "--profile", "nowhere", status=2)


@pytest.mark.slow
def test_what_the_full_profile_asks_is_enough(call):
    """A job that needs more would be killed again and again."""
    stated, given = (
        json.loads(call("plan", "systems=[gidd]", "--json", *CLUSTER, *words))
        for words in ([], ["--profile", "full"])
    )
    notes = [
        [note for rule in made["systems"]["gidd"]["rules"] for note in rule["notes"]]
        for made in (stated, given)
    ]
    assert [any("asks a queue for" in note for note in found) for found in notes] == [True, False]


@pytest.mark.slow
def test_the_page_shows_what_the_command_prints(call, root, regenerate):
    page = root / PAGE
    text = page.read_text()
    assert f"causeway {COMMAND}" in text
    printed = call(*COMMAND.split()).strip()
    between = re.compile(r"(?<=<!-- plan -->\n).*(?=<!-- end of plan -->)", re.DOTALL)
    if regenerate:
        page.write_text(between.sub(lambda match: f"{printed}\n", text))
    found = between.search(page.read_text())
    assert found
    assert found[0].strip() == printed, "run: pytest tests/cost --regenerate"
