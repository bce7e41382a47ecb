"""What the genomes of people change, as the first stage sees it.

A folder: ``differences.npy`` (people, genes, contexts), of expression in log1p(TPM), float32;
``embeddings.npy`` (people, genes, channels), float32, as half precision has no differences below
6e-8; ``genes.parquet`` and ``contexts.tsv``. The arrays are mapped into memory, not read.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.genes import read_genes, write_genes
from causeway.genomes.phenformer.genome_encoder import Places


@dataclass(frozen=True)
class Embedded:
    """Differences from the reference genome, exactly zero where a person has its sequence.

    Parameters
    ----------
    differences
        Of expression, shape (people, G, K).
    embeddings
        Of the vectors of windows, shape (people, G, channels).
    genes
        Table of G genes.
    contexts
        K names.
    """

    differences: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    genes: pd.DataFrame
    contexts: list[str]

    @property
    def places(self) -> Places:
        """Where the genes lie."""
        return Places(self.genes["contig"].tolist(), self.genes["tss"].tolist())


def write_embedded(found: Embedded, folder: Path) -> None:
    """Write the folder."""
    folder.mkdir()
    np.save(folder / "differences.npy", found.differences)
    np.save(folder / "embeddings.npy", found.embeddings)
    write_genes(found.genes, folder / "genes.parquet")
    pd.DataFrame({"context": found.contexts}).to_csv(
        folder / "contexts.tsv", sep="\t", index=False
    )


def open_embedded(folder: Path) -> Embedded:
    """Open the folder.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    try:
        return Embedded(
            np.load(folder / "differences.npy", mmap_mode="r"),
            np.load(folder / "embeddings.npy", mmap_mode="r"),
            read_genes(folder / "genes.parquet"),
            pd.read_csv(folder / "contexts.tsv", sep="\t", dtype=str)["context"].tolist(),
        )
    except (OSError, ValueError, KeyError) as error:
        raise InputError(folder, f"holds no embeddings ({error})", "Embed anew") from error
