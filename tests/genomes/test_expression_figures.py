"""Figures of predicted expression show what was predicted, and of what."""

import anndata
import numpy as np
import pandas as pd
import pytest
import tiny_study
from drawn_figures import legend_of, title_of, told

from causeway.figures import looks
from causeway.genomes.phenformer import expression_plots as plots
from causeway.genomes.phenformer.contest import contest
from causeway.genomes.phenformer.draw import draw
from causeway.genomes.phenformer.evaluate import evaluate
from causeway.genomes.phenformer.settings import VARIANTS, Baselines
from causeway.genomes.worlds.grammar import read_grammar

SYNTHETIC = "a synthetic genome; expression, people and diseases are drawn"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    tiny_study.first_stage(folder)
    read = {
        name.partition(".")[0]: folder / name
        for name in ("genome", "genes.parquet", "expression.h5ad", "splits.tsv")
    }
    contest(
        **read,
        predictions=folder / "baselines.h5ad",
        settings=Baselines(xpresso=False, longest=2, bins=2, promoter=(200, 50)),
        encoder=tiny_study.ENCODER,
        hardware=tiny_study.HARDWARE,
        seed=0,
        threads=1,
        resume=folder / "r3",
    )
    run = folder / "phenformer" / "seed0"
    run.mkdir(parents=True)
    evaluate(
        **read,
        checkpoint=folder / "expression.ckpt",
        baselines=folder / "baselines.h5ad",
        raw=folder / "raw",
        hardware=tiny_study.HARDWARE,
        metrics=run / "metrics.parquet",
        predictions=run / "predictions.h5ad",
        regulators=run / "regulators.tsv",
        source=tiny_study.WORLD,
        **tiny_study.RUN,
        threads=1,
    )
    (folder / "history.parquet").rename(run / "history.parquet")
    return folder


def drawn(study, out, synthetic):
    run = study / "phenformer" / "seed0"
    names = ("predicted", "strips", "tracks", "curves")
    figures = {name: out / f"{name}.svg" for name in names}
    draw(
        predictions=[run / "predictions.h5ad"],
        metrics=[run / "metrics.parquet"],
        histories=[run / "history.parquet"],
        checkpoint=study / "expression.ckpt",
        hardware=tiny_study.HARDWARE,
        genome=study / "genome",
        genes=study / "genes.parquet",
        truth=study / "truth",
        holdout=tiny_study.HOLDOUT,
        variants=list(VARIANTS),
        dataset="tiny",
        synthetic=synthetic,
        threads=1,
        **figures,
    )
    return {name: path.read_text() for name, path in figures.items()}


def test_figures_say_what_is_drawn_and_repeat(study, tmp_path):
    (tmp_path / "again").mkdir()
    found = drawn(study, tmp_path, SYNTHETIC)
    titles = {name: told(text) for name, text in found.items()}
    assert all(title.endswith(f"dataset tiny: {SYNTHETIC}") for title in titles.values())
    assert titles["predicted"].startswith("Mean expression of held-out genes: those of contig3")
    assert drawn(study, tmp_path / "again", SYNTHETIC) == found


def test_real_data_are_not_called_drawn(study, tmp_path):
    assert all("drawn" not in text for text in drawn(study, tmp_path, "").values())


def test_tracks_of_the_step_are_of_the_best_and_the_worst_gene(study, tmp_path, monkeypatch):
    kept = []
    shown = plots.tracks
    monkeypatch.setattr(plots, "tracks", lambda found: kept.extend(found) or shown(found))
    drawn(study, tmp_path, SYNTHETIC)
    answer = anndata.read_h5ad(study / "phenformer" / "seed0" / "predictions.h5ad")
    wrong = np.asarray(answer.layers["model"], dtype=float) - np.asarray(answer.X)
    order = answer.obs_names[np.argsort(np.square(wrong).mean(axis=1))]
    assert [track.gene for track in kept[::2]] == [order[0], order[-1]]
    assert [track.remark.split()[0] for track in kept] == ["best", "median", "worst"]
    before, _ = read_grammar(study / "truth").reach
    for track in kept:
        assert len(track.letters) == len(track.importance) == len(track.true)
        # Nothing acts farther away than the grammar reaches.
        far = track.first + np.arange(len(track.true)) < -before
        assert not np.nan_to_num(track.true[far]).any()
    planted = pd.read_csv(study / "truth" / "planted.tsv", sep="\t", dtype={"gene": str})
    assert [len(track.planted) for track in kept] == [
        (planted["gene"] == track.gene).sum() for track in kept
    ]


def levels(genes):
    rng = np.random.default_rng(0)
    observed = rng.normal(2, 1, genes)
    methods = {"model": observed, "kmers": -observed, "window-kmers": np.zeros(genes)}
    return pd.concat(
        [
            pd.DataFrame({"method": name, "predicted": values, "observed": observed})
            for name, values in methods.items()
        ]
    )


