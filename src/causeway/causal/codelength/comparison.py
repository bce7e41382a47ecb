"""Which of two directions has the shorter code."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from causeway.causal.codelength import codebooks, gaussian
from causeway.causal.codelength.directions import Codes, Fit, encode
from causeway.causal.codelength.gaussian import Moments, Parameters
from causeway.errors import InputError


@dataclass(frozen=True)
class Comparison:
    """Codes of both directions.

    Parameters
    ----------
    forward
        From the first variable to the second.
    backward
        From the second to the first.
    """

    forward: Codes
    backward: Codes

    @property
    def advantage(self) -> float:
        """Bits that the forward direction saves; negative if the backward one is shorter."""
        return self.backward.shortest - self.forward.shortest

    @property
    def advantage_without_penalty(self) -> float:
        """Bits that it would save if mechanisms cost nothing."""
        return self.backward.shortest_data - self.forward.shortest_data

    @property
    def shorter(self) -> str:
        """``forward``, ``backward``, or ``neither`` if both codes are equally long."""
        if self.advantage == 0:
            return "neither"
        return "forward" if self.advantage > 0 else "backward"


def compare(
    first: ArrayLike,
    second: ArrayLike,
    environment: ArrayLike,
    *,
    codebook: int = 8,
    fit: Fit = "divergence",
) -> Comparison:
    """Ask which direction between two variables has the shorter code (arXiv:2502.04210).

    Variables are centred per environment: means belong to no mechanism here and cost the same
    in both directions. Codebooks are even grids over the range of the estimates, see
    :func:`causeway.causal.codelength.codebooks.from_estimates`; no true value is needed. The
    answer does not depend on the units of the variables.

    Parameters
    ----------
    first, second
        Shape (n,), real numbers.
    environment
        Shape (n,), labels.
    codebook
        Members per slot. More follow the data closer and cost more bits to name.
    fit
        What chooses the mechanisms, see :func:`causeway.causal.codelength.encode`.

    Raises
    ------
    InputError
        If lengths differ, a value is missing or not finite, there are fewer than two
        environments, one has fewer than three samples or no noise, the codebook is too small or
        has too many subsets, or there is no such ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> place = np.repeat(["a", "b", "c", "d"], 200)
    >>> dose = generator.normal(size=800) * np.repeat([1, 1, 3, 6], 200)
    >>> response = 2 * dose + generator.normal(size=800)
    >>> found = compare(dose, response, place)
    >>> found.shorter
    'forward'
    """
    samples = split(first, second, environment)
    centred = [sample - sample.mean(axis=0) for sample in samples]
    return both_directions(gaussian.moments(centred), None, codebook, fit)


def both_directions(
    given: Moments, true: Parameters | None, size: int, fit: Fit = "divergence"
) -> Comparison:
    """Encode in both directions with codebooks of one kind.

    Parameters
    ----------
    given
        Moments of the environments, the first variable first.
    true
        True parameters of the forward direction for a codebook that holds them; None for one
        made from the estimates.
    size
        Members per slot.
    fit
        What chooses the mechanisms.
    """
    codes = []
    for moments, swap in ((given, False), (given.swapped(), True)):
        if true is None:
            book = codebooks.from_estimates(gaussian.parameters(moments.covariance), size)
        else:
            book = codebooks.with_true_values(reversed_roles(true) if swap else true, size)
        codes.append(encode(moments, book, fit=fit))
    return Comparison(*codes)


def reversed_roles(forward: Parameters) -> Parameters:
    """Parameters of the same joint distributions in the other direction."""
    return gaussian.parameters(gaussian.covariance(forward)[:, ::-1, ::-1])


def split(first: Any, second: Any, environment: Any) -> list[np.ndarray]:
    """Part two columns by environment, in the order of sorted labels.

    Raises
    ------
    InputError
        If lengths differ, there are no rows, or a value or label is missing.
    """
    one, other = _numbers("first", first), _numbers("second", second)
    if len(one) != len(other):
        raise InputError("second", f"{len(other)} values beside {len(one)}", "Give one per row")
    columns = np.stack([one, other], axis=-1)
    labels = np.asarray(environment)
    if labels.shape != columns.shape[:1]:
        raise InputError(
            "environment", f"{labels.size} labels for {len(columns)} rows", "Give one per row"
        )
    if pd.isna(labels).any():
        raise InputError("environment", "a label is missing", "Label or remove these rows")
    names = labels.astype(str)
    return [columns[names == name] for name in np.unique(names)]


def _numbers(name: str, values: Any) -> np.ndarray:
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(name, f"not numbers ({error})", "Give real numbers") from None
    if numbers.ndim != 1 or not len(numbers):
        raise InputError(name, f"shape {numbers.shape} is no column", "Give one row of numbers")
    if not np.isfinite(numbers).all():
        raise InputError(name, "a value is not finite", "Remove or fill missing values")
    return numbers
