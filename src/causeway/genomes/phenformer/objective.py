"""What stage 1 learns from: expression, and how it deviates between contexts."""

from typing import NamedTuple

import torch
from torch import Tensor

from causeway.genomes.phenformer.objective_settings import Objective


class Terms(NamedTuple):
    """Parts of the loss, and their weighted sum."""

    level: Tensor
    deviation: Tensor
    total: Tensor


def squared(predicted: Tensor, observed: Tensor) -> Tensor:
    """Mean squared error of log(1 + TPM)."""
    return (predicted - observed).square().mean()


def poisson(predicted: Tensor, observed: Tensor) -> Tensor:
    """Poisson deviance of TPM, halved: zero for a perfect prediction.

    The negative log-likelihood without what does not depend on the prediction, minus its least
    value. Both arguments are log(1 + TPM).
    """
    rate, count = torch.expm1(predicted).clamp(min=1e-8), torch.expm1(observed)
    return (rate - count - torch.xlogy(count, rate) + torch.xlogy(count, count)).mean()


def deviation(values: Tensor) -> Tensor:
    """Deviation (n, K) of expression (n, K) from the mean over contexts."""
    return values - values.mean(dim=-1, keepdim=True)


def objective(predicted: Tensor, observed: Tensor, settings: Objective) -> Terms:
    """Compare expression.

    Parameters
    ----------
    predicted, observed
        log(1 + TPM), shape (n, K).
    settings
        Form of the loss.

    Returns
    -------
    Terms
        In single precision, whatever the precision of the network.
    """
    predicted, observed = predicted.float(), observed.float()
    level = {"squared": squared, "poisson": poisson}[settings.level](predicted, observed)
    difference = squared(deviation(predicted), deviation(observed))
    return Terms(level, difference, level + settings.deviation * difference)
