"""Personal sequences: the reference with the sites of a haplotype applied, indels included.

Where each base of a haplotype goes follows from its sites: behind a site, places are those of the
reference plus all bases that were inserted and less those that were deleted so far. So a window
is a few copies of stretches of the reference between indels, and one scatter of new bases for all
sites of all windows. Nothing is done base by base.

There are two kinds of windows. *Anchored* windows have a fixed width: they are built outwards from
the base at the anchor, a transcription start, which keeps its index whatever is inserted or
deleted on either side; the haplotype is read further, or less far, at both ends. *Free* windows
are what has become of [start, end) of the reference, of any length: what is inserted before
``start`` belongs to the window before, what is inserted before ``end`` to this one. A free window
of a whole contig is what ``bcftools consensus`` makes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.haplotypes import Haplotypes, stretches
from causeway.genomes.reference import Reader, array_reader

MARGIN = 64
"""Bases that are looked at on both sides of a window at first."""


class Layout(NamedTuple):
    """Windows of one contig and the E carried sites that shape them.

    Places of the haplotype are counted such that they equal those of the reference before the
    first of a window's sites.
    """

    begin: NDArray[np.int64]
    """First place of each window in its haplotype, shape (n,)."""
    end: NDArray[np.int64]
    """Place behind its last, shape (n,)."""
    sites: NDArray[np.int64]
    """Sites, window by window, shape (E,)."""
    window: NDArray[np.int64]
    """Window of each of them, shape (E,)."""
    first: NDArray[np.int64]
    """Borders of windows among them, shape (n + 1,)."""
    place: NDArray[np.int64]
    """Where each site's new bases begin in the haplotype, shape (E,)."""


def lay_out(
    people: Haplotypes,
    contig: str,
    length: int,
    haplotypes: NDArray[np.integer],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    anchor: NDArray[np.int64] | None = None,
) -> Layout:
    """Find the sites of windows and where everything goes.

    Parameters
    ----------
    people
        Haplotypes.
    contig, length
        Name and bases of the contig that all windows are on.
    haplotypes
        Haplotype of each window, shape (n,).
    start, end
        Windows in places of the reference, shape (n,); they may leave the contig.
    anchor
        Place within each window whose base keeps its index, shape (n,); None for free windows.
    """
    low, high = start - MARGIN, end + MARGIN
    while True:
        layout, shift = _shaped(people, contig, haplotypes, low, high)
        if anchor is None:
            begin = _moved(people, layout, shift, start, inserted=start > 0)
            finish = _moved(people, layout, shift, end, inserted=end > 0)
        else:
            at = _moved(people, layout, shift, anchor)
            begin, finish = at - (anchor - start), at + (end - anchor)
        left, right = _known(people, layout, shift, low, high)
        lacking_left = np.where(low > 0, left - begin, 0)
        lacking_right = np.where(high < length, finish - right, 0)
        if (lacking_left <= 0).all() and (lacking_right <= 0).all():
            return layout._replace(begin=begin, end=finish)
        low = low - np.where(lacking_left > 0, lacking_left + MARGIN, 0)
        high = high + np.where(lacking_right > 0, lacking_right + MARGIN, 0)


def fill(
    people: Haplotypes,
    layout: Layout,
    length: int,
    read: Reader,
    out: NDArray[np.uint8],
    first: NDArray[np.int64],
) -> None:
    """Write the windows of a layout one after the other.

    Parameters
    ----------
    people
        Haplotypes.
    layout
        Windows of one contig.
    length
        Bases of the contig; what lies off it becomes 4 (N).
    read
        Gives codes of the contig.
    out
        Where to, one dimension.
    first
        Index in ``out`` of each window's first base, shape (n,).
    """
    edits = people.edits
    new = edits.first[layout.sites + 1] - edits.first[layout.sites]
    old = edits.end[layout.sites] - edits.start[layout.sites]
    _pad(layout, new - old, length, out, first)
    _copy(people, layout, new - old, length, read, out, first)
    _scatter(people, layout, new, out, first)


