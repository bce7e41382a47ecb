"""Windows around genes as the encoder reads them."""

import pandas as pd

from causeway.genomes.coordinates import windows
from causeway.genomes.phenformer.sizes import EncoderSize


def gene_windows(genes: pd.DataFrame, encoder: EncoderSize) -> pd.DataFrame:
    """Windows of the encoder's width with the transcription start at its anchor.

    Parameters
    ----------
    genes
        Table of genes.
    encoder
        Width and anchor.
    """
    return windows(genes, *window_span(encoder))


def window_span(encoder: EncoderSize) -> tuple[int, int]:
    """Bases of a window before, and from the transcription start on."""
    before = start_index(encoder)
    return before, encoder.window - before


def start_index(encoder: EncoderSize) -> int:
    """Index of the transcription start in a window."""
    return round(encoder.window * encoder.anchor)
