"""The likelihood of cells of one perturbation when it is not known which genes it targets.

All cells of a context share one draw of targets t, whose entries are independent given the
perturbation's features. Given the graph, Gaussian mechanisms factorise over genes; so does the
expectation over all 2^d sets of targets, which is therefore exact:

    log E_t prod_i p(x_i | t) = sum_j log sum_{t_j} p(t_j) prod_i p(x_ij | x_i, t_j).
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LOG_2PI = 1.8378770664093453


class Sums(NamedTuple):
    """Of n residuals each: their number (K, 1), sum and sum of squares (..., K, d)."""

    number: Tensor
    first: Tensor
    second: Tensor


class Interventions(NamedTuple):
    """What the map of features says of K contexts, shape (K, d) each.

    ``logits`` of being a target, the ``shift`` of a target, and ``log_scale``, the logarithm of
    the factor by which the noise of a target is wider.
    """

    logits: Tensor
    shift: Tensor
    log_scale: Tensor


def gaussian(sums: Sums, mean: Tensor | float, log_noise: Tensor) -> Tensor:
    """Log density of residuals under N(mean, exp(log_noise)²), summed over cells.

    Returns
    -------
    Tensor
        Shape (..., K, d).
    """
    squares = sums.second - 2 * mean * sums.first + sums.number * mean**2
    return (
        -0.5 * sums.number * LOG_2PI
        - sums.number * log_noise
        - 0.5 * squares * torch.exp(-2 * log_noise)
    )


def both(
    residuals: Sums, targeted: Sums, told: Interventions, log_noise: Tensor
) -> tuple[Tensor, Tensor]:
    """Log density of each context and gene if the gene is no target, and if it is one.

    Parameters
    ----------
    residuals
        Of the mechanisms, x_j - f_j(x).
    targeted
        Of a target without its shift: the same for shift interventions, x_j itself for hard ones.
    told
        Interventions.
    log_noise
        Logarithm of the noise of each gene, shape (d,).
    """
    return (
        gaussian(residuals, 0.0, log_noise),
        gaussian(targeted, told.shift, log_noise + told.log_scale),
    )


def mixture(untouched: Tensor, touched: Tensor, logits: Tensor) -> Tensor:
    """Log likelihood of each context and gene, with the target summed out.

    Parameters
    ----------
    untouched, touched
        From :func:`both`.
    logits
        Of being a target.
    """
    return torch.logaddexp(F.logsigmoid(-logits) + untouched, F.logsigmoid(logits) + touched)


def posterior(untouched: Tensor, touched: Tensor, logits: Tensor) -> Tensor:
    """Probability of being a target given features *and* cells."""
    return torch.sigmoid(logits + touched - untouched)