@pytest.mark.parametrize(("genes", "dots"), [(30, True), (plots.CROWD + 1, False)])
def test_each_gene_is_a_dot_unless_there_are_too_many(genes, dots):
    figure = plots.predicted(levels(genes), "blocks of the genome")
    titles = [title_of(axes) for axes in figure.axes]
    names = ["Phenformer", "k-mers, promoter", "k-mers, window"]
    assert titles == [
        f"{name}\nr = {r:.2f}, n = {genes:,}" for name, r in zip(names, (1, -1, 0), strict=True)
    ]
    for axes in figure.axes:
        points = [line for line in axes.lines if line.get_marker() == "o"]
        assert len(points) == dots
        assert bool(axes.collections) != dots
        if dots:
            assert len(points[0].get_xdata()) == genes


def test_the_best_baselines_are_the_best_correlated():
    assert plots.best_baselines(levels(30), 1) == ["window-kmers"]
    assert plots.best_baselines(levels(30), 5) == ["window-kmers", "kmers"]


def test_strips_are_sorted_and_show_each_context():
    values = {"model": [0.8, 0.6], "kmers": [0.1, 0.3], "window-kmers": [0.9, 0.7]}
    run = {"variant": "phenformer", "seed": 0}
    points = pd.DataFrame(
        [
            {
                **run,
                "method": method,
                "metric": "pearson",
                "context": f"context{place}",
                "value": r,
            }
            for method, both in values.items()
            for place, r in enumerate(both)
        ]
    )
    numbers = pd.DataFrame(
        [
            {**run, "metric": f"{method}/pearson", "value": sum(both) / 2, "low": 0.0, "high": 1.0}
            for method, both in values.items()
        ]
    ).assign(n=50)
    axes = plots.strips(points, numbers, looks(["phenformer"])).axes
    assert len(axes) == 1
    names = [label.get_text() for label in axes[0].get_yticklabels()]
    assert names == ["k-mers, window", "phenformer", "k-mers, promoter"]
    dots = [line.get_xdata().tolist() for line in axes[0].lines if line.get_marker() == "."]
    assert dots == [values["window-kmers"], values["model"], values["kmers"]]
    means = [line.get_xdata()[0] for line in axes[0].lines if line.get_marker() == "D"]
    assert means == pytest.approx([0.8, 0.7, 0.2])
    intervals = [line for line in axes[0].lines if list(line.get_xdata()) == [0.0, 1.0]]
    assert len(intervals) == 3


def test_every_baseline_of_the_study_has_a_name(study):
    answer = anndata.read_h5ad(study / "baselines.h5ad")
    assert set(answer.layers) <= set(plots.BASELINES)


def test_a_motif_at_the_edge_of_the_letters_is_marked_up_to_it():
    importance = np.zeros(100)
    importance[30:70] = 1.0
    marks = [
        plots.Mark("whole", -60, -52),
        plots.Mark("half", -73, -65),
        plots.Mark("far", -9, -2),
    ]
    track = plots.Track("g", "best", -100, "ACGT" * 25, importance, None, marks)
    bars, logo = plots.tracks([track]).axes
    assert [text.get_text() for text in logo.texts] == ["whole", "half"]
    edges = [patch.get_extents() for patch in logo.patches if hasattr(patch, "get_width")]
    assert len(edges) == 2
    assert logo.get_xlim() == (-70.5, -30.5)
    # A bar per base, one shade for the letters below, and one per motif.
    assert len(bars.patches) == 100 + 1 + 3


def test_genes_without_a_law_have_no_truth_to_compare_with():
    track = plots.Track("g", "best", -50, "ACGT" * 25, np.arange(100.0), None, [])
    figure = plots.tracks([track])
    assert legend_of(figure) == ["by Phenformer", "strongest 40 bases, below"]
    assert title_of(figure.axes[0]) == "g, best"
    with_law = plots.tracks([track._replace(true=np.arange(100.0))])
    assert title_of(with_law.axes[0]) == "g, best; r with the true law 1.00"


def history(metrics, seeds):
    rows = [
        ("phenformer", f"seed{seed}", epoch, metric, float(seed + epoch))
        for metric in metrics
        for seed in range(seeds)
        for epoch in range(5)
    ]
    return pd.DataFrame(rows, columns=["variant", "seed", "epoch", "metric", "value"])


def test_curves_are_single_seeds_and_their_mean():
    figure = plots.curves(history(["train/loss", "valid/loss"], seeds=2), looks(["phenformer"]))
    for axes in figure.axes:
        assert len(axes.lines) == 3
        assert axes.lines[-1].get_xdata().tolist() == [1, 2, 3, 4, 5]
        assert axes.lines[-1].get_ydata().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_every_curve_has_an_axis_that_can_be_read():
    figure = plots.curves(history(list(plots.CURVES)[:3], seeds=1), looks(["phenformer"]))
    assert len(figure.axes) == 3
    for axes in figure.axes:
        assert all(tick.label1.get_visible() for tick in axes.yaxis.get_major_ticks())
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "epoch", "epoch"]
