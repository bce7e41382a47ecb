"""The cost page adds up what the jobs behind the verdicts took, and says what ran again."""

import re
from pathlib import Path

import pandas as pd
import pytest

from causeway import numerals
from causeway.claims import table
from causeway.report.costs import costs
from causeway.report.reruns import reruns
from made_up_run import job, small_run, write

ROOT = Path(__file__).parents[1]
LOGS = Path("results/demo/conformal/logs")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The page of a made-up run, one evaluation of which ran three times."""
    monkeypatch.chdir(tmp_path)
    run = small_run()
    run[LOGS / "evaluate_1.json"]["history"] = {
        "runs": 3,
        "changed": ["code", "parameter draws"],
    }
    return shown(run)


def shown(run):
    """Write a run and its page of costs."""
    judged = Path("results/demo/conformal/claims.tsv")
    judged.parent.mkdir(parents=True)
    rows = [
        {"claim": "a", "variants": "plain", "verdict": "reproduced"},
        {"claim": "b", "variants": "other", "verdict": "inconclusive"},
        {"claim": "c", "variants": "plain", "verdict": "not attempted at this scale"},
    ]
    frame = pd.DataFrame(
        [dict.fromkeys(table.COLUMNS, "") | {"dataset": "digits"} | row for row in rows]
    )
    table.write(frame.assign(system="conformal", synthetic=False, n=1), judged)
    write(run)
    costs(
        judged=[judged],
        template=ROOT / "workflows/report/costs.html.j2",
        style=ROOT / "workflows/report/page.css",
        page=Path("costs.html"),
        records=Path("results/demo"),
        scale="demo",
    )
    return Path("costs.html").read_text()


def cells(page, name):
    """Cells of the row of this name, in the first ledger that has it."""
    row = re.search(rf'<tr data-name="{name}">(.*?)</tr>', page, re.DOTALL)[1]
    return re.findall(r'<td class="number">(.*?)</td>', row)


def test_costs_are_those_of_all_jobs_upstream(page):
    # Four jobs of 60 s, each on one core and a half.
    whole = ["4", numerals.duration(4 * 90), numerals.duration(4 * 60), numerals.size(6 * 10**8)]
    assert cells(page, "conformal") == whole
    assert cells(page, "toy, 2 cores, 8.0 GB of memory") == whole
    assert cells(page, "conformal_evaluate")[:2] == ["2", numerals.duration(2 * 90)]


def test_a_claim_costs_the_jobs_of_its_variant_and_what_they_rest_on(page):
    assert cells(page, "a")[:2] == ["3", numerals.duration(3 * 90)]
    assert cells(page, "b")[0] == "0", "no job was about its variant"
    assert 'data-name="c"' not in page, "nothing was judged"


def test_jobs_of_older_records_are_told_apart_from_those_in_known_environments(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = small_run()
    file = {"file": "envs/sklearn.yaml", "sha256": "0a1b2c3d" + 56 * "0"}
    run[LOGS / "evaluate_0.json"]["environment"] = file
    run[LOGS / "evaluate_1.json"]["environment"] = file | {"container": "all.sif"}
    run[LOGS / "claims.json"]["environment"] = {"installed": "4e5f6071" + 56 * "0"}
    page = shown(run)
    for name in (
        "not recorded",
        r"envs/sklearn\.yaml \(0a1b2c3d\)",
        r"envs/sklearn\.yaml \(0a1b2c3d\), in all\.sif",
        r"Snakemake&#39;s own, no file of envs/ \(versions 4e5f6071\)",
    ):
        assert cells(page, name)[:2] == ["1", numerals.duration(90)], name


def test_gpus_count_by_wall_clock_and_nodes_beyond_the_first_make_lower_bounds(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = small_run()
    trained = {"nodes": 2, "processes": 4, "gpus": 4}
    run[LOGS / "evaluate_0.json"]["workers"] = trained
    run[LOGS / "claims.json"]["workers"] = trained | {"nodes": 1, "gpus": 1}
    page = shown(run)
    processors, wall, gpu, memory = cells(page, "conformal_evaluate")[1:]
    assert (processors, wall) == (f"≥ {numerals.duration(180)}", numerals.duration(120))
    assert gpu == numerals.duration(4 * 60)
    assert memory.startswith("≥ ")
    assert cells(page, "conformal_prepare")[1:4] == ["1.5 min", "1.0 min", "–"]
    assert cells(page, "conformal")[3] == numerals.duration(5 * 60)
    assert "1 of the jobs ran on several nodes" in page


def test_what_jobs_took_that_resumed_is_a_lower_bound(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = small_run()
    run[LOGS / "evaluate_0.json"]["resumed"] = True
    page = shown(run)
    least = [f"≥ {numerals.duration(seconds)}" for seconds in (180, 120)]
    assert cells(page, "conformal_evaluate")[1:3] == least
    assert "≥" not in "".join(cells(page, "conformal_prepare"))
    assert "1 of the jobs resumed" in page
    assert "on several nodes" not in page


def test_without_gpus_and_several_nodes_the_page_speaks_of_neither(page):
    assert "GPU" not in page
    assert "≥" not in page


def test_what_ran_again_is_shown_with_what_had_changed(page):
    row = re.search(r'<tr data-rerun="conformal_evaluate">(.*?)</tr>', page, re.DOTALL)[1]
    assert re.findall(r'<td class="number">(\d+)</td>', row) == ["1", "3", "0"]
    assert "code (1), parameter draws (1)" in row
    assert page.count("data-rerun") == 1


def test_the_page_loads_nothing(page):
    assert not re.findall(r"\b(?:src|href)=|@import|url\(", page)
    assert "<script" not in page
    assert "torch 2.13.0+cpu" in page


def test_jobs_that_resumed_are_shown_though_they_ran_once():
    resumed = job("evaluate", {}, {}) | {"resumed": True}
    [found] = reruns([resumed, job("prepare", {}, {})])
    assert (found.rule, found.again, found.resumed, found.changed) == (
        "conformal_evaluate",
        0,
        1,
        [],
    )
