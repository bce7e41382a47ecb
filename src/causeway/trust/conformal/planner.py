"""How many calibration points a promise about one calibration set takes."""

from bisect import bisect_left
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from causeway.errors import InputError
from causeway.trust.conformal.ranks import level

MOST_POINTS = 10**7
"""Largest plan; beyond it the search would take gigabytes of memory."""
ROUNDING = 1e-9
"""Relative distance from delta at which a bound is not trusted."""


class Plan(NamedTuple):
    """Sizes of calibration sets, all of them large enough for a threshold among the scores."""

    first: int
    """Smallest size at which the promise holds; it may fail again at larger ones."""
    size: int
    """Smallest size from which on the promise holds at every larger size."""


def plan(alpha: float, slack: float, delta: float) -> Plan:
    """Find the calibration size that keeps coverage from falling short.

    The promise: P(coverage < 1 - alpha - slack) <= delta over calibration sets. It does not
    become easier with each point: while floor(alpha (m + 1)) stays the same, more points help,
    and when it jumps by one the threshold gets looser at once. So it holds from some size on
    exactly if it holds at every jump from there on, and only jumps need to be looked at, up to
    a size from which a bound that falls with the size settles all larger ones (derived here).

    Parameters
    ----------
    alpha
        Error level of split conformal prediction.
    slack
        How far coverage may be below 1 - alpha.
    delta
        Probability of a calibration set that falls short.

    Raises
    ------
    InputError
        If a level is not between 0 and 1, or the plan may be longer than ``MOST_POINTS``.

    Examples
    --------
    >>> plan(0.1, slack=0.05, delta=0.1)
    Plan(first=15, size=60)
    """
    exact, promised = level(alpha), level(1 - alpha - slack, "1 - alpha - slack")
    level(slack, "slack")
    floor, allowed = float(promised), float(level(delta, "delta"))
    settled = _settled(float(exact), floor, allowed)
    # With m points, floor(alpha (m + 1)) scores lie at or above the threshold.
    jumps = np.arange(1, (settled + 1) * exact.numerator // exact.denominator + 3)
    starts = -(-jumps * exact.denominator // exact.numerator) - 1
    bad = np.flatnonzero(~_holds(jumps[:-1], starts[:-1], floor, allowed))
    good_at_end = np.flatnonzero(_holds(jumps[:-1], starts[1:] - 1, floor, allowed))

    def first_after(jump: int) -> int:
        """Smallest size after a jump that keeps the promise, at most that of the next jump."""
        sizes = range(int(starts[jump]), int(starts[jump + 1]))
        kept = partial(_holds, jumps[jump], floor=floor, delta=allowed)
        return sizes.start + bisect_left(sizes, True, key=lambda points: bool(kept(points)))

    return Plan(
        first=first_after(good_at_end[0]),
        size=first_after(bad[-1]) if len(bad) else int(starts[0]),
    )


def _settled(alpha: float, floor: float, delta: float) -> int:
    """Size from which the upper bound of :func:`_holds` is at most delta for good.

    With at least (1 - alpha) m - alpha scores below the threshold it falls with m, once it is
    below one half.
    """
    allowed = min(delta, 0.5)
    size = 1 + bisect_left(
        range(1, MOST_POINTS + 1),
        True,
        key=lambda m: bool(_tail(1 - alpha - alpha / m, m, floor) <= allowed),
    )
    if size > MOST_POINTS:
        raise InputError(
            "slack",
            f"it may take more than {MOST_POINTS:,} calibration points",
            "Allow a larger slack",
        )
    return size


def _holds(jump: ArrayLike, points: ArrayLike, floor: float, delta: float) -> np.ndarray:
    """Whether coverage is below ``floor`` with a probability of at most ``delta``.

    The incomplete beta function is slow for many points, and is asked only where bounds leave
    the answer open: Phi(-sqrt(2 m KL(x || floor))) with x = k / m from below and
    x = (k - 1) / m from above (Zubkov and Serov, Theory Probab. Appl. 57:539, 2013).
    """
    m = np.asarray(points)
    k = m + 1 - np.asarray(jump)
    good = np.atleast_1d(_tail((k - 1) / m, m, floor) < delta * (1 - ROUNDING))
    unsure = ~good & (_tail(k / m, m, floor) < delta * (1 + ROUNDING))
    k, m = np.broadcast_to(k, good.shape)[unsure], np.broadcast_to(m, good.shape)[unsure]
    good[unsure] = special.betainc(k, m + 1 - k, floor) <= delta
    return good


def _tail(share: ArrayLike, points: ArrayLike, floor: float) -> np.ndarray:
    """Phi(-+ sqrt(2 m KL(share || floor))), above one half for shares below ``floor``."""
    share = np.maximum(share, 0)
    divergence = special.rel_entr(share, floor) + special.rel_entr(1 - share, 1 - floor)
    root = np.sqrt(2 * np.asarray(points) * np.maximum(divergence, 0))
    return special.ndtr(np.where(share > floor, -root, root))
