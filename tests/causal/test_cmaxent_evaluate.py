"""The steps: real rows, own tables, figures, and input that cannot be used."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from causeway import metrics
from causeway.causal.cmaxent.config import BreastCancer, CMaxentConfig, Table, Worked
from causeway.causal.cmaxent.draw import draw
from causeway.causal.cmaxent.evaluate import evaluate
from causeway.causal.cmaxent.tables import read
from causeway.errors import InputError
from causeway.system import Run

PRINTED = Path(__file__).parents[2] / "config" / "references" / "cmaxent" / "worked.tsv"


def frame(rows: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    y = generator.random(rows) < 0.4
    x = generator.normal(size=(rows, 3)) + np.outer(y, [0.8, 0.5, 0.0])
    table = pd.DataFrame(x, columns=["age", "dose", "noise"])
    return table.assign(outcome=np.where(y, "ill", "well"))


def own(file: Path, **changes) -> Table:
    settings = {
        "path": file,
        "target": "outcome",
        "positive": "ill",
        "experts": [["age", "noise"], ["dose"]],
    }
    return Table(**settings | changes)


def evaluated(folder: Path, source, printed: Path = PRINTED) -> pd.DataFrame:
    evaluate(
        printed=printed,
        rows=[source.path] if isinstance(source, Table) else [],
        causal=folder / "causal.parquet",
        anticausal=folder / "anticausal.parquet",
        predictors=folder / "predictors.tsv",
        panels=folder / "panels.json",
        source=source,
        dataset="some",
        seed=0,
    )
    found = metrics.read([folder / "causal.parquet", folder / "anticausal.parquet"])
    return found.set_index(["variant", "metric"])


def test_the_worked_case_agrees_with_all_references(tmp_path):
    found = evaluated(tmp_path, Worked(rows=[1000, 20_000], nodes=60))["value"]
    for direction in ("causal", "anticausal"):
        assert found[direction, "printed/deviation"] <= 1
        assert found[direction, "lattice/deviation"] < 1e-6
    assert found["anticausal", "lda/deviation"] < 1e-8
    assert found["causal", "logistic/slope"] == pytest.approx(-4, abs=1)
    assert found["causal", "no-covariance/angle-between"] > 5
    assert found["causal", "joint/angle-between"] < 1e-10


def test_a_wrong_printed_value_shows(tmp_path):
    changed = tmp_path / "printed.tsv"
    changed.write_text(PRINTED.read_text().replace("-1.65349", "-1.65359"))
    found = evaluated(tmp_path, Worked(rows=[1000], nodes=60), changed)["value"]
    assert found["causal", "printed/deviation"] == pytest.approx(19, abs=1)


def test_a_table_of_your_own(tmp_path):
    path = tmp_path / "own.csv"
    frame().to_csv(path, index=False)
    found = evaluated(tmp_path, own(path, unlinked=["noise"]))
    value = found["value"]
    assert value["causal", "merged/accuracy"] > value["causal", "prior/accuracy"]
    assert value["anticausal", "merged/log-loss"] < value["causal", "prior/log-loss"]
    assert found["n"]["causal", "merged/accuracy"] == 200
    assert value["anticausal", "lda/deviation"] < 1e-8
    predictors = pd.read_csv(tmp_path / "predictors.tsv", sep="\t")
    merged = predictors[predictors["setting"] == "merged"].set_index(["direction", "feature"])
    assert (merged.xs("noise", level="feature")["weight"] == 0).all()
    assert len(predictors) == 2 * 2 * 4


def test_what_one_direction_refuses_stays_visible(tmp_path):
    table = frame()
    table["dose"] = (table["outcome"] == "ill") + 0.3 * table["dose"]
    path = tmp_path / "own.parquet"
    table.to_parquet(path)
    found = evaluated(tmp_path, own(path))["value"]
    assert found["causal", "merged/refused"] == 1
    assert found["anticausal", "merged/refused"] == 0
    assert np.isnan(found["causal", "merged/log-loss"])
    assert np.isfinite(found["anticausal", "merged/log-loss"])
    assert np.isnan(found["anticausal", "merged/log-loss-gain"])
    predictors = pd.read_csv(tmp_path / "predictors.tsv", sep="\t")
    reasons = predictors[predictors["weight"].isna()]["refused"]
    assert reasons.str.contains("Gaussian causes cannot").all()
    assert len(reasons) == 2


def test_breast_cancer_compares_the_same_pairs_everywhere(tmp_path):
    found = evaluated(tmp_path, BreastCancer(features=5))["value"]
    assert found["anticausal", "lda/deviation"] < 1e-8
    assert found["anticausal", "merged/refused"] == 0
    shares = [found["causal", name] for name in ("joint/refused", "merged/refused", "compared")]
    assert 0 < shares[0] < shares[1] < 1
    assert shares[2] == pytest.approx(1 - shares[1])


@pytest.mark.parametrize("kind", ["worked", "table"])
def test_figures_are_drawn_and_repeatable(tmp_path, kind):
    path = tmp_path / "own.csv"
    frame().to_csv(path, index=False)
    evaluated(tmp_path, Worked(rows=[200], nodes=50) if kind == "worked" else own(path))
    pictures = []
    for name in ("a", "b"):
        targets = {key: tmp_path / f"{name}-{key}.svg" for key in ("boundaries", "scores")}
        draw(
            metrics=[tmp_path / "causal.parquet", tmp_path / "anticausal.parquet"],
            panels=[tmp_path / "panels.json"],
            variants=["causal", "anticausal"],
            kind=kind,
            **targets,
        )
        pictures.append([file.read_bytes() for file in targets.values()])
    assert pictures[0] == pictures[1]
    panels = json.loads((tmp_path / "panels.json").read_text())
    assert len(panels) == (3 if kind == "worked" else 1)
    assert {"causal", "anticausal"} <= set(panels[0]["lines"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="dose"), "no column dose"),
        (lambda t: t.assign(age=t["age"].where(t["age"] < 1)), "missing, infinite or no numbers"),
        (lambda t: t.assign(age="old"), "400 of 400 values"),
        (lambda t: t.assign(outcome=t["outcome"].where(t["age"] < 1)), "missing values"),
        (lambda t: t.assign(outcome="ill"), "1 different values"),
        (lambda t: t.replace({"outcome": {"ill": "sick"}}), "no row has the value 'ill'"),
        (lambda t: t.assign(dose=1.0), "never vary"),
        (lambda t: t.groupby("outcome").head(15), "fewer than 20"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path, change, words):
    path = tmp_path / "own.csv"
    change(frame()).to_csv(path, index=False)
    with pytest.raises(InputError, match=words):
        evaluated(tmp_path, own(path))


def test_a_target_without_a_positive_value_must_be_0_and_1(tmp_path):
    path = tmp_path / "own.tsv"
    table = frame()
    table.to_csv(path, index=False, sep="\t")
    with pytest.raises(InputError, match="does not hold 0 and 1"):
        read(own(path, positive=None))
    table.assign(outcome=(table["outcome"] == "ill").astype(int)).to_csv(
        path, index=False, sep="\t"
    )
    assert read(own(path, positive=None)).y.sum() == (table["outcome"] == "ill").sum()


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read(own(tmp_path / "absent.csv"))


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "own.xlsx"},
        {"experts": []},
        {"experts": [["age", "age"]]},
        {"experts": [["age", "outcome"]]},
        {"unlinked": ["height"]},
        {"holdout": 1.0},
    ],
)
def test_tables_that_make_no_sense_are_refused(changes):
    with pytest.raises(ValidationError):
        own(Path("own.csv"), **changes)


def test_a_run_names_datasets_and_directions_that_exist():
    with pytest.raises(ValidationError, match=r"run\.variants names sideways"):
        CMaxentConfig(run=Run(datasets=["worked"], variants=["sideways"], seeds=[0]))
    with pytest.raises(ValidationError, match=r"run\.datasets names mine"):
        CMaxentConfig(run=Run(datasets=["mine"], variants=["causal"], seeds=[0]))
