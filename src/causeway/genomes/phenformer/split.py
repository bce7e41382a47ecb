"""Decide which genes train, validate and test, and report what parts share."""

import logging
from pathlib import Path

import pandas as pd

from causeway.genomes.families import families
from causeway.genomes.genes import read_genes
from causeway.genomes.leakage import leakage as leaked
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.settings import Holdout
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.splits import by_block, by_contig, by_family, write_split
from causeway.genomes.store import open_store
from causeway.genomes.windows import read_windows

log = logging.getLogger(__name__)


def split(
    *,
    genome: Path,
    genes: Path,
    splits: Path,
    leakage: Path,
    holdout: Holdout,
    encoder: EncoderSize,
    seed: int,
) -> None:
    """Share genes out.

    Parameters
    ----------
    genome, genes
        Files of ``index``.
    splits
        Table to write (TSV): ``gene, part``.
    leakage
        Table to write (TSV): what each two parts share, see :mod:`causeway.genomes.leakage`.
    holdout
        How genes are held out.
    encoder
        Width of windows, whose overlaps are counted, and whose sequences tell families.
    seed
        Of random shares.

    Raises
    ------
    InputError
        If a part gets no genes.
    """
    table = read_genes(genes)
    table = table[~table["contig"].isin(holdout.left_out)].reset_index(drop=True)
    around = gene_windows(table, encoder)
    related = families(table["gene"].tolist(), read_windows(open_store(genome), around))
    found = _shared_out(table, related, holdout, seed)
    log.info("%s", found["part"].value_counts().to_dict())
    write_split(found, splits)
    report = leaked(found, table, around, families=related)
    report.to_csv(leakage, sep="\t", index=False)


def _shared_out(
    table: pd.DataFrame, related: dict[str, str], holdout: Holdout, seed: int
) -> pd.DataFrame:
    if holdout.kind == "contigs":
        return by_contig(table, holdout.valid_contigs, holdout.test_contigs)
    if holdout.kind == "families":
        return by_family(table, related, holdout.valid, holdout.test, seed=seed)
    return by_block(
        table, holdout.valid, holdout.test, gap=holdout.gap, blocks=holdout.blocks, seed=seed
    )
