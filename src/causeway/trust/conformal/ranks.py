"""Which of the calibration scores becomes the threshold, exactly."""

from bisect import bisect_left
from fractions import Fraction
from numbers import Integral, Real

from scipy import special

from causeway.errors import InputError

DENOMINATOR = 10**11
"""Levels are read as fractions with denominators up to this. It undoes the rounding of floats
(``1 - 0.9`` is one tenth) and leaves anything that a person would write as it is."""


def level(alpha: float, name: str = "alpha") -> Fraction:
    """Read a probability as the fraction that was meant.

    Raises
    ------
    InputError
        If it does not lie between 0 and 1.
    """
    inside = isinstance(alpha, Real) and 0 < alpha < 1
    meant = Fraction(alpha).limit_denominator(DENOMINATOR) if inside else Fraction(0)
    if not 0 < meant < 1:
        raise InputError(name, f"is {alpha!r}, not between 0 and 1", "Give a share such as 0.1")
    return meant


def rank(points: int, alpha: float) -> int:
    """Rank of the score that is the threshold of split conformal prediction.

    The smallest whole k with k >= (m + 1) (1 - alpha) for m calibration points, found in whole
    numbers: a product of floats can be one too high where it should be whole, as for m = 9 and
    alpha = 0.7.

    Returns
    -------
    int
        Between 1 and m + 1. At m + 1 no score is high enough: only the set of all labels keeps
        the promise. Taking the m-th score there covers m / (m + 1), too little.

    Raises
    ------
    InputError
        If ``points`` is no whole number from 1 on, or ``alpha`` is not between 0 and 1.

    Examples
    --------
    >>> rank(9, 0.1), rank(9, 1 - 0.9), rank(8, 0.1), rank(9, 0.7)
    (9, 9, 9, 3)
    """
    allowed = level(alpha)
    check_points(points)
    return points + 1 - (points + 1) * allowed.numerator // allowed.denominator


def corrected_rank(points: int, alpha: float, delta: float) -> int:
    """Rank of the threshold after the small-sample correction (SSBC, arXiv:2509.15349).

    The smallest k for which a calibration set has coverage below 1 - alpha with a probability
    of ``delta`` at most. It stands for the level alpha' = 1 - k / (m + 1).

    Returns
    -------
    int
        Between 1 and m + 1, as of :func:`rank`.

    Raises
    ------
    InputError
        If ``points`` is no whole number from 1 on, or a level is not between 0 and 1.

    Examples
    --------
    >>> rank(50, 0.1), corrected_rank(50, 0.1, 0.1)
    (46, 49)
    """
    target, allowed = float(1 - level(alpha)), float(level(delta, "delta"))
    check_points(points)
    return 1 + bisect_left(
        range(1, points + 1),
        True,
        key=lambda k: special.betainc(k, points + 1 - k, target) <= allowed,
    )


def check_points(points: int, name: str = "calibration set") -> None:
    """Refuse a number of examples that is not whole or below 1.

    Raises
    ------
    InputError
        Naming the set.
    """
    if not isinstance(points, Integral):
        raise InputError(name, f"has {points} points", "Give a whole number of points")
    if points < 1:
        found = "is empty" if points == 0 else f"has {points} points"
        raise InputError(name, found, "Give at least one point")
