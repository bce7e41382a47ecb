"""Where screens can come from, and how they are filtered, as configuration.

Marks in the descriptions: [C] released code of LCD (larslorch/lcd-clipr, commit 8fa006cd), of
arXiv:2601.15341; [ours] our choice.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from causeway.cells.worlds.settings import LinearWorld, SaturatingWorld
from causeway.section import Section


class _Measured(Section):
    """What has to be known of a published screen to read it."""

    label: str = "perturbation"
    """Column of the table of cells with the perturbation."""
    dialect: Literal["plus", "comma", "underscore", "guide", "guide-pair", "single"] = "plus"
    """How labels are written, see :func:`causeway.cells.dialects.parse`."""
    control: str = "control"
    """What the dialect writes for unperturbed cells and in place of a second target."""
    only: dict[str, list[str]] = Field(default_factory=dict)
    """Columns of the table of cells, and the values that a cell must have there."""
    values: Literal["counts", "log-normalised"] = "counts"
    """What the matrix holds; from log-normalised values, counts are recovered where they can
    be proved to be whole, and other cells are refused."""
    layer: str | None = None
    """Layer with the counts; null for ``X``, ``raw`` for ``raw.X``."""
    genes: str | None = None
    """Column of the table of genes with their names; null for its index."""
    repeated_genes: Literal["refuse", "number"] = "refuse"
    """What becomes of a gene name that occurs twice: an error, or ``-1``, ``-2`` after it."""
    library: str | None = None
    """Column of the table of cells with counts over all genes, where the file holds only some;
    null: the sum over the genes of the file."""
    dose: str | None = None
    """Column of the table of cells with a dose."""


class ScreenFile(_Measured):
    """A screen of your own."""

    kind: Literal["file"] = "file"
    path: Path
    """An ``.h5ad`` file, a zarr folder, or a folder with ``matrix.mtx`` (or ``.mtx.gz``), a table
    of genes or features, one of barcodes and, if there is one, one of cells."""


class Registered(_Measured):
    """A screen of the dataset registry."""

    kind: Literal["registry"] = "registry"
    name: str
    """Row of ``config/data.tsv``."""


Source = Annotated[
    ScreenFile | Registered | LinearWorld | SaturatingWorld, Field(discriminator="kind")
]


class Quality(Section):
    """Which cells, genes and perturbations are kept; null bounds nothing."""

    min_genes: NonNegativeInt = 20
    """Genes that a cell expresses before anything else is looked at, at least [C]."""
    min_cells: NonNegativeInt = 200
    """Cells that express a gene, at least [C]."""
    mitochondrial: str = "MT-"
    """What names of mitochondrial genes begin with [C]."""
    percent_mitochondrial: PositiveFloat | None = 15.0
    """Share of mitochondrial counts must be below: 15 for Norman, 20 for Wessels, 22 for
    Replogle [C]."""
    counts_above: NonNegativeInt | None = 7_500
    """Counts of a cell must exceed: 7,500 for Norman, 3,000 for Wessels and Replogle [C]."""
    counts_below: PositiveInt | None = None
    """Counts of a cell must be below: 40,000 for Wessels [C]."""
    genes_above: NonNegativeInt | None = None
    """Genes that a cell expresses must exceed: 1,500 for Wessels [C]."""
    genes_below: PositiveInt | None = 6_000
    """Genes that a cell expresses must be below: 6,000 for Norman, 6,500 for Wessels and
    Replogle [C]."""
    perturbation_cells: PositiveInt = 100
    """Cells of a perturbation, at least [C]; others are dropped and listed."""
    unmeasured: Literal["drop", "keep", "refuse"] = "drop"
    """What becomes of perturbations with a target that is no gene of the screen: LCD's code drops
    them [C]; kept, they are predicted like others, but stand in no causal matrix; ``refuse`` is
    an error that names them [ours]."""
    draw: PositiveInt | None = None
    """Cells to draw of the control and of each perturbation; null for all [ours]."""
    target_sum: PositiveFloat | None = None
    """Library size to which cells are normalised before the logarithm; null for the median of
    control cells [C]."""


class Panel(Section):
    """Which genes are modelled [C]."""

    genes: PositiveInt = 1_000
    """Genes in all; targets come first, then markers, then variable genes."""
    markers: NonNegativeInt = 20
    """Genes per perturbation, by Wilcoxon's rank sum against control cells, that count as its
    markers."""
    min_mean: float | None = Field(None, ge=0)
    """Mean count above which genes go before others, targets excepted; null for no matter."""
    learned_from: Literal["singles", "train"] = "singles"
    """Training cells that markers and variable genes are computed on, beside controls: those of
    single perturbations, or all."""
