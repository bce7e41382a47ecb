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

from causeway import metrics as tables
from causeway.genomes.phenformer import hypothesise as hypothesise_step
from causeway.genomes.phenformer.assess import assess
from causeway.genomes.phenformer.context_refits import ContextRefits
from causeway.genomes.phenformer.embed import embed
from causeway.genomes.phenformer.embedded import open_embedded
from causeway.genomes.phenformer.hypotheses import read_hypotheses
from causeway.genomes.phenformer.inputs import people_of, read_people, sites_of_genes
from causeway.genomes.phenformer.planted import read_planted
from causeway.genomes.phenformer.risk import risk
from causeway.genomes.phenformer.risk_module import RiskTraining
from causeway.genomes.phenformer.settings import (
    Assessment,
    Hypotheses,
    RiskLearning,
    Subtyping,
    Variant,
)
from causeway.genomes.phenformer.subtype import subtype

LEARNING = RiskLearning(epochs=2, batch=16, learning_rate=3e-3)
INPUTS = ["expression", "shuffled", "permuted", "null"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    tiny_study.first_stage(folder)
    embed(
        genome=folder / "genome",
        genes=folder / "genes.parquet",
        cohort=folder / "people",
        checkpoint=folder / "expression.ckpt",
        embedded=folder / "embedded",
        screening=tiny_study.SCREENING,
        hardware=tiny_study.HARDWARE,
        threads=1,
        resume=folder / "r2",
    )
    for reads in INPUTS:
        trained(folder, folder / reads, reads)
    return folder


def of_people(folder):
    return {
        "cohort": folder / "people",
        "diseases": folder / "diseases",
        "splits": folder / "people.tsv",
    }


def trained(folder, out, reads):
    out.mkdir(exist_ok=True)
    (out / "resume").mkdir(exist_ok=True)
    risk(
        embedded=folder / "embedded",
        **of_people(folder),
        checkpoint=out / "risk.ckpt",
        history=out / "history.parquet",
        risks=out / "risks.npz",
        size=tiny_study.GENOME,
        encoder=tiny_study.ENCODER,
        learning=LEARNING,
        ablation=Variant(),
        hardware=tiny_study.HARDWARE,
        reads=reads,
        seed=0,
        threads=1,
        resume=out / "resume",
    )
    with np.load(out / "risks.npz") as saved:
        return dict(saved)


@pytest.fixture(scope="module")
def judged(study):
    names = ["metrics", "areas", "populations", "individuals"]
    files = {name: study / f"assessed-{name}.parquet" for name in names}
    assess(
        risks=[study / reads / "risks.npz" for reads in INPUTS],
        embedded=study / "embedded",
        **of_people(study),
        differences=study / "differences.npy",
        **files,
        settings=Assessment(components=2, resamples=50, elastic_nets=2),
        encoder=tiny_study.ENCODER,
        **tiny_study.RUN,
    )
    return files


def hypothesised(study, out):
    out.mkdir(exist_ok=True)
    hypothesise_step.hypothesise(
        embedded=study / "embedded",
        **of_people(study),
        truth=study / "truth",
        expression=study / "expression.h5ad",
        checkpoint=study / "expression" / "risk.ckpt",
        shuffled=study / "shuffled" / "risk.ckpt",
        hypotheses=out / "hypotheses.json",
        sentences=out / "hypotheses.md",
        matches=out / "matches.tsv",
        scores=out / "scores.parquet",
        metrics=out / "hypotheses.parquet",
        settings=Hypotheses(refits=1, epochs=1, resamples=20, permutations=50, top_genes=3),
        size=tiny_study.GENOME,
        encoder=tiny_study.ENCODER,
        learning=LEARNING,
        ablation=Variant(),
        hardware=tiny_study.HARDWARE,
        **tiny_study.RUN,
        threads=1,
        resume=out / "resume",
    )


@pytest.fixture(scope="module")
def ranked(study):
    hypothesised(study, study / "hypotheses")
    return study / "hypotheses"


def test_people_are_shared_out_and_have_diseases(study):
    people = read_people(**of_people(study), world="planted")
    assert len(people.part) == 100
    assert [len(people.rows(part)) for part in ("train", "valid", "test")] == [50, 25, 25]
    assert people.labels.mean(axis=0) == pytest.approx([0.25] * 3)
    null = read_people(**of_people(study), world="null")
    assert not np.array_equal(people.labels, null.labels)


def test_differences_are_zero_where_a_person_has_the_reference(study):
    found = open_embedded(study / "embedded")
    people = read_people(**of_people(study), world="planted")
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
    people = read_people(**of_people(study), world="planted")
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
    people = read_people(**of_people(study), world="planted")
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
    planted = read_planted(
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
    hypothesised(study, out)
    assert refitted == ["context2-refit0"]
    whole, again = (pd.read_parquet(one / "scores.parquet") for one in (ranked, out))
    pd.testing.assert_frame_equal(whole, again)


def grouped(study, out, risks):
    out.mkdir()
    subtype(
        risks=risks,
        **of_people(study),
        subtypes=out / "subtypes.tsv",
        comorbidities=out / "comorbidities.tsv",
        metrics=out / "subtypes.parquet",
        settings=Subtyping(groups=[2], resamples=4, nulls=19),
        **tiny_study.RUN,
    )
    found = tables.read([out / "subtypes.parquet"]).set_index("metric")
    return found, pd.read_csv(out / "subtypes.tsv", sep="\t")


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
    test = read_people(**of_people(study), world="planted")
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
