"""The claims page and the report show claims and figures in a browser that has no network."""

import base64
import json
import math
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.figure import Figure

from causeway import figures, metrics, numerals
from causeway.claims import table
from causeway.claims.claims import claims as judge_claims
from causeway.claims.judging import Verdict
from causeway.config import load, section
from causeway.errors import InputError
from causeway.metrics import Metric
from causeway.report.claims import GROUPS
from causeway.report.claims import claims as join_claims
from causeway.report.marks import HEIGHT, WIDTH, mark
from causeway.report.records import Records
from causeway.report.versions import versions

ROOT = Path(__file__).parents[1]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]

needs_browser = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")

LEVELS = {
    "model/rotation": {"paper": 0.955, "released": 0.972, "fixed": 0.41},
    "constant/rotation": {"paper": 0.968, "released": 0.971, "fixed": 0.974},
    "shuffled-pairs/rotation": {"paper": 1.1, "released": 1.02, "fixed": 1.4},
    "shuffled-time/rotation": {"paper": 1.0, "released": 1.1, "fixed": 0.41},
    "skill/rotation": {"paper": 0.013, "released": -0.001, "fixed": 0.58},
    "model/translation": {"paper": 1.001, "released": 1.03, "fixed": 1.0},
    "skill/translation": {"paper": -0.001, "released": -0.3, "fixed": 0.0},
    "zero/translation": {"paper": 1.0, "released": 1.0, "fixed": 1.0},
    "invariance/rotation": {"paper": 0.02, "released": 0.31, "fixed": 2e-6},
    "noise/angle": {"paper": 45.3, "released": 87.1, "fixed": 45.3},
    "invariance/geometry": {"paper": 1e-5, "released": 13.2, "fixed": 1e-5},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Results of a made-up run of rigidssl, through the real steps, with records."""
    root = tmp_path_factory.mktemp("run")
    folder = root / "results/demo/rigidssl"
    random = np.random.default_rng(0)
    files = []
    for dataset in ("synthetic-helices", "swissprot-v6"):
        for variant in ("paper", "released", "fixed"):
            for seed in range(3):
                path = folder / dataset / variant / f"seed{seed}" / "metrics.parquet"
                path.parent.mkdir(parents=True)
                rows = [
                    Metric(
                        system="rigidssl",
                        dataset=dataset,
                        variant=variant,
                        seed=seed,
                        metric=name,
                        value=level[variant] * (1 + 0.004 * random.normal())
                        + 1e-4 * random.normal(),
                        n=25,
                    )
                    for name, level in LEVELS.items()
                ]
                metrics.write(rows, path)
                files.append(path)
                _record(folder, "pretrain", dataset, variant, seed, ["raw.tar"], ["model.ckpt"])
                _record(folder, "evaluate", dataset, variant, seed, ["model.ckpt"], [path.name])
    judged = folder / "claims.tsv"
    judge_claims(
        metrics=files,
        claims=ROOT / "config/claims/rigidssl.yaml",
        judged=judged,
        scale="demo",
        system="rigidssl",
        synthetic=["synthetic-helices"],
        redrawn=[],
    )
    record = _job("claims", {}, map(str, files), [str(judged)], 1.0)
    (folder / "logs/claims.json").write_text(json.dumps(record))
    page = root / "claims.html"
    join_claims(
        judged=[judged],
        template=ROOT / "workflows/report/claims.html.j2",
        style=ROOT / "workflows/report/page.css",
        table=root / "claims.tsv",
        page=page,
        records=root / "results/demo",
        scale="demo",
    )
    return root


def _job(rule, wildcards, inputs, outputs, seconds):
    return {
        "rule": f"rigidssl_{rule}",
        "wildcards": wildcards,
        "params": {},
        "started": "2026-01-01T00:00:00+00:00",
        "seconds": seconds,
        "cpu_seconds": 2 * seconds,
        "peak_rss_bytes": int(seconds * 1e7),
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "git": {"commit": "0123456789abcdef", "dirty": True},
        "hardware": {"cpu": "toy", "cores": 2},
        "seed": 0,
        "inputs": {path: {"bytes": 1} for path in inputs},
        "outputs": {path: {"bytes": 1} for path in outputs},
    }


def _record(folder, rule, dataset, variant, seed, inputs, outputs):
    place = folder / dataset / variant / f"seed{seed}"
    inputs = [name if name == "raw.tar" else str(place / name) for name in inputs]
    wildcards = {"dataset": dataset, "variant": variant, "seed": str(seed)}
    job = _job(rule, wildcards, inputs, [str(place / name) for name in outputs], 60.0)
    path = folder / "logs" / f"{rule}_{dataset}_{variant}_{seed}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(job))


class _Rows(HTMLParser):
    """Attributes of the rows of a page, and every address that it would load."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.loads = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "data-claim" in given:
            self.rows.append(given)
        wanted = [given.get("src"), given.get("href"), given.get("xlink:href")]
        self.loads += [address for address in wanted if address and address[0] != "#"]


def test_every_claim_of_the_table_is_a_row_of_the_page(run):
    rows = _Rows((run / "claims.html").read_text()).rows
    found = table.read(run / "claims.tsv")
    expected = sorted(zip("rigidssl." + found["claim"], found["verdict"], strict=True))
    assert sorted((row["data-claim"], row["data-verdict"]) for row in rows) == expected
    assert {"reproduced", "not reproduced", "inconclusive"} <= set(found["verdict"])


def test_paper_claims_and_controls_are_counted_apart(run):
    text = (run / "claims.html").read_text()
    found = table.read(run / "claims.tsv")
    for origin, title in GROUPS.items():
        card = re.search(rf"<header><b>{title}</b>.*?</section>", text, flags=re.DOTALL)[0]
        counts = re.findall(r"<b>(\d+)</b> ([\w ]+)</span>", card)
        expected = found[found["origin"] == origin]["verdict"].value_counts()
        assert {name: int(count) for count, name in counts} == {
            verdict: expected.get(verdict, 0) for verdict in Verdict
        }


def test_the_page_loads_nothing_and_runs_nothing(run):
    text = (run / "claims.html").read_text()
    assert _Rows(text).loads == []
    assert "<script" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_made_up_data_is_labelled_where_it_is_used(run):
    text = (run / "claims.html").read_text()
    rows = re.findall(r"<tr class=.*?</tr>", text, flags=re.DOTALL)
    for row in rows:
        assert ("SYNTHETIC" in row) == ("synthetic-helices" in row)
    assert sum("SYNTHETIC" in row for row in rows) > 5


def test_cost_counts_the_jobs_behind_a_claim_once(run):
    # Two variants of three seeds: 6 evaluations and 6 trainings of 120 s each.
    text = (run / "claims.html").read_text()
    row = re.search(r'data-claim="rigidssl.fixed-beats-released".*?</tr>', text, re.DOTALL)
    assert numerals.duration(12 * 120) in row[0]
    row = re.search(r'data-claim="rigidssl.rotation-learned-fixed".*?</tr>', text, re.DOTALL)
    assert numerals.duration(6 * 120) in row[0]
    assert numerals.duration(36 * 120 + 2) in text[: text.index("<table")]


def test_a_job_without_the_wildcard_counts_for_all_its_values(run, tmp_path):
    shutil.copytree(run / "results", tmp_path / "results")
    for path in tmp_path.glob("results/demo/rigidssl/logs/evaluate*.json"):
        record = json.loads(path.read_text())
        del record["wildcards"]["variant"]
        path.write_text(json.dumps(record))
    join_claims(
        judged=[run / "results/demo/rigidssl/claims.tsv"],
        template=ROOT / "workflows/report/claims.html.j2",
        style=ROOT / "workflows/report/page.css",
        table=tmp_path / "claims.tsv",
        page=tmp_path / "claims.html",
        records=tmp_path / "results/demo",
        scale="demo",
    )
    text = (tmp_path / "claims.html").read_text()
    row = re.search(r'data-claim="rigidssl.rotation-learned-fixed".*?</tr>', text, re.DOTALL)
    assert numerals.duration(18 * 120) in row[0]


def test_the_page_is_the_same_bytes_again(run, tmp_path):
    join_claims(
        judged=[run / "results/demo/rigidssl/claims.tsv"],
        template=ROOT / "workflows/report/claims.html.j2",
        style=ROOT / "workflows/report/page.css",
        table=tmp_path / "claims.tsv",
        page=tmp_path / "claims.html",
        records=run / "results/demo",
        scale="demo",
    )
    assert (tmp_path / "claims.html").read_bytes() == (run / "claims.html").read_bytes()


def test_a_page_without_records_leaves_costs_out(run, tmp_path):
    join_claims(
        judged=[run / "results/demo/rigidssl/claims.tsv"],
        template=ROOT / "workflows/report/claims.html.j2",
        style=ROOT / "workflows/report/page.css",
        table=tmp_path / "claims.tsv",
        page=tmp_path / "claims.html",
        records=tmp_path,
        scale="demo",
    )
    assert len(_Rows((tmp_path / "claims.html").read_text()).rows) > 10


def test_versions_name_software_hardware_and_sources(run, tmp_path):
    judged = [run / "results/demo/rigidssl/claims.tsv"]
    given = {"judged": judged, "records": run / "results/demo", "scale": "demo"}
    versions(**given, versions=tmp_path / "versions.yml")
    found = yaml.safe_load((tmp_path / "versions.yml").read_text())
    assert found["packages"] == {"numpy": "2.4.6", "python": "3.11.7"}
    assert found["hardware"] == [{"cpu": "toy", "cores": 2}]
    assert found["sources"] == {"raw.tar": {"bytes": 1}}
    assert found["rules"]["rigidssl_pretrain"]["jobs"] == 18
    assert found["rules"]["rigidssl_pretrain"]["cpu_seconds"] == 18 * 120


def test_a_broken_record_is_named(tmp_path):
    (tmp_path / "toy/logs").mkdir(parents=True)
    (tmp_path / "toy/logs/fit.json").write_text('{"rule": "fit"}')
    with pytest.raises(InputError, match=r"fit\.json: not a job's record"):
        Records.read(tmp_path)


@pytest.mark.parametrize(
    "numbers",
    [
        (0.5, 0.4, 0.6, 0.0, math.inf),
        (-3e9, -4e9, 2.0, -math.inf, 1.0),
        (1.0, 1.0, 1.0, 1.0, 1.0),
        (0.5, math.nan, math.nan, 0.0, 1.0),
    ],
)
def test_marks_stay_inside_their_box(numbers):
    drawn = mark(*numbers)
    places = re.findall(r'\b(?:x|x1|x2|cx)="([-\d.]+)"', drawn)
    assert places
    assert all(0 <= float(place) <= WIDTH for place in places)
    assert f'height="{HEIGHT}"' in drawn


def test_marks_keep_the_order_of_numbers():
    drawn = mark(2.0, 1.0, 4.0, 0.5, 8.0)
    starts = [float(x) for x in re.findall(r'x1="([.\d]+)"', drawn)]
    ends = [float(x) for x in re.findall(r'x2="([.\d]+)"', drawn)]
    [centre] = map(float, re.findall(r'cx="([.\d]+)"', drawn))
    places = [starts[0], starts[2], centre, ends[2], starts[1]]
    assert places == sorted(set(places)), "region, low, estimate, high, region"
    assert mark(math.nan, math.nan, math.nan, 0, 1) == ""


def dump(page, profile):
    """Text of the page's tree after the browser rendered it, without any network."""
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}"]
    command += ["--dump-dom", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.slow
@needs_browser
def test_the_claims_page_in_a_browser(run, tmp_path):
    text = dump(run / "claims.html", tmp_path)
    rows = _Rows(text).rows
    assert len(rows) == len(table.read(run / "claims.tsv"))
    assert text.count('class="mark"') > 10


SNAKEFILE = """
report: "workflows/report/overview.rst"

module:
    name: "report_"
    pathvars:
        results="results/demo/report",
        logs="results/demo/report/logs",
        benchmarks="results/demo/report/benchmarks",
    snakefile: "workflows/report.smk"
    config: {config}

use rule * from report_ as report_*

rule figure:
    input: "drawn.svg"
    output: report("figure.svg", category="Figures", labels=dict(figure="losses"))
    shell: "cp {{input}} {{output}}"

rule all:
    default_target: True
    input: rules.report_all.input, rules.figure.output
"""


@pytest.fixture(scope="module")
def report(run):
    """Report of a workflow of one figure and the claims of the made-up run."""
    with figures.style():
        drawn = Figure()
        drawn.subplots().plot([0, 1])
    figures.save(drawn, run / "drawn.svg", title="Losses")
    config = section(load({"scale": "demo", "systems": ["rigidssl"]}), "report")
    for name in ("workflows", "config"):
        (run / name).symlink_to(ROOT / name)
    (run / "Snakefile").write_text(SNAKEFILE.format(config=config))
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    for words in ([], ["--report", "report.html"]):
        done = subprocess.run([*command, *words], cwd=run, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return run / "report.html"


CLICKS = """<script>
const wanted = {names};
const click = () => {{
  const name = wanted.shift();
  const names = link => [link.textContent.trim(), link.getAttribute("iconname")];
  [...document.querySelectorAll("a")].find(link => names(link).includes(name)).click();
  if (wanted.length) setTimeout(click, 300);
}};
setTimeout(click, 500);
</script>"""


def click(page, profile, *names):
    """Dump the page after clicks on links of these names, one after the other."""
    head, _, tail = page.read_text().rpartition("</body>")
    driven = profile / "driven.html"
    driven.write_text(f"{head}{CLICKS.format(names=json.dumps(names))}</body>{tail}")
    return dump(driven, profile)


def embedded(text, tag, name):
    """Content of the file of this name that an element of the page shows."""
    source = rf'<{tag} [^>]*src="data:[^"]*filename={name};base64,([^"]*)"'
    return base64.b64decode(re.search(source, text)[1]).decode()


@pytest.mark.slow
@needs_browser
def test_the_report_shows_its_figures_in_a_browser(report, tmp_path):
    shown = embedded(click(report, tmp_path, "Figures", "eye"), "img", "figure.svg")
    assert shown == (report.parent / "figure.svg").read_text()


@pytest.mark.slow
@needs_browser
def test_the_report_shows_its_claims_in_a_browser(report, tmp_path):
    text = click(report, tmp_path, "Claims", "eye")
    rows = _Rows(embedded(text, "iframe", "claims.html")).rows
    assert len(rows) == len(table.read(report.parent / "claims.tsv"))
    assert "One pipeline per paper" in text
