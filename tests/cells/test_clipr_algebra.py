"""The algebra step: CLIPR on inputs that no model had to learn."""

import pandas as pd
import pytest
from pydantic import ValidationError

from causeway import metrics as tables
from causeway.cells.lcd.algebra import algebra
from causeway.cells.lcd.cases import Algebra, Case

SETTINGS = Algebra(
    cases=[Case(genes=20, degree=3, singles=20), Case(genes=30, degree=3, singles=15)],
    seeds=[0, 1, 2],
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("algebra")
    metrics, table = folder / "metrics.parquet", folder / "table.tsv"
    algebra(metrics=metrics, table=table, settings=SETTINGS)
    return tables.read([metrics]), pd.read_csv(table, sep="\t")


def test_estimators_stand_in_the_order_of_what_they_know(written):
    metrics, _ = written
    found = metrics.pivot_table(index=["variant", "seed"], columns="metric", values="value")
    areas = found["d20-k20/sign-auroc"].unstack("seed")
    assert (found.loc["exact-small-penalty", "d20-k20/relative-error"] < 1e-6).all()
    assert (areas.loc[["exact", "sample-means", "known-target-inverse"]] >= 0.99).all(axis=None)
    assert (areas.loc["ideal-score"] < areas.loc["known-target-inverse"]).all()
    assert areas.loc["shifts"].mean() < areas.loc["signed-shifts"].mean()
    assert areas.loc["signed-shifts"].mean() < areas.loc["ideal-score"].mean()
    assert (found.loc["ideal-score", "d20-k20/asymmetry"] < 0.05).all()
    fewer = found["d30-k15/sign-auroc"].unstack("seed").mean(axis=1)
    assert 0.6 < fewer["exact"] < 0.95


def test_table_holds_means_over_seeds(written):
    metrics, table = written
    assert table["seeds"].unique().tolist() == [3]
    assert len(table) == 2 * metrics["variant"].nunique()
    row = table[(table["case"] == "d20-k20") & (table["estimator"] == "ideal-score")].iloc[0]
    same = metrics[
        (metrics["variant"] == "ideal-score") & (metrics["metric"] == "d20-k20/pearson")
    ]
    assert row["pearson"] == pytest.approx(same["value"].mean(), rel=1e-5)
    assert row["pearson_sd"] == pytest.approx(same["value"].std(), rel=1e-4)


def test_two_cases_of_one_name_are_refused():
    cases = [{"genes": 20, "degree": 3, "singles": 20}, {"genes": 20, "degree": 5, "singles": 20}]
    with pytest.raises(ValidationError, match="same numbers"):
        Algebra.model_validate({"cases": cases})
