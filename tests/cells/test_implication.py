"""The implication test: edges against differential expression."""

import numpy as np
import pandas as pd
import pytest

from causeway.cells.expression import benjamini_hochberg, mann_whitney
from causeway.cells.lcd.implication import (
    COLUMNS,
    Sources,
    changed_genes,
    edge_thresholds,
    implication,
    source_counts,
)
from causeway.cells.worlds import linear_world
from causeway.cells.worlds.settings import LinearWorld

QUANTILES = [0.8, 0.95]


def sources(genes: int, changed: np.ndarray, held_out: list[int] | None = None) -> Sources:
    mask = np.isin(np.arange(genes), held_out or [])
    return Sources(np.arange(genes), changed, mask)


def judged(
    matrix: np.ndarray, found: Sources, quantiles: list[float], bootstraps: int = 200
) -> pd.DataFrame:
    genes = [f"g{gene}" for gene in range(len(matrix))]
    return implication(source_counts(matrix, genes, found, quantiles), bootstraps, seed=0)


def test_counts_of_a_small_matrix_by_hand():
    matrix = np.array([[9.0, 1.0, 0.1], [5.0, 9.0, 0.2], [4.0, -6.0, 9.0]])
    # Gene 0 changes gene 1 alone, gene 1 changes gene 2 alone, gene 2 changes gene 0 and itself.
    changed = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 1]], dtype=bool)
    table = judged(matrix, sources(3, changed), [0.5], 200)
    (row,) = table.to_dict("records")
    # Off-diagonal sizes 0.1 0.2 1 4 5 6 have the median 2.5: edges 0 to 1, 0 to 2, 1 to 2.
    assert row["threshold"] == 2.5
    assert (row["tested"], row["edges"], row["held"]) == (2, 3, 2)
    assert row["probability"] == pytest.approx(2 / 3)
    assert row["base"] == pytest.approx(3 / 6)
    assert row["lift"] == pytest.approx(4 / 3)
    assert row["odds_ratio"] == pytest.approx(2.5 * 2.5 / (1.5 * 1.5))
    assert row["phi"] == pytest.approx((2 * 2 - 1 * 1) / np.sqrt(3 * 3 * 3 * 3))


def test_thresholds_ignore_the_diagonal_and_held_out_columns():
    matrix = np.diag([100.0] * 4) + 1.0
    matrix[:, 3] = 50.0
    known = np.array([True, True, True, False])
    assert edge_thresholds(matrix, [0.0, 1.0], known).tolist() == [1.0, 1.0]


def test_unrelated_changes_have_no_lift_and_related_ones_do():
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((60, 60))
    strong = np.abs(matrix.T) > 1.5
    chance = judged(matrix, sources(60, rng.random((60, 60)) < 0.2), QUANTILES, 500)
    related = judged(matrix, sources(60, strong | (rng.random((60, 60)) < 0.05)), QUANTILES, 500)
    for row in chance.itertuples():
        assert row.low < row.base < row.high
        assert abs(row.phi) < 0.1
    for row in related.itertuples():
        assert row.low > row.base
        assert row.odds_ratio > 5
    assert (chance["low"] <= chance["probability"]).all()
    assert (chance["probability"] <= chance["high"]).all()


def test_orientation_matters():
    changed = np.zeros((20, 20), dtype=bool)
    changed[0, 1:] = True
    matrix = np.zeros((20, 20))
    matrix[1:, 0] = 1.0
    column = judged(matrix, sources(20, changed), [0.9], 100)
    row = judged(matrix.T, sources(20, changed), [0.9], 100)
    assert column["probability"].item() == 1.0
    assert row["probability"].item() == 0.0
    # All or nothing has an exact interval: of one source, and of nineteen.
    assert (column["low"].item(), column["high"].item()) == (pytest.approx(0.025), 1.0)
    assert row["high"].item() == pytest.approx(1 - 0.025 ** (1 / 19))


def test_held_out_sources_are_tested_apart_by_the_threshold_of_the_others():
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((30, 30))
    matrix[:, [4, 7]] *= 100
    changed = rng.random((30, 30)) < 0.3
    table = judged(matrix, sources(30, changed, [4, 7]), [0.9], 100)
    held_out, trained = table.sort_values("sources").to_dict("records")
    assert trained["sources"] == "trained"
    assert held_out["sources"] == "held-out"
    others = np.delete(np.abs(matrix), [4, 7], axis=1)[
        ~np.delete(np.eye(30, dtype=bool), [4, 7], 1)
    ]
    assert trained["threshold"] == pytest.approx(np.quantile(others, 0.9))
    assert trained["threshold"] == pytest.approx(held_out["threshold"])
    assert held_out["tested"] == 2
    assert held_out["edges"] > 50


def test_no_edges_give_nan():
    table = judged(np.ones((5, 5)), sources(5, np.ones((5, 5), dtype=bool)), [0.9], 100)
    assert table["edges"].item() == 0
    assert table[["probability", "low", "high", "lift", "odds_ratio"]].isna().all(axis=None)


def test_changed_genes_are_those_of_the_single_tests():
    rng = np.random.default_rng(3)
    control = rng.standard_normal((80, 10))
    groups = [rng.standard_normal((40, 10)) + shift for shift in (0.0, np.arange(10) / 5)]
    found = changed_genes(groups, control, 0.05)
    for row, cells in zip(found, groups, strict=True):
        assert np.array_equal(row, benjamini_hochberg(mann_whitney(cells, control).p) <= 0.05)
    assert found[1, 5:].all()
    assert changed_genes([], control, 0.05).shape == (0, 10)


def test_true_effects_imply_change_in_a_linear_world():
    screen = linear_world(LinearWorld(genes=60, singles=60, degree=3, cells=40), 4)
    labels = screen.obs["perturbation"].to_numpy()
    genes = list(screen.var_names)
    changed = changed_genes(
        [screen.X[labels == gene] for gene in genes], screen.X[labels == "control"], 0.05
    )
    assert changed.diagonal().mean() > 0.9
    table = judged(screen.uns["truth"]["A"], sources(60, changed), [0.95], 500)
    assert table["low"].item() > table["base"].item()


def test_splits_pool_their_held_out_sources():
    rng = np.random.default_rng(5)
    matrix, changed = rng.standard_normal((20, 20)), rng.random((20, 20)) < 0.4
    genes = [f"g{gene}" for gene in range(20)]
    parts = [
        source_counts(matrix, genes, sources(20, changed, held_out), [0.8])
        for held_out in ([0, 1, 2], [3, 4])
    ]
    joined = pd.concat([part[part["sources"] == "held-out"] for part in parts])
    pooled = implication(joined, 200, seed=0)
    assert len(joined) == 5
    assert pooled["edges"].item() == joined["edges"].sum()
    assert pooled["held"].item() == joined["held"].sum()
    assert pooled["low"].item() <= pooled["probability"].item() <= pooled["high"].item()


def test_without_sources_the_table_is_empty():
    nothing = Sources(np.array([], dtype=int), np.zeros((0, 4), bool), np.array([], dtype=bool))
    table = judged(np.ones((4, 4)), nothing, [0.9])
    assert list(table.columns) == COLUMNS
    assert table.empty
