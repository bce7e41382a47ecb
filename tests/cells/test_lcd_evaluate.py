"""Evaluation of held-out perturbations: the step, its summary and its figures."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from causeway import metrics as output
from causeway.cells.baselines import training
from causeway.cells.distances import energy_distance
from causeway.cells.expression import mann_whitney
from causeway.cells.labels import targets
from causeway.cells.lcd import plots
from causeway.cells.lcd.draw import draw, ranked
from causeway.cells.lcd.evaluate import evaluate
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.strata import strata
from causeway.cells.lcd.summarise import summarise
from causeway.cells.lcd.summary import summary
from causeway.cells.lcd.trial import read_trial
from causeway.cells.normalisation import linear, log_normalised
from causeway.cells.splits import write_splits
from causeway.errors import InputError
from causeway.figures import looks

SETTINGS = Evaluation(cells=60, top_genes=3, top_ranks=[2], halves=3, target_sum=100)
RUN = {"dataset": "toy", "variant": "lcd", "seed": 3}
CELLS = 40
HELD_OUT = ["A+B", "A+C", "B+C"]


def _rates(genes=8):
    """Expected counts: each target triples those of another gene."""
    base = np.linspace(2, 9, genes)
    change = {"A": 3, "B": 4, "C": 5}
    found = {"control": base}
    for label in ("A", "B", "C", *HELD_OUT):
        rates = base.copy()
        for target in label.split("+"):
            rates[change[target]] *= 3
        found[label] = rates
    return found


def _screen(counted, labels, seed=0):
    rng = np.random.default_rng(seed)
    names = np.repeat(labels, CELLS)
    counts = rng.poisson(np.array([_rates()[label] for label in names])).astype(np.float32)
    table = pd.DataFrame(
        {"perturbation": names, "nperts": [len(targets(name)) for name in names]},
        index=[f"cell{seed}-{i}" for i in range(len(names))],
    )
    genes = pd.DataFrame(index=[*"ABCDEFGH"])
    if not counted:
        return anndata.AnnData(np.log1p(counts), obs=table, var=genes)
    table["ncounts"] = counts.sum(axis=1)
    return anndata.AnnData(
        sparse.csr_matrix(log_normalised(counts, 1e4)),
        obs=table,
        var=genes,
        layers={"counts": sparse.csr_matrix(counts)},
    )


@pytest.fixture(params=[True, False], ids=["counts", "states"])
def files(request, tmp_path):
    """A screen with predictions that are as good as further cells."""
    screen = _screen(request.param, ["control", "A", "B", "C", *HELD_OUT])
    predicted = _screen(request.param, HELD_OUT, seed=1)
    if request.param:
        del predicted.layers["counts"]
    screen.write_h5ad(tmp_path / "panel.h5ad")
    predicted[::-1, ::-1].copy().write_h5ad(tmp_path / "predictions.h5ad")
    rows = [
        ("fold0", label, "test" if label in HELD_OUT else "train", 2, 0)
        for label in screen.obs["perturbation"].unique()
    ]
    write_splits(
        pd.DataFrame(rows, columns=["split", "perturbation", "role", "seen", "seed"]),
        tmp_path / "splits.tsv",
    )
    return {
        "panel": tmp_path / "panel.h5ad",
        "splits": tmp_path / "splits.tsv",
        "predictions": tmp_path / "predictions.h5ad",
    }


def _evaluated(files, tmp_path, settings=SETTINGS):
    folder = tmp_path / "lcd" / "seed3"
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in ("metrics", "perturbations")}
    perturbations = paths["perturbations"]
    evaluate(**files, perturbations=perturbations, settings=settings, split="fold0", **RUN)
    summarise(perturbations=[perturbations], metrics=paths["metrics"])
    return paths


def test_the_model_is_compared_with_all_baselines(files, tmp_path):
    paths = _evaluated(files, tmp_path)
    found = output.read([paths["metrics"]]).set_index("metric")
    assert (found["n"] <= len(HELD_OUT)).all()
    values = found["value"]
    methods = ("lcd", "additive", "mean", "pooled", "control", "split-half")
    for metric in ("energy-distance", "rmse", "mmd", "wasserstein"):
        scores = [values[f"{method}/{metric}"] for method in methods]
        assert np.isfinite(scores).all()
        assert values[f"lcd/{metric}"] < values[f"control/{metric}"]
        assert values[f"ratio/{metric}"] == pytest.approx(scores[0] / scores[1])
        assert values[f"gap/{metric}"] == pytest.approx(scores[0] - scores[1])
    assert values["lcd/pearson-delta"] > 0.9 > values["pooled/pearson-delta"]
    assert values["lcd/discrimination-l1"] == 1
    assert "lcd/top3/energy-distance" in values
    assert "lcd/variable20-100/rmse" in values
    assert "lcd/top2-auroc" in values
    assert values["observed/interaction-fit"] > 0.5
    assert (
        values["lcd/interaction-magnitude-error"] < values["control/interaction-magnitude-error"]
    )


def test_classes_of_interactions_are_told(files, tmp_path):
    known = tmp_path / "classes.tsv"
    known.write_text("perturbation\tclass\nA+B\tadditive\nA+C\tadditive\nA+Z\tsynergy\n")
    settings = SETTINGS.model_copy(update={"interaction_classes": str(known)})
    paths = _evaluated(files, tmp_path, settings)
    table = pd.read_parquet(paths["perturbations"]).set_index(["metric", "method"]).sort_index()
    told = table.loc[("interaction-class-additive", "observed")].set_index("perturbation")["value"]
    # Limits lie a little within the scores of the two that are known.
    scores = table.loc[("interaction-magnitude", "observed")].set_index("perturbation")["value"]
    low, high = np.quantile(scores[["A+B", "A+C"]], [0.05, 0.95])
    assert (told == scores.between(low, high)).all()
    assert not table.loc["interaction-class-synergy"]["value"].any()
    values = output.read([paths["metrics"]]).set_index("metric")["value"]
    assert values["observed/interaction-additive-share"] == told.mean()
    for what in ("precision", "recall", "f1"):
        assert 0 <= values[f"lcd/interaction-additive-{what}"] <= 1
    assert values["lcd/interaction-synergy-f1"] == 1
    assert not values.index.str.contains("class-").any()


def test_values_are_those_of_the_metric_on_normalised_cells(files, tmp_path):
    table = pd.read_parquet(_evaluated(files, tmp_path)["perturbations"])
    assert set(table.columns) == {
        *("dataset", "split", "variant", "seed", "perturbation"),
        *("method", "stratum", "metric", "value"),
    }
    screen, answer = (anndata.read_h5ad(files[name]) for name in ("panel", "predictions"))
    answer = answer[:, screen.var_names]
    if "counts" in screen.layers:
        cells = log_normalised(screen.layers["counts"].toarray(), 100)
        guesses = log_normalised(np.expm1(answer.X.toarray()), 100)
    else:
        cells, guesses = screen.X, answer.X
    chosen = table[(table["stratum"] == "all") & (table["metric"] == "energy-distance")]
    values = chosen.set_index(["perturbation", "method"])["value"]
    for label in HELD_OUT:
        observed = cells[(screen.obs["perturbation"] == label).to_numpy()]
        predicted = guesses[(answer.obs["perturbation"] == label).to_numpy()]
        expected = energy_distance(predicted, observed)
        assert values[label, "lcd"] == pytest.approx(expected, rel=1e-4)
        control = cells[(screen.obs["perturbation"] == "control").to_numpy()]
        expected = energy_distance(control, observed)
        assert values[label, "control"] == pytest.approx(expected, rel=1e-4)


def test_held_out_cells_do_not_reach_the_baselines(files):
    trial = read_trial(**files, split="fold0", settings=SETTINGS)
    assert trial.known.labels == ("A", "B", "C")
    assert list(trial.observed) == HELD_OUT
    assert set(trial.singles) == {"A", "B", "C"}
    assert len(trial.known.perturbed) == SETTINGS.cells


def test_splits_are_joined_by_perturbation(files, tmp_path):
    paths = _evaluated(files, tmp_path)
    table = pd.read_parquet(paths["perturbations"])
    parts = []
    for i, label in enumerate(HELD_OUT):
        parts.append(tmp_path / f"part{i}.parquet")
        table[table["perturbation"] == label].to_parquet(parts[-1])
    summarise(perturbations=parts, metrics=tmp_path / "joined.parquet")
    whole, joined = (output.read([p]) for p in (paths["metrics"], tmp_path / "joined.parquet"))
    pd.testing.assert_frame_equal(whole, joined)


def test_diverged_predictions_are_told(files, tmp_path):
    answer = anndata.read_h5ad(files["predictions"])
    cells = answer.X.toarray() if sparse.issparse(answer.X) else answer.X
    cells[(answer.obs["perturbation"] == "A+B").to_numpy()] = np.nan
    anndata.AnnData(cells, obs=answer.obs, var=answer.var).write_h5ad(files["predictions"])
    values = output.read([_evaluated(files, tmp_path)["metrics"]]).set_index("metric")["value"]
    assert values["lcd/energy-distance"] == values["ratio/energy-distance"] == np.inf
    assert np.isfinite(values["additive/energy-distance"])


def test_predictions_that_do_not_fit_are_refused(files, tmp_path):
    answer = anndata.read_h5ad(files["predictions"])

    def refused(words):
        with pytest.raises(InputError, match=words):
            _evaluated(files, tmp_path)

    answer[(answer.obs["perturbation"] != "A+C").to_numpy()].copy().write_h5ad(
        files["predictions"]
    )
    refused("no cells of 'A\\+C'")
    answer[:, 1:].copy().write_h5ad(files["predictions"])
    refused("its 7 genes are not the 8 of the panel")
    bare = answer.copy()
    del bare.obs["perturbation"]
    bare.write_h5ad(files["predictions"])
    refused("no column 'perturbation'")
    files["predictions"].write_bytes(files["panel"].read_bytes()[:2000])
    refused("not a whole .h5ad file")


def test_a_split_must_hold_something_out(files):
    table = pd.read_csv(files["splits"], sep="\t")
    write_splits(table.assign(role="train"), files["splits"])
    with pytest.raises(InputError, match="holds out nothing"):
        read_trial(**files, split="fold0", settings=SETTINGS)
    write_splits(table.replace("test", "validation"), files["splits"])
    assert list(read_trial(**files, split="fold0", settings=SETTINGS).observed) == HELD_OUT


def test_the_library_of_controls_can_be_the_target(files):
    settings = SETTINGS.model_copy(update={"target_sum": None})
    trial = read_trial(**files, split="fold0", settings=settings)
    screen = anndata.read_h5ad(files["panel"])
    if "counts" not in screen.layers:
        return
    own = screen[(screen.obs["perturbation"] == "control").to_numpy()].layers["counts"]
    sums = np.expm1(trial.observed["A+B"].astype(float)).sum(axis=1)
    np.testing.assert_allclose(sums, np.median(own.toarray().sum(axis=1)), rtol=1e-4)
    stored = SETTINGS.model_copy(update={"normalisation": "stored"})
    np.testing.assert_allclose(
        read_trial(**files, split="fold0", settings=stored).observed["A+B"],
        screen[(screen.obs["perturbation"] == "A+B").to_numpy()].X.toarray(),
    )


def test_normalisation_forgets_the_library():
    rng = np.random.default_rng(0)
    counts = rng.poisson(2, (6, 5)).astype(np.float32)
    counts[2] = 0
    once = log_normalised(counts, 50)
    np.testing.assert_allclose(np.expm1(once).sum(axis=1), [50, 50, 0, 50, 50, 50], rtol=1e-5)
    other = log_normalised(sparse.csr_matrix(counts * rng.uniform(1, 9, (6, 1))), 50)
    np.testing.assert_allclose(other.toarray(), once, rtol=1e-5)
    np.testing.assert_allclose(linear(other).toarray(), np.expm1(once), rtol=1e-5)


def test_strata_of_genes():
    rng = np.random.default_rng(0)
    control, observed = rng.normal(size=(50, 40)), rng.normal(size=(50, 40))
    observed[:, [3, 17]] += 5
    masks = strata(mann_whitney(observed, control), np.arange(40.0), 2, [0.05, 0.2])
    assert list(masks) == ["all", "top2", "variable0-5", "variable5-20", "variable20-100"]
    assert np.flatnonzero(masks["top2"]).tolist() == [3, 17]
    assert np.flatnonzero(masks["variable0-5"]).tolist() == [38, 39]
    assert (masks["variable0-5"] ^ masks["variable5-20"] ^ masks["variable20-100"]).all()
    few = strata(mann_whitney(observed[:, :3], control[:, :3]), np.arange(3.0), 20, [0.05, 0.2])
    assert list(few) == ["all", "variable20-100"]


def test_summaries_have_intervals_over_perturbations():
    model, rival = np.array([1.0, 2, 3, 6]), np.array([2.0, 3, 4, 5])
    rows = [
        (f"p{i}", method, "all", metric, value)
        for metric, sign in (("rmse", 1), ("pearson-delta", -1), ("interaction-fit", 1))
        for method, values in (("lcd", model), ("additive", rival))
        for i, value in enumerate(sign * values)
    ]
    rows.append(("p0", "control", "all", "pearson-delta", np.nan))
    columns = ["perturbation", "method", "stratum", "metric", "value"]
    found = dict(summary(pd.DataFrame(rows, columns=columns)))
    interval = stats.t.interval(0.95, 3, model.mean(), stats.sem(model))
    assert found["lcd/rmse"] == pytest.approx((3, *interval, 4))
    assert found["ratio/rmse"].estimate == pytest.approx(12 / 14)
    assert found["ratio/rmse"].low < 12 / 14 < found["ratio/rmse"].high
    for metric in ("rmse", "pearson-delta"):
        wins = found[f"win-share/{metric}"]
        expected = stats.binomtest(3, 4).proportion_ci(method="wilson")
        assert wins == pytest.approx((0.75, expected.low, expected.high, 4))
    assert found["gap/rmse"].estimate == pytest.approx(-0.5)
    assert np.isnan(found["control/pearson-delta"].estimate)
    assert "win-share/interaction-fit" not in found
    assert "ratio/pearson-delta" not in found


def test_one_held_out_perturbation_has_no_interval(files, tmp_path):
    table = pd.read_parquet(_evaluated(files, tmp_path)["perturbations"])
    found = dict(summary(table[table["perturbation"] == "A+B"]))
    assert np.isfinite(found["ratio/energy-distance"].estimate)
    assert np.isnan(found["ratio/energy-distance"].low)
    assert found["lcd/energy-distance"].n == 1


def test_figures_are_drawn(files, tmp_path):
    paths = _evaluated(files, tmp_path)
    history = paths["metrics"].with_name("history.parquet")
    pd.DataFrame(
        {"step": [1, 2], "epoch": [0, 1], "metric": "train/loss", "value": [2.0, 1.0]}
    ).to_parquet(history)
    figures = {name: tmp_path / f"figure-{name}.svg" for name in ("cells", "strips", "curves")}
    for _ in range(2):
        before = {path: path.read_bytes() for path in figures.values() if path.exists()}
        draw(
            panels=[files["panel"]],
            splits=files["splits"],
            predictions=[files["predictions"]],
            perturbations=[paths["perturbations"]],
            noise_histories=[],
            histories=[history],
            settings=SETTINGS,
            held_out=["fold0"],
            variants=["lcd", "no-temperature"],
            dataset="toy",
            synthetic=True,
            **figures,
        )
    for path, content in before.items():
        assert path.read_bytes() == content
        assert b"made-up world" in content
    assert len(before) == 3


def test_predictions_of_all_splits_are_ranked():
    values = [("fold0", "A+B", 3.0), ("fold1", "A+C", np.inf), ("fold2", "B+C", 0.5)]
    table = pd.DataFrame(values, columns=["split", "perturbation", "value"]).assign(
        variant="lcd", seed=0, method="lcd", stratum="all", metric="energy-distance"
    )
    other = table.assign(seed=1, value=0.0)
    assert ranked(pd.concat([table, other], ignore_index=True)) == [
        ("fold2", "B+C", "best: energy distance 0.5"),
        ("fold0", "A+B", "median: energy distance 3"),
        ("fold1", "A+C", "worst: energy distance inf"),
    ]
    assert ranked(table[:1])[0][2] == "the only one: energy distance 3"


def test_cells_that_diverged_are_counted_and_not_drawn():
    rng = np.random.default_rng(0)
    control, observed, predicted = rng.normal(size=(3, 30, 4))
    predicted[:7] = np.nan
    predicted[7] = np.inf
    shown = plots.Shown("A+B", "best", observed, control, {"lcd": predicted})
    panel = plots.cells([shown]).axes[1]
    assert panel.get_xlabel() == "8 of 30 cells not finite"
    assert len(panel.lines[1].get_xdata()) == 22


@pytest.mark.parametrize(("other", "dots"), [("A", 2), ("C", 4)])
def test_seeds_with_other_perturbations_have_dots_of_their_own(other, dots):
    columns = ["seed", "perturbation", "method", "value"]
    rows = [
        (seed, label, method, value)
        for seed, labels in ((0, "AB"), (1, f"B{other}"))
        for label in labels
        for method, value in (("lcd", 1.0 + seed), ("additive", 2.0), ("split-half", 0.1))
    ]
    table = pd.DataFrame(rows, columns=columns).assign(
        variant="lcd", stratum="all", metric="energy-distance"
    )
    figure = plots.strips(table, looks(["lcd"]))
    first = figure.axes[0].lines[0].get_xdata()
    assert len(first) == dots
    assert np.mean(first) == 1.5


def test_training_needs_no_dense_screen():
    cells = sparse.random_array((30, 4), density=0.5, format="csr", rng=np.random.default_rng(0))
    known = training(cells, np.repeat(["control", "A", "B"], 10), at_most=5, seed=0)
    assert known.control.shape == known.perturbed.shape == (5, 4)
