"""Account for releases with noise before or after the projection."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from causeway.statistics import Interval
from causeway.trust.wishart import references
from causeway.trust.wishart.after import NoiseAfter
from causeway.trust.wishart.composition import compose
from causeway.trust.wishart.config import Perturb
from causeway.trust.wishart.findings import Point, exact, largest, write, write_points
from causeway.trust.wishart.likelihood import audit_after, audit_before
from causeway.trust.wishart.mixture import MixedGaussian, gaussian, noise_before
from causeway.trust.wishart.vector import VectorRelease

DELTA = 1e-5
NEARLY = 10**7
"""Rank of a projection that leaves out one direction of ten million."""
REFERENCE_DRAWS = 200_000
"""Draws assumed behind the reference deltas of noise after the projection."""
COMPOSED = ((400, 4), (400, 16), (400, 64), (400, 400))
STEP_NOISE = 10.0
"""Noise over sensitivity of each composed step."""
NOISES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def perturb(
    *,
    before: Path,
    naive: Path,
    after: Path,
    perturb: Perturb,
    metrics: Path,
    points: Path,
    seed: int,
) -> None:
    """Compute accounts of both noisy mechanisms and of many steps, and audit them.

    Parameters
    ----------
    before
        Reference epsilons of noise before the projection.
    naive
        The same with the share that a projection keeps at its mean.
    after
        Reference deltas of noise after it, and of the noise alone.
    perturb
        Section of the configuration.
    metrics, points
        Tables to write.
    seed
        Seed of estimates and audits.
    """
    found = _before(before) | _naive(naive) | _composition()
    after_found, after_points = _after(after, perturb, seed)
    generator = np.random.default_rng(seed)
    found |= after_found | {
        "audit/before-ratio": audit_before(perturb.attacked, generator),
        "audit/after-ratio": audit_after(perturb.attacked, generator),
    }
    write(found, metrics, dataset="queries", variant="noisy", seed=seed)
    write_points([*_ranks(), *after_points, *_steps(perturb.steps)], points)


def _before(path: Path) -> dict[str, Interval]:
    cells = references.read(path, ["dimension", "rank", "noise", "delta"])
    computed = [
        noise_before(cell.dimension, cell.rank, cell.noise).epsilon(cell.delta) for cell in cells
    ]
    plain = gaussian(1.0).epsilon(DELTA)
    nearly = noise_before(NEARLY + 1, NEARLY, 1.0)
    found = {
        f"epsilon/d{cell.dimension}-r{cell.rank}": exact(value)
        for cell, value in zip(cells, computed, strict=True)
    }
    projected = [
        (cell, value)
        for cell, value in zip(cells, computed, strict=True)
        if cell.rank < cell.dimension
    ]
    return found | {
        "before-table/deviation": exact(
            references.deviation(computed, [cell.printed for cell in cells])
        ),
        "before/limit": exact(abs(nearly.epsilon(DELTA) - plain)),
        "before/saved": exact(min(plain - value for _, value in projected)),
    }


def _naive(path: Path) -> dict[str, Interval]:
    """Values with the kept share at its mean, and by how much they are too small at least."""
    cells = references.read(path, ["dimension", "rank", "noise", "delta"])
    naive = [
        gaussian(cell.noise * np.sqrt(cell.dimension / cell.rank)).epsilon(cell.delta)
        for cell in cells
    ]
    true = [
        noise_before(cell.dimension, cell.rank, cell.noise).epsilon(cell.delta) for cell in cells
    ]
    return {
        "naive-table/deviation": exact(
            references.deviation(naive, [cell.printed for cell in cells])
        ),
        "naive/optimism": exact(min(np.array(true) / naive - 1)),
    }


def _composition() -> dict[str, Interval]:
    """Composed lattice against the closed form of composed Gaussians, and what a rank saves."""
    steps = 100
    plain = gaussian(STEP_NOISE)
    closed = gaussian(STEP_NOISE / np.sqrt(steps)).epsilon(DELTA)
    lattice = compose(plain, steps).epsilon(DELTA)
    saved = compose(noise_before(400, 16, STEP_NOISE), steps).epsilon(DELTA)
    return {
        "composition/limit": exact(abs(lattice / closed - 1)),
        "composition/share": exact(saved / closed),
    }


def _after(path: Path, settings: Perturb, seed: int) -> tuple[dict[str, Interval], list[Point]]:
    cells = references.read(path, ["dimension", "rank", "alignment", "noise", "epsilon"])
    found: dict[str, Interval] = {}
    distances, alone = [], []
    for cell in cells:
        mechanism = NoiseAfter(cell.dimension, cell.rank, cell.alignment, cell.noise)
        value = _delta(mechanism, cell.epsilon, settings, seed)
        noise_only = mechanism.gaussian(cell.epsilon)
        found[f"after/projected-noise{cell.noise:g}"] = value
        found[f"after/alone-noise{cell.noise:g}"] = exact(noise_only)
        # Terms lie in [0, 1], so that a mean m has a variance of at most m (1 - m).
        reference = float(cell.printed)
        error = np.sqrt(reference * (1 - reference) / REFERENCE_DRAWS)
        rounding = references.unit(cell.printed) / 2
        own = (value.high - value.low) / 2 / stats.t.ppf(0.975, settings.replicates - 1)
        distances.append((abs(value.estimate - reference) - rounding) / np.hypot(error, own))
        if cell.alone[0] != "<":
            alone.append((noise_only, cell.alone))
    draws = settings.draws * settings.replicates
    found["after-table/distance"] = largest(distances, draws)
    found["alone-table/deviation"] = exact(
        references.deviation(*map(list, zip(*alone, strict=True)))
    )
    first = cells[0]
    setting = (first.dimension, first.rank, first.alignment)
    return found, list(_noises(setting, first.epsilon, settings, seed))


def _delta(mechanism: NoiseAfter, epsilon: float, settings: Perturb, seed: int) -> Interval:
    return mechanism.delta(
        epsilon, draws=settings.draws, replicates=settings.replicates, seed=seed
    )


def _noises(
    setting: tuple[int, int, float], epsilon: float, settings: Perturb, seed: int
) -> Iterator[Point]:
    floor = VectorRelease(*setting).delta(epsilon)
    for noise in NOISES:
        mechanism = NoiseAfter(*setting, noise)
        estimate = _delta(mechanism, epsilon, settings, seed)
        yield Point("after", "projection, then noise", noise, estimate)
        yield Point("after", "noise alone", noise, exact(mechanism.gaussian(epsilon)))
        yield Point("after", "projection alone", noise, exact(floor))


def _ranks() -> Iterator[Point]:
    for dimension in (400, 1024):
        for rank in [rank for rank in RANKS if rank < dimension] + [dimension]:
            value = noise_before(dimension, rank, 1.0).epsilon(DELTA)
            yield Point("before", f"exact, d = {dimension}", rank, exact(value))
            naive = gaussian(np.sqrt(dimension / rank)).epsilon(DELTA)
            yield Point("before", f"b at its mean, d = {dimension}", rank, exact(naive))


def _steps(numbers: Sequence[int]) -> Iterator[Point]:
    for dimension, rank in COMPOSED:
        mechanism: MixedGaussian = noise_before(dimension, rank, STEP_NOISE)
        name = f"r = {rank}" if rank < dimension else "no projection"
        for steps in numbers:
            value = compose(mechanism, steps).epsilon(DELTA)
            yield Point("steps", name, steps, exact(value))
