"""PDB text of a model, as AlphaFold DB lays it out."""

from dataclasses import dataclass

import numpy as np

from causeway.proteins.residues import NAMES

_ATOMS = ("N", "CA", "C", "O")


@dataclass(frozen=True, eq=False)
class Model:
    """A single chain A, numbered from 1.

    Parameters
    ----------
    title
        At most 70 characters.
    remarks
        Lines of at most 70 characters.
    atoms
        float (L, 4, 3): N, CA, C and O in Å.
    types
        int (L,): residue types in the order of AlphaFold 2.
    plddt
        float (L,): written in place of the B-factor.
    """

    title: str
    remarks: tuple[str, ...]
    atoms: np.ndarray
    types: np.ndarray
    plddt: np.ndarray


def write_pdb(model: Model) -> bytes:
    """Lay a model out as PDB text with lines of 80 columns."""
    lines = [f"TITLE     {model.title}"]
    lines += [f"REMARK   1 {remark}" for remark in model.remarks]
    lines.append("MODEL        1")
    serial = 0
    names = [NAMES[kind] for kind in model.types]
    for number, (name, residue, plddt) in enumerate(
        zip(names, model.atoms.tolist(), model.plddt.tolist(), strict=True), start=1
    ):
        for atom, (x, y, z) in zip(_ATOMS, residue, strict=True):
            serial += 1
            lines.append(
                f"ATOM  {serial:>5}  {atom:<3} {name} A{number:>4}    "
                f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00{plddt:6.2f}          {atom[0]:>2}"
            )
    lines.append(f"TER   {serial + 1:>5}      {names[-1]} A{len(names):>4}")
    lines += ["ENDMDL", "END"]
    return "".join(f"{line:<80}\n" for line in lines).encode("ascii")
