"""From a published screen to one in canonical form, in three passes over its blocks."""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from causeway.cells.counts import check_counts, recover
from causeway.cells.growing import growing_screen
from causeway.cells.labels import CONTROL, targets
from causeway.cells.quality import Reason, Tally, expressing_cells, unusable, verdicts
from causeway.cells.reading.annotation import UNLABELLED, annotate, gene_names
from causeway.cells.reading.raw import Raw
from causeway.cells.reading.rows import blocks
from causeway.cells.refused import Refusal
from causeway.cells.sources import Quality, Registered, ScreenFile
from causeway.errors import InputError

log = logging.getLogger(__name__)

NAMED = 10
"""Perturbations that an error names, at most."""


class Counted(NamedTuple):
    """Counts of some cells: their places in the file, the matrix, and which cells are proved."""

    places: NDArray[np.int64]
    counts: sparse.csr_array
    proved: NDArray[np.bool_]


def prepare_screen(
    raw: Raw, source: ScreenFile | Registered, quality: Quality, path: Path, seed: int
) -> list[Refusal]:
    """Check, filter and normalise a screen; memory does not grow with its cells by genes.

    Nothing is written before the last pass, when all values have been checked.

    Parameters
    ----------
    raw
        Screen as it was published.
    source
        How it is to be understood.
    quality
        What is kept.
    path
        ``.h5ad`` file to write, in canonical form.
    seed
        Of the cells that are drawn, if only some are.

    Returns
    -------
    list
        Everything that was not used, with reasons.

    Raises
    ------
    InputError
        If the values are no counts, names repeat, labels cannot be read, or too few cells, no
        gene or no perturbation is left.
    """
    names = gene_names(raw, source)
    table = annotate(raw, source)
    labels = table["perturbation"]
    reasons = np.full(len(table), "", dtype=f"<U{max(map(len, Reason))}")
    reasons[(labels == UNLABELLED).to_numpy()] = Reason.UNLABELLED

    everything = Tally(len(table), np.zeros(len(names), dtype=bool))
    expressing = np.zeros(len(names), dtype=np.int64)
    for part in _counted(raw, source, table["chosen"].to_numpy(), names):
        everything.add(part.places, part.counts)
        reasons[part.places[~part.proved]] = Reason.UNPROVED
        empty = everything.genes[part.places] < quality.min_genes
        here = reasons[part.places]
        here[empty & (here == "")] = Reason.EMPTY
        reasons[part.places] = here
        expressing += expressing_cells(part.counts, here == "")
    kept_genes = np.flatnonzero(expressing >= quality.min_cells)
    if not len(kept_genes):
        raise InputError(
            raw.where,
            f"no gene is expressed in {quality.min_cells} cells",
            "Lower quality.min_cells, or name a larger screen",
        )
    ncounts = table["library"].to_numpy()
    given = source.library is not None
    ncounts = ncounts if given else everything.counts

    mitochondrial = names[kept_genes].str.startswith(quality.mitochondrial)
    tally = Tally(len(table), np.asarray(mitochondrial, dtype=bool))
    good = table["chosen"].to_numpy() & (reasons == "")
    for part in _counted(raw, source, good, names):
        tally.add(part.places, part.counts[:, kept_genes])
    found = verdicts(
        ncounts if given else tally.counts, tally.genes, tally.percent_mitochondrial, quality
    )
    reasons[good] = found[good]
    good &= reasons == ""

    dropped = unusable(labels[good], names[kept_genes], quality)
    if quality.unmeasured == "refuse":
        _all_measured(raw, dropped, names, quality)
    for reason in set(dropped.values()):
        those = [label for label, why in dropped.items() if why == reason]
        reasons[good & labels.isin(those).to_numpy()] = reason
    good &= reasons == ""
    _enough(raw, labels[good], quality)
    if quality.draw is not None:
        reasons[_undrawn(raw, labels, good, quality.draw, seed)] = Reason.NOT_DRAWN
        good &= reasons == ""

    refusals = _refusals(table, reasons, dropped, quality, raw, len(names) - len(kept_genes))
    cells = _tidy(table[good].drop(columns=["chosen", "library"]), ncounts[good])
    genes = pd.DataFrame(
        {"cells": expressing[kept_genes]}, index=pd.Index(names[kept_genes].to_numpy(str))
    )
    target = quality.target_sum or float(np.median(ncounts[good & (labels == CONTROL)]))
    log.info(
        "%d of %d cells, %d of %d genes, %d perturbations; normalised to %g counts",
        *(len(cells), len(table), len(genes), len(names)),
        *(cells["perturbation"].nunique() - 1, target),
    )
    with growing_screen(path, cells, genes, {"target_sum": target}) as screen:
        for part in _counted(raw, source, good, names):
            counts = part.counts[:, kept_genes]
            screen.append("layers/counts", counts)
            screen.append("X", _logged(counts, target / ncounts[part.places]))
    return refusals


