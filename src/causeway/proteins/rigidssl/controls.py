"""Held-out errors of a model beside those of predictors that know nothing."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from lightning_fabric.utilities import move_data_to_device
from torch import Tensor

from causeway.proteins.rigidssl import objective
from causeway.proteins.rigidssl.chains import Batch, Chains
from causeway.proteins.rigidssl.data import fixed_batches
from causeway.proteins.rigidssl.module import RigidSSL
from causeway.proteins.rigidssl.objective import Velocity

CONTROLS = ("model", "zero", "constant", "shuffled-pairs", "shuffled-time")


class HeldOut(NamedTuple):
    """Errors on held-out chains, normalised by the standard deviation of each chain's targets.

    ``chains`` (control, chain, direction, term) is averaged over draws and residues in the
    order of ``CONTROLS``; ``residues`` holds the model's error by residue, (L, direction, term)
    per chain, averaged over draws.
    """

    chains: Tensor
    residues: list[Tensor]


def batches(chains: Chains, draws: int, device: torch.device) -> Iterator[tuple[Tensor, Batch]]:
    """Yield all draws of all chains as (draw (B,), batch)."""
    for items in fixed_batches(chains, draws):
        draw = torch.tensor([draw for draw, _ in items], device=device)
        yield draw, move_data_to_device(chains[items], device)


def fit_constant(chains: Chains, arc: Literal["long", "short"], draws: int) -> Velocity:
    """Return the best velocity that depends on stratum of tau and direction only.

    It minimises the normalised loss over the given chains, which have to be training chains,
    and is the floor that a model has to beat: the convention w >= 0 makes zero beatable in the
    rotation term without any look at the input.

    Parameters
    ----------
    chains
        Chains with ``draws`` strata of tau.
    arc
        As in :class:`~causeway.proteins.rigidssl.config.Variant`.
    draws
        Number of strata.

    Returns
    -------
    Velocity
        Constants (draws, 2, 3) in Å and (draws, 2, 4).
    """
    sums = [torch.zeros(draws, 2, components) for components in (3, 4)]
    weights = [torch.zeros(draws, 2, 1) for _ in sums]
    for draw, batch in batches(chains, draws, torch.device("cpu")):
        views, mask = objective.both_directions(batch.views), batch.mask.repeat(2, 1)
        _, target = objective.path(views, batch.tau.repeat(2), arc)
        place = (draw.repeat(2), torch.arange(2).repeat_interleave(len(draw)))
        for k, (u, scale) in enumerate(zip(target, objective.scales(target, mask), strict=True)):
            weight = scale[:, 0].pow(-2)  # (2B, 1)
            mean = objective.chain_errors(u, mask)
            sums[k].index_put_(place, weight * mean, accumulate=True)
            weights[k].index_put_(place, weight, accumulate=True)
    return Velocity(*(total / weight for total, weight in zip(sums, weights, strict=True)))


@torch.no_grad()
def held_out(module: RigidSSL, chains: Chains, draws: int, constant: Velocity) -> HeldOut:
    """Measure a model and its controls on the same noise.

    ``zero`` predicts no motion, ``constant`` what :func:`fit_constant` found; ``shuffled-pairs``
    compares the model's prediction with the target of the residue half a chain away;
    ``shuffled-time`` tells the network a tau that is wrong by one half.

    Parameters
    ----------
    module
        The model, on its device.
    chains
        Held-out chains with ``draws`` strata of tau.
    draws
        Noise draws per chain.
    constant
        The constant predictor.
    """
    device = module.device
    constant = Velocity(*(part.to(device) for part in constant))
    totals = torch.zeros(len(CONTROLS), len(chains), 2, 2)
    residues = [torch.zeros(length, 2, 2) for length in chains.table["length"]]
    for draw, batch in batches(chains, draws, device):
        _, target, predicted, mask = module(batch)
        scale = objective.scales(target, mask)
        direction = torch.arange(2, device=device).repeat_interleave(len(draw))
        guesses = {
            "model": (predicted, target),
            "zero": (Velocity(*map(torch.zeros_like, target)), target),
            "constant": (
                Velocity(*(c[draw.repeat(2), direction][:, None].float() for c in constant)),
                target,
            ),
            "shuffled-pairs": (predicted, _half_a_chain_away(target, mask)),
            "shuffled-time": (module(batch, (batch.tau + 0.5) % 1).predicted, target),
        }
        for k, control in enumerate(CONTROLS):
            errors = objective.residue_errors(*guesses[control], scale)  # (2B, L, term)
            means = torch.stack(objective.chain_errors(errors, mask).cpu().chunk(2), dim=1)
            totals[k].index_add_(0, batch.chain.cpu(), means)
            if control == "model":
                both = torch.stack(errors.cpu().chunk(2), dim=2)  # (B, L, direction, term)
                for row, error in zip(batch.chain.tolist(), both, strict=True):
                    residues[row] += error[: len(residues[row])]
    return HeldOut(totals / draws, [total / draws for total in residues])


def _half_a_chain_away(velocity: Velocity, mask: Tensor) -> Velocity:
    """Give every residue the velocity of another of the same chain."""
    length = mask.sum(1, keepdim=True)
    place = torch.arange(mask.shape[1], device=mask.device)
    other = torch.where(mask, (place + length // 2) % length, place)[..., None]
    return Velocity(*(u.take_along_dim(other, dim=1) for u in velocity))
