"""Samples of stationary distributions by the Euler-Maruyama method, all environments at once."""

from collections.abc import Callable

import torch
from torch import Tensor

from causeway.cells.stadion.config import Simulation
from causeway.cells.stadion.drifts import AnyDrift, LinearDrift

BLOCK = 2**22
"""Values of noise that are drawn at a time."""


@torch.no_grad()
def sample(
    drift: AnyDrift,
    shifts: Tensor,
    variances: Tensor,
    settings: Simulation,
    generator: torch.Generator,
) -> Tensor:
    """Draw from ``dx = (f(x) + c_k) dt + diag(sigma_k) dW`` long after its start.

    ``x <- x + h (f(x) + c) + sqrt(h) sigma xi``, from standard normal states. Chains of all
    environments run in one batch; shifts are added to the noise beforehand, so that a step of a
    linear drift is a single matrix product (the released code multiplies a d x d diffusion matrix
    with the noise of each state instead).

    Parameters
    ----------
    drift
        f.
    shifts, variances
        c and sigma², shape (E, d).
    settings
        Steps, chains and samples.
    generator
        Source of randomness.

    Returns
    -------
    Tensor
        Shape (E, samples, d); not finite where the dynamics run away.
    """
    environments = len(shifts)
    chains, samples = settings.chains, settings.samples
    per_chain = -(-samples // chains)
    offset = (settings.step * shifts).repeat_interleave(chains, 0)
    width = (settings.step * variances).sqrt().repeat_interleave(chains, 0)
    states = torch.randn(offset.shape, generator=generator, device=shifts.device)
    advance = _step(drift, settings.step)
    at_once = max(1, min(settings.thinning, BLOCK // offset.numel()))
    noise = torch.empty((at_once, *offset.shape), device=shifts.device)
    kept = torch.empty((per_chain, *offset.shape), device=shifts.device)
    for turn in range(settings.burn_in + per_chain):
        left = settings.thinning
        while left:
            block = noise[: min(left, at_once)]
            block.normal_(generator=generator).mul_(width).add_(offset)
            for one in block:
                states = advance(states, one)
            left -= len(block)
        if turn >= settings.burn_in:
            kept[turn - settings.burn_in] = states
    together = kept.unflatten(1, (environments, chains)).transpose(0, 1).flatten(1, 2)
    order = torch.randperm(together.shape[1], generator=generator, device=shifts.device)
    return together[:, order[:samples]]


def _step(drift: AnyDrift, step: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the function of states and noise that makes one step."""
    if isinstance(drift, LinearDrift):
        weight = drift.weight
        across = (torch.eye(len(weight), device=weight.device) + step * weight).T.contiguous()
        constant = step * drift.bias
        return lambda states, noise: torch.addmm(noise + constant, states, across)
    return lambda states, noise: torch.add(states + noise, drift(states), alpha=step)
