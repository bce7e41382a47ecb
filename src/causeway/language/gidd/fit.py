"""Fit the laws of a sweep."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from causeway import metrics as table
from causeway.language import token_files
from causeway.language.gidd import laws, tuning
from causeway.language.gidd.gaps import gaps as gaps_of
from causeway.language.gidd.left_out import left_out
from causeway.language.gidd.points import COUNTINGS, Points, at_all_budgets, prepared
from causeway.language.gidd.rows import rows
from causeway.language.gidd.settings import Fitting, Sweep
from causeway.language.gidd.unknowns import Numbers, exactly, settled
from causeway.language.scaling.curves import at_budgets
from causeway.language.scaling.isoflop import Axis
from causeway.language.scaling.runs import Counting
from causeway.language.scaling.windows import near_best
from causeway.statistics import Interval

AXES: tuple[Axis, ...] = ("parameters", "tokens", "flops_per_token")
"""Of the counting of the budgets; in the other countings parameters alone."""


def fit(
    *,
    curves: Path,
    tokens: Path,
    metrics: Path,
    points: Path,
    vertices: Path,
    tunings: Path,
    gaps: Path,
    transfers: Path,
    excluded: Path,
    sweep: Sweep,
    fitting: Fitting,
    dataset: str,
    seed: int,
) -> None:
    """Fit all laws of each type of noise, with intervals over runs.

    Parameters
    ----------
    curves, tokens
        Of the steps ``gather`` and ``tokenise``.
    metrics
        Numbers of the laws, see :mod:`causeway.language.gidd.rows`; what the runs do not
        determine is NaN, and the log has a line with the reason for each. ``comparable`` is 1
        where no run has seen its text twice, and 0 where exponents must not be compared with
        those of fresh text.
    points
        Parquet file: readings at budgets.
    vertices
        Parquet file: parabolas by ``noise``, ``axis``, ``counting`` and ``budget``, with the
        vertex and, where it is dropped, the ``reason``.
    tunings
        Parquet file: parabolas of ``law`` ``batch`` and ``rate``.
    gaps
        Parquet file: gaps to the reference by ``noise`` and ``budget``.
    transfers
        TSV file: best rates by ``noise`` and size, and why they are not known.
    excluded
        TSV file: runs that no law has seen, with the reason.
    sweep, fitting
        Sections of the configuration.
    dataset
        Name of the text.
    seed
        Of the bootstraps.
    """
    kept = prepared(pd.read_parquet(curves), sweep)
    kept.excluded.to_csv(excluded, sep="\t", index=False)
    read = {counting: at_all_budgets(kept.readings, sweep, counting) for counting in COUNTINGS}
    read["flops"].to_parquet(points, index=False)
    seen = token_files.read(tokens / "train.bin")[1].tokens
    numbers: dict[str, dict[str, Interval]] = {}
    found: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("vertices", "tunings", "gaps", "transfers")
    }
    for noise in [name for name in sweep.noises if name in set(kept.curves["noise"])]:
        told, tables = _fit_one(noise, kept, read, sweep, fitting, seed)
        numbers[noise] = settled(noise, told) | _repeats(kept.curves, noise, seen)
        for name, more in tables:
            found[name].append(more.assign(noise=noise))
    for name, path in (("vertices", vertices), ("tunings", tunings), ("gaps", gaps)):
        _joined(found[name]).to_parquet(path, index=False)
    _joined(found["transfers"]).to_csv(transfers, sep="\t", index=False)
    table.write(rows(numbers, dataset, sweep.seeds), metrics)


def _fit_one(
    noise: str,
    kept: Points,
    read: Mapping[Counting, pd.DataFrame],
    sweep: Sweep,
    fitting: Fitting,
    seed: int,
) -> tuple[Numbers, Iterable[tuple[str, pd.DataFrame]]]:
    """Numbers of one type of noise, and tables by what they are."""
    mine = {name: runs[runs["noise"] == noise] for name, runs in read.items()}
    near = {name: near_best(runs, fitting.window) for name, runs in mine.items()}
    curves = kept.curves[kept.curves["noise"] == noise]
    annealed = kept.annealed[kept.annealed["noise"] == noise]
    numbers = laws.shape(near["flops"], fitting, seed)
    tables: list[tuple[str, pd.DataFrame | None]] = []
    for counting in COUNTINGS:
        for axis in AXES if counting == "flops" else AXES[:1]:
            told, found = laws.optimum(near[counting], axis, counting, fitting, seed)
            numbers |= told
            if found is not None:
                found = found.rename(columns={axis: "vertex"})
                found = found.assign(axis=axis, counting=counting)
            tables.append(("vertices", found))
    numbers |= laws.surfaces(mine["flops"], fitting, seed)
    numbers |= left_out(mine["flops"], near["flops"], seed)
    numbers |= laws.annealing(curves, annealed)
    if noise != fitting.reference:
        compared = read["flops"][read["flops"]["noise"].isin(sweep.noises)]
        told, found = gaps_of(near_best(compared, fitting.window), noise, fitting, seed)
        numbers |= told
        tables.append(("gaps", found))
    told, found = tuning.batches(curves, fitting, seed)
    numbers |= told
    tables.append(("tunings", None if found is None else found.assign(law="batch")))
    told, found = tuning.rates(at_budgets(curves, sweep.budgets, "flops"), fitting, seed)
    numbers |= told
    tables.append(("tunings", None if found is None else found.assign(law="rate")))
    told, found = tuning.transferred(curves, fitting, seed)
    tables.append(("transfers", found))
    return numbers | told, [(name, more) for name, more in tables if more is not None]


def _repeats(curves: pd.DataFrame, noise: str, tokens: int) -> dict[str, Interval]:
    """How often the longest run has seen its text, and whether none did so twice."""
    longest = float(curves.loc[curves["noise"] == noise, "tokens"].max())
    n = int(curves.loc[curves["noise"] == noise, "run"].nunique())
    told = {"passes": longest / tokens, "comparable": float(longest <= tokens)}
    return {name: exactly(value, n) for name, value in told.items()}


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"noise": []})
