"""SciPlex3 as a screen: one cell line, variable genes, principal components of fingerprints.

The protocol is rebuilt (docs/systems/gim.md); names of columns are those of scPerturb as recalled,
and were not checked against the file.
"""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from causeway.cells.genes import variable_genes
from causeway.cells.gim.sources import SciPlex
from causeway.cells.labels import CONTROL, SEPARATOR
from causeway.cells.normalisation import log_normalised
from causeway.cells.reading.opening import open_raw
from causeway.cells.reading.raw import Raw
from causeway.cells.reading.rows import blocks
from causeway.cells.screens import COUNTS
from causeway.cells.streaming import Moments
from causeway.errors import InputError

TARGET_SUM = 1e4
"""Library size to which cells are normalised."""


def screen(cells: Path, drugs: Path, source: SciPlex, seed: int) -> anndata.AnnData:
    """Draw cells of one cell line and describe their drugs.

    Parameters
    ----------
    cells
        File of scPerturb.
    drugs
        Table of the step ``fingerprints``.
    source
        What is drawn.
    seed
        Of the cells and of the drugs for tests.

    Returns
    -------
    AnnData
        Screen with ``obs["dose"]``, ``uns["descriptors"]`` and what is held out, as of a synthetic
        world. The dose is the logarithm to base 10 of nM. Genes are chosen by training cells.

    Raises
    ------
    InputError
        If columns are missing or no drug or control remains.
    """
    rng = np.random.default_rng(seed)
    prints = pd.read_parquet(drugs).set_index("drug")
    with open_raw(cells) as raw:
        table = _drawn(_labels(raw, source, set(prints.index)), source, rng)
        counts = _rows(raw, table["row"].to_numpy())
        names = raw.genes.index.astype(str)
    labels = sorted(set(table["perturbation"]) - {CONTROL})
    if len(labels) <= source.unseen_drugs:
        raise InputError(
            f"{cells}, obs",
            f"{len(labels)} drugs with a structure, {source.unseen_drugs} are to be held out",
            "Lower unseen_drugs or min_cells",
        )
    unseen = sorted(rng.choice(labels, source.unseen_drugs, replace=False).tolist())
    doses = [float(np.log10(dose)) for dose in source.held_out_doses]
    train = ~(table["perturbation"].isin(unseen) | table["dose"].isin(doses)).to_numpy()
    logged = log_normalised(counts, TARGET_SUM)
    panel = _panel(logged[train], source.genes)
    table["ncounts"] = np.asarray(counts.sum(axis=1)).ravel()
    return anndata.AnnData(
        X=sparse.csr_matrix(logged[:, panel]),
        obs=table.drop(columns="row"),
        var=pd.DataFrame(index=pd.Index(names[panel])),
        layers={COUNTS: sparse.csr_matrix(counts[:, panel], dtype=np.float32)},
        uns={
            "descriptors": {
                "perturbations": np.array(labels),
                "values": _components(prints.loc[labels].to_numpy(float), source.components),
            },
            "held_out": np.array(unseen),
            "held_out_doses": np.array(doses),
        },
    )


def short_name(drug: str) -> str:
    """First word of a product's name without the sign of its rotation, as the structures have it.

    >>> short_name("(+)-JQ1"), short_name("Alvespimycin (17-DMAG) HCl")
    ('JQ1', 'Alvespimycin')
    """
    return drug.removeprefix("(+)-").split(" ")[0].replace(SEPARATOR, "")


def _labels(raw: Raw, source: SciPlex, known: set[str]) -> pd.DataFrame:
    """Cells of the cell line whose drug has a structure: row, perturbation, dose."""
    wanted = (source.drug_column, source.dose_column, source.line_column)
    if missing := [name for name in wanted if name not in raw.cells]:
        raise InputError(
            f"{raw.where}, obs", f"has no column {missing[0]!r}", "Name it in the source's section"
        )
    drug = raw.cells[source.drug_column].astype(str).map(short_name)
    dose = pd.to_numeric(raw.cells[source.dose_column], errors="coerce")
    label = drug.where(drug.isin(known - {CONTROL}), "")
    label = label.mask(drug.isin({CONTROL, "Vehicle"}), CONTROL)
    treated = (label != "") & (label != CONTROL)
    table = pd.DataFrame(
        {
            "row": np.arange(len(raw.cells)),
            "perturbation": label.to_numpy(),
            "nperts": treated.to_numpy(int),
            "dose": np.where(treated, np.log10(dose.where(dose > 0)), 0.0),
        },
        index=raw.cells.index.astype(str),
    )
    mine = (raw.cells[source.line_column].astype(str) == source.cell_line).to_numpy()
    return table[mine & (table["perturbation"] != "").to_numpy() & table["dose"].notna()]


def _drawn(table: pd.DataFrame, source: SciPlex, rng: np.random.Generator) -> pd.DataFrame:
    """Draw cells of each context, in the order of rows."""
    parts = []
    for (label, _), group in table.groupby(["perturbation", "dose"], sort=True):
        most = source.controls if label == CONTROL else source.cells
        if label == CONTROL or len(group) >= source.min_cells:
            parts.append(group.iloc[rng.permutation(len(group))[:most]])
    if not any((part["perturbation"] == CONTROL).any() for part in parts):
        raise InputError(
            f"{source.cells_file}, obs",
            f"{source.cell_line} has no vehicle cells",
            "Correct cell_line or the names of columns",
        )
    return pd.concat(parts).sort_values("row")


def _rows(raw: Raw, rows: NDArray[np.int64]) -> sparse.csr_array:
    """Read the matrix block by block, and keep some of its rows."""
    kept = []
    for place, block in blocks(raw.rows):
        inside = rows[(rows >= place.start) & (rows < place.stop)] - place.start
        if len(inside):
            kept.append(block[inside])
    return sparse.csr_array(sparse.vstack(kept, format="csr"))


def _panel(logged: sparse.csr_array, genes: int) -> NDArray[np.int64]:
    linear = logged.copy()
    linear.data = np.expm1(linear.data)
    moments = Moments(1, linear.shape[1])
    moments.add(linear, np.zeros(linear.shape[0], dtype=np.int64))
    scores = variable_genes(moments.means[0], moments.variances[0])["dispersions_norm"]
    order = np.argsort(-scores.fillna(-np.inf).to_numpy(), kind="stable")
    return np.sort(order[:genes])


def _components(prints: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """Principal components of all fingerprints; they are features, so that no label leaks."""
    centred = prints - prints.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :number] * sizes[:number]
