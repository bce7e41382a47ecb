"""Ranks, laws, plans and corrections against brute force and printed tables."""

from fractions import Fraction
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from causeway.errors import InputError
from causeway.trust.conformal import CoverageLaw, corrected_rank, plan, rank, vovk_delta
from causeway.trust.conformal.config import Audit
from causeway.trust.conformal.tabulate import GRID, tabulate

LEVELS = st.integers(1, 999).map(lambda thousandths: thousandths / 1000)
properties = settings(max_examples=60, deadline=None)


def counted(m, alpha):
    """Rank by its definition, in fractions of the level as it is written."""
    kept = 1 - Fraction(alpha)
    k = 1
    while k * kept.denominator < (m + 1) * kept.numerator:
        k += 1
    return k


@pytest.fixture
def references(root):
    return root / "config" / "references" / "conformal"


@pytest.mark.parametrize("alpha", ["0.01", "0.05", "0.1", "0.2", "0.3", "0.5"])
def test_ranks_agree_with_counting(alpha):
    wanted = [counted(m, alpha) for m in range(5, 201)]
    assert [rank(m, float(alpha)) for m in range(5, 201)] == wanted
    assert [rank(m, 1 - (1 - float(alpha))) for m in range(5, 201)] == wanted


def test_the_grid_has_cells_at_which_quantile_functions_take_the_next_score():
    # As a library took it: numpy's "higher" quantile of level (m + 1) (1 - alpha) / m.
    cells = [(m, float(a), counted(m, a)) for m, a in GRID if counted(m, a) <= m]
    assert len(cells) == 1064
    levels = [min(1, (m + 1) * (1 - a) / m) for m, a, _ in cells]
    taken = [
        1 + np.quantile(np.arange(m), level, method="higher")
        for (m, _, _), level in zip(cells, levels, strict=True)
    ]
    assert sum(found == k + 1 for found, (_, _, k) in zip(taken, cells, strict=True)) == 225


def test_a_product_of_floats_may_be_one_too_high():
    assert np.ceil((9 + 1) * (1 - 0.7)) == 4
    assert rank(9, 0.7) == counted(9, "0.7") == 3


