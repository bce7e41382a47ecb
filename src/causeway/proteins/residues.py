"""Residue names and their numbers, in the order of AlphaFold 2."""

from collections.abc import Sequence

import numpy as np

LETTERS = "ARNDCQEGHILKMFPSTWYVX"
"""One-letter codes by residue type; the last one, ``X``, is unknown."""
UNKNOWN = 20
"""Residue type of everything that is not one of the twenty."""

_TWENTY = "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL"
NAMES = tuple(_TWENTY.split())
"""Three-letter names by residue type."""

# Names that force fields give to the same residue in another state of protonation.
_PROTONATED = {
    "ASH": "ASP",
    "GLH": "GLU",
    "LYN": "LYS",
    "CYM": "CYS",
    "CYX": "CYS",
    "HID": "HIS",
    "HIE": "HIS",
    "HIP": "HIS",
    "HSD": "HIS",
    "HSE": "HIS",
    "HSP": "HIS",
}

# Modified amino acids that stand as HETATM inside polymers, the frequent ones of the PDB. Only
# selenomethionine is a plain stand-in for its parent.
_MODIFIED = (
    "MSE SEP TPO PTR CSO CSD CSX CSS OCS CME CAS CMT SCY YCM SMC KCX LLP MLY MLZ M3L ALY HYP "
    "PCA TYS HIC MHO FME AIB CGU NEP TRQ CRO CR2 CRQ SEC PYL IAS DAL"
)


def code(names: Sequence[str]) -> np.ndarray:
    """Pack residue names into integers that compare at once.

    Parameters
    ----------
    names
        At most eight ASCII characters each.

    Returns
    -------
    uint64 (len(names),)
        The names, left-justified and padded with spaces, read as little-endian integers.
    """
    padded = "".join(name.ljust(8) for name in names).encode("ascii")
    return np.frombuffer(padded, "<u8")


_PARENTS = {name: name for name in NAMES} | _PROTONATED | {"MSE": "MET"}
_KEYS = code(list(_PARENTS))
_ORDER = np.argsort(_KEYS)
_SORTED = _KEYS[_ORDER]
_TYPES = np.array([NAMES.index(parent) for parent in _PARENTS.values()], np.uint8)[_ORDER]
_MODIFIED_CODES = code(_MODIFIED.split())


def residue_types(names: np.ndarray) -> np.ndarray:
    """Residue types, uint8 (n,), of packed names, uint64 (n,); 20 for what is not known."""
    place = np.searchsorted(_SORTED, names).clip(max=len(_SORTED) - 1)
    return np.where(_SORTED[place] == names, _TYPES[place], np.uint8(UNKNOWN))


def modified(names: np.ndarray) -> np.ndarray:
    """Which packed names, uint64 (n,), are modified amino acids, as booleans (n,)."""
    return np.isin(names, _MODIFIED_CODES)


def sequence(types: np.ndarray) -> str:
    """One-letter codes of residue types, uint8 (n,)."""
    return _LETTER_BYTES[types].tobytes().decode("ascii")


_LETTER_BYTES = np.frombuffer(LETTERS.encode("ascii"), np.uint8)
