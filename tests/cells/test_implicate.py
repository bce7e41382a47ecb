"""The step that pools the implication test over splits."""

import pandas as pd
import pytest

from causeway import metrics as tables
from causeway.cells.lcd.config import Readout
from causeway.cells.lcd.implicate import implicate
from causeway.errors import InputError


def counts(folder, name: str, held_out: dict[str, int]):
    """Table of one split in which each source has ten edges, of which some hold."""
    rows = [
        {
            "quantile": 0.9,
            "sources": group,
            "source": source,
            "threshold": 1.0,
            "edges": 10,
            "held": held,
            "changed": 20,
            "others": 99,
        }
        for group, part in (("trained", {"g000": 1}), ("held-out", held_out))
        for source, held in part.items()
    ]
    path = folder / name
    pd.DataFrame(rows).to_parquet(path)
    return path


def run(folder, paths):
    implicate(
        sources=paths,
        implication=folder / "implication.tsv",
        metrics=folder / "metrics.parquet",
        settings=Readout(bootstraps=200),
        dataset="linear",
        variant="lcd",
        seed=0,
    )


def test_held_out_sources_of_all_splits_count_once(tmp_path):
    paths = [
        counts(tmp_path, "a.parquet", {"g001": 4, "g002": 6}),
        counts(tmp_path, "b.parquet", {"g003": 8}),
    ]
    run(tmp_path, paths)
    (row,) = pd.read_csv(tmp_path / "implication.tsv", sep="\t").to_dict("records")
    assert (row["sources"], row["tested"], row["edges"], row["held"]) == ("held-out", 3, 30, 18)
    metrics = tables.read([tmp_path / "metrics.parquet"]).set_index("metric")
    found = metrics.loc["pooled-implication/held-out/probability-q0.9"]
    assert found["value"] == pytest.approx(0.6)
    assert 0.4 <= found["low"] < 0.6 < found["high"] <= 0.8
    assert found["n"] == 3
    lift = metrics.loc["pooled-implication/held-out/lift-q0.9", "value"]
    assert lift == pytest.approx(0.6 / (20 / 99))


def test_a_source_that_two_splits_held_out_is_refused(tmp_path):
    paths = [counts(tmp_path, name, {"g001": 4}) for name in ("a.parquet", "b.parquet")]
    with pytest.raises(InputError, match="'g001' was held out by two splits"):
        run(tmp_path, paths)


def test_splits_without_held_out_sources_are_refused(tmp_path):
    with pytest.raises(InputError, match="no single perturbation was held out"):
        run(tmp_path, [counts(tmp_path, "a.parquet", {})])