@properties
@given(LEVELS)
def test_too_few_points_ask_for_the_full_set(alpha):
    least = -(-1 // Fraction(str(alpha))) - 1
    for m in range(1, least):
        assert rank(m, alpha) == m + 1
    assert rank(max(1, least), alpha) <= max(1, least)


@properties
@given(st.integers(1, 400), LEVELS)
def test_ranks_guarantee_the_mean_and_no_smaller_one_does(m, alpha):
    k = rank(m, alpha)
    target = 1 - Fraction(str(alpha))
    assert Fraction(k, m + 1) >= target > Fraction(k - 1, m + 1)
    assert CoverageLaw.of(m, alpha).mean == pytest.approx(k / (m + 1))


def test_a_rank_clamped_to_the_points_covers_too_little():
    generator = np.random.default_rng(0)
    for m, clamped in ((5, 5 / 6), (8, 8 / 9)):
        highest = generator.random((40_000, m)).max(axis=1)
        assert highest.mean() == pytest.approx(clamped, abs=0.003)
        assert clamped < 0.9
        assert CoverageLaw.of(m, 0.1).mean == 1


@properties
@given(st.integers(1, 120), LEVELS, st.floats(0.001, 0.999))
def test_vovks_bound_is_the_law(m, alpha, share):
    slack = share * (1 - alpha)
    bound = vovk_delta(m, alpha, slack)
    assert CoverageLaw.of(m, alpha).below(1 - alpha - slack) == pytest.approx(bound, abs=1e-12)
    p, above = Fraction(alpha + slack), m + 1 - counted(m, str(alpha))
    exact = sum(comb(m, i) * p**i * (1 - p) ** (m - i) for i in range(above))
    assert bound == pytest.approx(float(exact), abs=1e-12)


@properties
@given(st.integers(1, 60), LEVELS, st.integers(1, 80))
def test_the_law_of_a_finite_pool_is_that_of_random_ranks(m, alpha, heldout):
    law, k = CoverageLaw.of(m, alpha, heldout), rank(m, alpha)
    counts = np.arange(heldout + 1)
    if k > m:
        wanted = (counts == heldout).astype(float)
    else:
        # The k-th calibration score has exactly `counts` held-out ones before it.
        wanted = stats.nhypergeom.pmf(counts, m + heldout, heldout, k)
    shares = counts / heldout
    assert law.at_most(shares) - law.below(shares) == pytest.approx(wanted, abs=1e-10)
    mean = (wanted * shares).sum()
    assert law.mean == pytest.approx(mean)
    assert law.spread == pytest.approx(np.sqrt((wanted * (shares - mean) ** 2).sum()), abs=1e-7)
    assert law.at_most(law.quantile(0.3)) >= 0.3 - 1e-12
    assert law.below(law.quantile(0.3)) <= 0.3 + 1e-12


def test_the_law_of_many_held_out_points_nears_the_beta_law():
    levels = np.linspace(0.7, 0.99, 9)
    gap = CoverageLaw.of(50, 0.1, 200_000).below(levels) - CoverageLaw.of(50, 0.1).below(levels)
    assert np.abs(gap).max() < 1e-4


def scanned(alpha, slack, delta, most):
    """First and lasting size, by looking at every size; the binomial form of the risk."""
    sizes = np.arange(1, most + 1)
    allowed = np.array([m + 1 - counted_at(m, alpha) for m in sizes])
    good = stats.binom.cdf(allowed - 1, sizes, alpha + slack) <= delta
    first = sizes[(allowed > 0) & good][0]
    bad = sizes[~good]
    informative = sizes[allowed > 0][0]
    return int(first), int(max(informative, bad[-1] + 1 if len(bad) else informative))


def counted_at(m, alpha):
    exact = Fraction(str(alpha))
    return -(-(m + 1) * (exact.denominator - exact.numerator) // exact.denominator)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([0.05, 0.07, 0.1, 0.15, 0.2, 0.35, 0.5, 0.77]),
    st.sampled_from([0.04, 0.05, 0.08, 0.1, 0.2]),
    st.sampled_from([0.011, 0.052, 0.107, 0.31, 0.71]),  # none of them a risk itself
)
def test_plans_agree_with_looking_at_every_size(alpha, slack, delta):
    assert plan(alpha, slack, delta) == scanned(alpha, slack, delta, 5_000)


def test_long_plans_hold_at_their_end_and_fail_before_it():
    first, size = plan(0.1, 0.001, 0.05)
    assert size > 200_000
    assert vovk_delta(first, 0.1, 0.001) <= 0.05 < vovk_delta(first - 1, 0.1, 0.001)
    assert vovk_delta(size - 1, 0.1, 0.001) > 0.05
    # The sizes at which the threshold gets looser are the worst ones.
    assert max(vovk_delta(m, 0.1, 0.001) for m in range(size + 9, size + 20_000, 10)) <= 0.05


def test_a_plan_outlasts_the_first_size_that_works():
    risks = [vovk_delta(m, 0.1, 0.05) for m in (15, 20, 30, 50)]
    assert risks[0] <= 0.1 < min(risks[1:])
    assert plan(0.1, 0.05, 0.1).first == 15
    assert plan(0.1, 0.05, 0.1).size > 50


@properties
@given(st.integers(1, 400), LEVELS, LEVELS)
def test_the_correction_takes_the_smallest_rank_that_keeps_its_promise(m, alpha, delta):
    k, target = corrected_rank(m, alpha, delta), float(1 - Fraction(str(alpha)))
    risk = stats.binom.sf(np.arange(m + 2) - 1, m, target)
    assert risk[k] <= delta + 1e-12
    assert k == 1 or risk[k - 1] > delta - 1e-12


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 1.5, float("nan"), 1e-15])
@pytest.mark.parametrize(
    "function",
    [
        lambda alpha: rank(10, alpha),
        lambda alpha: corrected_rank(10, alpha, 0.1),
        lambda alpha: plan(alpha, 0.05, 0.1),
        lambda alpha: CoverageLaw.of(10, alpha),
        lambda alpha: vovk_delta(10, alpha, 0.05),
    ],
)
def test_levels_outside_zero_and_one_are_refused(function, alpha):
    with pytest.raises(InputError, match=r"alpha.* between 0 and 1"):
        function(alpha)


