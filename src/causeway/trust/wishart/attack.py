"""Attack matrix releases by membership inference."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from causeway.statistics import Interval
from causeway.trust.wishart import digits, pairs, references
from causeway.trust.wishart.attacks import by_reconstruction, by_symmetry, reconstruct, trial
from causeway.trust.wishart.audit import area, area_error
from causeway.trust.wishart.config import Attack
from causeway.trust.wishart.findings import Point, exact, largest, write, write_points
from causeway.trust.wishart.mechanism import release

REFERENCE_TRIALS = 200
"""Releases of either kind behind the reference areas."""
RECONSTRUCTED = (40, 6, 9)
"""Dimension, rank and columns at which the error of attack B is measured."""


def attack(
    *,
    areas: Path,
    attack: Attack,
    metrics: Path,
    points: Path,
    dataset: Literal["queries", "digits"],
    seed: int,
) -> None:
    """Measure attacks on noise-free and noisy releases.

    Parameters
    ----------
    areas
        Reference areas under the curve of attack A; its rows are the settings attacked.
    attack
        Section of the configuration.
    metrics, points
        Tables to write.
    dataset
        ``queries``: Gaussian ones with a member of rank one, on which attack B runs too;
        ``digits``: the first LoRA-FA step of softmax regression, the member being one example.
    seed
        Seed of everything.
    """
    generator = np.random.default_rng(seed)
    settings = references.read(areas, ["dimension", "rank", "columns", "noise"])
    data = digits.load() if dataset == "digits" else None
    measured = []
    for setting in settings:
        scores = trial(
            partial(pairs.first_step, *data, attack.batch)
            if data
            else partial(pairs.made_up, setting.dimension, setting.columns),
            by_symmetry,
            rank=setting.rank,
            noise=setting.noise,
            trials=attack.trials,
            generator=generator,
        )
        measured.append(area(*scores))
    free = [value for value, setting in zip(measured, settings, strict=True) if setting.noise == 0]
    found = {_name(setting): value for setting, value in zip(settings, measured, strict=True)}
    found["area/noise-free"] = min(free)
    found["area/distance"] = _distance(measured, settings, attack.trials)
    if data is None:
        found |= _reconstruction(settings, attack.trials, generator)
    write(found, metrics, dataset=dataset, variant="matrix", seed=seed)
    write_points(
        (
            Point("areas", f"d={s.dimension}, r={s.rank}, m={s.columns}", s.noise, value)
            for s, value in zip(settings, measured, strict=True)
        ),
        points,
    )


def _name(setting: Any) -> str:
    size = f"d{setting.dimension}-r{setting.rank}-m{setting.columns}"
    return f"area/{size}-noise{setting.noise:g}"


def _distance(measured: Sequence[Interval], settings: Sequence[Any], trials: int) -> Interval:
    """Largest distance from the reference areas, in standard errors of the difference.

    The reference adds the rounding of its last digit.
    """
    distances = []
    for value, setting in zip(measured, settings, strict=True):
        printed = float(setting.printed)
        own, other = (
            area_error((value.estimate + printed) / 2, number, number)
            for number in (trials, REFERENCE_TRIALS)
        )
        rounding = references.unit(setting.printed) / np.sqrt(12)
        distances.append(
            abs(value.estimate - printed) / float(np.hypot(np.hypot(own, other), rounding))
        )
    return largest(distances, trials)


def _reconstruction(
    settings: Sequence[Any], trials: int, generator: np.random.Generator
) -> dict[str, Interval]:
    """Error of attack B, and its area where the shared columns reach the rank."""
    dimension, rank, columns = RECONSTRUCTED
    query = pairs.made_up(dimension, columns, generator).without
    both = release(np.hstack([query, np.eye(dimension)]), rank, generator)
    true = both[:, columns:]
    recovered = reconstruct(query, both[:, :columns], rank)
    error = float(np.linalg.norm(recovered - true) / np.linalg.norm(true))
    found = {"reconstruction/error": exact(error)}
    for s in settings:
        if s.noise == 0 and s.columns > s.rank:
            scores = trial(
                partial(pairs.made_up, s.dimension, s.columns, last=True),
                partial(by_reconstruction, rank=s.rank),
                rank=s.rank,
                noise=0.0,
                trials=trials,
                generator=generator,
            )
            found[f"reconstruction/area-d{s.dimension}-r{s.rank}-m{s.columns}"] = area(*scores)
    return found
