"""Counts as a zero-inflated Poisson of latent states (released code of arXiv:2601.15341).

A state s of gene g has the rate lambda = c_g softplus(s), and a count of it is
x ~ (1 - pi_g) Poisson(lambda) + pi_g delta_0. The unit scale c is taken from control cells once,
the logits of pi are learnt and shared by all perturbations.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

TINY = 1e-20
"""Added to rates before their logarithm."""


def unit_scale(counts: Tensor) -> Tensor:
    """Moment estimate of each gene's Poisson rate under zero inflation, at least 1.

    For x ~ (1 - pi) Poisson(c): c = (var + mean^2) / mean - 1.

    Parameters
    ----------
    counts
        Control cells, shape (n, d).

    Returns
    -------
    Tensor
        c, shape (d,); 1 for genes without counts.
    """
    mean, variance = counts.mean(0), counts.var(0)
    rate = (variance + mean.square()) / mean - 1
    return torch.where(mean > 0, rate, 1.0).clamp(min=1.0)


def rates(states: Tensor, scale: Tensor) -> Tensor:
    """Poisson rates c softplus(s); states of shape (..., d), c of shape (d,)."""
    return scale * F.softplus(states)


def log_likelihood(counts: Tensor, rate: Tensor, logit: Tensor) -> Tensor:
    """Log-likelihood of each cell under each state, summed over genes, without an (n, M, d) array.

    With B = [x > 0], zero = log(pi + (1 - pi) e^-lambda) and some = log(1 - pi) - lambda, the sum
    over genes is B some^T + (1 - B) zero^T + x (log lambda)^T - sum_g log x!: products of
    matrices, of which the first two share a factor.

    Parameters
    ----------
    counts
        x, shape (n, d).
    rate
        lambda, shape (M, d).
    logit
        Logits of pi, shape (d,).

    Returns
    -------
    Tensor
        Shape (n, M).
    """
    rate = rate + TINY
    some = -F.softplus(logit) - rate
    zero = torch.logaddexp(-F.softplus(-logit), some)
    positive = (counts > 0).to(rate.dtype)
    result = torch.addmm(zero.sum(1), positive, (some - zero).T)
    result = torch.addmm(result, counts, rate.log().T)
    return result - torch.lgamma(counts + 1).sum(1, keepdim=True)


def marginal(likelihood: Tensor, temperature: float = 1.0) -> Tensor:
    """Monte-Carlo estimate of a cell's tempered log marginal likelihood.

    T log mean_m exp(l_m / T), the average being over states m.

    Parameters
    ----------
    likelihood
        l, shape (n, M).
    temperature
        T; 1 gives the marginal likelihood, large T tends to the mean of l.

    Returns
    -------
    Tensor
        Shape (n,).
    """
    states = likelihood.shape[1]
    return temperature * (torch.logsumexp(likelihood / temperature, 1) - math.log(states))


def objective(
    counts: Tensor, rate: Tensor, logit: Tensor, temperatures: Sequence[float]
) -> Tensor:
    """Mean over cells and temperatures of minus the tempered log marginal likelihood."""
    likelihood = log_likelihood(counts, rate, logit)
    terms = [-marginal(likelihood, temperature).mean() for temperature in temperatures]
    return torch.stack(terms).mean()


def draw(rate: Tensor, logit: Tensor, generator: torch.Generator) -> Tensor:
    """Draw counts of states with given rates, shape (..., d)."""
    counts = torch.poisson(rate, generator=generator)
    uniform = torch.rand(rate.shape, generator=generator, device=rate.device)
    return counts.masked_fill_(uniform < torch.sigmoid(logit), 0.0)
