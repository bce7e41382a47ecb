"""Cells under an intervention, drawn gene by gene from the learned causal model."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from causeway.cells.gim.graphs import acyclic, topological
from causeway.cells.gim.model import InterventionModel


@torch.no_grad()
def sample(
    model: InterventionModel, features: Tensor, cells: int, seed: int, draw: bool = False
) -> NDArray[np.float32]:
    """Predict cells of contexts with these features.

    The likeliest acyclic graph is followed from parents to children.

    Parameters
    ----------
    model
        Maximum a posteriori.
    features
        Shape (K, p), standardised.
    cells
        Number n of cells of each context.
    seed
        Of targets and noise.
    draw
        Whether targets of a context are drawn, once for all its cells; else those more likely
        than not are taken.

    Returns
    -------
    ndarray
        Standardised states, shape (K, n, d).
    """
    generator = torch.Generator().manual_seed(seed)
    told = model.map(features)
    chance = torch.sigmoid(told.logits)
    uniform = torch.rand(chance.shape, generator=generator) if draw else 0.5
    hit = chance > uniform
    noise = torch.randn((len(features), cells, chance.shape[1]), generator=generator)
    deviation = torch.exp(model.log_noise + torch.where(hit, told.log_scale, 0.0))
    noise = noise * deviation[:, None]
    shift = torch.where(hit, told.shift, 0.0)[:, None]
    chosen = acyclic(model.graph().numpy())
    graph = torch.as_tensor(chosen, dtype=features.dtype)
    states = torch.zeros_like(noise)
    for gene in topological(chosen):
        mean = model.mechanisms(states, graph)[..., gene]
        if model.variant.intervention == "hard":
            mean = torch.where(hit[:, [gene]], 0.0, mean)
        states[..., gene] = mean + shift[..., gene] + noise[..., gene]
    return states.numpy()
