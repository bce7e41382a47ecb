"""The optimiser of a transformer, with one rate for all sizes."""

from functools import partial
from typing import NamedTuple

from torch.optim.lr_scheduler import LambdaLR

from causeway.language.gidd.laprop import LaProp
from causeway.language.gidd.settings import Optimisation
from causeway.language.gidd.transformer import Transformer


class Course(NamedTuple):
    """How the rate goes over a run."""

    rate: float
    """Peak rate η."""
    steps: int
    """Steps in total."""
    cooldown: float = 0.0
    """Last share of the steps over which the rate falls."""


def optimiser(
    network: Transformer, course: Course, settings: Optimisation, batch: int
) -> tuple[LaProp, LambdaLR]:
    """Make LaProp and the course of its rates (after CompleteP, arXiv:2505.01618).

    Hidden matrices have the rate η / d, all else 0.02 η, and ε is divided by d L, as in the
    released code of arXiv:2512.10858; branches are divided by L in the network. Large batches
    have a smaller β₂.

    Parameters
    ----------
    network
        What to train.
    course
        How the rate goes.
    settings
        Section of the configuration.
    batch
        Sequences per step.
    """
    large = batch >= settings.large_batch
    matrices = network.hidden_matrices()
    names = {id(weight) for weight in matrices}
    rest = [weight for weight in network.parameters() if id(weight) not in names]
    width, layers = network.size.width, network.size.layers
    made = LaProp(
        [
            {"params": matrices, "lr": course.rate / width},
            {"params": rest, "lr": course.rate * settings.unscaled},
        ],
        betas=(settings.beta1, settings.beta2_large if large else settings.beta2),
        eps=settings.epsilon / (width * layers),
    )
    factor = partial(
        rate_factor, steps=course.steps, warmup=settings.warmup, cooldown=course.cooldown
    )
    return made, LambdaLR(made, factor)


def rate_factor(step: int, *, steps: int, warmup: int, cooldown: float) -> float:
    """Factor on the rate: a linear rise, then constant, then 1 - √progress (arXiv:2512.10858).

    Parameters
    ----------
    step
        Steps made so far.
    steps
        Steps in total.
    warmup
        Steps of the rise; the first step is made with a rate that is not zero.
    cooldown
        Last share of the steps over which the rate falls.
    """
    factor = min(1.0, (step + 1) / max(1, warmup))
    start = (1 - cooldown) * steps
    if step > start:
        factor *= 1 - min(1.0, (step - start) / (cooldown * steps)) ** 0.5
    return factor
