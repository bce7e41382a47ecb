"""Account exactly for the noise-free vector release, and hold the account against simulation."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from causeway.statistics import Interval
from causeway.trust.wishart import references
from causeway.trust.wishart.audit import epsilon_at_least
from causeway.trust.wishart.config import Account
from causeway.trust.wishart.findings import Point, exact, largest, write, write_points
from causeway.trust.wishart.mechanism import releases
from causeway.trust.wishart.theorem import bound
from causeway.trust.wishart.vector import VectorRelease

SETTING = ["dimension", "rank", "alignment"]
PRINTED_BREAKS = VectorRelease(400, 400, 0.5)
"""Where the theorem's printed constant falls below the exact epsilon."""
AUDITED = (
    VectorRelease(12, 5, 0.9),
    VectorRelease(16, 8, 0.99),
    VectorRelease(32, 8, 0.99),
    VectorRelease(64, 4, 0.999),
    VectorRelease(64, 16, 0.999),
)
DELTA = 0.01
READ = "read off the published figure"
RANKS = (45, 60, 80, 100, 130, 150, 200, 250, 300, 350, 400)
SHOWN = (0.0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10)


def account(
    *,
    epsilon: Path,
    curve: Path,
    theorem: Path,
    figure: Path,
    simulated: Path,
    account: Account,
    metrics: Path,
    points: Path,
    seed: int,
) -> None:
    """Compute epsilon and delta of the vector release, Theorem 1, simulations and audits.

    Parameters
    ----------
    epsilon, curve
        Reference tables of exact epsilon, see :mod:`causeway.trust.wishart.references`.
    theorem
        Reference values of Theorem 1 with either constant.
    figure
        Values read off the published figure.
    simulated
        Reference deltas, by formula and by simulation; epsilon = inf is the singular mass.
    account
        Section of the configuration.
    metrics, points
        Tables to write.
    seed
        Seed of simulations and audits.
    """
    generator = np.random.default_rng(seed)
    found = {
        "epsilon-table/deviation": exact(_deviation(epsilon)),
        "curve/deviation": exact(_deviation(curve)),
        "theorem/deviation": exact(_bounds_deviation(theorem)),
        **_reading(figure),
        **_theorem([row for path in (epsilon, curve) for row in references.read(path, SETTING)]),
    }
    shape = _shape(curve)
    simulation, simulated_points = _simulation(simulated, account.releases, generator)
    found |= shape | simulation | {"audit/ratio": _audit(account, generator)}
    write(found, metrics, dataset="queries", variant="vector", seed=seed)
    write_points([*_curves(figure), *simulated_points], points)


@cache
def _epsilon(release: VectorRelease, delta: float, way: str) -> float:
    if way == "exact":
        return release.epsilon(delta)
    return bound(release, delta, "printed" if way == "printed" else "corrected")


def _release(row: Any) -> VectorRelease:
    return VectorRelease(row.dimension, row.rank, row.alignment)


def _computed(rows: Sequence[Any], way: str) -> list[float]:
    return [_epsilon(_release(row), row.delta, way) for row in rows]


def _deviation(path: Path) -> float:
    rows = references.read(path, [*SETTING, "delta"])
    return references.deviation(_computed(rows, "exact"), [row.printed for row in rows])


def _bounds_deviation(path: Path) -> float:
    rows = references.read(path, [*SETTING, "delta", "constant"])
    computed = [_epsilon(_release(row), row.delta, row.constant) for row in rows]
    return references.deviation(computed, [row.printed for row in rows])


def _reading(path: Path) -> dict[str, Interval]:
    """Largest relative distance of both constants from the published figure."""
    rows = references.read(path, [*SETTING, "delta"])
    drawn = np.array([float(row.printed) for row in rows])
    return {
        f"figure/{way}": exact(np.max(np.abs(np.array(_computed(rows, way)) / drawn - 1)))
        for way in ("corrected", "printed")
    }


