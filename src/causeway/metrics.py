"""The table of numbers that every system writes and every claim reads.

One row is one number: a metric of one variant, trained with one seed, on one dataset.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from causeway.errors import InputError
from causeway.statistics import Interval

SCHEMA = pa.schema(
    [
        pa.field("system", pa.string(), nullable=False),
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("variant", pa.string(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("metric", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("low", pa.float64(), nullable=False),
        pa.field("high", pa.float64(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
    ]
)
KEYS = ["system", "dataset", "variant", "seed", "metric"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One row of the table.

    Parameters
    ----------
    system, dataset, variant, seed
        The run that the number belongs to.
    metric
        Name of the metric, e.g. ``model/rotation``.
    value
        The number; NaN or infinite when the run diverged, so that this stays visible.
    low, high
        95 % interval within the run (over its test units), NaN where there is none.
    n
        Number of independent units behind the value, e.g. test chains.
    """

    system: str
    dataset: str
    variant: str
    seed: int
    metric: str
    value: float
    low: float = math.nan
    high: float = math.nan
    n: int


def rows(
    found: Iterable[tuple[str, Interval]], *, system: str, dataset: str, variant: str, seed: int
) -> list[Metric]:
    """Rows of one run.

    Parameters
    ----------
    found
        Names of metrics with their estimates.
    system, dataset, variant, seed
        The run.
    """
    return [
        Metric(
            system=system,
            dataset=dataset,
            variant=variant,
            seed=seed,
            metric=name,
            value=one.estimate,
            low=one.low,
            high=one.high,
            n=one.n,
        )
        for name, one in found
    ]


def write(rows: Iterable[Metric], path: Path) -> None:
    """Write rows to a Parquet file, sorted by their keys.

    Raises
    ------
    ValueError
        If a run has the same metric twice, an interval is upside down or half open, or ``n`` is
        not positive: faults of the calling code.
    """
    records = sorted((asdict(row) for row in rows), key=lambda row: [row[key] for key in KEYS])
    seen = set()
    for record in records:
        name = tuple(record[key] for key in KEYS)
        if name in seen:
            raise ValueError(f"metric given twice: {name}")
        seen.add(name)
        if record["n"] < 1:
            raise ValueError(f"metric of {record['n']} units: {name}")
        if math.isnan(record["low"]) != math.isnan(record["high"]):
            raise ValueError(f"interval with one end: {name}")
        if record["low"] > record["high"]:
            raise ValueError(f"interval upside down: {name}")
    pq.write_table(pa.Table.from_pylist(records, schema=SCHEMA), path)


def read(paths: Sequence[Path]) -> pd.DataFrame:
    """Read and join metrics files; columns as in ``SCHEMA``, sorted by their keys.

    Raises
    ------
    InputError
        If a file is no metrics table, or two files give the same metric of the same run.
    """
    tables = []
    for path in paths:
        try:
            tables.append(pq.read_table(path).select(SCHEMA.names).cast(SCHEMA))
        except (pa.ArrowException, KeyError, ValueError) as error:
            raise InputError(
                path,
                f"not a metrics table ({error})",
                "Remove the file and run the workflow again",
            ) from error
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    frame = table.to_pandas()
    twice = frame[frame.duplicated(KEYS)]
    if len(twice):
        raise InputError(
            ", ".join(map(str, paths)),
            f"the same metric stands there twice: {' '.join(map(str, twice.iloc[0][KEYS]))}",
            "Name each metrics file once",
        )
    return frame.sort_values(KEYS, ignore_index=True)
