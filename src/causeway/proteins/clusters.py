"""Groups of related sequences, so that no relative of a training chain is held out."""

import logging
import shutil
from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from causeway.proteins.alignment import Pairs, banded, overlap, ungapped
from causeway.proteins.kmers import Sequences, Words, sampled, word_length, words
from causeway.proteins.mmseqs import mmseqs_clusters, mmseqs_version

_FEWEST_WORDS = 60
_ALL_WORDS = 10_000_000
_log = logging.getLogger(__name__)


def method() -> str:
    """Name what :func:`cluster` uses here, with its version."""
    if shutil.which("mmseqs"):
        return f"MMseqs2 {mmseqs_version()}, connected components"
    return "built-in words and bands, connected components"


def cluster(
    texts: Sequence[str], *, identity: float, coverage: float, threads: int = 1
) -> np.ndarray:
    """Cluster sequences by MMseqs2 if it is on the PATH, else by :func:`linear_clusters`.

    Equal sequences always share a cluster.

    Parameters
    ----------
    texts
        One-letter codes.
    identity
        Least share of equal residues in the aligned part.
    coverage
        Least share of the shorter sequence that is aligned.
    threads
        Threads for MMseqs2.

    Returns
    -------
    int64 (n,)
        For each sequence the number of its cluster's centre, its longest sequence.
    """
    unique, inverse = np.unique(np.array(texts, dtype=object), return_inverse=True)
    if shutil.which("mmseqs"):
        found = mmseqs_clusters(
            unique.tolist(), identity=identity, coverage=coverage, threads=threads
        )
    else:
        _log.info("mmseqs is not on the PATH; distant relatives are found less often without it")
        found = linear_clusters(unique.tolist(), identity=identity, coverage=coverage)
    return _centres(found[inverse], np.array([len(text) for text in texts]))


def linear_clusters(texts: Sequence[str], *, identity: float, coverage: float) -> np.ndarray:
    """Cluster in time proportional to the number of sequences.

    As in linclust (Steinegger and Söding 2018, doi:10.1038/s41467-018-04964-5), each sequence
    gives its words of lowest hash, and of all sequences with a word only the longest and its
    neighbours in the sorted list are compared: first along the diagonal of the word, then, if at
    least half of the wanted identity lies there, in a band around it. Unlike linclust, clusters
    are the connected components of the pairs found, because a pair in two clusters would leak.

    Relatives above 50 % identity are found nearly always; below, only some. The leakage report
    tells what was missed.

    Parameters
    ----------
    texts
        One-letter codes, preferably all different.
    identity, coverage
        As in :func:`cluster`.

    Returns
    -------
    int64 (n,)
        Labels from 0.
    """
    sequences = Sequences.of(texts)
    # Small sets can afford to compare by all their words.
    most = max(_FEWEST_WORDS, _ALL_WORDS // max(len(sequences), 1))
    wanted = int(np.minimum(sequences.lengths, most).sum())
    found = sampled(words(sequences, word_length(wanted)), most)
    pairs = related(sequences, _candidates(sequences, found), identity, coverage)
    size = (len(sequences), len(sequences))
    graph = coo_array((np.ones(len(pairs), bool), (pairs.first, pairs.second)), shape=size)
    return connected_components(graph, directed=False)[1].astype(np.int64)


def related(sequences: Sequences, pairs: Pairs, identity: float, coverage: float) -> Pairs:
    """Those pairs that reach identity and coverage on or around their diagonal."""
    length = overlap(sequences, pairs)
    shorter = np.minimum(sequences.lengths[pairs.first], sequences.lengths[pairs.second])
    wide = np.flatnonzero(length >= coverage * shorter)
    pairs, length = pairs[wide], length[wide]
    matches = ungapped(sequences, pairs)
    accepted = matches >= identity * length
    doubtful = np.flatnonzero(~accepted & (matches >= identity / 2 * length))
    accepted[doubtful] = banded(sequences, pairs[doubtful]) >= identity * length[doubtful]
    return pairs[np.flatnonzero(accepted)]


def _candidates(sequences: Sequences, found: Words) -> Pairs:
    """Pairs that share a word: each with the longest of its group and with the one before it."""
    lengths = sequences.lengths[found.owner]
    order = np.lexsort((found.place, found.owner, -lengths, found.code))
    found = found[order]
    new = np.ones(len(order), bool)
    new[1:] = found.code[1:] != found.code[:-1]
    head = np.flatnonzero(new)[np.cumsum(new) - 1]
    before = np.where(new, head, np.arange(len(order)) - 1)
    rows = np.tile(np.arange(len(order)), 2)
    other = np.concatenate((head, before))
    rows, other = (side[found.owner[rows] != found.owner[other]] for side in (rows, other))
    # Packed into one integer, which sorts much faster than three.
    longest = int(sequences.lengths.max(initial=0))
    diagonal = found.place[other] - found.place[rows] + longest
    both = found.owner[other] * len(sequences) + found.owner[rows]
    both, diagonal = np.divmod(np.unique(both * (2 * longest + 1) + diagonal), 2 * longest + 1)
    first, second = np.divmod(both, max(len(sequences), 1))
    return Pairs(first, second, diagonal - longest)


def _centres(labels: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Longest sequence of each one's cluster, the first of equally long ones."""
    order = np.lexsort((np.arange(len(labels)), -lengths, labels))
    _, first, inverse = np.unique(labels[order], return_index=True, return_inverse=True)
    centres = np.empty(len(labels), np.int64)
    centres[order] = order[first][inverse]
    return centres