def anchored(
    reference: NDArray[np.uint8],
    people: Haplotypes,
    contig: str,
    haplotypes: NDArray[np.integer],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    anchor: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Rebuild windows of one width on the forward strand, shape (n, width).

    Parameters
    ----------
    reference
        Codes of the whole contig.
    people, contig, haplotypes, start, end, anchor
        As in :func:`lay_out`; all windows have the same width.
    """
    length, width = len(reference), int(end[0] - start[0]) if len(start) else 0
    layout = lay_out(people, contig, length, haplotypes, start, end, anchor)
    out = np.empty((len(start), width), dtype=np.uint8)
    first = np.arange(len(start), dtype=np.int64) * width
    fill(people, layout, length, array_reader(reference), out.reshape(-1), first)
    return out


def free(
    reference: NDArray[np.uint8],
    people: Haplotypes,
    contig: str,
    haplotypes: NDArray[np.integer],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
) -> list[NDArray[np.uint8]]:
    """Rebuild what has become of windows on the forward strand, one array per window.

    Parameters
    ----------
    reference
        Codes of the whole contig.
    people, contig, haplotypes, start, end
        As in :func:`lay_out`.
    """
    length = len(reference)
    layout = lay_out(people, contig, length, haplotypes, start, end)
    lengths = layout.end - layout.begin
    first = np.cumsum(lengths) - lengths
    out = np.empty(int(lengths.sum()), dtype=np.uint8)
    fill(people, layout, length, array_reader(reference), out, first)
    return np.split(out, first[1:]) if len(first) else []


def _shaped(
    people: Haplotypes,
    contig: str,
    haplotypes: NDArray[np.integer],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> tuple[Layout, NDArray[np.int64]]:
    """Sites that touch [low, high), and shifts before each and in the end, (E + 1,).

    Windows are not placed yet. Shifts go on from window to window: those of a window are less
    that of its first site.
    """
    edits = people.edits
    begin, end = people.ranges(haplotypes, *edits.between(contig, low, high))
    sites = people.indices[stretches(begin, end)].astype(np.int64)
    first = np.concatenate([[0], np.cumsum(end - begin)])
    window = np.repeat(np.arange(len(begin)), end - begin)
    start = edits.start[sites]
    gain = edits.first[sites + 1] - edits.first[sites] - (edits.end[sites] - start)
    shift = np.concatenate([[0], np.cumsum(gain)])
    place = start + shift[:-1] - shift[first[:-1]][window]
    return Layout(low, high, sites, window, first, place), shift


def _moved(
    people: Haplotypes,
    layout: Layout,
    shift: NDArray[np.int64],
    place: NDArray[np.int64],
    inserted: NDArray[np.bool_] | bool = True,
) -> NDArray[np.int64]:
    """Places in haplotypes of one base of the reference per window, shape (n,).

    The place of a base that was replaced is that of its substitute, or of what follows if it has
    none. ``inserted`` tells whether what is inserted right before the base comes before its place.
    """
    edits, first = people.edits, layout.first
    before = edits.end[layout.sites] <= place[layout.window]
    before &= np.broadcast_to(inserted, place.shape)[layout.window]
    site = first[:-1] + np.bincount(layout.window[before], minlength=len(place))
    moved = place + shift[site] - shift[first[:-1]]
    # The next site may begin before the base and end behind it.
    rows = np.flatnonzero(site < first[1:])
    inside = layout.sites[site[rows]]
    depth = place[rows] - edits.start[inside]
    rows, inside, depth = rows[depth > 0], inside[depth > 0], depth[depth > 0]
    new = edits.first[inside + 1] - edits.first[inside]
    moved[rows] -= depth - np.minimum(depth, new)
    return moved


def _known(
    people: Haplotypes,
    layout: Layout,
    shift: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the haplotype between which no other sites can have a part."""
    edits, first = people.edits, layout.first
    left, right = low.copy(), high.copy()
    some = first[1:] > first[:-1]
    left[some] = np.minimum(left[some], edits.start[layout.sites[first[:-1][some]]])
    right[some] = np.maximum(right[some], edits.end[layout.sites[first[1:][some] - 1]])
    return left, right + shift[first[1:]] - shift[first[:-1]]


def _pad(
    layout: Layout,
    gain: NDArray[np.int64],
    length: int,
    out: NDArray[np.uint8],
    first: NDArray[np.int64],
) -> None:
    """Write N where windows reach off the contig."""
    grown = np.concatenate([[0], np.cumsum(gain)])
    last = length + grown[layout.first[1:]] - grown[layout.first[:-1]]
    for row in np.flatnonzero((layout.begin < 0) | (layout.end > last)):
        size = layout.end[row] - layout.begin[row]
        out[first[row] : first[row] + size] = 4


def _copy(
    people: Haplotypes,
    layout: Layout,
    gain: NDArray[np.int64],
    length: int,
    read: Reader,
    out: NDArray[np.uint8],
    first: NDArray[np.int64],
) -> None:
    """Copy the reference between indels."""
    edits, number = people.edits, len(layout.begin)
    indel = np.flatnonzero(gain)
    sites, window = layout.sites[indel], layout.window[indel]
    # A stretch begins with each window and behind each indel.
    where = np.arange(len(indel)) + window + 1
    total = number + len(indel)
    begin, end = np.zeros(total, np.int64), np.full(total, length)
    shift = np.zeros(total, np.int64)
    begin[where] = edits.end[sites]
    end[where - 1] = edits.start[sites]
    shift[where] = layout.place[indel] - edits.start[sites] + gain[indel]
    owner = np.repeat(np.arange(number), np.bincount(window, minlength=number) + 1)
    begin = np.maximum(begin, layout.begin[owner] - shift)
    end = np.minimum(end, layout.end[owner] - shift)
    used = begin < end
    begin, end, owner = begin[used], end[used], owner[used]
    target = first[owner] + begin + shift[used] - layout.begin[owner]
    for to, low, high in zip(target.tolist(), begin.tolist(), end.tolist(), strict=True):
        out[to : to + high - low] = read(low, high)


def _scatter(
    people: Haplotypes,
    layout: Layout,
    new: NDArray[np.int64],
    out: NDArray[np.uint8],
    first: NDArray[np.int64],
) -> None:
    """Write the new bases of all sites."""
    edits = people.edits
    source = edits.first[layout.sites]
    place, window = layout.place, layout.window
    if not (new == 1).all():
        inside = stretches(np.zeros(len(new), np.int64), new)
        source = np.repeat(source, new) + inside
        place = np.repeat(place, new) + inside
        window = np.repeat(window, new)
    used = (place >= layout.begin[window]) & (place < layout.end[window])
    source, place, window = source[used], place[used], window[used]
    out[first[window] + place - layout.begin[window]] = edits.bases[source]
