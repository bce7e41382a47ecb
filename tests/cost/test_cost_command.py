"""``causeway plan`` asks Snakemake, and docs/scale.md shows what it says."""

import json
import re

import pytest
from typer.testing import CliRunner

from causeway.cli import app

PAGE = "docs/scale.md"
COMMAND = "plan --cluster config/clusters/eight-h100.yaml --rules --markdown"


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
