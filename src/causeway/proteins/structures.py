"""Protein structures from the bytes of their files.

What becomes of a file, whichever its format:

- **Model.** The first one only.
- **Residues.** ATOM records, and HETATM records of modified amino acids that stand inside
  polymers (selenomethionine and its like). Waters, ligands and nucleic acids are skipped.
- **Names.** MSE counts as MET, protonation names of force fields (HSD, HIE, CYX ...) as their
  residue; every other name outside the twenty is X.
- **Alternate locations.** One label per residue: the one with most of N, CA and C, then with the
  highest mean occupancy, then the first in the alphabet. Atoms without label belong to all.
- **Missing atoms.** A coordinate that is not finite, or an atom at exactly (0, 0, 0), is missing.
  A residue without N, CA or C is dropped; its number is not given to another, so the gap shows.
- **Numbers.** Author residue numbers and insertion codes are kept. A residue that comes twice
  under the same chain, number and insertion code counts once, with the atoms given first.
- **Breaks.** See :attr:`causeway.proteins.chain.Chain.breaks`.
"""

import gzip
import re
import zlib

from causeway.proteins.atoms import Reader, assemble
from causeway.proteins.chain import Chain
from causeway.proteins.mmcif import read_mmcif
from causeway.proteins.pdb import read_pdb
from causeway.proteins.reasons import Reason, StructureError

_GZIP = b"\x1f\x8b"
_DATA_BLOCK = re.compile(rb"(?:\s*#.*\n)*\s*data_", re.IGNORECASE)


def read_structure(data: bytes, *, entry: str, where: str) -> list[Chain]:
    """Read the protein chains of a PDB or mmCIF file, gzipped or not.

    The format is told from the content.

    Parameters
    ----------
    data
        The whole file.
    entry
        Name given to the chains.
    where
        Name of the file, for errors.

    Returns
    -------
    list of Chain
        At least one, each with at least one complete residue.

    Raises
    ------
    StructureError
        If the file is empty, damaged, of another format or without protein backbone.
    """
    text = _unpacked(data, where)
    if not text or text.isspace():
        raise StructureError(Reason.EMPTY, where, "is empty", "Fetch or write the file again")
    head = text[:4096]
    if b"encoder" in head and b"dataBlocks" in text:
        raise StructureError(
            Reason.UNSUPPORTED,
            where,
            "is BinaryCIF, which is not read",
            "Give the .cif or .cif.gz file of the entry",
        )
    if b"\0" in head:
        raise StructureError(
            Reason.DAMAGED,
            where,
            "is binary, not PDB or mmCIF text",
            "Fetch the file again, or convert it to mmCIF",
        )
    read: Reader = read_mmcif if _DATA_BLOCK.match(text) else read_pdb
    chains = assemble(read(text, where), entry)
    if not chains:
        raise StructureError(
            Reason.NO_BACKBONE,
            where,
            "has no residue with N, CA and C atoms",
            "Give a protein structure with a full backbone",
        )
    return chains


def _unpacked(data: bytes, where: str) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise StructureError(
            Reason.DAMAGED,
            where,
            f"cannot be decompressed: {error}",
            "Fetch the file again: it is cut off or damaged",
        ) from error
