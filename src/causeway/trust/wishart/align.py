"""Measure how alike the directions of neighbouring gradients are on real data."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from causeway.statistics import Interval, slope_interval, t_interval
from causeway.trust.wishart import digits
from causeway.trust.wishart.config import Align
from causeway.trust.wishart.findings import Point, exact, write, write_points
from causeway.trust.wishart.vector import VectorRelease


def align(*, align: Align, metrics: Path, points: Path, seed: int) -> None:
    """Measure 1 - rho against the batch size, and what vector releases of such batches cost.

    The query is the gradient of logistic regression (odd against even digits) at zero weights, a
    vector of 64 entries. Its neighbours leave one example out. The worst of a batch's own
    neighbours is measured; other neighbours may be worse, so that this is a description of the
    data and no guarantee.

    Parameters
    ----------
    align
        Section of the configuration.
    metrics, points
        Tables to write.
    seed
        Seed of the batches.
    """
    generator = np.random.default_rng(seed)
    pixels, labels = digits.load()
    examples = pixels * (0.5 - labels[:, None] % 2)
    typical, worst, scaled = (
        np.array(found)
        for found in zip(
            *(_misalignments(examples, size, align.repeats, generator) for size in align.batches),
            strict=True,
        )
    )
    found: dict[str, Interval] = {}
    for name, values in (("typical", typical), ("worst", worst), ("scaled", scaled)):
        slopes = [
            slope_interval(np.log(align.batches), np.log(repeat)).estimate for repeat in values.T
        ]
        found[f"misalignment/{name}-slope"] = t_interval(slopes)
        for size, row in zip(align.batches, values, strict=True):
            found[f"misalignment/{name}-batch{size}"] = t_interval(row)
    write(found, metrics, dataset="digits", variant="vector", seed=seed)
    write_points(_points(align, typical, worst), points)


def _misalignments(
    examples: np.ndarray, size: int, repeats: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure 1 - rho in batches of one size, shape (repeats,) each.

    Returns its mean and its maximum over a batch's examples, and the mean times the squared
    length of the batch's mean gradient: that length shrinks as the batch grows, which bends the
    law c / B^2 of the plain ones.
    """
    gaps, squares = [], []
    for _ in range(repeats):
        batch = examples[generator.choice(len(examples), size, replace=False)]
        total = batch.sum(axis=0)
        without = total - batch
        lengths = np.linalg.norm(total) * np.linalg.norm(without, axis=1)
        gaps.append(1 - without @ total / lengths)
        squares.append(total @ total / size**2)
    return np.mean(gaps, axis=1), np.max(gaps, axis=1), np.mean(gaps, axis=1) * squares


def _points(settings: Align, typical: np.ndarray, worst: np.ndarray) -> Iterator[Point]:
    start, end = settings.batches[0], settings.batches[-1]
    for size, usual, worse in zip(settings.batches, typical, worst, strict=True):
        yield Point("misalignment", "mean over a batch's examples", size, t_interval(usual))
        yield Point("misalignment", "worst of a batch's examples", size, t_interval(worse))
        for rank in settings.ranks:
            release = VectorRelease(64, rank, float(1 - worse.mean()))
            value = exact(release.epsilon(settings.delta))
            yield Point("cost", f"r = {rank}", size, value)
    for size in (start, end):
        line = worst[-1].mean() * (end / size) ** 2
        yield Point("misalignment", "slope −2", size, exact(line))
