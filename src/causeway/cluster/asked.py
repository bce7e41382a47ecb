"""What rules ask of a queue, as the driver of a run tells it to ``causeway plan``."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PLACE = "CAUSEWAY_ASKED"
"""Environment variable: the file that a driver writes for who started it."""


class Asked(NamedTuple):
    """What the jobs of a rule ask at their first attempt, and how many attempts they have.

    ``mem_mb`` and ``minutes`` are None where a rule states none, or has them computed per job.
    """

    mem_mb: int | None
    minutes: int | None
    attempts: int


def tell(asked: Mapping[str, Asked]) -> None:
    """Write what each rule asks, if somebody wants to know."""
    if place := os.environ.get(PLACE):
        Path(place).write_text(json.dumps(asked), encoding="utf-8")


def read(place: Path) -> dict[str, Asked]:
    """Read what a driver has written."""
    told = json.loads(place.read_text(encoding="utf-8"))
    return {rule: Asked(*values) for rule, values in told.items()}
