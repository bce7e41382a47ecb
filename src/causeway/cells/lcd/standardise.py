"""Standardised states: control in the origin, unit spread over all perturbations."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Standard(NamedTuple):
    """y = (s - center) / scale, with ``center`` and ``scale`` of shape (d,)."""

    center: Tensor
    scale: Tensor

    def apply(self, states: Tensor) -> Tensor:
        """Standardise states (..., d)."""
        return (states - self.center) / self.scale

    def undo(self, states: Tensor) -> Tensor:
        """Return to latent states (..., d)."""
        return states * self.scale + self.center


def standard(control: Tensor, states: Sequence[Tensor]) -> Standard:
    """Center on control, scale to all perturbations together (released code of arXiv:2601.15341).

    Parameters
    ----------
    control
        Control states, shape (n, d).
    states
        States of each environment, shape (n_k, d) each, control included.

    Returns
    -------
    Standard
        A gene whose states do not vary keeps the scale 1.
    """
    scale = torch.cat(list(states)).std(0)
    return Standard(control.mean(0), torch.where(scale > 0, scale, 1.0))
