"""Denoising score matching over all noise levels (released code of arXiv:2601.15341)."""

import torch
from torch import Tensor

from causeway.cells.lcd.drift import CausalDrift, Injection


def score_matching(
    drift: CausalDrift, states: Tensor, level: Tensor, noise: Tensor, injection: Injection
) -> Tensor:
    """Loss sigma^2 / 2 |drift(x + sigma eps) + eps / sigma|^2, averaged over genes and states.

    Parameters
    ----------
    drift
        Drift; the diffusion is sqrt(2) I, so that its stationary law is that of the states.
    states
        Standardised states x of one perturbation, shape (n, d).
    level
        Index of each state's noise level, shape (n,).
    noise
        eps, standard normal, shape (n, d).
    injection
        Of the perturbation.

    Returns
    -------
    Tensor
        A number.
    """
    sigma = drift.sigma[level, None]
    found = drift(torch.addcmul(states, sigma, noise), level, injection)
    return 0.5 * (sigma * found + noise).square().mean()
