"""What stage 2 learns from: who has which disease, as far as it is known."""

import torch
import torch.nn.functional as F
from torch import Tensor

HEAVIEST = 50.0
"""Cap on the weight of a case."""


def case_weights(labels: Tensor, known: Tensor, heaviest: float = HEAVIEST) -> Tensor:
    """Weight of a case of each disease, min(controls / cases, heaviest).

    Parameters
    ----------
    labels, known
        Who has, and of whom it is known, masks of shape (n, D).
    heaviest
        Cap; it is also the weight without cases.

    Returns
    -------
    Tensor
        Shape (D,).
    """
    cases = (labels & known).sum(dim=0)
    controls = (~labels & known).sum(dim=0)
    return (controls / cases.clamp(min=1)).where(cases > 0, heaviest).clamp(max=heaviest)


def risk_loss(logits: Tensor, labels: Tensor, known: Tensor, weights: Tensor) -> Tensor:
    """Sum over diseases of the cross-entropy, averaged over the people of whom it is known.

    Parameters
    ----------
    logits
        Shape (B, D).
    labels, known
        Masks of shape (B, D); where a disease is not known, it has no part in the loss.
    weights
        Weight of a case, shape (D,).

    Returns
    -------
    Tensor
        In single precision; zero if nothing is known.
    """
    each = F.binary_cross_entropy_with_logits(
        logits.float(), labels.float(), pos_weight=weights, reduction="none"
    )
    # A product with zero would keep the NaN of a person who is excluded for a reason.
    each = torch.where(known, each, 0.0)
    return (each.sum(dim=0) / known.sum(dim=0).clamp(min=1)).sum()
