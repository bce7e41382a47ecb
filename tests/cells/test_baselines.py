"""Baselines, on invented and on real cells."""

import numpy as np
import pytest
from scipy import sparse

from causeway.cells import baselines
from causeway.cells.baselines import BASELINES, halves, training
from causeway.cells.comparison import Comparison, better_when_large, compare

LABELS = np.repeat(["control", "A", "B", "A+C"], 50)


@pytest.fixture
def cells():
    shifts = {"control": [0, 0, 0], "A": [1, 0, 0], "B": [0, 2, 0], "A+C": [1, 0, 3]}
    noise = np.random.default_rng(0).normal(0, 0.1, (200, 3))
    return noise + np.repeat(np.array(list(shifts.values()), dtype=float), 50, axis=0)


@pytest.fixture
def known(cells):
    return training(cells, LABELS, at_most=1000, seed=0)


def test_training_cells_are_summarised(cells, known):
    assert known.labels == ("A", "A+C", "B")
    np.testing.assert_allclose(known.means[2], cells[100:150].mean(axis=0))
    np.testing.assert_array_equal(known.control, cells[:50])
    np.testing.assert_array_equal(known.perturbed, cells[50:])
    np.testing.assert_allclose(known.reference, known.means.mean(axis=0))
    assert known.shift("C") is None


def test_sparse_and_dense_cells_give_the_same(cells, known):
    other = training(sparse.csr_matrix(cells), LABELS, at_most=1000, seed=0)
    for label in ("A+B", "C"):
        for baseline in BASELINES.values():
            np.testing.assert_allclose(baseline(known, label), baseline(other, label))


def test_few_cells_are_kept_of_many(cells):
    few = training(cells, LABELS, at_most=20, seed=1)
    assert len(few.control) == len(few.perturbed) == 20
    np.testing.assert_allclose(few.means[2], cells[100:150].mean(axis=0))
    again = training(cells, LABELS, at_most=20, seed=1)
    np.testing.assert_array_equal(few.perturbed, again.perturbed)


def test_baselines_predict_what_they_say(cells, known):
    origin = cells[:50].mean(axis=0)
    shift = {label: known.means[i] - origin for i, label in enumerate(known.labels)}
    average = known.reference - origin
    np.testing.assert_array_equal(baselines.control(known, "A+B"), cells[:50])
    np.testing.assert_array_equal(baselines.pooled(known, "A+B"), cells[50:])
    np.testing.assert_allclose(baselines.mean(known, "A+B"), cells[:50] + average)
    np.testing.assert_allclose(
        baselines.additive(known, "A+B"), cells[:50] + shift["A"] + shift["B"]
    )
    # C was seen within A+C only, and has no shift of its own.
    np.testing.assert_allclose(baselines.additive(known, "B+C"), cells[:50] + shift["B"] + average)


def test_without_perturbations_nothing_happens(cells):
    known = training(cells[:50], LABELS[:50], at_most=1000, seed=0)
    for baseline in BASELINES.values():
        np.testing.assert_allclose(baseline(known, "A+B"), cells[:50])


def test_halves_share_no_cell(cells):
    pairs = list(halves(cells[:51], times=3, seed=0))
    assert len(pairs) == 3
    for one, other in pairs:
        assert (len(one), len(other)) == (25, 26)
        assert len(np.unique(np.concatenate([one, other]), axis=0)) == 51
    assert not list(halves(cells[:3], times=3, seed=0))


def test_observed_cells_are_the_best_prediction(cells):
    origin, reference = cells[:50], cells[50:].mean(axis=0)
    rng = np.random.default_rng(1)
    observed = cells[50:100]
    good = compare(observed[rng.permutation(50)], observed, origin, reference)
    bad = compare(cells[100:150], observed, origin, reference)
    for name, value in good.items():
        if name.startswith("top"):
            continue
        assert value > bad[name] if better_when_large(name) else value < bad[name], name
    assert good["rmse"] == pytest.approx(0, abs=1e-12)
    assert good["pearson-delta"] == pytest.approx(1)
    assert good["de-f1"] == 1


def test_the_average_effect_earns_nothing_by_systema(cells):
    rounded = cells.astype(np.float32)
    known = training(rounded, LABELS, at_most=1000, seed=0)
    found = compare(baselines.mean(known, "A"), rounded[50:100], known.control, known.reference)
    assert np.isnan(found["pearson-systema"])
    assert np.isfinite(found["pearson-delta"])


def test_diverged_predictions_stay_visible(cells):
    predicted = cells[50:100].copy()
    predicted[0, 0] = np.inf
    found = compare(predicted, cells[50:100], cells[:50], cells[50:].mean(axis=0))
    assert found["energy-distance"] == found["rmse"] == np.inf
    assert np.isnan(found["pearson-delta"])


def test_rankings_need_more_genes_than_they_keep(cells):
    comparison = Comparison(cells[50:100], cells[:50], cells.mean(axis=0), top_ranks=(1, 2, 3))
    names = set(comparison.of(cells[100:150]))
    assert {"top1-auroc", "top2-test-average-precision"} <= names
    assert "top3-auroc" not in names


@pytest.fixture(scope="module")
def norman(shared_data):
    anndata = pytest.importorskip("anndata")
    path = shared_data / "cells" / "norman_subset" / "devel.h5ad"
    if not path.is_file():
        pytest.skip(f"no {path}")
    screen = anndata.read_h5ad(path)
    screen = screen[(screen.obs["dataset"] == "norman19").to_numpy()]
    return np.asarray(screen.X.todense()), screen.obs["perturbation"].astype(str).to_numpy()


REFERENCE = {
    # energy distance, RMSE of means, Pearson delta: means over the five doubles of Norman et al.
    # with both singles measured; an independent calculation. Its halves were drawn once, and
    # its pooled cells are other ones.
    "control": ((0.559, 0.0614, None), (0.001, 0.0001, 0)),
    "pooled": ((0.510, 0.0626, 0.16), (0.02, 0.002, 0.03)),
    "additive": ((0.022, 0.0199, 0.870), (0.0005, 0.0001, 0.0005)),
    "split-half": ((-0.010, 0.0214, 0.889), (0.02, 0.003, 0.04)),
}


def test_baselines_on_real_doubles(norman):
    cells, labels = norman
    covered = [
        label
        for label in np.unique(labels)
        if "+" in label and all(target in labels for target in label.split("+"))
    ]
    assert len(covered) == 5
    found = {name: [] for name in REFERENCE}
    for label in covered:
        held = labels == label
        known = training(cells[~held], labels[~held], at_most=1000, seed=0)
        comparison = Comparison(cells[held], known.control, known.reference)
        for name, baseline in BASELINES.items():
            if name in found:
                found[name].append(_headline(comparison.of(baseline(known, label))))
        ceiling = [
            _headline(Comparison(one, known.control, known.reference).of(other))
            for one, other in halves(cells[held], times=5, seed=0)
        ]
        found["split-half"].append(np.mean(ceiling, axis=0))
    for name, (values, tolerances) in REFERENCE.items():
        measured = np.mean(found[name], axis=0)
        for value, tolerance, ours in zip(values, tolerances, measured, strict=True):
            if value is None:
                assert np.isnan(ours)
            else:
                assert ours == pytest.approx(value, abs=tolerance), name


def _headline(found):
    return [found[name] for name in ("energy-distance", "rmse", "pearson-delta")]
