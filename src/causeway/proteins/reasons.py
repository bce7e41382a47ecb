"""Why a structure or a chain is not used."""

from enum import StrEnum

from causeway.errors import InputError


class Reason(StrEnum):
    """The fixed vocabulary of the tables of refused files and chains."""

    MISSING = "missing file"
    EMPTY = "empty file"
    DAMAGED = "damaged file"
    UNSUPPORTED = "unsupported format"
    NO_ATOMS = "no atom records"
    MALFORMED = "malformed field"
    NO_BACKBONE = "no backbone"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    LOW_PLDDT = "low pLDDT"
    TOO_MANY_BREAKS = "too many breaks"
    DUPLICATE = "duplicate id"


class StructureError(InputError):
    """A structure file that cannot be used, with its reason from the vocabulary.

    Parameters
    ----------
    reason
        Word for the table of refused files and chains.
    where, problem, remedy
        As in :class:`causeway.errors.InputError`.
    """

    def __init__(self, reason: Reason, where: object, problem: str, remedy: str) -> None:
        super().__init__(where, problem, remedy)
        self.reason = reason
