"""Backbones from ideal geometry, for runs without data. Not proteins of nature.

Chains are grown atom by atom from bond lengths, angles and torsions (the natural extension
reference frame, Parsons et al. 2005, doi:10.1002/jcc.20237): helices, strands and loops in turn.
Members of a family share an ancestor; their torsions differ by noise, their sequences by point
mutations, and each lies in a random pose.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from causeway.proteins.pdb_text import Model, write_pdb
from causeway.proteins.sources import Synthetic

MIN_DISTANCE = 3.5
"""C-alpha atoms of residues that are not neighbours lie at least this far apart, in Å."""

_N, _CA, _C = 0, 1, 2
# Bond length in Å that leads to each atom, and the angle in degrees at the atom before it
# (Engh and Huber 1991, rounded).
_BOND = (1.329, 1.458, 1.525)
_ANGLE = (117.2, 121.7, 111.0)
_CARBONYL_BOND, _CARBONYL_ANGLE = 1.231, 120.1

_HELIX, _STRAND, _LOOP = 0, 1, 2
_LENGTHS = {_HELIX: (8, 16), _STRAND: (4, 8), _LOOP: (2, 5)}
# Torsions phi and psi in degrees, and their spread.
_REGULAR = {_HELIX: (-63.0, -42.0), _STRAND: (-120.0, 130.0)}
_TURNS = np.array([(-65.0, 140.0), (-65.0, -35.0), (-90.0, 0.0), (60.0, 45.0), (-110.0, 120.0)])
_SPREAD = {_HELIX: 3.0, _STRAND: 8.0, _LOOP: 15.0}
_PLDDT = np.array([93.0, 90.0, 76.0])
# Which residue types (order of AlphaFold 2: ARNDCQEGHILKMFPSTWYV) each kind of segment favours.
_FAVOURED = {_HELIX: "AELKMQR", _STRAND: "VIYFTWC", _LOOP: "GPNDSH"}
_LETTERS = "ARNDCQEGHILKMFPSTWYV"

_CANDIDATES = 24
_ROUNDS = 20
_BLOCK = 64
_NOISE = (4.0, 2.0, 1.0, 0.5, 0.0)
_MUTATED = 0.15
_REMARKS = (
    "SYNTHETIC: GROWN FROM IDEAL GEOMETRY BY A PROGRAM. NOT A PROTEIN OF",
    "NATURE, NOT A PREDICTION. THE B-FACTOR COLUMN IS AN INVENTED PLDDT.",
)


@dataclass(frozen=True, eq=False)
class _Ancestor:
    """Torsions in degrees, float64 (L, 2); kinds of segment and residue types, int (L,)."""

    torsions: np.ndarray
    kinds: np.ndarray
    types: np.ndarray


def chains(source: Synthetic, seed: int) -> Iterator[tuple[str, bytes]]:
    """Make the structure files of a synthetic dataset.

    Parameters
    ----------
    source
        Numbers of chains and families, bounds on the length.
    seed
        The same seed gives the same bytes.

    Yields
    ------
    (str, bytes)
        Entry, ``SYN-00001-F1``, and PDB text as AlphaFold DB writes it, with a
        remark that says SYNTHETIC and an invented pLDDT in the place of the B-factor.
    """
    families = min(source.families, source.entries)
    lengths = source.min_length, source.max_length
    ancestors: list[_Ancestor] = []
    for first in range(0, families, _BLOCK):
        ancestors += _ancestors(range(first, min(first + _BLOCK, families)), seed, lengths)
    for first in range(0, source.entries, _BLOCK):
        entries = range(first, min(first + _BLOCK, source.entries))
        yield from _members(ancestors, entries, seed)


def backbone(torsions: np.ndarray) -> np.ndarray:
    """Grow backbones with ideal bonds and planar peptides.

    Each atom turns a frame, whose axes are the last bond, a normal to it in the plane of the last
    two bonds, and the normal of that plane; the bonds then add up to the positions.

    Parameters
    ----------
    torsions
        float64 (B, L, 2): phi and psi in degrees; the first phi and the last psi are not used.

    Returns
    -------
    float64 (B, L, 3, 3)
        N, CA and C in Å; the first N is the origin and the first CA lies on the x axis.
    """
    batch, length, _ = torsions.shape
    phi, psi = torsions[..., 0], torsions[..., 1]
    before = np.concatenate((np.zeros((batch, 1)), psi[:, :-1]), axis=1)
    # Torsions about the bond before the last: they place N, CA and C of each residue.
    turn = np.stack((before, np.full_like(phi, 180.0), phi), axis=-1).reshape(batch, -1)
    turn[:, 2] = 0
    step = _turns(turn, np.tile(_ANGLE, length))  # (B, 3L, 3, 3)
    frame = np.broadcast_to(np.eye(3), (batch, 3, 3))
    bonds = np.zeros((batch, 3 * length, 3))
    bonds[:, 1, 0] = _BOND[_CA]
    for atom in range(2, 3 * length):
        frame = frame @ step[:, atom]
        bonds[:, atom] = _BOND[atom % 3] * frame[:, :, 0]
    return np.cumsum(bonds, axis=1).reshape(batch, length, 3, 3)


def _turns(torsion: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotations from each frame to the next, (B, A, 3, 3), of torsions (B, A) and angles (A,)."""
    tau, theta = np.deg2rad(torsion), np.broadcast_to(np.deg2rad(angle), torsion.shape)
    along = -np.cos(theta), np.sin(theta) * np.cos(tau), np.sin(theta) * np.sin(tau)
    side = -np.sin(theta), -np.cos(theta) * np.cos(tau), -np.cos(theta) * np.sin(tau)
    normal = np.zeros_like(tau), -np.sin(tau), np.cos(tau)
    return np.stack([np.stack(axis, axis=-1) for axis in (along, side, normal)], axis=-1)


