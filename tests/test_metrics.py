"""The metrics table keeps what is written and refuses what cannot be meant."""

import math

import pandas as pd
import pyarrow.parquet as pq
import pytest

from causeway import metrics
from causeway.errors import InputError
from causeway.metrics import Metric
from causeway.statistics import Interval


def row(**changes):
    given = {"system": "toy", "dataset": "d", "variant": "a", "seed": 0, "metric": "loss"}
    return Metric(**(given | {"value": 0.5, "low": 0.4, "high": 0.6, "n": 12} | changes))


def test_round_trip_is_sorted_and_exact(tmp_path):
    rows = [row(seed=1), row(metric="skill", value=1 / 3, low=math.nan, high=math.nan), row()]
    metrics.write(rows, tmp_path / "metrics.parquet")
    frame = metrics.read([tmp_path / "metrics.parquet"])
    assert list(frame.columns) == metrics.SCHEMA.names
    assert list(zip(frame["seed"], frame["metric"], strict=True)) == [
        (0, "loss"),
        (0, "skill"),
        (1, "loss"),
    ]
    assert frame.loc[1, "value"] == 1 / 3
    assert math.isnan(frame.loc[1, "low"])


def test_bytes_do_not_depend_on_the_order_of_rows(tmp_path):
    rows = [row(seed=seed, metric=name) for seed in (0, 1) for name in ("x", "y")]
    metrics.write(rows, tmp_path / "a.parquet")
    metrics.write(reversed(rows), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_files_join(tmp_path):
    for seed in (2, 1):
        metrics.write([row(seed=seed)], tmp_path / f"{seed}.parquet")
    frame = metrics.read([tmp_path / "2.parquet", tmp_path / "1.parquet"])
    assert list(frame["seed"]) == [1, 2]


def test_no_files_give_an_empty_table_with_columns():
    assert list(metrics.read([]).columns) == metrics.SCHEMA.names


def test_a_diverged_run_stays_visible(tmp_path):
    metrics.write([row(value=math.nan), row(seed=1, value=math.inf)], tmp_path / "m.parquet")
    values = list(metrics.read([tmp_path / "m.parquet"])["value"])
    assert math.isnan(values[0])
    assert values[1] == math.inf


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(), row(value=0.7)], "given twice"),
        ([row(low=0.7, high=0.6)], "upside down"),
        ([row(low=math.nan)], "one end"),
        ([row(n=0)], "0 units"),
    ],
)
def test_faults_of_the_writer_are_refused(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        metrics.write(rows, tmp_path / "metrics.parquet")
    assert not (tmp_path / "metrics.parquet").exists()


def test_the_same_metric_in_two_files_is_refused(tmp_path):
    for name in ("a", "b"):
        metrics.write([row()], tmp_path / f"{name}.parquet")
    with pytest.raises(InputError, match=r"twice: toy d a 0 loss"):
        metrics.read([tmp_path / "a.parquet", tmp_path / "b.parquet"])


def test_other_files_are_named(tmp_path):
    text, table = tmp_path / "text.parquet", tmp_path / "table.parquet"
    text.write_text("not parquet")
    pd.DataFrame({"metric": ["loss"]}).to_parquet(table)
    for path in (text, table):
        with pytest.raises(InputError, match=f"{path.name}: not a metrics table"):
            metrics.read([path])


def test_columns_on_disk_are_the_schema(tmp_path):
    metrics.write([row()], tmp_path / "m.parquet")
    assert pq.read_schema(tmp_path / "m.parquet").remove_metadata() == metrics.SCHEMA


def test_rows_take_their_numbers_from_intervals():
    run = {"system": "s", "dataset": "d", "variant": "v", "seed": 3}
    found = metrics.rows(
        [("a", Interval(1.0, 0.5, 2.0, 7)), ("b", Interval(2.0, 2.0, 2.0, 1))], **run
    )
    assert [(row.metric, row.value, row.low, row.high, row.n) for row in found] == [
        ("a", 1.0, 0.5, 2.0, 7),
        ("b", 2.0, 2.0, 2.0, 1),
    ]
    assert {(row.system, row.dataset, row.variant, row.seed) for row in found} == {
        ("s", "d", "v", 3)
    }
