"""Requests that grow when a job is tried again."""

from math import inf
from typing import Any

MOST = 3
"""Times what a rule states, at most. A training of weeks has many attempts, as its time is up
again and again, and needs no more memory for that."""


class Growing:
    """Memory or time of a rule: what it states, then twice that, and three times from there on.

    Snakemake evaluates it for every attempt. A job that was killed for memory or time is so
    given more of both; one that failed for another reason asks for more than it needs, but never
    for more than there is.

    Parameters
    ----------
    first
        What the rule states.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.most = inf

    def limit(self, times: float) -> None:
        """Let no attempt ask more than so many times the first; the least such limit holds."""
        self.most = min(self.most, self.first * times)

    def __call__(self, wildcards: Any, attempt: int) -> int:
        """Request of an attempt, counted from 1."""
        return int(min(self.first * min(attempt, MOST), max(self.first, self.most)))
