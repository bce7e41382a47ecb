"""Claims are judged by their numbers, never dropped, and never judged kindly."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from causeway import evidence, metrics, statistics
from causeway.claims import table, wording
from causeway.claims.claims import claims as judge_claims
from causeway.claims.definition import Claim, load
from causeway.claims.judging import Region, Verdict, compare, judge
from causeway.errors import InputError
from causeway.metrics import Metric
from causeway.statistics import Interval
from causeway.systems import systems

ROOT = Path(__file__).parents[1]
PAPER = {"arxiv": "2603.02406", "where": "Table 1"}


def claim(test, **changes):
    given = {"says": "it works", "paper": PAPER, "metric": "loss", "scale": ["demo"]}
    return Claim.model_validate(given | {"test": test} | changes)


def runs(values, metric="loss", dataset="d", spread=math.nan, n=9):
    """Metrics from ``{variant: values by seed}``."""
    return pd.DataFrame(
        [
            {"system": "toy", "dataset": dataset, "variant": variant, "seed": seed}
            | {"metric": metric, "value": value, "low": value - spread, "high": value + spread}
            | {"n": n}
            for variant, series in values.items()
            for seed, value in (
                series.items() if isinstance(series, dict) else enumerate(np.atleast_1d(series))
            )
        ]
    )


def verdict(test, frame, **changes):
    [found] = judge("c", claim(test, **changes), frame, "demo")
    return found


def order(a="a", b="b", **more):
    return {"kind": "order", "greater": {"variant": a}, "less": {"variant": b}} | more


@pytest.mark.parametrize(
    ("interval", "region", "expected"),
    [
        ((1, 0.5, 1.5), Region(0, 2), Verdict.REPRODUCED),
        ((1, 0.5, 1.5), Region(1, 2), Verdict.INCONCLUSIVE),
        ((1, 0.5, 1.5), Region(2, 3), Verdict.NOT_REPRODUCED),
        ((1, 0.5, 1.5), Region(0.9, 1.1), Verdict.INCONCLUSIVE),
        ((1, 1, 1), Region(1, 2), Verdict.REPRODUCED),
        ((1, 1, 1), Region(1, 2, open=True), Verdict.NOT_REPRODUCED),
        ((1, 0, 2), Region(0, open=True), Verdict.INCONCLUSIVE),
        ((1, 0, 2), Region(0), Verdict.REPRODUCED),
        ((1, math.nan, math.nan), Region(0), Verdict.INCONCLUSIVE),
        ((math.inf, math.inf, math.inf), Region(0), Verdict.INCONCLUSIVE),
    ],
)
def test_an_interval_is_inside_outside_or_across(interval, region, expected):
    assert compare(Interval(*interval, 3), region) == expected


def test_order_is_paired_by_seed():
    # Seeds differ by 10, the variants by 1 within each seed: only pairing can see it.
    frame = runs({"a": [11, 21, 31], "b": [10.0, 20.1, 29.9]})
    found = verdict(order(), frame)
    assert found.verdict == Verdict.REPRODUCED
    assert found.evidence.interval == statistics.paired_difference([11, 21, 31], [10, 20.1, 29.9])
    assert found.evidence.unit == "seeds"
    assert verdict(order("b", "a"), frame).verdict == Verdict.NOT_REPRODUCED
    unpaired = runs({"a": {0: 11, 1: 21, 2: 31}, "b": {3: 10.0, 4: 20.1, 5: 29.9}})
    assert verdict(order(), unpaired).verdict == Verdict.INCONCLUSIVE


def test_order_asks_for_its_margin():
    frame = runs({"a": [11, 21, 31], "b": [10.0, 20.1, 29.9]})
    assert verdict(order(margin=0.5), frame).verdict == Verdict.REPRODUCED
    assert verdict(order(margin=1), frame).verdict == Verdict.INCONCLUSIVE
    assert verdict(order(margin=5), frame).verdict == Verdict.NOT_REPRODUCED


def test_equal_sides_do_not_make_an_order():
    frame = runs({"a": [1, 2], "b": [1, 2]})
    assert verdict(order(), frame).verdict == Verdict.NOT_REPRODUCED


def test_one_seed_is_judged_by_the_intervals_within_it():
    frame = runs({"a": 5, "b": 1}, spread=1)
    found = verdict(order(), frame)
    assert found.verdict == Verdict.REPRODUCED
    assert found.evidence.interval == pytest.approx((4, 4 - math.sqrt(2), 4 + math.sqrt(2), 9))
    assert found.evidence.unit == "units"
    assert verdict(order(), runs({"a": 5, "b": 4}, spread=1)).verdict == Verdict.INCONCLUSIVE


def test_one_seed_without_interval_decides_nothing():
    found = verdict(order(), runs({"a": 5, "b": 1}))
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "No interval" in found.reason


def test_sides_are_told_apart_or_said_to_be_equal():
    found = verdict(order(), runs({"a": [1.0003, 1.0005], "b": [1.0, 1.0]}))
    assert found.reason == "1.0004 against 1.0000, paired by seed"
    found = verdict(order(), runs({"a": [1.0, 1.1], "b": [1.0, 1.1]}))
    assert found.reason == "Both 1.05, paired by seed"


@pytest.mark.parametrize(
    ("values", "told"), [(1.0, "No interval: seed 0 alone"), ([1.0, 1.1], "Mean over seeds")]
)
def test_a_single_test_unit_is_told(values, told):
    rule = {"kind": "bound", "variant": "a", "at_least": 0}
    found = verdict(rule, runs({"a": values}, n=1))
    assert found.reason == f"{told}; a single test unit, so how units differ is unknown"


def test_a_diverged_seed_decides_nothing_and_is_named():
    found = verdict(order(), runs({"a": [5, math.nan, 5], "b": [1, 1, 1]}))
    assert found.verdict == Verdict.INCONCLUSIVE
    assert found.reason == "No finite value with seed 1"


def test_sides_may_name_metrics_and_datasets():
    frame = pd.concat(
        [
            runs({"a": [1.0, 1.1]}, metric="model"),
            runs({"a": [2.0, 2.1]}, metric="floor"),
            runs({"a": [9.0, 9.1]}, metric="model", dataset="e"),
        ]
    )
    sides = {"greater": {"variant": "a", "metric": "floor"}, "less": {"variant": "a"}}
    rule = {"kind": "order"} | sides
    [found] = judge("c", claim(rule, metric="model", datasets=["d"]), frame, "demo")
    assert found.evidence.interval.estimate == pytest.approx(1)
    across = order("a", "a")
    across["greater"]["dataset"], across["less"]["dataset"] = "e", "d"
    [found] = judge("c", claim(across, metric="model"), frame, "demo")
    assert found.dataset == "e, d"
    assert found.evidence.interval.estimate == pytest.approx(8)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.79, 0.80, 0.81], Verdict.REPRODUCED),
        ([0.5, 0.8, 1.1], Verdict.INCONCLUSIVE),
        ([0.49, 0.50, 0.51], Verdict.NOT_REPRODUCED),
    ],
)
def test_value_needs_the_whole_interval_within_tolerance(values, expected):
    rule = {"kind": "value", "variant": "a", "relative": 0.05}
    found = verdict(rule, runs({"a": values}), published=[{"value": 0.8, "mark": "seen"}])
    assert found.verdict == expected
    assert found.region == pytest.approx(Region(0.76, 0.84))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"at_least": 0.9}, Verdict.REPRODUCED),
        ({"at_most": 0.9}, Verdict.NOT_REPRODUCED),
        ({"at_least": 1.0}, Verdict.INCONCLUSIVE),
        ({"above": 0.9}, Verdict.REPRODUCED),
        ({"below": 0.9}, Verdict.NOT_REPRODUCED),
        ({"at_least": 0.9, "at_most": 1.1}, Verdict.REPRODUCED),
    ],
)
def test_bound(limits, expected):
    rule = {"kind": "bound", "variant": "a"} | limits
    assert verdict(rule, runs({"a": [0.99, 1.0, 1.01]})).verdict == expected


def test_a_strict_bound_does_not_hold_at_its_end():
    exact = runs({"a": [1.0, 1.0]}, spread=0)
    rule = {"kind": "bound", "variant": "a"}
    assert verdict(rule | {"at_least": 1}, exact).verdict == Verdict.REPRODUCED
    assert verdict(rule | {"above": 1}, exact).verdict == Verdict.NOT_REPRODUCED
    assert wording.sentence(claim(rule | {"above": 1, "below": 2})) == "loss of a > 1 and < 2"


def test_what_the_seed_does_not_change_is_no_replication():
    rule = {"kind": "bound", "variant": "a", "at_least": 0}
    found = verdict(rule, runs({"a": [5.0, 5.0, 5.0]}, spread=1))
    assert found.evidence == (Interval(5, 4, 6, 9), "units", "the same for all seeds")
    found = verdict(order(), runs({"a": [5.0, 5.0], "b": [1.0, 1.0]}, spread=1))
    assert (found.evidence.interval.n, found.evidence.unit) == (9, "units")
    found = verdict(order(), runs({"a": [5.0, 5.0], "b": [1.0, 1.1]}, spread=1))
    assert (found.evidence.interval.n, found.evidence.unit) == (2, "seeds")
    assert verdict(rule, runs({"a": [5.0, 5.0]})).verdict == Verdict.INCONCLUSIVE


def scaling(exponent, noise, seeds=3):
    random = np.random.default_rng(0)
    sizes = [1e5, 1e6, 1e7, 1e8]
    values = {
        f"v{i}": 3 * x**exponent * np.exp(random.normal(0, noise, seeds))
        for i, x in enumerate(sizes)
    }
    return runs(values), [{"variant": f"v{i}", "x": x} for i, x in enumerate(sizes)]


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize(
    ("exponent", "noise", "expected"),
    [
        (-0.1, 0.001, Verdict.REPRODUCED),
        (-0.2, 0.001, Verdict.NOT_REPRODUCED),
        (-0.1, 0.5, Verdict.INCONCLUSIVE),
    ],
)
def test_slope_of_a_power_law(exponent, noise, expected, seeds):
    frame, points = scaling(exponent, noise, seeds)
    rule = {"kind": "slope", "points": points, "absolute": 0.01}
    found = verdict(rule, frame, published=[{"value": -0.1, "mark": "seen"}])
    assert found.verdict == expected
    assert (found.evidence.unit, found.evidence.interval.n) == (
        ("points", 4) if seeds == 1 else ("seeds", 3)
    )


def test_slope_of_what_has_no_logarithm_decides_nothing():
    rule = {"kind": "slope", "points": [{"variant": "a", "x": 1}, {"variant": "b", "x": 2}]}
    published = [{"value": 1, "mark": "seen"}]
    found = verdict(rule | {"absolute": 1}, runs({"a": [1, 1], "b": [-1, 1]}), published=published)
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "not positive" in found.reason


def test_trend_needs_every_step():
    points = [{"variant": name, "x": x} for name, x in (("c", 3), ("a", 1), ("b", 2))]
    rising = {"kind": "trend", "direction": "rising", "points": points}
    falling = rising | {"direction": "falling"}
    up = runs({"a": [1, 1.1], "b": [2, 2.1], "c": [3, 3.1]})
    assert verdict(rising, up).verdict == Verdict.REPRODUCED
    assert verdict(falling, up).verdict == Verdict.NOT_REPRODUCED
    dent = runs({"a": [1, 1.1], "b": [9, 9.1], "c": [3, 3.1]})
    assert verdict(rising, dent).verdict == Verdict.NOT_REPRODUCED
    flat = runs({"a": [1, 1.1], "b": [2, 2.1], "c": [2, 2.2]})
    assert verdict(rising, flat).verdict == Verdict.INCONCLUSIVE


def test_each_dataset_is_judged_on_its_own():
    frame = pd.concat(
        [runs({"a": [2, 2.1], "b": [1, 1]}), runs({"a": [0, 0.1], "b": [1, 1]}, dataset="e")]
    )
    found = judge("c", claim(order()), frame, "demo")
    assert [(item.dataset, item.verdict) for item in found] == [
        ("d", Verdict.REPRODUCED),
        ("e", Verdict.NOT_REPRODUCED),
    ]
    [found] = judge("c", claim(order(), datasets=["e"]), frame, "demo")
    assert found.dataset == "e"


def test_a_dataset_of_other_variants_is_none_of_a_claims_business():
    frame = pd.concat([runs({"a": [2, 2.1], "b": [1, 1]}), runs({"exact": 1}, dataset="table")])
    assert [item.dataset for item in judge("c", claim(order()), frame, "demo")] == ["d"]


@pytest.mark.parametrize(
    ("given", "scale", "expected", "reason"),
    [
        (claim({"kind": "none"}, because="No weights"), "demo", "not attempted", "No weights"),
        (
            claim({"kind": "none", "verdict": "not reproducible"}, because="Closed data"),
            "demo",
            "not reproducible here",
            "Closed data",
        ),
        (claim(order()), "small", "not attempted", "Judged at scale demo only"),
        (claim(order(), datasets=["other"]), "demo", "not attempted", "no metrics on other"),
        (claim(order("a", "x")), "demo", "not attempted", "no variant 'x' on d"),
        (claim(order(), metric="lost", datasets=["other"]), "demo", "not attempted", "no metrics"),
    ],
)
def test_what_is_not_judged_stays_and_says_why(given, scale, expected, reason):
    [found] = judge("c", given, runs({"a": 1, "b": 2}), scale)
    assert found.verdict.startswith(expected)
    assert reason in found.reason


def test_a_missing_metric_names_the_claim_and_what_there_is():
    frame = pd.concat([runs({"a": 1, "b": 1}), runs({"a": 1}, metric="skill")])
    with pytest.raises(InputError, match=r"claim c: the run has no metric 'lost'.*loss, skill"):
        judge("c", claim(order(), metric="lost"), frame, "demo")
    with pytest.raises(InputError, match="variant 'b' on d has no metric 'skill'"):
        judge("c", claim(order(), metric="skill"), frame, "demo")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "cannot be read"),
        ("just text", "valid dictionary"),
        ("c: {says: x}\nc: {says: y}", "'c' stands there twice"),
        ({"test": {"kind": "order"}}, "c.test.order.greater"),
        ({"test": {"kind": "guess"}}, "c.test: "),
        ({"tests": 1}, "c.tests: Extra inputs"),
        ({"test": {"kind": "none"}}, "needs 'because'"),
        ({"scale": []}, "scales at which"),
        ({"scale": ["huge"]}, "c.scale.0"),
        ({"metric": None}, "give a metric"),
        ({"test": {"kind": "bound", "variant": "a"}}, "at_least, at_most"),
        (
            {"test": {"kind": "bound", "variant": "a", "at_least": 0, "below": 1}},
            "or above, below",
        ),
        ({"test": {"kind": "value", "variant": "a", "relative": 1}}, "published number"),
        ({"test": {"kind": "value", "variant": "a"}}, "either relative or absolute"),
        ({"published": [{"mark": "seen"}]}, "or is marked unknown"),
        ({"paper": {"arxiv": "none", "where": ""}}, "c.paper.arxiv"),
    ],
)
def test_malformed_claims_are_refused_with_their_field(tmp_path, content, message):
    path = tmp_path / "toy.yaml"
    if isinstance(content, dict):
        good = {"says": "x", "paper": PAPER, "metric": "loss", "test": order(), "scale": ["demo"]}
        content = yaml.safe_dump({"c": good | content})
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load(path)
    assert message in str(caught.value)
    assert "toy.yaml" in str(caught.value)


def test_the_step_writes_every_claim(tmp_path):
    rows = [
        Metric(system="toy", dataset=dataset, variant=v, seed=s, metric="loss", value=x + s, n=4)
        for dataset in ("made-up", "real")
        for v, x in (("a", 2.0), ("b", 1.0))
        for s in (0, 1)
    ]
    metrics.write(rows, tmp_path / "metrics.parquet")
    good = {"says": "x", "paper": PAPER, "metric": "loss", "scale": ["demo"]}
    published = [{"value": 0.5, "of": "a", "mark": "quoted"}, {"mark": "unknown"}]
    definitions = {
        "holds": good | {"test": order(), "published": published},
        "fails": good | {"test": order("b", "a"), "origin": "control"},
        "stated": good | {"test": {"kind": "none"}, "because": "No\n weights"},
    }
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(definitions))
    given = {"metrics": [tmp_path / "metrics.parquet"], "claims": tmp_path / "toy.yaml"}
    given |= {"judged": tmp_path / "claims.tsv", "scale": "demo", "system": "toy"}
    judge_claims(**given, synthetic=["made-up"], redrawn=[])
    found = table.read(tmp_path / "claims.tsv")
    assert list(found["claim"]) == ["fails", "fails", "holds", "holds", "stated"]
    assert list(found["synthetic"]) == [True, False, True, False, False]
    holds = found[found["claim"] == "holds"].iloc[0]
    assert holds["verdict"] == "reproduced"
    assert holds["published"] == "0.5 (a), not found"
    assert holds["mark"] == "quoted, unknown"
    assert (holds["estimate"], holds["from"], holds["to"]) == (1, 0, math.inf)
    assert (holds["n"], holds["unit"]) == (2, "seeds")
    assert holds["variants"] == "a, b"
    assert set(found[found["claim"] == "fails"]["verdict"]) == {"not reproduced"}
    assert found.iloc[-1]["reason"] == "No weights"
    assert math.isnan(found.iloc[-1]["estimate"])

    with pytest.raises(InputError, match="metrics of toy among those of other"):
        judge_claims(**given | {"system": "other"}, synthetic=[], redrawn=[])


def test_other_tables_are_refused(tmp_path):
    (tmp_path / "claims.tsv").write_text("claim\tverdict\nx\treproduced\n")
    with pytest.raises(InputError, match="not a table of judged claims"):
        table.read(tmp_path / "claims.tsv")


@pytest.mark.parametrize("path", sorted(ROOT.glob("config/claims/*.yaml")), ids=lambda p: p.stem)
def test_the_claims_that_ship_are_well_formed(path):
    claims = load(path)
    assert claims
    assert systems()[path.stem].arxiv in {claim.paper.arxiv for claim in claims.values()}


def test_seeds_that_draw_their_own_data_are_whole_replicates():
    rows = pd.DataFrame(
        {
            "system": "s",
            "dataset": ["anew", "anew", "shared", "shared", "same", "same"],
            "variant": "v",
            "metric": "m",
            "seed": [0, 1] * 3,
            "value": [1.0, 2.0, 1.0, 2.0, 3.0, 3.0],
            "low": [0.0, 1.0, 0.0, 1.0, 2.0, 2.0],
            "high": [2.0, 3.0, 2.0, 3.0, 4.0, 4.0],
            "n": 5,
        }
    )
    found = evidence.replicated(rows, ["anew", "same"]).set_index("dataset")
    assert found.loc["anew", ["low", "high"]].isna().all(axis=None)
    assert found.loc[["shared", "same"], ["low", "high"]].notna().all(axis=None)
    plain, widened = (
        evidence.mean(found.loc[name].set_index("seed")).interval for name in ("anew", "shared")
    )
    assert plain.high - plain.low < widened.high - widened.low
    assert rows["low"].notna().all()


def test_a_part_of_a_dataset_may_be_drawn_anew():
    rows = pd.DataFrame(
        {
            "system": "s",
            "dataset": "half",
            "variant": "v",
            "metric": ["risk/auroc", "risk/auroc", "risks/auroc", "risks/auroc"],
            "seed": [0, 1] * 2,
            "value": [1.0, 2.0] * 2,
            "low": 0.0,
            "high": 3.0,
            "n": 5,
        }
    )
    found = evidence.replicated(rows, ["half/risk"]).set_index("metric")
    assert found.loc["risk/auroc", ["low", "high"]].isna().all(axis=None)
    assert found.loc["risks/auroc", ["low", "high"]].notna().all(axis=None)
