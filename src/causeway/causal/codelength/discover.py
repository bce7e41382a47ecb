"""Code the data of several environments in both directions."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from causeway import metrics as table
from causeway.causal.codelength import gaussian, references, worlds
from causeway.causal.codelength.comparison import Comparison, both_directions
from causeway.causal.codelength.config import Gaussian, Table, Variant
from causeway.causal.codelength.directions import Codes, by_sum
from causeway.causal.codelength.gaussian import Moments, Parameters
from causeway.causal.codelength.rows import exact
from causeway.causal.codelength.shares import wins
from causeway.causal.codelength.tables import read_samples
from causeway.metrics import Metric

DIRECTIONS = ("forward", "backward")
SLOTS = ("cause", "noise", "coefficient")


def discover(
    *,
    samples: list[Path],
    printed: Path,
    source: Gaussian | Table,
    coding: Variant,
    dataset: str,
    variant: str,
    seed: int,
    metrics: Path,
    codes: Path,
) -> None:
    """Find the shorter code for each data set of a source.

    Parameters
    ----------
    samples
        The file of a table; none for made-up data.
    printed
        Reference numbers.
    source
        Where the data come from. The forward direction is from the first variable to the
        second, which in made-up data is the causal one.
    coding
        Codebook and fit.
    dataset, variant, seed
        Names in the table of metrics. Made-up data have one row per data set, with its seed.
    metrics
        Metrics to write.
    codes
        Table to write: bits of data and penalty for each number of mechanisms.
    """
    if isinstance(source, Table):
        drawn = [gaussian.moments(read_samples(samples[0], *_columns(source)))]
        first, true = seed, None
    else:
        first = seed * source.repetitions
        drawn = [
            gaussian.moments(worlds.published(source.environments, source.samples, number))
            for number in range(first, first + source.repetitions)
        ]
        true = Parameters(*np.array(source.environments, dtype=float).T)
    found = {first + number: _compare(given, true, coding) for number, given in enumerate(drawn)}
    curves = pd.concat(
        [
            _curve(code).assign(seed=number, direction=direction)
            for number, comparison in found.items()
            for direction, code in zip(DIRECTIONS, _pair(comparison), strict=True)
        ],
        ignore_index=True,
    )
    curves.to_parquet(codes, index=False)
    total = int(drawn[0].counts.sum())
    rows = [
        exact(dataset, variant, number, name, value, total)
        for number, comparison in found.items()
        for name, value in _numbers(comparison).items()
    ]
    if isinstance(source, Gaussian):
        gains = [(one.advantage, one.advantage_without_penalty) for one in found.values()]
        code, data = np.array(gains).T > 0
        rows += wins(dataset, variant, seed, "wins", code, data)
        rows += _aside(found, references.read(printed, dataset, variant), dataset, variant, seed)
    table.write(rows, metrics)


def _columns(source: Table) -> tuple[str, str, str]:
    return source.first, source.second, source.environment


def _compare(given: Moments, true: Parameters | None, coding: Variant) -> Comparison:
    known = true if coding.codebook == "true-values" else None
    return both_directions(given, known, coding.size, coding.fit)


def _pair(comparison: Comparison) -> tuple[Codes, Codes]:
    return comparison.forward, comparison.backward


def _numbers(comparison: Comparison) -> dict[str, float]:
    numbers: dict[str, float] = {
        "advantage/code": comparison.advantage,
        "advantage/data": comparison.advantage_without_penalty,
    }
    for direction, code in zip(DIRECTIONS, _pair(comparison), strict=True):
        numbers[f"{direction}/code"] = code.shortest
        numbers[f"{direction}/data"] = code.shortest_data
        for slot, count in zip(SLOTS, code.mechanisms, strict=True):
            numbers[f"{direction}/{slot}"] = count
    return numbers


def _means(found: dict[int, Comparison]) -> dict[str, float]:
    """Least points of the curves that are averaged over data sets, over the total number."""
    numbers: dict[str, float] = {}
    for place, direction in enumerate(DIRECTIONS):
        codes = [_pair(comparison)[place] for comparison in found.values()]
        code = np.mean([by_sum(code.total) for code in codes], axis=0)
        data = np.mean([by_sum(code.data) for code in codes], axis=0)
        numbers[f"{direction}/mean-code"] = code.min()
        numbers[f"{direction}/mean-mechanisms"] = code.argmin() + len(SLOTS)
        numbers[f"{direction}/mean-data"] = data.min()
    return numbers


def _aside(
    found: dict[int, Comparison], printed: dict[str, str], dataset: str, variant: str, seed: int
) -> Iterator[Metric]:
    """Rows that belong to the data sets of printed tables together."""
    found = {number: found[number] for number in references.DATA_SETS if number in found}
    if len(found) < len(references.DATA_SETS):
        return
    numbers = _means(found)
    for name, value in numbers.items():
        yield exact(dataset, variant, seed, name, value, len(found))
    for number, comparison in found.items():
        numbers |= {f"{number}/{name}": value for name, value in _numbers(comparison).items()}
    distance, compared = references.deviation(numbers, printed)
    if compared:
        yield exact(dataset, variant, seed, "references/deviation", distance, compared)
        chosen = [name for name in printed if name.endswith(SLOTS)]
        share = float(np.mean([numbers[name] == float(printed[name]) for name in chosen]))
        yield exact(dataset, variant, seed, "references/mechanisms", share, len(chosen))


def _curve(code: Codes) -> pd.DataFrame:
    counts = np.indices(code.data.shape).reshape(3, -1) + 1
    columns = dict(zip(SLOTS, counts, strict=True))
    return pd.DataFrame({**columns, "data": code.data.ravel(), "penalty": code.penalty.ravel()})
