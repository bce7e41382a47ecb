"""From the backbone atoms of a file to its chains."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from causeway.proteins.chain import Chain
from causeway.proteins.residues import modified, residue_types

BACKBONE = ("N", "CA", "C")
"""The atoms of a residue frame, in the order of :attr:`Chain.backbone`."""


@dataclass(frozen=True, eq=False)
class Atoms:
    """Atoms named N, CA or C of the first model, n of them in the order of the file.

    Parameters
    ----------
    kind
        uint8 (n,): place of the name in :data:`BACKBONE`.
    polymer
        bool (n,): ATOM record (True) or HETATM.
    residue
        uint64 (n,): residue name, packed by :func:`causeway.proteins.residues.code`.
    chain
        int64 (n,): place in `chains`.
    chains
        Chain identifiers.
    number, insertion, alternate
        int32, uint8, uint8 (n,): residue number; ASCII codes of insertion and alternate
        location, 0 for none.
    position
        float64 (n, 3): Å.
    occupancy, temperature
        float64 (n,): the last two number columns; temperature is the B-factor or pLDDT.
    """

    kind: np.ndarray
    polymer: np.ndarray
    residue: np.ndarray
    chain: np.ndarray
    chains: tuple[str, ...]
    number: np.ndarray
    insertion: np.ndarray
    alternate: np.ndarray
    position: np.ndarray
    occupancy: np.ndarray
    temperature: np.ndarray


Reader = Callable[[bytes, str], Atoms]
"""Reads the text of a file, whose name is given too, for errors. It raises a
:class:`causeway.proteins.reasons.StructureError` if there is no atom or one cannot be read."""


def assemble(atoms: Atoms, entry: str) -> list[Chain]:
    """Put atoms together to chains by the rules of :mod:`causeway.proteins.structures`.

    Parameters
    ----------
    atoms
        Backbone atoms of the first model.
    entry
        Name given to the chains.

    Returns
    -------
    list of Chain
        In the order of the file; chains without any complete residue are left out.
    """
    polymer = atoms.polymer.copy()
    other = np.flatnonzero(~polymer)
    if len(other):  # often none, and asking takes its time
        polymer[other] = modified(atoms.residue[other])
    axes = np.ascontiguousarray(atoms.position.T)
    given = np.isfinite(axes).all(0) & axes.any(0)
    used = np.flatnonzero(polymer & given)
    if not len(used):
        return []
    owner = _residues(atoms, used)
    used, owner = _one_location(atoms, used, owner)
    # Written backwards, so that of atoms given twice the first one stays.
    place = np.full((len(BACKBONE), owner.max() + 1), -1)
    place[atoms.kind[used][::-1], owner[::-1]] = used[::-1]
    place = place[:, (place >= 0).all(0)]
    alpha = place[1]
    position = atoms.position[place.T].astype(np.float32)
    kept = (
        atoms.temperature[alpha].astype(np.float32),
        residue_types(atoms.residue[alpha]),
        atoms.number[alpha],
        atoms.insertion[alpha],
    )
    codes, first = np.unique(atoms.chain[alpha], return_index=True)
    found = []
    for chain in codes[np.argsort(first)]:
        rows = np.flatnonzero(atoms.chain[alpha] == chain)
        found.append(
            Chain(entry, atoms.chains[chain], position[rows], *(part[rows] for part in kept))
        )
    return found


def _residues(atoms: Atoms, used: np.ndarray) -> np.ndarray:
    """Residue of each used atom, counted in order of first appearance."""
    key = (atoms.chain[used] << 40) + (atoms.number[used].astype(np.int64) << 8)
    key += atoms.insertion[used]
    new = np.ones(len(used), bool)
    new[1:] = key[1:] != key[:-1]
    run = np.cumsum(new) - 1
    heads = key[new]
    if (heads[1:] > heads[:-1]).all():
        return run
    # A residue can come in several runs where alternate conformations stand in separate blocks.
    _, first, inverse = np.unique(heads, return_index=True, return_inverse=True)
    return first[inverse][run]


def _one_location(
    atoms: Atoms, used: np.ndarray, owner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Keep one alternate location per residue, together with the atoms that have no label."""
    label = atoms.alternate[used].astype(np.int64)
    labelled = label > 0
    if not labelled.any():
        return used, owner
    pair, inverse = np.unique((owner * 256 + label)[labelled], return_inverse=True)
    kinds = np.unique(inverse * len(BACKBONE) + atoms.kind[used][labelled]) // len(BACKBONE)
    complete = np.bincount(kinds, minlength=len(pair))
    count = np.bincount(inverse)
    occupancy = np.bincount(inverse, atoms.occupancy[used][labelled]) / count
    residue, letter = np.divmod(pair, 256)
    best = np.lexsort((letter, -occupancy.round(6), -complete, residue))
    chosen = best[np.unique(residue[best], return_index=True)[1]]
    keep = ~labelled
    keep[labelled] = np.isin(inverse, chosen)
    return used[keep], owner[keep]