def test_an_empty_calibration_set_and_endless_plans_are_refused():
    with pytest.raises(InputError, match="calibration set: is empty"):
        rank(0, 0.1)
    with pytest.raises(InputError, match="more than 10,000,000 calibration points"):
        plan(0.1, 1e-6, 0.1)
    with pytest.raises(InputError, match="1 - alpha - slack"):
        plan(0.5, 0.6, 0.1)


@pytest.mark.parametrize("heldout", [None, 40])
@pytest.mark.parametrize("rank", [10, 11])
def test_no_coverage_lies_outside_zero_and_one(heldout, rank):
    law = CoverageLaw(10, rank, heldout)
    for shares, certain in (([-0.5, -np.inf], 0), ([1.5, np.inf], 1)):
        assert law.below(shares) == pytest.approx(certain, abs=1e-12)
        assert law.at_most(shares) == pytest.approx(certain, abs=1e-12)
    for function in (law.below, law.at_most):
        with pytest.raises(InputError, match="coverage: is no number"):
            function([0.9, np.nan])
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match=f"probability: is {wrong}"):
            law.quantile(wrong)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((0, 1), "calibration set: is empty"),
        ((-3, 1), "calibration set: has -3 points"),
        ((2.5, 1), r"calibration set: has 2\.5 points\. Give a whole number"),
        ((10, 99), r"rank: is 99 of 10 calibration points\. Give a whole number from 1 to 11"),
        ((10, 0), "rank: is 0"),
        ((10, 9.5), r"rank: is 9\.5"),
        ((10, 10, 0), "held-out set: is empty"),
        ((10, 10, -5), "held-out set: has -5 points"),
        ((10, 10, 2.5), r"held-out set: has 2\.5 points"),
    ],
)
def test_laws_of_no_set_are_refused(arguments, told):
    with pytest.raises(InputError, match=told):
        CoverageLaw(*arguments)


def test_ranks_are_of_whole_points():
    for function in (
        lambda: rank(2.5, 0.1),
        lambda: corrected_rank(2.5, 0.1, 0.1),
        lambda: vovk_delta(2.5, 0.1, 0.05),
    ):
        with pytest.raises(InputError, match=r"has 2\.5 points"):
            function()
    assert rank(np.int64(9), 0.1) == 9


def test_printed_tables_are_met_to_the_last_digit(tmp_path, references):
    outputs = {
        name: tmp_path / file
        for name, file in [
            ("metrics", "metrics.parquet"),
            ("computed", "law.tsv"),
            ("guarantee", "figure.svg"),
        ]
    }
    tabulate(
        laws=references / "coverage-law.tsv",
        first_sizes=references / "first-sizes.tsv",
        audits=references / "audits.tsv",
        settings=Audit(draws=4000),
        **outputs,
    )
    metrics = pd.read_parquet(outputs["metrics"]).set_index("metric")
    found = metrics["value"]
    assert found["law-table/deviation-0.1"] <= 1
    assert found["law-table/deviation-0.05"] <= 1
    assert found["first-table/deviation"] == 0
    assert found["rank/disagreements"] == 0
    assert found["identity/deviation"] < 1e-12
    assert 0.05 < found["correction/risk"] <= 0.1
    for dataset in ("digits", "breast-cancer"):
        row = metrics.loc[f"audit-table/{dataset}"]
        assert 0 < row["value"] <= 3
        assert (row["variant"], row["n"]) == ("drawn", 4000)
    assert outputs["guarantee"].stat().st_size > 1000


def test_a_wrong_table_is_noticed(tmp_path, references):
    table = (references / "coverage-law.tsv").read_text().replace("0.1969", "0.1971")
    (tmp_path / "wrong.tsv").write_text(table)
    audits = (references / "audits.tsv").read_text()
    (tmp_path / "audits.tsv").write_text(audits.replace("2.64", "2.94").replace("0.1275", "0.09"))
    tabulate(
        laws=tmp_path / "wrong.tsv",
        first_sizes=references / "first-sizes.tsv",
        audits=tmp_path / "audits.tsv",
        settings=Audit(draws=4000),
        metrics=tmp_path / "metrics.parquet",
        computed=tmp_path / "law.tsv",
        guarantee=tmp_path / "figure.svg",
    )
    found = pd.read_parquet(tmp_path / "metrics.parquet").set_index("metric")["value"]
    assert found["law-table/deviation-0.1"] > 1
    assert found["audit-table/digits"] > 3
    assert found["audit-table/breast-cancer"] > 3
