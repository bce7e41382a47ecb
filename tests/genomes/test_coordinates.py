"""Where start sites lie in windows, on both strands."""

import numpy as np
import pandas as pd
import pytest

from causeway.errors import InputError
from causeway.genomes.coordinates import centred, tiles, transcription_starts, windows


@pytest.fixture
def genes() -> pd.DataFrame:
    """A gene on each strand; both are transcribed from base 100."""
    table = pd.DataFrame(
        {
            "gene": ["forward", "reverse"],
            "contig": "c",
            "start": [100, 60],
            "end": [140, 101],
            "strand": ["+", "-"],
        }
    )
    return table.assign(tss=transcription_starts(table))


def test_genes_start_at_their_five_prime_end(genes):
    assert genes["tss"].tolist() == [100, 100]


@pytest.mark.parametrize(("upstream", "downstream"), [(10, 10), (30, 5), (0, 8), (8, 0), (7, 2)])
def test_the_start_site_has_one_index_on_both_strands(genes, upstream, downstream):
    table = windows(genes, upstream, downstream)
    assert (table["end"] - table["start"] == upstream + downstream).all()
    forward, reverse = table.itertuples()
    assert 100 - forward.start == upstream
    assert reverse.end - 1 - 100 == upstream


def test_centred_windows_follow_the_published_convention(genes):
    table = centred(genes, 8)
    assert table[["start", "end"]].to_numpy().tolist() == [[96, 104], [97, 105]]
    with pytest.raises(InputError, match="no middle"):
        centred(genes, 7)


def test_windows_without_bases_are_refused(genes):
    for sizes in ((0, 0), (-1, 5)):
        with pytest.raises(InputError, match="make no window"):
            windows(genes, *sizes)


def test_a_gene_without_strand_is_refused(genes):
    genes.loc[1, "strand"] = "."
    with pytest.raises(InputError, match=r"gene '.*' has strand '\.'"):
        transcription_starts(genes)


def test_tiles_cover_contigs_without_their_rests():
    table = tiles({"a": 10, "b": 3, "c": 4}, 4)
    assert table["gene"].tolist() == ["a:0-4", "a:4-8", "c:0-4"]
    assert (table["end"] - table["start"] == 4).all()
    assert table["tss"].tolist() == [2, 6, 2]
    assert np.diff(tiles({"a": 10}, 4, step=2)["start"]).tolist() == [2, 2, 2]
    with pytest.raises(InputError, match="no contig has 11 bases"):
        tiles({"a": 10}, 11)
