"""Check CLIPR's algebra on linear systems, with inputs that no model had to learn."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from causeway import metrics as tables
from causeway.cells.labels import targets
from causeway.cells.lcd.cases import Algebra, Case
from causeway.cells.lcd.causal_matrix import asymmetry
from causeway.cells.lcd.ideal import ideal_estimates
from causeway.cells.structure import structure
from causeway.cells.worlds.linear import draw_system
from causeway.cells.worlds.perturbations import gene_names
from causeway.cells.worlds.settings import LinearWorld

log = logging.getLogger(__name__)

DATASET = "algebra"
KEYS = ["case", "genes", "degree", "singles", "estimator"]


def algebra(*, metrics: Path, table: Path, settings: Algebra) -> None:
    """Estimate drift matrices of linear systems of several sizes and seeds, and judge them.

    Parameters
    ----------
    metrics
        Metrics to write, of the dataset ``algebra``: variants are the estimators of
        :func:`causeway.cells.lcd.ideal.ideal_estimates`, metrics ``<case>/<what>`` such as
        ``d20-k20/sign-auroc``. All off-diagonal entries of a system are judged, so that within
        it nothing is sampled and its interval is the number itself; seeds are other systems.
    table
        Mean and standard deviation over seeds (TSV): ``case, genes, degree, singles, estimator,
        seeds``, then ``<what>`` and ``<what>_sd``.
    settings
        Sizes, seeds, penalties.
    """
    rows = pd.DataFrame(
        row
        for case in settings.cases
        for seed in settings.seeds
        for row in _rows(case, seed, settings)
    )
    numbers = rows.columns.drop([*KEYS, "seed"])
    tables.write(
        (
            tables.Metric(
                system="lcd",
                dataset=DATASET,
                variant=row["estimator"],
                seed=row["seed"],
                metric=f"{row['case']}/{number.replace('_', '-')}",
                value=row[number],
                low=row[number],
                high=row[number],
                n=row["genes"] * (row["genes"] - 1),
            )
            for row in rows.to_dict("records")
            for number in numbers
        ),
        metrics,
    )
    groups = rows.groupby(KEYS, sort=False)
    means, spreads = groups[list(numbers)].mean(), groups[list(numbers)].std()
    summary = means.join(spreads, rsuffix="_sd")
    summary.insert(0, "seeds", groups.size())
    summary.reset_index().to_csv(table, sep="\t", index=False, float_format="%.6g")


def _rows(case: Case, seed: int, settings: Algebra) -> Iterator[dict[str, float | str]]:
    """Judge each estimate of one system."""
    world = LinearWorld(
        genes=case.genes, degree=case.degree, singles=case.singles, cells=settings.cells
    )
    rng = np.random.default_rng(seed)
    system = draw_system(world, rng)
    place = {name: gene for gene, name in enumerate(gene_names(case.genes))}
    hit = np.array([place[targets(label)[0]] for label in system.perturbations.labels[1:]])
    estimates = ideal_estimates(
        system, hit, settings.cells, settings.penalty, settings.small_penalty, rng
    )
    log.info("%s with seed %d", case.name, seed)
    for estimator, matrix in estimates.items():
        yield {
            "case": case.name,
            "genes": case.genes,
            "degree": case.degree,
            "singles": case.singles,
            "estimator": estimator,
            "seed": seed,
            **structure(matrix, system.drift, settings.sign_threshold)._asdict(),
            "asymmetry": asymmetry(matrix),
        }
