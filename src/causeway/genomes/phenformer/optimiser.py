"""Optimiser of both stages."""

from typing import Any

import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import nn

from causeway.schedules import cosine


def adamw(
    model: nn.Module,
    steps: int,
    *,
    learning_rate: float,
    weight_decay: float,
    warmup: int = 0,
) -> OptimizerLRScheduler:
    """AdamW (Loshchilov and Hutter, arXiv:1711.05101) with a warm-up and a cosine.

    Parameters
    ----------
    model
        What is trained.
    steps
        In all epochs.
    learning_rate
        Step size after the warm-up.
    weight_decay
        Of matrices; vectors do not decay.
    warmup
        Steps of linear warm-up.
    """
    groups = decayed_apart(model, weight_decay)
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, fused=True)
    schedule = cosine(optimizer, steps, warmup)
    return {
        "optimizer": optimizer,
        "lr_scheduler": {"scheduler": schedule, "interval": "step"},
    }


def decayed_apart(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Share out parameters in two groups: matrices, which decay, and vectors, which do not."""
    weights = [one for one in model.parameters() if one.requires_grad]
    return [
        {"params": [one for one in weights if one.ndim > 1], "weight_decay": weight_decay},
        {"params": [one for one in weights if one.ndim < 2], "weight_decay": 0.0},
    ]