def _counted(
    raw: Raw, source: ScreenFile | Registered, chosen: NDArray[np.bool_], names: pd.Index
) -> Iterator[Counted]:
    """Blocks of the chosen cells as counts, all values checked."""
    field = f"{raw.where}, {source.layer or 'X'}"
    for place, whole in blocks(raw.rows):
        here = np.flatnonzero(chosen[place])
        if not len(here):
            continue
        block, places = whole[here], here + place.start
        barcodes = raw.cells.index[places].astype(str)
        counted = source.values == "counts"
        check_counts(block, barcodes, names, field, whole=counted)
        if counted:
            counts = sparse.csr_array(block, dtype=np.float32)
            counts.eliminate_zeros()
            yield Counted(places, counts, np.ones(len(places), dtype=bool))
        else:
            yield Counted(places, *recover(block))


def _logged(counts: sparse.csr_array, factors: NDArray[np.float64]) -> sparse.csr_array:
    data = np.log1p(counts.data * np.repeat(factors, np.diff(counts.indptr)))
    return sparse.csr_array(
        (data.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape
    )


def _enough(raw: Raw, labels: pd.Series, quality: Quality) -> None:
    controls = int((labels == CONTROL).sum())
    if controls < quality.perturbation_cells:
        raise InputError(
            f"{raw.where}, control cells",
            f"{controls} pass the filters, {quality.perturbation_cells} are needed",
            "Loosen the filters or lower quality.perturbation_cells",
        )
    if labels.nunique() < 2:
        raise InputError(
            f"{raw.where}, perturbations",
            f"none has its targets among the genes and {quality.perturbation_cells} cells that "
            "pass the filters",
            "Set quality.unmeasured to 'keep', loosen the filters or lower "
            "quality.perturbation_cells",
        )


def _all_measured(raw: Raw, dropped: dict[str, Reason], names: pd.Index, quality: Quality) -> None:
    """Refuse a screen whose perturbations have targets that it does not measure."""
    labels = [label for label, reason in dropped.items() if reason == Reason.UNMEASURED]
    if not labels:
        return
    told = ", ".join(labels[:NAMED]) + (", ..." if len(labels) > NAMED else "")
    known = set(names)
    rare = sum(known.issuperset(targets(label)) for label in labels)
    why = f"; {rare} of them names a gene in fewer than {quality.min_cells} cells" if rare else ""
    raise InputError(
        f"{raw.where}, perturbations",
        f"{len(labels)} have targets that are no genes of the screen: {told}{why}",
        "Correct names, lower quality.min_cells, or set quality.unmeasured to 'drop' or 'keep'",
    )


def _undrawn(
    raw: Raw, labels: pd.Series, good: NDArray[np.bool_], number: int, seed: int
) -> NDArray[np.int64]:
    """Places of cells that are left over after drawing equally many of each perturbation."""
    rng = np.random.default_rng(seed)
    left = []
    for label in sorted(labels[good].unique()):
        places = np.flatnonzero(good & (labels == label).to_numpy())
        if len(places) < number:
            raise InputError(
                f"{raw.where}, perturbation {label!r}",
                f"has {len(places)} cells, quality.draw asks for {number}",
                f"Lower quality.draw to at most {len(places)}, or drop perturbations with fewer "
                f"cells by raising quality.perturbation_cells to {number}",
            )
        left.append(rng.permutation(places)[number:])
    return np.concatenate(left)


def _refusals(
    table: pd.DataFrame,
    reasons: NDArray[np.str_],
    dropped: dict[str, Reason],
    quality: Quality,
    raw: Raw,
    rare: int,
) -> list[Refusal]:
    bounds = _bounds(quality)
    rows = []
    if rare:
        rows.append(Refusal("genes", "", Reason.RARE_GENES, rare, bounds[Reason.RARE_GENES]))
    numbers = Counter(reasons[table["chosen"].to_numpy()])
    for reason in Reason:
        if numbers[reason]:
            rows.append(Refusal("cells", "", reason, numbers[reason], bounds[reason]))
    unproved = table.index[(reasons == Reason.UNPROVED) & table["chosen"].to_numpy()]
    for cell in unproved:
        rows.append(Refusal("cell", str(cell), Reason.UNPROVED, 1, bounds[Reason.UNPROVED]))
    measured_before = table.loc[table["chosen"], "perturbation"].value_counts()
    for label, reason in dropped.items():
        cells = int((reasons[(table["perturbation"] == label).to_numpy()] == reason).sum())
        rows.append(Refusal("perturbation", label, reason, cells, bounds[reason]))
    left = set(table.loc[(reasons == "") & table["chosen"], "perturbation"])
    for label in sorted(set(measured_before.index) - left - set(dropped) - {UNLABELLED}):
        detail = f"none of {measured_before[label]} cells passes the filters"
        rows.append(Refusal("perturbation", label, Reason.FEW_CELLS, 0, detail))
    for row in rows:
        log.info("%s: refused %s", raw.where, row.sentence)
    return rows


def _bounds(quality: Quality) -> dict[str, str]:
    """What would have been good enough, by reason."""
    return {
        Reason.UNLABELLED: "cells need a label",
        Reason.UNPROVED: "ratios to a cell's smallest value must be whole numbers",
        Reason.EMPTY: f"at least {quality.min_genes} genes",
        Reason.RARE_GENES: f"at least {quality.min_cells} cells",
        Reason.MITOCHONDRIAL: f"below {quality.percent_mitochondrial} %",
        Reason.FEW_COUNTS: f"above {quality.counts_above}",
        Reason.MANY_COUNTS: f"below {quality.counts_below}",
        Reason.FEW_GENES: f"above {quality.genes_above}",
        Reason.MANY_GENES: f"below {quality.genes_below}",
        Reason.UNMEASURED: "all targets among the genes; quality.unmeasured: keep takes others",
        Reason.FEW_CELLS: f"at least {quality.perturbation_cells} good cells",
        Reason.NOT_DRAWN: f"{quality.draw} cells of each perturbation are drawn",
    }


def _tidy(cells: pd.DataFrame, ncounts: NDArray[np.float64]) -> pd.DataFrame:
    """Columns that can be written: names are text, and so are values of mixed kinds."""
    cells = cells.assign(nperts=cells["nperts"].astype(np.int64), ncounts=ncounts)
    cells.index = pd.Index(cells.index.astype(str).to_numpy())
    cells.columns = cells.columns.astype(str)
    for name in cells.select_dtypes(object):
        cells[name] = cells[name].astype(str)
    for name in cells.select_dtypes("category"):
        cells[name] = cells[name].cat.remove_unused_categories()
    return cells