def carbonyl(atoms: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Oxygens, float64 (L, 3) in Å, of a backbone (L, 3, 3) with psi (L,) in degrees.

    They lie opposite to the next N, in the plane of the peptide.
    """
    last = _unit(atoms[:, _C] - atoms[:, _CA])
    normal = _unit(np.cross(atoms[:, _CA] - atoms[:, _N], last))
    frame = np.stack((last, np.cross(normal, last), normal), axis=-1)
    turn = _turns(psi[:, None] + 180, np.array([_CARBONYL_ANGLE]))[:, 0]
    return atoms[:, _C] + _CARBONYL_BOND * (frame @ turn)[:, :, 0]


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def closest(alpha: np.ndarray) -> np.ndarray:
    """Least distance in Å, (B,), between C-alpha atoms, (B, L, 3), that are not neighbours."""
    squared = np.square(alpha).sum(-1)
    distance = squared[:, :, None] + squared[:, None] - 2 * alpha @ alpha.transpose(0, 2, 1)
    i, j = np.triu_indices(alpha.shape[1], 2)
    return np.sqrt(distance[:, i, j].min(1, initial=np.inf).clip(min=0))


def _ancestors(families: range, seed: int, lengths: tuple[int, int]) -> list[_Ancestor]:
    """For each family the most compact chain without a clash that a few rounds of draws hold."""
    generators = {family: np.random.default_rng([seed, 0, family]) for family in families}
    length = {
        family: int(rng.integers(lengths[0], max(lengths) + 1))
        for family, rng in generators.items()
    }
    found: dict[int, _Ancestor] = {}
    for _ in range(_ROUNDS):
        open_ = [family for family in families if family not in found]
        if not open_:
            break
        kinds = {
            family: np.stack(
                [_segments(generators[family], length[family]) for _ in range(_CANDIDATES)]
            )
            for family in open_
        }
        torsions = {family: _torsions(generators[family], kinds[family]) for family in open_}
        for family, grown in zip(open_, _grow(list(torsions.values())), strict=True):
            best = _most_compact(grown[:, :, _CA])
            if best is not None:
                types = _sequence(generators[family], kinds[family][best])
                found[family] = _Ancestor(torsions[family][best], kinds[family][best], types)
    for family in set(families) - set(found):
        kinds_ = np.full(length[family], _STRAND)
        straight = np.tile(_REGULAR[_STRAND], (length[family], 1))
        found[family] = _Ancestor(straight, kinds_, _sequence(generators[family], kinds_))
    return [found[family] for family in families]


def _most_compact(alpha: np.ndarray) -> int | None:
    """Number of the chain, of C-alpha atoms (B, L, 3), with the least spread and no clash."""
    spread = alpha.var(1).sum(-1)
    spread[closest(alpha) < MIN_DISTANCE] = np.inf
    best = int(spread.argmin())
    return best if np.isfinite(spread[best]) else None


def _grow(torsions: list[np.ndarray]) -> list[np.ndarray]:
    """Backbones of stacks of chains, all grown at once."""
    longest = max(stack.shape[1] for stack in torsions)
    padded = [np.pad(stack, ((0, 0), (0, longest - stack.shape[1]), (0, 0))) for stack in torsions]
    grown = backbone(np.concatenate(padded))
    ends = np.cumsum([len(stack) for stack in torsions])[:-1]
    parts = zip(np.split(grown, ends), torsions, strict=True)
    return [part[:, : stack.shape[1]] for part, stack in parts]


def _segments(rng: np.random.Generator, length: int) -> np.ndarray:
    """Kind of segment of each residue; loops stand between helices and strands."""
    kinds: list[int] = []
    kind = _LOOP
    while len(kinds) < length:
        low, high = _LENGTHS[kind]
        kinds += [kind] * int(rng.integers(low, high + 1))
        kind = int(rng.integers(_LOOP)) if kind == _LOOP else _LOOP
    return np.array(kinds[:length])


def _torsions(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    mean = _TURNS[rng.choice(len(_TURNS), size=kinds.shape, p=[0.4, 0.2, 0.15, 0.1, 0.15])]
    spread = np.full(kinds.shape, _SPREAD[_LOOP])
    for kind, ideal in _REGULAR.items():
        mean[kinds == kind] = ideal
        spread[kinds == kind] = _SPREAD[kind]
    return mean + spread[..., None] * rng.standard_normal(mean.shape)


def _sequence(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    weights = np.ones((3, len(_LETTERS)))
    for kind, letters in _FAVOURED.items():
        weights[kind, [_LETTERS.index(letter) for letter in letters]] = 4.0
    upper = np.cumsum(weights / weights.sum(1, keepdims=True), axis=1)[kinds]
    return (rng.random((len(kinds), 1)) > upper).sum(1).clip(max=len(_LETTERS) - 1)


def _members(ancestors: list[_Ancestor], entries: range, seed: int) -> Iterator[tuple[str, bytes]]:
    """Files of some entries, whose backbones are grown together."""
    mine = [ancestors[entry % len(ancestors)] for entry in entries]
    generators = [np.random.default_rng([seed, 1, entry]) for entry in entries]
    torsions = [
        ancestor.torsions
        + np.array(_NOISE)[:, None, None] * rng.standard_normal(ancestor.torsions.shape)
        for ancestor, rng in zip(mine, generators, strict=True)
    ]
    for entry, ancestor, rng, torsion, grown in zip(
        entries, mine, generators, torsions, _grow(torsions), strict=True
    ):
        # The last one is the ancestor itself, which has no clash.
        chosen = int((closest(grown[:, :, _CA]) >= MIN_DISTANCE).argmax())
        oxygen = carbonyl(grown[chosen], torsion[chosen, :, 1])
        atoms = np.concatenate((grown[chosen], oxygen[:, None]), axis=1)  # (L, 4, 3)
        centred = atoms - atoms[:, _CA].mean(0)
        mutated = rng.random(len(atoms)) < _MUTATED
        model = Model(
            title=f"SYNTHETIC BACKBONE {entry + 1} OF FAMILY {entry % len(ancestors) + 1}",
            remarks=_REMARKS,
            atoms=centred @ _rotation(rng).T + 20 * rng.standard_normal(3),
            types=np.where(mutated, _sequence(rng, ancestor.kinds), ancestor.types),
            plddt=_confidence(rng, ancestor.kinds),
        )
        yield f"SYN-{entry + 1:05d}-F1", write_pdb(model)


def _rotation(rng: np.random.Generator) -> np.ndarray:
    """A rotation drawn uniformly: a random unit quaternion as a matrix."""
    w, x, y, z = _unit(rng.standard_normal(4))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _confidence(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    """Invented pLDDT: high in helices and strands, lower in loops and towards the ends."""
    place = np.arange(len(kinds))
    inside = np.minimum(place, place[::-1])
    value = (
        _PLDDT[kinds] - 30 * np.exp(-inside / 2) + rng.normal(0, 4) + rng.normal(0, 2, len(kinds))
    )
    return value.clip(20, 98.9)
