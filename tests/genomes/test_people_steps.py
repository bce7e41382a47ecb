"""Steps of the workflow that read people, on a genome so small that they take moments."""

import json
import shutil
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import tiny_study
import torch
from second_stage import (
    ASSESSMENT,
    assessed,
    grouped,
    hypothesised,
    matched,
    of_people,
    read_people_by_stage_one,
    trained,
)

from causeway import metrics as tables
from causeway.genomes.phenformer.causes import read_causes
from causeway.genomes.phenformer.context_refits import ContextRefits
from causeway.genomes.phenformer.embedded import open_embedded
from causeway.genomes.phenformer.follow import follow
from causeway.genomes.phenformer.hypotheses import read_hypotheses
from causeway.genomes.phenformer.inputs import people_of, read_people, sites_of_genes
from causeway.genomes.phenformer.risk_module import RiskTraining

INPUTS = ["expression", "shuffled", "permuted", "null"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    tiny_study.first_stage(folder)
    read_people_by_stage_one(folder, folder)
    for reads in INPUTS:
        trained(folder, folder / reads, reads)
    return folder


@pytest.fixture(scope="module")
def judged(study):
    files = assessed(study, INPUTS)
    files["individuals"] = study / "individuals.parquet"
    files["following"] = study / "following.parquet"
    follow(
        embedded=study / "embedded",
        **of_people(study),
        gene_splits=study / "splits.tsv",
        individuals=files["individuals"],
        metrics=files["following"],
        settings=ASSESSMENT,
        **tiny_study.RUN,
    )
    return files


@pytest.fixture(scope="module")
def ranked(study):
    hypothesised(study, study, study / "hypotheses")
    matched(study / "truth", study / "hypotheses")
    return study / "hypotheses"


def test_people_are_shared_out_and_have_diseases(study):
    people = read_people(**of_people(study))
    assert len(people.part) == 100
    assert [len(people.rows(part)) for part in ("train", "valid", "test")] == [50, 25, 25]
    assert people.labels.mean(axis=0) == pytest.approx([0.25] * 3)
    null = read_people(**of_people(study), world="null")
    assert not np.array_equal(people.labels, null.labels)


def test_differences_are_zero_where_a_person_has_the_reference(study):
    found = open_embedded(study / "embedded")
    people = read_people(**of_people(study))
    borders, sites = sites_of_genes(found, people.haplotypes, tiny_study.ENCODER)
    carried = people.haplotypes.dosages() > 0
    same = np.column_stack(
        [~carried[:, sites[low:high]].any(axis=1) for low, high in pairwise(borders)]
    )
    assert 0 < same.sum() < same.size
    assert not found.differences[same].any()
    assert not found.embeddings[same].any()
    assert found.differences[~same].any(axis=1).mean() > 0.9


def test_exchanged_diseases_keep_parts_populations_and_comorbidities(study):
    people = read_people(**of_people(study))
    found = people_of("permuted", **of_people(study), seed=0)
    again = people_of("permuted", **of_people(study), seed=0)
    other = people_of("permuted", **of_people(study), seed=1)
    assert np.array_equal(found.labels, again.labels)
    assert not np.array_equal(found.labels, other.labels)
    group = people.haplotypes.people["population"].to_numpy()
    for part in ("train", "valid", "test"):
        for name in ("EUR", "AFR"):
            here = (people.part == part) & (group == name)
            rows = [sorted(map(tuple, one.labels[here].tolist())) for one in (people, found)]
            assert rows[0] == rows[1]
    assert np.mean((found.labels == people.labels).all(axis=1)) < 0.8
    plain = people_of("expression", **of_people(study), seed=0)
    assert np.array_equal(plain.labels, people.labels)


def test_risks_are_of_everybody(study):
    found = {}
    for reads in INPUTS:
        with np.load(study / reads / "risks.npz") as saved:
            found[reads] = saved["logits"]
            assert saved["embeddings"].shape == (100, 32)
        assert found[reads].shape == (100, 3)
        assert np.isfinite(found[reads]).all()
    assert not np.array_equal(found["permuted"], found["expression"])


def test_a_killed_risk_training_ends_with_the_same_weights(study, tmp_path, monkeypatch):
    monkeypatch.setattr("causeway.training.SAVE_EVERY", timedelta(0))
    step = RiskTraining.training_step

    def killed(self, batch):
        if self.global_step == 5:
            raise RuntimeError("killed")
        return step(self, batch)

    monkeypatch.setattr(RiskTraining, "training_step", killed)
    with pytest.raises(RuntimeError, match="killed"):
        trained(study, tmp_path / "risk", "expression")
    assert not (tmp_path / "risk" / "risk.ckpt").exists()
    monkeypatch.setattr(RiskTraining, "training_step", step)
    found = trained(study, tmp_path / "risk", "expression")
    whole, again = (
        torch.load(folder / "risk.ckpt", weights_only=True)["state_dict"]
        for folder in (study / "expression", tmp_path / "risk")
    )
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    with np.load(study / "expression" / "risks.npz") as saved:
        assert np.array_equal(saved["logits"], found["logits"])


def test_risks_are_judged_beside_every_control(judged):
    found = tables.read([judged["metrics"]]).set_index("metric")
    for reads in INPUTS:
        assert found.loc[f"{reads}/phenformer/auroc", "n"] == 3
        assert 0 <= found.loc[f"{reads}/prs/auroc", "value"] <= 1
    assert found.loc["reference/largest-difference", "value"] == 0
    followed = tables.read([judged["following"]]).set_index("metric")
    individuals = pd.read_parquet(judged["individuals"]).query("method == 'model'")
    assert followed.loc["individuals/model/mean-r", "value"] == pytest.approx(
        individuals["r"].mean()
    )
    areas = pd.read_parquet(judged["areas"])
    assert set(areas["input"]) == set(INPUTS)
    prs = areas[(areas["model"] == "prs")].pivot(index="disease", columns="input", values="auroc")
    assert (prs["expression"] == prs["shuffled"]).all()
    assert not (prs["expression"] == prs["permuted"]).all()


def test_populations_reach_the_metrics(judged):
    found = tables.read([judged["metrics"]]).set_index("metric")
    table = pd.read_parquet(judged["populations"])
    mine = table[(table["input"] == "expression") & table["auroc"].notna()]
    for name, rows in mine.groupby("population"):
        row = found.loc[f"expression/populations/{name}/auroc"]
        assert row["value"] == pytest.approx(rows["auroc"].mean())
        assert row["n"] == len(rows)
    wide = mine.pivot(index="disease", columns="population", values="auroc").dropna()
    gap = found.loc["expression/populations/largest-gap"]
    assert gap["value"] == pytest.approx((wide["EUR"] - wide["AFR"]).mean())
    assert found.loc["expression/populations/EUR/ratio", "value"] == 1


def test_contexts_are_judged_on_test_people(study, ranked):
    people = read_people(**of_people(study))
    found = read_hypotheses(ranked / "hypotheses.json")
    number = {score.estimator: score.n for score in found.hypotheses[0].scores}
    test = people.rows("test")
    cases = people.labels[test][:, people.diseases.index(found.hypotheses[0].disease)].sum()
    assert number == {
        "context-only": len(test),
        "occlusion": cases,
        "occlusion-contrast": len(test),
        "attention": cases,
        "occlusion-shuffled": len(test),
        "random": 0,
        "specificity": 0,
    }
    assert "among test people" in (ranked / "hypotheses.md").read_text()


def test_planted_contexts_are_the_truth_of_scores(study, ranked):
    scores = pd.read_parquet(ranked / "scores.parquet")
    told = json.loads((study / "diseases" / "planted" / "causal.json").read_text())
    for name, rows in scores[scores["true"]].groupby("disease"):
        assert set(rows["context"]) == set(told[name]["contexts"])
    assert set(scores["estimator"]) >= {"context-only", "specificity"}
    metrics = tables.read([ranked / "hypotheses.parquet"])["metric"]
    assert "hypotheses/specificity/auroc" in set(metrics)
    genes = pd.read_parquet(study / "genes.parquet")["gene"].tolist()
    planted = read_causes(
        study / "diseases" / "planted", list(told), sorted(set(scores["context"])), genes
    )
    assert planted.contexts.sum() == sum(len(one["contexts"]) for one in told.values())
    assert planted.genes.sum(axis=1).tolist() == [4, 4, 4]
    assert {genes[at] for at in np.flatnonzero(planted.genes[0])} == set(told["disease0"]["genes"])


def test_finished_refits_are_not_trained_again(study, tmp_path, ranked, monkeypatch):
    out = tmp_path / "again"
    out.mkdir()
    shutil.copytree(ranked / "resume", out / "resume")
    (out / "resume" / "context2-refit0" / "model.ckpt").unlink()
    refitted, fit = [], ContextRefits._train_one

    def counted(self, alone, folder, seed):
        refitted.append(folder.name)
        fit(self, alone, folder, seed)

    monkeypatch.setattr(ContextRefits, "_train_one", counted)
    hypothesised(study, study, out)
    assert refitted == ["context2-refit0"]
    whole, again = (pd.read_parquet(one / "scores.parquet") for one in (ranked, out))
    pd.testing.assert_frame_equal(whole, again)


def test_subtypes_of_planted_diseases_are_counted(study, tmp_path):
    found, choices = grouped(study, tmp_path / "s", study / "expression" / "risks.npz")
    assert list(found.index) == [
        "subtypes/agreement",
        "subtypes/comorbidities",
        "subtypes/components/groups",
        "subtypes/components/told-apart",
        "subtypes/embeddings/groups",
        "subtypes/embeddings/told-apart",
    ]
    assert (found["n"] == 3).all()
    assert set(choices["by"]) == {"embeddings", "components"}
    test = read_people(**of_people(study))
    cases = test.labels[test.rows("test")].sum(axis=0)
    # The fewest cases are too few to be two groups, and are listed nevertheless.
    ours = choices[choices["by"] == "embeddings"]
    assert ours["n"].tolist() == cases.tolist()
    assert ours["groups"].tolist() == np.where(cases > 4, 2, 1).tolist()
    assert cases.min() <= 4
    columns = pd.read_csv(tmp_path / "s" / "comorbidities.tsv", sep="\t").columns
    assert columns.tolist()[:3] == ["of", "subtype", "disease"]


def test_groups_among_cases_are_found(study, tmp_path):
    rng = np.random.default_rng(0)
    embeddings = 20.0 * (np.arange(100) % 2)[:, None] + rng.standard_normal((100, 3))
    np.savez(tmp_path / "risks.npz", embeddings=embeddings)
    found, choices = grouped(study, tmp_path / "s", tmp_path / "risks.npz")
    ours = choices[choices["by"] == "embeddings"]
    assert ours["stability"].max() > 0.9
    assert found.loc["subtypes/embeddings/groups", "value"] > 1
