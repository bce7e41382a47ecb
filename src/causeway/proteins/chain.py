"""One protein chain as arrays."""

from dataclasses import dataclass

import numpy as np

from causeway.proteins.residues import sequence

BREAK_DISTANCE = 4.2
"""Consecutive C-alpha atoms farther apart than this, in Å, are not bonded residues."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Backbone of one chain; L residues, all with N, CA and C.

    Parameters
    ----------
    entry
        Name of the structure it comes from.
    chain
        Chain identifier, as the authors name it; ``-`` where the file leaves it blank.
    backbone
        float32 (L, 3, 3): residue, atom (N, CA, C), coordinate in Å.
    plddt
        float32 (L,): B-factor of the C-alpha atom, which predicted models use for pLDDT.
    residue_type
        uint8 (L,): type in the order of :data:`causeway.proteins.residues.LETTERS`.
    residue_number
        int32 (L,): author numbers, gaps included.
    insertion
        uint8 (L,): ASCII insertion code, 0 for none.
    """

    entry: str
    chain: str
    backbone: np.ndarray
    plddt: np.ndarray
    residue_type: np.ndarray
    residue_number: np.ndarray
    insertion: np.ndarray

    def __len__(self) -> int:
        """Residues with a complete backbone."""
        return len(self.residue_type)

    @property
    def id(self) -> str:
        """Entry and chain, joined by an underscore."""
        return f"{self.entry}_{self.chain}"

    @property
    def sequence(self) -> str:
        """One-letter codes of the residues kept."""
        return sequence(self.residue_type)

    @property
    def breaks(self) -> np.ndarray:
        """Whether the chain is interrupted before each residue but the first, bool (L - 1,).

        It is where two consecutive C-alpha atoms lie more than 4.2 Å apart or where the author
        number does not stay (insertion code) or rise by one.
        """
        alpha = self.backbone[:, 1].astype(np.float64)
        distance = np.linalg.norm(np.diff(alpha, axis=0), axis=-1)
        step = np.diff(self.residue_number.astype(np.int64))
        return (distance > BREAK_DISTANCE) | (step < 0) | (step > 1)
