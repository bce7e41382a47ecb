"""Arguments that a release or an account can be made of; anything else is refused by name."""

import math
from collections.abc import Sequence
from numbers import Real

from causeway.errors import InputError


def count(name: str, value: int, least: int = 1) -> int:
    """Return a whole number of at least ``least``, or raise ``InputError``."""
    if isinstance(value, bool) or not _finite(value) or value != int(value) or value < least:
        raise InputError(
            f"wishart: {name}", f"{value!r} is not a whole number", f"Give {least} or more"
        )
    return int(value)


def positive(name: str, value: float) -> float:
    """Return a finite number above zero, or raise ``InputError``."""
    if not (_finite(value) and value > 0):
        raise InputError(
            f"wishart: {name}", f"{value!r} is not positive and finite", "Give a number above 0"
        )
    return float(value)


def not_negative(name: str, value: float) -> float:
    """Return a finite number of at least zero, or raise ``InputError``."""
    if not (_finite(value) and value >= 0):
        raise InputError(
            f"wishart: {name}", f"{value!r} is negative or not finite", "Give a number from 0 up"
        )
    return float(value)


def fraction(name: str, value: float) -> float:
    """Return a number strictly between zero and one, or raise ``InputError``."""
    if not (_finite(value) and 0 < value < 1):
        raise InputError(
            f"wishart: {name}", f"{value!r} is not between 0 and 1", "Give a number inside (0, 1)"
        )
    return float(value)


def choice(name: str, value: str, known: Sequence[str]) -> str:
    """Return one of the known words, or raise ``InputError``."""
    if value not in known:
        raise InputError(
            f"wishart: {name}", f"{value!r} is not known", f"Give one of {', '.join(known)}"
        )
    return value


def cosine(name: str, value: float) -> float:
    """Return a number from -1 to 1, or raise ``InputError``."""
    if not (_finite(value) and -1 <= value <= 1):
        raise InputError(
            f"wishart: {name}",
            f"{value!r} is no inner product of unit vectors",
            "Give a number from -1 to 1, e.g. by causeway.trust.wishart.alignment",
        )
    return float(value)


def _finite(value: object) -> bool:
    """Tell whether a value is a finite number at all."""
    return isinstance(value, Real) and math.isfinite(value)
