"""Figures of people show every disease, mark what was planted, and say that diseases are drawn."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from drawn_figures import legend_of, title_of, told

from causeway.genomes.phenformer import people_plots as plots
from causeway.genomes.phenformer.draw_individuals import draw_individuals
from causeway.genomes.phenformer.draw_people import draw_people

SYNTHETIC = "a synthetic genome; expression, people and diseases are drawn"
DISEASES = [f"disease{number}" for number in range(6)]
CONTEXTS = [f"context{number}" for number in range(5)]
POPULATIONS = ["EUR", "AFR"]


def dots(axes):
    return [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "."]


def scores():
    """The first context scores most; the first and the last are planted."""
    rows = [
        (name, disease, context, 1.0 - place, 0.5 - place, 1.5 - place, place in (0, 4))
        for name in plots.ESTIMATORS
        for disease in DISEASES
        for place, context in enumerate(CONTEXTS)
    ]
    columns = ["estimator", "disease", "context", "value", "low", "high", "true"]
    return pd.DataFrame(rows, columns=columns)


def areas():
    """Of the network 0.8, of others 0.7, and of each disease 0.01 more than of the one before."""
    models = dict.fromkeys((model for pair in plots.PAIRS.values() for model in pair), 0.7)
    models |= {model: 0.8 for model in models if "phenformer" in model} | {plots.GAIN: 0.1}
    rows = [
        (reads, disease, model, area + 0.01 * place)
        for reads in plots.INPUTS
        for model, area in models.items()
        for place, disease in enumerate(DISEASES)
    ]
    return pd.DataFrame(rows, columns=["input", "disease", "model", "auroc"])


def populations():
    rows = [
        (reads, disease, name, 0.6 + 0.1 * place, 5 + number, 40)
        for reads in ("expression", "null")
        for place, name in enumerate(POPULATIONS)
        for number, disease in enumerate(DISEASES)
    ]
    columns = ["input", "disease", "population", "auroc", "cases", "n"]
    return pd.DataFrame(rows, columns=columns)


def individuals():
    r = {"model": [-0.5, 0.2, 0.4, np.nan], "elastic-net": [0.9, 0.8]}
    rows = [(name, f"g{gene}", one) for name, all_ in r.items() for gene, one in enumerate(all_)]
    return pd.DataFrame(rows, columns=["method", "gene", "r"])


TABLES = {
    "scores": scores,
    "areas": areas,
    "populations": populations,
    "individuals": individuals,
}


def drawn(folder, out):
    for seed, (name, table) in product((0, 1), TABLES.items()):
        (folder / f"seed{seed}").mkdir(exist_ok=True)
        table().to_parquet(folder / f"seed{seed}" / f"{name}.parquet")
    files = {
        name: [folder / f"seed{seed}" / f"{name}.parquet" for seed in (0, 1)] for name in TABLES
    }
    out.mkdir()
    names = ("hypotheses", "risks", "populations")
    figures = {f"{name}_figure": out / f"{name}.svg" for name in names}
    individuals = {"individuals": files.pop("individuals"), "figure": out / "individuals.svg"}
    draw_people(**files, **figures, dataset="toy", synthetic=SYNTHETIC)
    draw_individuals(**individuals, dataset="toy", synthetic=SYNTHETIC)
    figures["individuals_figure"] = individuals["figure"]
    return {name: path.read_text() for name, path in figures.items()}


def test_figures_say_that_diseases_are_drawn_and_repeat(tmp_path):
    found = drawn(tmp_path, tmp_path / "once")
    for text in found.values():
        assert told(text).endswith(f"dataset toy: {SYNTHETIC}")
    assert drawn(tmp_path, tmp_path / "twice") == found


def test_planted_contexts_are_marked_and_told():
    figure = plots.hypotheses(scores().assign(seed="seed0"))
    columns = len(plots.ESTIMATORS)
    assert len(figure.axes) == (plots.DISEASES + 1) * columns
    ranked = figure.axes[: plots.DISEASES * columns]
    assert [axes.get_ylabel() for axes in ranked[::columns]] == DISEASES[: plots.DISEASES]
    for axes in ranked:
        marks = {line.get_marker(): line.get_xdata().tolist() for line in axes.lines[-2:]}
        assert marks == {"o": [2, 3, 4], "D": [1, 5]}
        assert axes.texts[0].get_text() == "planted: 1, 5 of 5"
        intervals = [part for lines in axes.collections for part in lines.get_segments()]
        assert len(intervals) == len(CONTEXTS)
    assert "all 6 diseases of 1 seed" in legend_of(figure)


def test_contexts_of_the_literature_are_called_known():
    figure = plots.hypotheses(scores().assign(seed="seed0"), "known")
    assert figure.axes[0].texts[0].get_text() == "known: 1, 5 of 5"
    assert legend_of(figure)[0] == "known"
    assert "planted" not in figure.get_suptitle()


def test_nothing_is_marked_or_counted_where_nothing_is_known():
    figure = plots.hypotheses(scores().drop(columns="true").assign(seed="seed0"))
    assert len(figure.axes) == plots.DISEASES * len(plots.ESTIMATORS)
    for axes in figure.axes:
        marks = {line.get_marker(): line.get_xdata().tolist() for line in axes.lines[-2:]}
        assert marks == {"o": [1, 2, 3, 4, 5], "D": []}
        assert not axes.texts
    assert legend_of(figure) == ["chance"]
    assert figure.get_suptitle() == "Contexts ranked as causes of diseases"


def test_chance_is_drawn_only_where_it_is_known():
    figure = plots.hypotheses(scores().assign(seed="seed0"))
    dashed = [
        [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"]
        for axes in figure.axes[: len(plots.ESTIMATORS)]
    ]
    assert dashed == [[0.5], [], [0.0], [], [0.0], [0.0]]


def test_the_last_row_counts_planted_contexts_of_all_seeds_and_diseases():
    # In the second seed the planted contexts are ranks 1 and 2 instead of 1 and 5.
    other = scores()
    other["true"] = other["context"].isin(CONTEXTS[:2])
    both = pd.concat([scores().assign(seed="seed0"), other.assign(seed="seed1")])
    figure = plots.hypotheses(both)
    steps = figure.axes[-1].lines[-1]
    assert steps.get_xdata().tolist() == [0, 1, 2, 3, 4, 5]
    assert steps.get_ydata() == pytest.approx([0, 0.5, 0.75, 0.75, 0.75, 1])
    assert "all 12 diseases of 2 seeds" in legend_of(figure)


def test_risks_have_a_dot_per_disease_and_seed():
    table = pd.concat([areas().assign(seed=name) for name in ("seed0", "seed1")])
    figure = plots.risks(table)
    titles = [title_of(axes) for axes in figure.axes]
    assert titles == [*plots.PAIRS, "gain of the network"]
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == list(plots.INPUTS.values())
    for axes in figure.axes[:-1]:
        assert [len(one) for one in dots(axes)] == [12] * 2 * len(plots.INPUTS)
        means = [line.get_xdata()[0] for line in axes.lines if line.get_marker() in ("D", "o")]
        assert means == pytest.approx([0.825, 0.725] * len(plots.INPUTS))
    gains = [line.get_xdata()[0] for line in figure.axes[-1].lines if line.get_marker() == "D"]
    assert gains == pytest.approx([0.125] * len(plots.INPUTS))


def test_intervals_end_where_areas_do():
    few = areas().query("disease in ['disease0', 'disease1']").assign(seed="seed0")
    few["auroc"] = np.where(few["disease"] == "disease0", 0.05, 0.95)
    for axes in plots.risks(few).axes:
        low, high = axes.get_xlim()
        least = -1 if title_of(axes) == "gain of the network" else 0
        assert least - 0.11 < low < least < 1 < high < 1.11
    people = populations().query("disease in ['disease0', 'disease1']").assign(seed="seed0")
    people["auroc"] = np.where(people["disease"] == "disease0", 0.05, 0.95)
    for axes in plots.populations(people).axes:
        assert axes.get_xlim() == pytest.approx((-0.05, 1.05))


def test_medians_are_drawn_of_several_genes():
    r = np.linspace(0.1, 0.9, plots.SEVERAL)
    table = pd.DataFrame({"method": "model", "gene": [f"g{one}" for one in range(len(r))], "r": r})
    figure = plots.individuals(table)
    (line,) = [line for line in figure.axes[0].lines if line.get_color() == plots.TRUE]
    assert line.get_xdata()[0] == pytest.approx(0.5)
    assert legend_of(figure) == ["no relation", "median"]
    assert ": 1 gene, " in title_of(plots.individuals(table[:1]).axes[0])


def test_no_title_of_risks_calls_covariates_what_they_are_not():
    # Covariates hold principal components, and age and sex only where these are known.
    assert not [title for title in plots.PAIRS if "age" in title]


def test_populations_tell_their_people_and_cases():
    table = populations().assign(seed="seed0")
    table.loc[(table["population"] == "AFR") & (table["disease"] == "disease0"), "auroc"] = np.nan
    figure = plots.populations(table)
    assert [title_of(axes) for axes in figure.axes] == ["planted diseases", "null diseases"]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [
        "EUR (most trained)\n40 people, 5\N{EN DASH}10 cases",
        "AFR\n40 people, 5\N{EN DASH}10 cases",
    ]
    for axes in figure.axes:
        assert [len(one) for one in dots(axes)] == [6, 5]


def test_measured_diseases_are_not_called_planted():
    table = populations().query("input == 'expression'").assign(seed="seed0")
    assert [title_of(axes) for axes in plots.populations(table).axes] == ["measured diseases"]


def test_people_of_no_known_population_are_all_people():
    table = populations().query("population == 'EUR'").assign(population="", seed="seed0")
    labels = plots.populations(table).axes[0].get_yticklabels()
    assert [label.get_text().splitlines()[0] for label in labels] == ["all people"]


def test_individuals_count_each_gene_once():
    figure = plots.individuals(individuals())
    heights = [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes]
    assert heights == [3, 2]
    said = [title_of(axes).partition(": ")[2] for axes in figure.axes]
    assert said == [
        "3 genes, median 0.20, 33 % below 0; 1 without variation",
        "2 genes, median 0.85, 0 % below 0",
    ]
    assert legend_of(figure) == ["no relation"]
    assert not [line for axes in figure.axes for line in axes.lines if line.get_linestyle() == "-"]
    silent = individuals().assign(r=np.nan)
    assert "no gene varies" in title_of(plots.individuals(silent).axes[0])
