"""Count in how many random worlds the causal direction has the shorter code."""

from pathlib import Path

import numpy as np
import pandas as pd

from causeway import metrics as table
from causeway.causal.codelength import gaussian, worlds
from causeway.causal.codelength.comparison import both_directions
from causeway.causal.codelength.config import Variant, Worlds
from causeway.causal.codelength.shares import wins


def contest(
    *,
    source: Worlds,
    coding: Variant,
    dataset: str,
    variant: str,
    seed: int,
    metrics: Path,
    codes: Path,
) -> None:
    """Compare both directions in many worlds, with and without the penalty.

    Parameters
    ----------
    source
        The law of worlds and the numbers of samples.
    coding
        Codebook and fit.
    dataset, variant, seed
        Names in the table of metrics; the seed draws the worlds.
    metrics
        Metrics to write: shares of worlds with exact 95 % intervals, and the paired difference.
    codes
        Table to write: the advantage of the causal direction in each world, in bits.
    """
    records = [
        record
        for world in range(source.worlds)
        for record in _advantages(source, coding, np.random.default_rng([seed, world]), world)
    ]
    advantages = pd.DataFrame(records)
    advantages.to_parquet(codes, index=False)
    rows = []
    for size, group in advantages.groupby("samples"):
        won = {kind: (group[kind] > 0).to_numpy() for kind in ("code", "data")}
        place = (dataset, variant, seed, f"samples-{size}/wins")
        rows += wins(*place, won["code"], won["data"])
    table.write(rows, metrics)


def _advantages(
    source: Worlds, coding: Variant, generator: np.random.Generator, world: int
) -> list[dict[str, float]]:
    true = worlds.random_world(generator, source.environments, source.variance, source.coefficient)
    drawn = worlds.sample(generator, true, max(source.samples))
    known = true if coding.codebook == "true-values" else None
    records = []
    for size in source.samples:
        given = gaussian.moments([environment[:size] for environment in drawn])
        found = both_directions(given, known, coding.size, coding.fit)
        records.append(
            {
                "world": world,
                "samples": size,
                "code": found.advantage,
                "data": found.advantage_without_penalty,
            }
        )
    return records
