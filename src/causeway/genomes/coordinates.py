"""Where genes begin and where windows lie: 0-based, half-open, on the forward strand.

Every coordinate inside the package is of that kind, as in BED; annotation and variants, which
count from one and include the end, are converted where they are read.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError

STRANDS = ("+", "-")


def transcription_starts(genes: pd.DataFrame, where: object = "genes") -> NDArray[np.int64]:
    """First transcribed base of each gene: ``start`` on strand +, ``end - 1`` on strand -.

    Parameters
    ----------
    genes
        Columns ``start``, ``end`` and ``strand``.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If a strand is neither + nor -.
    """
    reverse = is_reverse(genes, where)
    start, end = genes["start"].to_numpy(np.int64), genes["end"].to_numpy(np.int64)
    return np.where(reverse, end - 1, start)


def windows(
    genes: pd.DataFrame, upstream: int, downstream: int, where: object = "genes"
) -> pd.DataFrame:
    """Windows around the transcription starts of genes, on their strands.

    After the reverse complement of genes on strand -, the start site lies at index ``upstream``
    in every window. A window may reach off its contig; who reads it pads it.

    Parameters
    ----------
    genes
        Columns ``gene``, ``contig``, ``strand`` and ``tss``.
    upstream, downstream
        Bases before the start site, and from it on.
    where
        Stands in errors.

    Returns
    -------
    DataFrame
        Columns ``gene, contig, tss, strand, start, end``, a row per gene.

    Raises
    ------
    InputError
        If a window has no bases or a strand is neither + nor -.
    """
    if upstream < 0 or downstream < 0 or upstream + downstream == 0:
        raise InputError(
            "windows",
            f"{upstream} bases upstream and {downstream} downstream make no window",
            "Give numbers from 0, of which one is larger",
        )
    reverse = is_reverse(genes, where)
    tss = genes["tss"].to_numpy(np.int64)
    start = np.where(reverse, tss - downstream + 1, tss - upstream)
    return pd.DataFrame(
        {
            "gene": genes["gene"].to_numpy(),
            "contig": genes["contig"].to_numpy(),
            "tss": tss,
            "strand": genes["strand"].to_numpy(),
            "start": start,
            "end": start + upstream + downstream,
        }
    )


def centred(genes: pd.DataFrame, width: int, where: object = "genes") -> pd.DataFrame:
    """Windows of an even width whose start sites lie at index ``width / 2``.

    Raises
    ------
    InputError
        If the width is odd.
    """
    if width % 2:
        raise InputError("windows", f"a width of {width} has no middle", "Give an even number")
    return windows(genes, width // 2, width // 2, where)


def tiles(contigs: Mapping[str, int], width: int, step: int | None = None) -> pd.DataFrame:
    """Whole windows side by side along contigs, on strand +, each named by its place.

    Parameters
    ----------
    contigs
        Length of each.
    width
        Bases of a window.
    step
        Bases from one window to the next; by default the width.

    Returns
    -------
    DataFrame
        As :func:`windows`; ``tss`` is the middle.
    """
    step = width if step is None else step
    parts = [
        pd.DataFrame({"contig": name, "start": np.arange(0, length - width + 1, step)})
        for name, length in contigs.items()
        if length >= width
    ]
    if not parts:
        raise InputError(
            "windows", f"no contig has {width:,} bases", "Make windows smaller than the contigs"
        )
    table = pd.concat(parts, ignore_index=True)
    start, end = table["start"], table["start"] + width
    name = table["contig"] + ":" + start.astype(str) + "-" + end.astype(str)
    return pd.DataFrame(
        {
            "gene": name,
            "contig": table["contig"],
            "tss": start + width // 2,
            "strand": "+",
            "start": start,
            "end": end,
        }
    )


def is_reverse(table: pd.DataFrame, where: object) -> NDArray[np.bool_]:
    """Whether each strand is -.

    Parameters
    ----------
    table
        Column ``strand``, and perhaps ``gene``, by which errors name the row.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If one is neither + nor -.
    """
    strands = table["strand"]
    wrong = ~strands.isin(STRANDS)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        name = f"gene {table['gene'].iloc[row]!r}" if "gene" in table else f"row {row}"
        raise InputError(
            where,
            f"{name} has strand {strands.iloc[row]!r}",
            "Give + or -; leave out features without a strand",
        )
    return (strands == "-").to_numpy()
