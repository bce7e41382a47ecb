"""Find the number of mechanisms that counts in several environments share."""

from pathlib import Path

import numpy as np
import pandas as pd

from causeway import metrics as table
from causeway.causal.codelength import references, shift
from causeway.causal.codelength.config import Counts
from causeway.causal.codelength.counts import CountCodes, recover_counts, tally
from causeway.causal.codelength.penalties import penalty
from causeway.causal.codelength.rows import exact
from causeway.causal.codelength.shares import share
from causeway.causal.codelength.slots import compare_slots
from causeway.metrics import Metric

APART = 1_000_000
"""Distance between the seeds of the two slots."""


def recover(
    *,
    printed: Path,
    penalties: Path,
    source: Counts,
    dataset: str,
    variant: str,
    seed: int,
    metrics: Path,
    codes: Path,
) -> None:
    """Code counts under covariate shift, and two slots with and without a common codebook.

    Parameters
    ----------
    printed, penalties
        Reference numbers of this experiment and of the penalty.
    source
        The cases.
    dataset, variant, seed
        Names in the table of metrics. Savings have one row per data set, with its seed.
    metrics
        Metrics to write.
    codes
        Table to write: bits of data and penalty for each number of mechanisms.
    """
    first = seed * source.repetitions
    seeds = range(first, first + source.repetitions)
    curves = pd.concat(
        [
            _curve(_encode(source, theta, size, number)).assign(
                samples=size, case=case, seed=number
            )
            for size in source.samples
            for case, theta in source.cases.items()
            for number in seeds
        ],
        ignore_index=True,
    )
    curves.to_parquet(codes, index=False)
    rows = _found(curves, source, dataset, variant, seed)
    rows += _savings(source, seeds, dataset, variant)
    rows += _deviation(curves, printed, dataset, variant, seed)
    rows.append(_of_penalty(penalties, dataset, variant, seed))
    table.write(rows, metrics)


def _encode(source: Counts, theta: list[float], size: int, seed: int) -> CountCodes:
    drawn = shift.sample(theta, size, source.values, source.family, seed)
    return recover_counts(
        drawn.first,
        drawn.environment,
        environments=len(theta),
        values=source.values,
        counted=source.counted,
        most=source.most,
        family=source.family,
        rest=shift.effect_bits(drawn, source.values),
    )


def _curve(found: CountCodes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mechanisms": np.arange(1, len(found.data) + 1),
            "data": found.data,
            "penalty": found.penalty,
        }
    )


def _found(
    curves: pd.DataFrame, source: Counts, dataset: str, variant: str, seed: int
) -> list[Metric]:
    """Shares of data sets whose code is shortest at the true number of mechanisms."""
    total = curves.assign(total=curves["data"] + curves["penalty"])
    best = total.loc[total.groupby(["samples", "case", "seed"])["total"].idxmin()]
    rows = []
    for size in source.samples:
        for case, theta in source.cases.items():
            mine = best[(best["samples"] == size) & (best["case"] == case)]
            right = mine["mechanisms"].to_numpy() == np.full(len(mine), len(set(theta)))
            rows.append(share(dataset, variant, seed, f"samples-{size}/{case}/found", right))
    return rows


def _deviation(
    curves: pd.DataFrame, printed: Path, dataset: str, variant: str, seed: int
) -> list[Metric]:
    """Distance of the mean curves of the published data sets from references."""
    published = curves[curves["seed"].isin(references.DATA_SETS)]
    if published["seed"].nunique() < len(references.DATA_SETS):
        return []
    total = published.assign(total=published["data"] + published["penalty"])
    mean = total.groupby(["samples", "case", "mechanisms"], as_index=False)["total"].mean()
    keys = zip(mean["samples"], mean["case"], mean["mechanisms"], strict=True)
    names = (f"{size}/{case}/{count}" for size, case, count in keys)
    numbers = dict(zip(names, mean["total"], strict=True))
    distance, compared = references.deviation(numbers, references.read(printed, dataset, variant))
    if not compared:
        return []
    return [exact(dataset, variant, seed, "references/deviation", distance, compared)]


def _savings(source: Counts, seeds: range, dataset: str, variant: str) -> list[Metric]:
    """Bits that a codebook shared by two slots saves, per data set."""
    rows = []
    for name, theta in source.slots.items():
        for size in source.samples:
            for number in seeds:
                slots = compare_slots(
                    _tally(source, source.cases[source.beside], size, number),
                    _tally(source, theta, size, number + APART),
                    counted=source.counted,
                    most=source.most,
                    family=source.family,
                )
                metric = f"samples-{size}/{name}/saving"
                rows.append(exact(dataset, variant, number, metric, slots.saving, size))
    return rows


def _tally(source: Counts, theta: list[float], size: int, seed: int) -> np.ndarray:
    drawn = shift.sample(theta, size, source.values, source.family, seed)
    return tally(drawn.first, drawn.environment, len(theta), source.values)


def _of_penalty(path: Path, dataset: str, variant: str, seed: int) -> Metric:
    printed = references.read(path, "penalty", "all")
    numbers = {}
    for name in printed:
        environments, codebook, mechanisms = map(int, name.split("/"))
        numbers[name] = penalty(environments, mechanisms, codebook)
    distance, compared = references.deviation(numbers, printed)
    return exact(dataset, variant, seed, "penalty/deviation", distance, compared)
