"""Covariate shift: the law of X1 changes with the environment, that of X2 given X1 does not."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from causeway.causal.codelength import families
from causeway.causal.codelength.families import Family, rounded_gaussian


class Counted(NamedTuple):
    """Samples: environment, cause and effect, each of shape (n,)."""

    environment: np.ndarray
    first: np.ndarray
    second: np.ndarray


def sample(
    theta: Sequence[float], samples: int, values: int, family: Family, seed: int
) -> Counted:
    """Draw counts as the released code does, with numpy's legacy generator.

    Parameters
    ----------
    theta
        Parameter of each environment.
    samples
        Samples per environment.
    values
        M; counts go from 0 to M - 1.
    family
        Distribution of X1.
    seed
        Seed of the generator.

    Returns
    -------
    Counted
        Rows in the shuffled order of the released code; X2 is X1 plus a standard Gaussian,
        rounded and cut off.
    """
    generator = np.random.RandomState(seed)
    environment = np.repeat(np.arange(len(theta)), samples)
    generator.shuffle(environment)
    first = families.draw(generator, family, np.asarray(theta)[environment], values)
    second = np.round(generator.normal(first, families.SPREAD)).astype(int)
    return Counted(environment, first, np.clip(second, 0, values - 1))


def effect_bits(drawn: Counted, values: int) -> float:
    """Bits of X2 given X1 under its true law, which all environments share."""
    table = rounded_gaussian(np.arange(values)[:, None], values)
    return float(-np.log2(table[drawn.first, drawn.second]).sum())
