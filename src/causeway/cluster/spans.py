"""Spans of time as SLURM writes them."""

import re
from datetime import timedelta

PATTERN = re.compile(r"(?:(?P<days>\d+)-)?(?P<counts>\d+(?::\d+){,2})")
UNITS = ("hours", "minutes", "seconds")


def span(text: str) -> timedelta | None:
    """Read a span in one of the forms of the manual of sbatch (``--time``).

    These are ``minutes``, ``minutes:seconds`` and ``hours:minutes:seconds``, and after days
    ``days-hours``, ``days-hours:minutes`` and ``days-hours:minutes:seconds``; sinfo and squeue
    write the last, without leading parts that are nought.

    Returns
    -------
    timedelta or None
        None for what is no span, such as ``UNLIMITED`` or ``INVALID``.
    """
    found = PATTERN.fullmatch(text.strip())
    if found is None:
        return None
    days, counts = found["days"], [int(count) for count in found["counts"].split(":")]
    # After days, and where all three stand, the first is of hours; else it is of minutes.
    units = UNITS if days or len(counts) == len(UNITS) else UNITS[1:]
    return timedelta(days=int(days or 0), **dict(zip(units, counts, strict=False)))
