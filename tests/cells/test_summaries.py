"""Agreement of mean expression."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from causeway.cells.summaries import discrimination, mae, pearson, rmse

VALUES = st.floats(-10, 10, width=16)


@given(arrays(float, (2, 6), elements=VALUES))
@settings(max_examples=50, deadline=None)
def test_pearson_equals_scipy(pair):
    a, b = pair
    if np.ptp(a) < 1e-3 or np.ptp(b) < 1e-3:
        return
    assert pearson(a, b) == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-6)


def test_a_shift_of_nothing_has_no_correlation():
    assert np.isnan(pearson(np.zeros(4), np.arange(4.0)))
    assert np.isnan(pearson(np.array([0, 1e-17, 0, 0]), np.arange(4.0)))


def test_errors_of_means():
    predicted, observed = np.array([1.0, 2]), np.array([4.0, 6])
    assert rmse(predicted, observed) == pytest.approx(np.sqrt(12.5))
    assert mae(predicted, observed) == pytest.approx(3.5)


def _plain_discrimination(predicted, observed, own, norm):
    def away(row):
        if norm == "l1":
            return np.abs(row - predicted).sum()
        if norm == "l2":
            return np.sqrt(((row - predicted) ** 2).sum())
        return 1 - row @ predicted / np.sqrt((row @ row) * (predicted @ predicted))

    nearer = sum(away(row) < away(observed[own]) for row in observed)
    return 1 - nearer / len(observed)


@pytest.mark.parametrize("norm", ["l1", "l2", "cosine"])
def test_discrimination_equals_its_definition(norm):
    rng = np.random.default_rng(0)
    for _ in range(20):
        observed, predicted = rng.normal(size=(7, 5)), rng.normal(size=5)
        own = int(rng.integers(7))
        found = discrimination(predicted, observed, own, norm)
        assert found == pytest.approx(_plain_discrimination(predicted, observed, own, norm))


def test_discrimination_of_the_right_one_is_best():
    observed = np.random.default_rng(1).normal(size=(6, 4))
    for norm in ("l1", "l2"):
        assert discrimination(observed[2], observed, 2, norm) == 1
    left_out = np.array([True, False, False, False])
    moved = observed[2] + np.array([100.0, 0, 0, 0])
    assert discrimination(moved, observed, 2, "l1", left_out) == 1


@pytest.fixture(scope="module")
def cell_eval():
    """The reference of the field."""
    return pytest.importorskip("cell_eval", reason="make parity has it")


@pytest.fixture(scope="module")
def screens():
    anndata = pytest.importorskip("anndata")
    rng = np.random.default_rng(0)
    genes = [f"g{gene}" for gene in range(12)]
    labels = np.repeat(["control", "g0", "g1", "g2", "g3", "g4"], 30)
    real = (
        rng.gamma(1, 1, (len(labels), 12))
        + rng.normal(0, 0.5, (6, 12))[np.repeat(np.arange(6), 30)]
    )
    predicted = real + rng.normal(0, 0.6, (6, 12))[np.repeat(np.arange(6), 30)]
    predicted[labels == "control"] = real[labels == "control"]

    def screen(cells):
        found = anndata.AnnData(np.asarray(cells), obs={"perturbation": labels})
        found.var_names = genes
        return found

    return screen(real), screen(predicted)


def test_means_agree_with_cell_eval(cell_eval, screens):
    pair = cell_eval.PerturbationAnndataPair(
        real=screens[0], pred=screens[1], pert_col="perturbation", control_pert="control"
    )
    theirs = {
        name: cell_eval.metrics_registry.get_metric(name).func(pair)
        for name in ("pearson_delta", "mae", "mse")
    }
    ranked = {
        norm: cell_eval.metrics_registry.get_metric(f"discrimination_score_{norm}").func(pair)
        for norm in ("l1", "l2", "cosine")
    }
    means = [
        {
            label: screen.X[(screen.obs["perturbation"] == label).to_numpy()].mean(axis=0)
            for label in screen.obs["perturbation"].unique()
        }
        for screen in screens
    ]
    origin, names = means[0].pop("control"), list(means[0])
    means[1].pop("control")
    observed = np.array([means[0][name] for name in names]) - origin
    for own, name in enumerate(names):
        predicted = means[1][name] - origin
        assert pearson(predicted, observed[own]) == pytest.approx(
            theirs["pearson_delta"][name], abs=1e-6
        )
        assert mae(means[1][name], means[0][name]) == pytest.approx(theirs["mae"][name], abs=1e-6)
        assert rmse(means[1][name], means[0][name]) ** 2 == pytest.approx(
            theirs["mse"][name], abs=1e-6
        )
        left_out = screens[0].var_names == name
        for norm, scores in ranked.items():
            assert discrimination(predicted, observed, own, norm, left_out) == pytest.approx(
                scores[name], abs=1e-6
            )
