"""How tokens turn into noise: masks, tokens drawn uniformly, or a mixture that changes.

Over N tokens and one mask, a token x at log signal-to-noise ratio λ becomes z with probability

    q(z|x) = α [z = x] + (1 - α) π(z),    α = σ(λ),

where the noise π gives 1 - s to the mask and s / N to each token. Everything else follows from
the share s(λ) of uniform noise and its slope ds/dλ (arXiv:2512.10858, arXiv:2503.04482).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from causeway.errors import InputError


class State(NamedTuple):
    """A process at some moments; tensors of one shape, float64."""

    log_snr: Tensor
    """λ, the logarithm of α / (1 - α)."""
    uniform: Tensor
    """s, the probability that noise is a uniform token rather than the mask."""
    slope: Tensor
    """ds/dλ."""
    rate: Tensor
    """|dλ/du| along the uniform time u; 1 / rate is the density of λ in training."""

    @property
    def alpha(self) -> Tensor:
        """Probability of no noise."""
        return torch.sigmoid(self.log_snr)

    @property
    def noise(self) -> Tensor:
        """1 - α, exact also where α is nearly 1."""
        return torch.sigmoid(-self.log_snr)


class Process(Protocol):
    """A path from clean tokens to noise."""

    def at(self, time: Tensor) -> State:
        """State at times in (0, 1), from nearly clean to nearly pure noise."""


@dataclass(frozen=True)
class Interpolation:
    """The processes of the scaling study: s = σ(a λ + b), α = 1 - t with t uniform.

    ``shift`` moves from masks alone (-1000) over mixtures, which are masks when there is much
    noise and uniform tokens when there is little, to uniform noise alone (1000).

    Parameters
    ----------
    shift, scale
        b and a of the share of uniform noise.
    lowest, highest
        Range of λ.

    Raises
    ------
    InputError
        If a is not in [-1, 1]. π - dπ/dλ would have negative entries, so that no Markov chain has
        these marginals: its smallest entries are s (1 - a (1 - s)) / N and (1 - s) (1 + a s).
    """

    shift: float
    scale: float = 1.0
    lowest: float = -9.0
    highest: float = 9.0

    def __post_init__(self) -> None:
        """Refuse what is no Markov chain."""
        if not -1 <= self.scale <= 1:
            raise InputError(
                "noise.scale",
                f"{self.scale:g} gives no Markov chain",
                "Choose a scale of the mixture between -1 and 1",
            )
        if not self.lowest < self.highest:
            raise InputError(
                "noise.lowest",
                f"{self.lowest:g} is not below noise.highest = {self.highest:g}",
                "Choose a range of the log signal-to-noise ratio",
            )

    def at(self, time: Tensor) -> State:
        """State at times in [0, 1]: t = 1 - α goes linearly through its range."""
        first, last = self._range()
        t = first + (last - first) * time.double()
        return self.at_log_snr(torch.log1p(-t) - torch.log(t))

    def at_log_snr(self, log_snr: Tensor) -> State:
        """State at values of λ."""
        log_snr = log_snr.double()
        exponent = self.scale * log_snr + self.shift
        uniform = torch.sigmoid(exponent)
        slope = self.scale * uniform * torch.sigmoid(-exponent)
        first, last = self._range()
        rate = (last - first) / (torch.sigmoid(log_snr) * torch.sigmoid(-log_snr))
        return State(log_snr, uniform, slope, rate)

    def _range(self) -> tuple[float, float]:
        """Least and largest probability of noise."""
        return 1 / (1 + math.exp(self.highest)), 1 / (1 + math.exp(self.lowest))


@dataclass(frozen=True)
class Bump:
    """The process of GIDD v1: masks, with uniform noise around the middle (arXiv:2503.04482).

    With c = B t^(γ/2) (1 - t)^(γ/2) and B = 2^γ p / (1 - p),

        α = (1 - t) / (1 + c),    (1 - α) s = c / (1 + c).

    Parameters
    ----------
    uniform
        p, the share of all tokens that are uniform noise at t = 1/2, in [0, 1).
    gamma
        Sharpness of the bump.
    margin
        t is uniform in [margin, 1 - margin].

    Raises
    ------
    InputError
        If p is no such share.
    """

    uniform: float
    gamma: float = 1.0
    margin: float = 1e-4

    def __post_init__(self) -> None:
        """Refuse shares of one and more."""
        if not 0 <= self.uniform < 1:
            raise InputError(
                "noise.uniform", f"{self.uniform:g} is no share below 1", "Choose one in [0, 1)"
            )

    def at(self, time: Tensor) -> State:
        """State at times in [0, 1]."""
        width = 1 - 2 * self.margin
        t = self.margin + width * time.double()
        height = 2**self.gamma * self.uniform / (1 - self.uniform)
        c = height * (t * (1 - t)) ** (self.gamma / 2)
        c_slope = c * (self.gamma / 2) * (1 / t - 1 / (1 - t))
        log_snr_slope = -1 / (1 - t) - (1 + c_slope) / (t + c)
        uniform_slope = (c_slope * t - c) / (t + c).square()
        return State(
            log_snr=torch.log1p(-t) - torch.log(t + c),
            uniform=c / (t + c),
            slope=uniform_slope / log_snr_slope,
            rate=width * log_snr_slope.abs(),
        )
