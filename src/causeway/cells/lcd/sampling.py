"""Annealed Langevin dynamics with the learnt drift (released code of arXiv:2601.15341).

At each noise level, from the largest to the smallest, some Euler-Maruyama steps are made of
dx = drift(x) dt + sqrt(2) dW. What does not depend on x is computed once: embedded times per
level, injections per perturbation, and the factors of the step, which go into the weights. A step
is then three products of matrices, for all perturbations together. So do the factors of
tanh(z) = 2 sigmoid(2 z) - 1: processors are ten times faster at the logistic function.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from causeway.cells.lcd.config import Sampling
from causeway.cells.lcd.drift import CausalDrift, Injection

ROWS = 2_048
"""States that a processor moves at once: what it needs for them then stays in its cache."""


class Step(NamedTuple):
    """x <- keep x + W2 s(W1 s(W0 x + b0) + b1) + b2 + spread xi, for K perturbations.

    s is the logistic function.

    ``keep`` and ``spread`` are numbers; ``weights`` (d, H), (H, H) and (H, d) act from the right;
    ``biases`` are (K, 1, H), (K, 1, H) and (d,); ``factors`` multiply the hidden layers before
    their biases, (K, 1, H) each, or are None.
    """

    keep: float
    spread: float
    weights: tuple[Tensor, Tensor, Tensor]
    biases: tuple[Tensor, Tensor, Tensor]
    factors: tuple[Tensor, Tensor] | None


def step_sizes(drift: CausalDrift, settings: Sampling) -> list[float]:
    """Step h of each level: proportional to the square of its noise."""
    smallest = float(drift.sigma[-1])
    return [settings.step_size * (sigma / smallest) ** 2 for sigma in drift.sigma.tolist()]


def steps(drift: CausalDrift, codes: Tensor, settings: Sampling) -> Iterator[Step]:
    """Yield the step of each level, the largest noise first.

    Parameters
    ----------
    drift
        Drift.
    codes
        Codes of K perturbations, shape (K, E).
    settings
        Size of the steps.
    """
    times = drift.time_table()
    injection = drift.injection(codes)
    for level, size in enumerate(step_sizes(drift, settings)):
        sigma, shrink = float(drift.sigma[level]), float(drift.shrink[level])
        inward, pull, outward = (
            (shrink, float(drift.pull[level]), -size / sigma)
            if drift.conditioned
            else (1.0, 0.0, size)
        )
        first = 2 * (drift.first.bias + times[level])
        second = 2 * (drift.second.bias - drift.second.weight.sum(1))
        last = drift.last.bias - drift.last.weight.sum(1)
        yield Step(
            keep=1 + size * pull,
            spread=math.sqrt(2 * size),
            weights=(
                (2 * inward * drift.first.weight).T.contiguous(),
                (4 * drift.second.weight).T.contiguous(),
                (2 * outward * drift.last.weight).T.contiguous(),
            ),
            biases=(*_biases(drift, first, second, injection), outward * last),
            factors=None
            if drift.additive
            else (injection.first[:, None], injection.second[:, None]),
        )


def _biases(
    drift: CausalDrift, first: Tensor, second: Tensor, injection: Injection
) -> tuple[Tensor, Tensor]:
    if drift.additive:
        return (first + 2 * injection.first)[:, None], (second + 2 * injection.second)[:, None]
    return (first * injection.first)[:, None], (second * injection.second)[:, None]


@torch.no_grad()
def anneal(
    drift: CausalDrift,
    perturbations: Sequence[str],
    settings: Sampling,
    generator: torch.Generator | None,
    samples: int | None = None,
) -> Tensor:
    """Draw standardised states of perturbations, or of combinations that were never seen.

    Parameters
    ----------
    drift
        Trained drift, in evaluation mode.
    perturbations
        K labels.
    settings
        Steps and numbers of samples.
    generator
        Source of the starting points and of noise, on the device of the drift; None: no noise
        at all, from the origin.
    samples
        States of each perturbation; ``settings.samples`` if not given.

    Returns
    -------
    Tensor
        Shape (K, samples, d).
    """
    samples = settings.samples if samples is None else samples
    codes = drift.codes(perturbations)
    genes = drift.last.out_features
    states = codes.new_zeros(len(perturbations), samples, genes)
    if generator is not None:
        states.normal_(generator=generator)
    at_once = max(1, ROWS // samples) if states.device.type == "cpu" else len(perturbations)
    for start in range(0, len(perturbations), at_once):
        chosen = slice(start, start + at_once)
        for step in steps(drift, codes[chosen], settings):
            _move(states[chosen], step, settings.steps, generator)
    return states


def fixed_points(drift: CausalDrift, perturbations: Sequence[str], settings: Sampling) -> Tensor:
    """Follow the drift without noise from the origin: one point per perturbation, (K, d)."""
    return anneal(drift, perturbations, settings, None, samples=1)[:, 0]


@torch.no_grad()
def drift_at(
    drift: CausalDrift, points: Tensor, perturbations: Sequence[str], level: int | None = None
) -> Tensor:
    """Drift at points (K, d), each under its own perturbation.

    Parameters
    ----------
    drift
        Trained drift, in evaluation mode.
    points
        Standardised states.
    perturbations
        K labels.
    level
        Noise level, 0 being the largest; None for the smallest.
    """
    last = len(drift.sigma) - 1
    levels = torch.full((len(points),), last if level is None else level, device=points.device)
    return drift(points, levels, drift.injection(drift.codes(perturbations)))


def _move(states: Tensor, step: Step, times: int, generator: torch.Generator | None) -> None:
    """Make some equal steps with states (K, n, d), in place."""
    kinds, samples, genes = states.shape
    first, second, last = step.weights
    width = first.shape[1]
    flat = states.view(-1, genes)
    shape = (kinds, samples, width)
    hidden, deeper = flat.new_empty(len(flat), width), flat.new_empty(len(flat), width)
    noise = torch.empty_like(flat)
    for _ in range(times):
        torch.mm(flat, first, out=hidden)
        _activate(hidden.view(shape), step, 0)
        torch.mm(hidden, second, out=deeper)
        _activate(deeper.view(shape), step, 1)
        flat.addmm_(deeper, last, beta=step.keep)
        flat.add_(step.biases[2])
        if generator is not None:
            noise.normal_(generator=generator)
            flat.add_(noise, alpha=step.spread)


def _activate(hidden: Tensor, step: Step, layer: int) -> None:
    if step.factors is not None:
        hidden.mul_(step.factors[layer])
    hidden.add_(step.biases[layer]).sigmoid_()
