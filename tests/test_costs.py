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


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The page of a made-up run, one evaluation of which ran three times."""
    monkeypatch.chdir(tmp_path)
    run = small_run()
    run[Path("results/demo/conformal/logs/evaluate_1.json")]["history"] = {
        "runs": 3,
        "changed": ["code", "parameter draws"],
    }
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
