"""One's own data, random worlds, and the steps of the workflow."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import binomtest

from causeway import metrics
from causeway.causal.codelength import compare, comparison
from causeway.causal.codelength.config import (
    PRESETS,
    CodelengthConfig,
    Counts,
    Gaussian,
    Table,
    Worlds,
)
from causeway.causal.codelength.contest import contest
from causeway.causal.codelength.discover import discover
from causeway.causal.codelength.draw import draw
from causeway.causal.codelength.recover import recover
from causeway.causal.codelength.shares import clopper_pearson, paired_shares
from causeway.errors import InputError

CONFIG = CodelengthConfig()
REFERENCES = "config/references/codelength"


def own(seed=0, samples=60):
    generator = np.random.default_rng(seed)
    place = np.repeat(["a", "b", "c", "d"], samples)
    dose = generator.normal(size=4 * samples) * np.repeat([1, 1, 3, 6], samples)
    return pd.DataFrame(
        {"dose": dose, "response": 2 * dose + generator.normal(size=len(dose)), "place": place}
    )


@pytest.fixture(scope="module")
def discovered(root, tmp_path_factory):
    """Outputs of the step for the published experiment."""
    folder = tmp_path_factory.mktemp("discovered")
    files = {"metrics": folder / "metrics.parquet", "codes": folder / "codes.parquet"}
    discover(
        samples=[],
        printed=root / REFERENCES / "discovery.tsv",
        source=Gaussian(repetitions=8),
        coding=PRESETS["oracle"],
        dataset="discovery",
        variant="oracle",
        seed=0,
        **files,
    )
    return files


def test_the_docstring_example_holds():
    assert doctest.testmod(comparison).failed == 0


def test_a_cause_whose_variance_alone_changes_is_found():
    table = own()
    there = compare(table["dose"], table["response"], table["place"])
    back = compare(table["response"], table["dose"], table["place"])
    assert (there.shorter, back.shorter) == ("forward", "backward")
    assert there.advantage == pytest.approx(-back.advantage)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-5, 5), st.integers(0, 1000))
def test_units_and_offsets_do_not_matter(first, second, offset, seed):
    table = own(seed, samples=10)
    plain = compare(table["dose"], table["response"], table["place"])
    scaled = compare(first * table["dose"] + offset, second * table["response"], table["place"])
    assert scaled.advantage == pytest.approx(plain.advantage, abs=1e-6)
    assert scaled.forward.mechanisms == plain.forward.mechanisms


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"place": ["a"] * 240}, "one environment alone"),
        ({"place": ["a"] * 238 + ["b"] * 2}, "environment 1: 2 samples"),
        ({"place": ["a"] * 239 + [None]}, "a label is missing"),
        ({"place": [1.0] * 239 + [np.nan]}, "a label is missing"),
        ({"place": ["a"] * 5}, "5 labels for 240 rows"),
        ({"dose": [np.nan] * 240}, "first: a value is not finite"),
        ({"response": ["x"] * 240}, "second: not numbers"),
        ({"response": [1.0] * 3}, "3 values beside 240"),
        ({"dose": []}, "first: shape"),
    ],
)
def test_columns_that_cannot_be_compared_are_refused(change, words):
    columns = {name: list(values) for name, values in own().items()} | change
    with pytest.raises(InputError, match=words):
        compare(columns["dose"], columns["response"], columns["place"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"codebook": 1}, "1 members leave nothing to choose"),
        ({"codebook": 2.5}, "codebook: 2.5 is no whole number"),
        ({"codebook": 0}, "codebook: 0 is no whole number from 1 up"),
        ({"fit": "foo"}, "fit: 'foo' is not known. Give one of divergence, likelihood"),
    ],
)
def test_options_of_no_meaning_are_refused(options, words):
    table = own()
    with pytest.raises(InputError, match=words):
        compare(table["dose"], table["response"], table["place"], **options)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_a_table_goes_through_the_step(root, tmp_path, suffix):
    table, path = own(), tmp_path / f"mine{suffix}"
    if suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, sep="\t" if suffix == ".tsv" else ",", index=False)
    source = Table(path=path, first="dose", second="response", environment="place")
    files = {"metrics": tmp_path / "m.parquet", "codes": tmp_path / "c.parquet"}
    discover(
        samples=[path],
        printed=root / REFERENCES / "discovery.tsv",
        source=source,
        coding=PRESETS["held-out"],
        dataset="mine",
        variant="held-out",
        seed=0,
        **files,
    )
    found = metrics.read([files["metrics"]]).set_index("metric")["value"]
    expected = compare(table["dose"], table["response"], table["place"])
    assert found["advantage/code"] == pytest.approx(expected.advantage)
    assert "references/deviation" not in found
    draw(
        metrics=[files["metrics"]],
        codes=[files["codes"]],
        source=source,
        figure=tmp_path / "figure.svg",
    )
    assert (tmp_path / "figure.svg").stat().st_size > 1000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dose,place\n1,a\n", "no column response"),
        ("dose,response,place\n1,2,\n", "column place misses a label"),
        ("dose,response,place\n1,x,a\n", "second: not numbers"),
        ("", "cannot be read"),
    ],
)
def test_tables_that_do_not_fit_are_refused(root, tmp_path, text, words):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        discover(
            samples=[path],
            printed=root / REFERENCES / "discovery.tsv",
            source=Table(path=path, first="dose", second="response", environment="place"),
            coding=PRESETS["held-out"],
            dataset="mine",
            variant="held-out",
            seed=0,
            metrics=tmp_path / "m.parquet",
            codes=tmp_path / "c.parquet",
        )


def test_the_published_experiment_meets_its_references(discovered):
    table = metrics.read([discovered["metrics"]])
    assert sorted(table["seed"].unique()) == list(range(8))
    found = table.set_index(["metric", "seed"])["value"]
    assert found["references/deviation", 0] <= 1
    assert found["references/mechanisms", 0] == 1
    assert (found["advantage/code"][range(5)] > 0).all()
    rows = table.set_index("metric")
    for kind in ("code", "data"):
        share = rows.loc[f"wins/{kind}"]
        assert share["value"] == (found[f"advantage/{kind}"] > 0).mean()
        assert share["n"] == 8
        assert share["low"] < share["value"] <= share["high"]
    paired = rows.loc["wins/penalty", "value"]
    assert paired == pytest.approx(found["wins/code", 0] - found["wins/data", 0])
    codes = pd.read_parquet(discovered["codes"])
    assert len(codes) == 8 * 2 * 5**3
    shortest = (
        (codes["data"] + codes["penalty"]).groupby([codes["direction"], codes["seed"]]).min()
    )
    np.testing.assert_allclose(shortest["forward"], found["forward/code"])


def test_random_worlds_are_counted_the_same_twice(tmp_path):
    source = Worlds(worlds=6, samples=[10, 30])
    tables = []
    for name in ("a", "b"):
        contest(
            source=source,
            coding=PRESETS["held-out"],
            dataset="worlds",
            variant="held-out",
            seed=1,
            metrics=tmp_path / f"{name}.parquet",
            codes=tmp_path / f"{name}-codes.parquet",
        )
        tables.append(metrics.read([tmp_path / f"{name}.parquet"]))
    pd.testing.assert_frame_equal(*tables)
    codes = pd.read_parquet(tmp_path / "a-codes.parquet")
    for row in tables[0].itertuples():
        size, kind = row.metric.split("/")[0].removeprefix("samples-"), row.metric.split("/")[2]
        mine = codes[codes["samples"] == int(size)]
        won = (mine["code"] > 0).mean() if kind == "penalty" else (mine[kind] > 0).mean()
        lost = (mine["data"] > 0).mean() if kind == "penalty" else 0
        assert row.value == pytest.approx(won - lost)
        assert row.n == 6
    draw(
        metrics=[tmp_path / "a.parquet"],
        codes=[tmp_path / "a-codes.parquet"],
        source=source,
        figure=tmp_path / "figure.png",
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_of_shares_are_exact(case):
    expected = binomtest(*case).proportion_ci(0.95, method="exact")
    assert clopper_pearson(*case) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("up", "down"), [(0.3, 0.1), (0.02, 0.0), (0.5, 0.5)])
def test_intervals_of_paired_differences_cover(up, down):
    generator = np.random.default_rng(0)
    drawn = generator.multinomial(50, [up, down, 1 - up - down], size=2000)
    ends = np.array([paired_shares(gained, lost, 50) for gained, lost, _ in drawn])
    covered = (ends[:, 0] <= up - down) & (up - down <= ends[:, 1])
    assert covered.mean() > 0.93
    assert ends.min() >= -1
    assert ends.max() <= 1


def test_intervals_of_paired_differences_have_a_width_where_nothing_changes():
    low, high = paired_shares(0, 0, 20)
    assert low == pytest.approx(-high)
    assert 0 < high < 0.2
    assert paired_shares(20, 0, 20)[1] == 1


def test_batches_without_the_published_data_sets_meet_no_references(root, tmp_path):
    files = {"metrics": tmp_path / "m.parquet", "codes": tmp_path / "c.parquet"}
    recover(
        printed=root / REFERENCES / "shift.tsv",
        penalties=root / REFERENCES / "penalty.tsv",
        source=Counts(repetitions=5, samples=[10]),
        dataset="shift",
        variant="poisson",
        seed=1,
        **files,
    )
    assert "references/deviation" not in set(metrics.read([files["metrics"]])["metric"])


def test_counts_go_through_the_step(root, tmp_path):
    source = Counts(repetitions=10)
    files = {"metrics": tmp_path / "m.parquet", "codes": tmp_path / "c.parquet"}
    recover(
        printed=root / REFERENCES / "shift.tsv",
        penalties=root / REFERENCES / "penalty.tsv",
        source=source,
        dataset="shift",
        variant="poisson",
        seed=0,
        **files,
    )
    found = metrics.read([files["metrics"]]).set_index(["metric", "seed"])["value"]
    assert found["references/deviation", 0] <= 1
    assert found["penalty/deviation", 0] <= 1
    codes = pd.read_parquet(files["codes"])
    assert codes["seed"].nunique() == 10
    mine = codes[(codes["samples"] == 100) & (codes["case"] == "seven")]
    least = mine.loc[(mine["data"] + mine["penalty"]).groupby(mine["seed"]).idxmin(), "mechanisms"]
    assert found["samples-100/seven/found", 0] == (least == 7).mean()
    assert found["samples-100/four/found", 0] > found["samples-10/seven/found", 0]
    assert (found["samples-10/equal/saving"] > 0).all()
    assert (found["samples-100/different/saving"] < 0).all()
    draw(
        metrics=[files["metrics"]],
        codes=[files["codes"]],
        source=source,
        figure=tmp_path / "figure.svg",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run": {"datasets": ["x"], "variants": ["oracle"], "seeds": [0]}}, "names x, but only"),
        ({"sources": {"shift": {"kind": "counts", "most": 30}}}, "most is larger"),
        ({"sources": {"shift": {"kind": "counts", "beside": "nine"}}}, "which is no case"),
        ({"sources": {"worlds": {"kind": "worlds", "variance": [3, 2]}}}, "a lower and a higher"),
        (
            {
                "run": {"datasets": ["mine"], "variants": ["oracle"], "seeds": [0]},
                "sources": {
                    "mine": {
                        "kind": "table",
                        "path": "a.csv",
                        "first": "a",
                        "second": "b",
                        "environment": "c",
                    }
                },
            },
            "add a variant with codebook estimates",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(change, words):
    sources = CONFIG.model_dump()["sources"] | change.get("sources", {})
    with pytest.raises(ValidationError, match=words):
        CodelengthConfig.model_validate({**change, "sources": sources})
