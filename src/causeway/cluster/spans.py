"""Spans of time as SLURM writes them."""

import re
from datetime import timedelta

PATTERN = re.compile(
    r"(?:(?P<days>\d+)-)?(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+)"
)


def span(text: str) -> timedelta | None:
    """Read ``days-hours:minutes:seconds``, of which the leading parts may be absent.

    Returns
    -------
    timedelta or None
        None for what is no span, such as ``UNLIMITED`` or ``INVALID``.
    """
    found = PATTERN.fullmatch(text.strip())
    if found is None:
        return None
    return timedelta(**{unit: int(count or 0) for unit, count in found.groupdict().items()})
