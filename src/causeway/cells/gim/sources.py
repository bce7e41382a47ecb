"""Where screens with features of perturbations can come from, as configuration."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from causeway.cells.worlds.hill_settings import HillWorld
from causeway.section import Section


class ScreenFile(Section):
    """A screen of your own in canonical form, with doses and descriptors of perturbations."""

    kind: Literal["screen"] = "screen"
    path: Path
    """An ``.h5ad`` file: states in ``X``, ``obs["perturbation"]``, ``obs["dose"]`` (0 of controls)
    and ``uns["descriptors"]`` with ``perturbations`` and ``values``."""
    held_out: list[str] = Field(default=[])
    """Perturbations for tests alone."""
    held_out_doses: list[float] = Field(default=[])
    """Doses of the others for tests alone."""


class SciPlex(Section):
    """SciPlex3: 188 drugs at four doses on three cell lines (Srivatsan 2020) [recalled]."""

    kind: Literal["sciplex"] = "sciplex"
    cells_file: str = "sciplex3/13350497/SrivatsanTrapnell2020_sciplex3.h5ad"
    """Cells, below the folder of raw data: a file of ``config/data.tsv``."""
    smiles_file: str = "sciplex3-smiles/5cbd04d/trapnell_drugs_smiles.csv"
    """Structures of the drugs, likewise; rows of name, SMILES and pathway."""
    cell_line: str = "A549"
    """One of A549, K562 and MCF7; a causal model is of one cell line [ours]."""
    genes: PositiveInt = 50
    """Most variable genes of training cells that are kept [ours]."""
    cells: PositiveInt = 200
    """Cells of each drug and dose at most, drawn at random [ours]."""
    controls: PositiveInt = 2000
    """Vehicle cells at most, drawn at random [ours]."""
    min_cells: PositiveInt = 20
    """Drugs at doses with fewer cells are left out [ours]."""
    held_out_doses: list[float] = Field(default=[1000.0])
    """Doses in nM for tests alone; Fig. 5 of the paper holds out doses of seen drugs [S], which
    ones is not known."""
    unseen_drugs: PositiveInt = 20
    """Drugs for tests alone, drawn at random [ours]."""
    radius: PositiveInt = 2
    """Radius of Morgan fingerprints [recalled]."""
    bits: PositiveInt = 1024
    """Length of Morgan fingerprints [ours]."""
    components: PositiveInt = 32
    """Principal components of the fingerprints that are features, beside the logarithm of the
    dose [ours]."""
    drug_column: str = "perturbation"
    """Column of the table of cells with the drug [recalled, scPerturb]."""
    dose_column: str = "dose_value"
    """Column with the dose in nM [recalled, scPerturb]."""
    line_column: str = "cell_line"
    """Column with the cell line [recalled, scPerturb]."""


Source = Annotated[HillWorld | ScreenFile | SciPlex, Field(discriminator="kind")]


def raw_files(source: Source) -> list[str]:
    """Files that a source needs, below the folder of raw data."""
    return [source.cells_file, source.smiles_file] if isinstance(source, SciPlex) else []
