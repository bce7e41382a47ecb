"""Compare private training with and without projections at equal budgets."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from causeway.statistics import Interval, paired_difference, t_interval
from causeway.trust.wishart import digits
from causeway.trust.wishart.calibration import calibrate
from causeway.trust.wishart.config import Train
from causeway.trust.wishart.findings import Point, exact, write, write_points
from causeway.trust.wishart.mixture import MixedGaussian, gaussian, noise_before
from causeway.trust.wishart.private import Method, Recipe, fit
from causeway.trust.wishart.softmax import accuracy

log = logging.getLogger(__name__)

SHARES = (0.6, 0.2)
"""Shares of the data for training and for validation; the rest is the test."""
NAMES: dict[Method, str] = {"plain": "DP-SGD", "fresh": "M2", "frozen": "DP-LoRA-FA"}


def train(*, train: Train, metrics: Path, points: Path, seed: int) -> None:
    """Train each method at each budget, and measure test accuracies and their differences.

    All methods see the same splits. Learning rates are chosen on validation data, one per method
    and budget, which no budget pays for.

    Parameters
    ----------
    train
        Section of the configuration.
    metrics, points
        Tables to write.
    seed
        Seed of splits, noise and projections.
    """
    pixels, labels = digits.load()
    found: dict[str, Interval] = {}
    drawn: list[Point] = []
    ways: list[tuple[Method, int]] = [("plain", 64)]
    ways += [(method, rank) for method in ("fresh", "frozen") for rank in train.ranks]
    free = _accuracies(pixels, labels, train, ("plain", 64), 0.0, seed)
    found["accuracy/no-privacy"] = t_interval(free)
    for epsilon in train.epsilons:
        drawn.append(Point("accuracy", "no privacy", epsilon, exact(float(free.mean()))))
        scores: dict[tuple[Method, int], np.ndarray] = {}
        full = _noise(gaussian, epsilon, train)
        for method, rank in ways:
            # A frozen public projection cannot be accounted for: DP-LoRA-FA pays the full price.
            projected = partial(noise_before, 64, rank)
            noise = _noise(projected, epsilon, train) if method == "fresh" else full
            scores[method, rank] = _accuracies(pixels, labels, train, (method, rank), noise, seed)
            name = NAMES[method].lower() + (f"-r{rank}" if method != "plain" else "")
            value = t_interval(scores[method, rank])
            found[f"accuracy/{name}-eps{epsilon:g}"] = value
            found[f"noise/{name}-eps{epsilon:g}"] = exact(noise)
            series = NAMES[method] + (f", r = {rank}" if method != "plain" else "")
            drawn.append(Point("accuracy", series, epsilon, value))
            log.info("%s at epsilon %g: noise %.3g, accuracy %.3f", name, epsilon, noise, value[0])
        for rank in train.ranks:
            rivals: list[tuple[Method, int]] = [("plain", 64), ("frozen", rank)]
            for method, other in rivals:
                gain = paired_difference(scores["fresh", rank], scores[method, other])
                against = NAMES[method].lower()
                found[f"gain/m2-over-{against}-r{rank}-eps{epsilon:g}"] = gain
    write(found, metrics, dataset="digits", variant="noisy", seed=seed)
    write_points(drawn, points)


def _noise(mechanism: Callable[[float], MixedGaussian], epsilon: float, settings: Train) -> float:
    """Noise over clipping norm that the budget asks for."""
    return calibrate(
        mechanism,
        epsilon=epsilon,
        delta=settings.delta,
        steps=settings.steps,
        sampling=settings.sampling,
    )


def _accuracies(
    pixels: np.ndarray,
    labels: np.ndarray,
    settings: Train,
    way: tuple[Method, int],
    noise: float,
    seed: int,
) -> np.ndarray:
    """Test accuracies of the repeats at the learning rate that is best on validation data."""
    scores = np.array(
        [
            [
                _scores(pixels, labels, _recipe(settings, way, noise, rate), (seed, repeat))
                for repeat in range(settings.repeats)
            ]
            for rate in settings.rates
        ]
    )
    best = int(np.argmax(scores[:, :, 0].mean(axis=1)))
    return scores[best, :, 1]


def _recipe(settings: Train, way: tuple[Method, int], noise: float, rate: float) -> Recipe:
    method, rank = way
    return Recipe(method, rank, noise, settings.clip, rate, settings.steps, settings.sampling)


def _scores(
    pixels: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: tuple[int, int]
) -> tuple[float, float]:
    """Validation and test accuracy of one training; the split depends on the seed alone."""
    splitter, noise = np.random.default_rng(seed).spawn(2)
    order = splitter.permutation(len(labels))
    ends = np.cumsum(np.array(SHARES) * len(labels)).astype(int)
    fitted, validation, test = np.split(order, ends)
    weights = fit(pixels[fitted], labels[fitted], digits.CLASSES, recipe, noise)
    return (
        accuracy(pixels[validation], labels[validation], weights),
        accuracy(pixels[test], labels[test], weights),
    )
