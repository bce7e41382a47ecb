"""Arguments that a code can be made of; anything else is refused by name."""

from collections.abc import Sequence
from numbers import Integral

from causeway.errors import InputError


def whole(name: str, value: int) -> int:
    """Return a whole number from 1 up, or raise ``InputError``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InputError(name, f"{value!r} is no whole number from 1 up", "Give such a number")
    return int(value)


def choice(name: str, value: str, known: Sequence[str]) -> str:
    """Return one of the known words, or raise ``InputError``."""
    if value not in known:
        raise InputError(name, f"{value!r} is not known", f"Give one of {', '.join(known)}")
    return value