def _theorem(rows: Sequence[Any]) -> dict[str, Interval]:
    """Least room between the bound and the exact value where the bound is finite."""
    pairs = zip(_computed(rows, "corrected"), _computed(rows, "exact"), strict=True)
    margins = [above / below - 1 for above, below in pairs if np.isfinite(above)]
    broken = PRINTED_BREAKS.epsilon(DELTA) - bound(PRINTED_BREAKS, DELTA, "printed")
    return {
        "theorem/margin": exact(min(margins)),
        "printed-constant/shortfall": exact(broken),
    }


def _shape(path: Path) -> dict[str, Interval]:
    """Depth of the valley of epsilon over rank: ends over the least inner value, minus one."""
    found = {}
    rows = references.read(path, [*SETTING, "delta"])
    for alignment in sorted({row.alignment for row in rows}):
        chosen = [row for row in rows if row.alignment == alignment]
        values = _computed(sorted(chosen, key=lambda row: row.rank), "exact")
        depth = min(values[0], values[-1]) / min(values[1:-1]) - 1
        found[f"valley/depth-rho{alignment:g}"] = exact(depth)
    return found


def _simulation(
    path: Path, number: int, generator: np.random.Generator
) -> tuple[dict[str, Interval], list[Point]]:
    rows = references.read(path, [*SETTING, "epsilon"])
    release = _release(rows[0])
    size = (release.dimension, release.rank, release.alignment)
    losses = release.loss(*releases(*size, number, generator))
    formula, distances = [], []
    for row in rows:
        exactly = release.singular if np.isinf(row.epsilon) else release.delta(row.epsilon)
        mean, error = _excess(losses, row.epsilon)
        formula.append(exactly)
        distances.append(abs(mean - exactly) / error)
    points = []
    for epsilon in SHOWN:
        mean, error = _excess(losses, epsilon)
        estimate = Interval(mean, mean - 1.96 * error, mean + 1.96 * error, number)
        points.append(Point("simulation", "simulated", epsilon, estimate))
        points.append(Point("simulation", "exact", epsilon, exact(release.delta(epsilon))))
    found = {
        "delta-table/deviation": exact(
            references.deviation(formula, [row.printed for row in rows])
        ),
        "simulation/distance": largest(distances, number),
    }
    return found, points


def _excess(losses: np.ndarray, epsilon: float) -> tuple[float, float]:
    """Mean of (1 - e^(epsilon - L))_+ with its standard error; of L = inf for infinite epsilon."""
    if np.isinf(epsilon):
        terms = np.isinf(losses).astype(float)
    else:
        terms = np.maximum(-np.expm1(epsilon - losses), 0)
    return float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(len(terms)))


def _audit(settings: Account, generator: np.random.Generator) -> Interval:
    """Largest share of the accounted epsilon that the likelihood-ratio attack proves."""
    shares = []
    for release in AUDITED:
        size = (release.dimension, release.rank, release.alignment, settings.attacked)
        members = release.loss(*releases(*size, generator))
        # By symmetry a release of the neighbour has the same law with both products exchanged.
        along, across, square = releases(*size, generator)
        others = np.where(across > 0, -release.loss(along, across, square), -np.inf)
        proven = epsilon_at_least(members, others, delta=DELTA, confidence=settings.confidence)
        shares.append(proven / release.epsilon(DELTA))
    return largest(shares, settings.attacked)


def _curves(figure: Path) -> Iterator[Point]:
    for rank in RANKS:
        release = VectorRelease(400, rank, 0.5)
        yield Point("valley", "exact", rank, exact(_epsilon(release, DELTA, "exact")))
        for way in ("corrected", "printed"):
            above = _epsilon(release, DELTA, way)
            if above < 2000:
                yield Point("valley", f"Theorem 1, {way} constant", rank, exact(above))
    for row in references.read(figure, SETTING):
        yield Point("valley", READ, row.rank, exact(float(row.printed)))
    for alignment in (0.9, 0.99, 0.999):
        for rank in (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64):
            value = VectorRelease(64, rank, alignment).epsilon(DELTA)
            yield Point("alignment", f"ρ = {alignment}", rank, exact(value))
