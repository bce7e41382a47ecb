"""People whose diseases were given go through all steps, and wrong tables are refused."""

import numpy as np
import pandas as pd
import pytest
import tiny_study
from drawn_figures import told
from measured_people import UNKNOWN, source_of, write_people
from pydantic import ValidationError
from second_stage import (
    assessed,
    grouped,
    hypothesised,
    matched,
    of_people,
    read_people_by_stage_one,
    trained,
)

from causeway import metrics as tables
from causeway.errors import InputError
from causeway.genomes.phenformer.config import PhenformerConfig
from causeway.genomes.phenformer.draw_people import draw_people
from causeway.genomes.phenformer.hypotheses import read_hypotheses
from causeway.genomes.phenformer.inputs import cohort_of, people_of, read_people
from causeway.genomes.reading.phenotypes import read_covariates, read_diseases

INPUTS = ["expression", "genotypes", "components", "shuffled", "permuted"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    tiny_study.first_stage(folder)
    return folder


@pytest.fixture(scope="module")
def files(study):
    write_people(study, study / "files")
    return study / "files"


def table_of(files):
    return pd.read_csv(files / "diseases.tsv", sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def cohort(study, files):
    folder = study / "measured"
    folder.mkdir()
    tiny_study.people_of_source(study, folder, source_of(files))
    return folder


@pytest.fixture(scope="module")
def learned(study, cohort):
    read_people_by_stage_one(study, cohort)
    for reads in INPUTS:
        trained(cohort, cohort / reads, reads)
    return cohort


def test_people_have_what_was_given(study, files, cohort):
    people = read_people(**of_people(cohort))
    assert people.diseases == ["asthma", "gout"]
    names = people.haplotypes.people["person"]
    assert names.tolist() == [f"{number:03}" for number in range(99)] + ["NA"]
    given = table_of(files).set_index("person")
    for place, disease in enumerate(people.diseases):
        wanted = given.loc[names, disease]
        assert people.labels[:, place].tolist() == (wanted == "1").tolist()
        assert people.known[:, place].tolist() == (wanted != "").tolist()
    drawn = read_people(**of_people(study))
    assert np.array_equal(people.labels[:, 1], drawn.labels[:, 1])
    assert (~people.known).sum(axis=0).tolist() == [UNKNOWN, 0]
    assert not people.labels[~people.known].any()
    # Populations sort people; what models may know are age, sex and one more.
    assert set(people.haplotypes.people["population"]) == {"1", "2"}
    assert people.covariates[:, :2] == pytest.approx(drawn.covariates)
    assert people.covariates[:, 2] == pytest.approx(np.linspace(18, 35, 100))


def test_no_drawn_world_stands_beside_measured_diseases(cohort):
    assert [path.name for path in (cohort / "diseases").iterdir()] == ["measured"]
    with pytest.raises(FileNotFoundError):
        people_of("null", **of_people(cohort), seed=0)


def test_what_is_not_known_moves_with_exchanged_diseases(cohort):
    people = read_people(**of_people(cohort))
    found = people_of("permuted", **of_people(cohort), seed=0)
    assert not np.array_equal(found.known, people.known)
    assert not found.labels[~found.known].any()
    for part in ("train", "valid", "test"):
        rows = people.rows(part)
        for mask in ("labels", "known"):
            counts = [getattr(one, mask)[rows].sum(axis=0).tolist() for one in (people, found)]
            assert counts[0] == counts[1]


def test_stage_two_learns_only_from_what_is_known(learned):
    people = read_people(**of_people(learned))
    cohort, _ = cohort_of("expression", learned / "embedded", people, tiny_study.ENCODER, 0)
    assert np.array_equal(cohort.known, people.known)


def test_risks_are_judged_among_people_of_whom_a_disease_is_known(learned):
    found = assessed(learned, INPUTS)
    people = read_people(**of_people(learned))
    test = people.rows("test")
    areas = pd.read_parquet(found["areas"])
    assert set(areas["input"]) == set(INPUTS)
    mine = areas[(areas["input"] == "expression") & (areas["model"] == "prs")]
    for place, disease in enumerate(people.diseases):
        row = mine.set_index("disease").loc[disease]
        assert row["n"] == people.known[test, place].sum()
        assert row["cases"] == people.labels[test, place].sum()
    assert mine["n"].nunique() == 2
    table = pd.read_parquet(found["populations"]).query("input == 'expression'")
    assert set(table["population"]) == {"1", "2"}
    assert (
        table.groupby("disease")["n"].sum().to_dict() == mine.set_index("disease")["n"].to_dict()
    )
    metrics = set(tables.read([found["metrics"]])["metric"])
    assert "reference/largest-difference" in metrics
    assert not [name for name in metrics if name.startswith(("null/", "individuals/"))]


def test_hypotheses_are_ranked_told_and_matched_with_the_literature(study, learned, tmp_path):
    hypothesised(study, learned, tmp_path)
    found = read_hypotheses(tmp_path / "hypotheses.json")
    assert {one.disease for one in found.hypotheses} == {"asthma", "gout"}
    assert any(one.genes for one in found.hypotheses)
    estimators = {score.estimator for score in found.hypotheses[0].scores}
    assert "context-only" in estimators
    assert "specificity" not in estimators
    sentences = (tmp_path / "hypotheses.md").read_text()
    assert "drawn" not in sentences + found.note
    assert "for asthma" in sentences
    (tmp_path / "truth").mkdir()
    matched(tmp_path / "truth", tmp_path)
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    known = scores.loc[scores["true"], ["disease", "context"]].drop_duplicates()
    assert known.to_numpy().tolist() == [["asthma", "context01"]]
    matches = pd.read_csv(tmp_path / "matches.tsv", sep="\t")
    assert set(matches["disease"]) == {"asthma", "mean"}
    assert set(matches["estimator"]) == estimators


def test_without_literature_nothing_counts_as_known(study, learned, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    for path in learned.iterdir():
        if path.name != "diseases":
            (folder / path.name).symlink_to(path)
    (folder / "diseases" / "measured").mkdir(parents=True)
    cases = (learned / "diseases" / "measured" / "cases.tsv").read_bytes()
    (folder / "diseases" / "measured" / "cases.tsv").write_bytes(cases)
    hypothesised(study, folder, tmp_path / "seed0")
    scores = pd.read_parquet(tmp_path / "seed0" / "scores.parquet")
    assert "true" not in scores
    found = assessed(folder, ["expression", "permuted"])
    for name in ("areas", "populations"):
        (tmp_path / "seed0" / f"{name}.parquet").write_bytes(found[name].read_bytes())
    figures = {
        f"{name}_figure": tmp_path / f"{name}.svg"
        for name in ("hypotheses", "risks", "populations")
    }
    draw_people(
        scores=[tmp_path / "seed0" / "scores.parquet"],
        areas=[tmp_path / "seed0" / "areas.parquet"],
        populations=[tmp_path / "seed0" / "populations.parquet"],
        dataset="mine",
        synthetic="",
        **figures,
    )
    for path in figures.values():
        text = path.read_text()
        assert told(text).endswith("dataset mine")
        assert "planted" not in text
        assert "null diseases" not in text


def test_subtypes_are_of_known_cases(learned, tmp_path):
    found, choices = grouped(learned, tmp_path / "s", learned / "expression" / "risks.npz")
    people = read_people(**of_people(learned))
    cases = people.labels[people.rows("test")].sum(axis=0)
    ours = choices[choices["by"] == "embeddings"]
    assert ours.groupby("disease")["n"].first().tolist() == cases.tolist()
    assert (found["n"] == 2).all()


PEOPLE = pd.Series(["01", "02", "03"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,a\n01,1\n", "no column 'person'. Name it; there are 'a', 'name'"),
        ("person\n01\n02\n03\n", "has no disease"),
        ("person,a\n01,1\n01,0\n02,0\n03,1\n", "person: '01' stands twice. Keep one row"),
        ("person,a\n01,1\n", "2 of 3 people with genotypes have no row: '02', '03'. Add them"),
        ("person,a\n1,1\n2,0\n3,0\n", "3 of 3 people with genotypes have no row: '01'"),
        ("person,a\n01,1\n02,2\n03,0\n", "column a: '2' of person '02'. Write 1, 0, or nothing"),
        ("person,a\n01,1\n02,yes\n03,0\n", "column a: 'yes' of person '02'"),
        ("person,a,a\n01,1,1\n02,0,1\n03,0,0\n", "column 'a' occurs twice"),
    ],
)
def test_wrong_tables_of_diseases_are_refused(tmp_path, text, said):
    path = tmp_path / "diseases.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"diseases\.csv") as caught:
        read_diseases(path, PEOPLE)
    assert said in str(caught.value)


def test_diseases_may_be_written_as_decimals_and_left_open(tmp_path):
    path = tmp_path / "diseases.csv"
    path.write_text("person,a\n03,\n02,0.0\n01,1.0\n04,1\n")
    assert read_diseases(path, PEOPLE)["a"].tolist() == [1, 0, pd.NA]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,age\n01,50\n02,\n03,7\n", "column age: nothing of person '02'. Give everybody"),
        ("person,age\n01,50\n02,old\n03,7\n", "column age: 'old' of person '02'"),
        ("person,age\n01,50\n02,inf\n03,7\n", "column age: 'inf' of person '02'"),
        ("person,population\n01,A\n02,\n03,B\n", "column population: nothing of person '02'"),
    ],
)
def test_wrong_tables_of_covariates_are_refused(tmp_path, text, said):
    path = tmp_path / "covariates.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"covariates\.csv") as caught:
        read_covariates(path, PEOPLE)
    assert said in str(caught.value)


def test_without_populations_everybody_is_of_one(tmp_path):
    path = tmp_path / "covariates.tsv"
    path.write_text("person\tage\n03\t7\n02\t60\n01\t50\n")
    found = read_covariates(path, PEOPLE)
    assert found["population"].tolist() == [""] * 3
    assert found["age"].tolist() == [50, 60, 7]


@pytest.mark.parametrize(("value", "word"), [(0, "cases"), (1, "controls")])
def test_a_disease_without_cases_or_controls_in_a_part_is_refused(
    study, files, tmp_path, value, word
):
    table = table_of(files)
    (files / "one.tsv").write_text(table.assign(gout=value).to_csv(sep="\t", index=False))
    with pytest.raises(InputError) as caught:
        tiny_study.people_of_source(study, tmp_path, source_of(files, diseases="one.tsv"))
    assert f"one.tsv, column gout: no {word} among " in str(caught.value)
    assert "people of the part 'train'. Leave the disease out" in str(caught.value)


def test_literature_of_unknown_contexts_is_refused_before_anything_is_learned(
    study, files, tmp_path
):
    (files / "wrong.tsv").write_text("disease\tcontext\tsource\ngout\tmoon\tdoi:10.1000/x\n")
    with pytest.raises(InputError, match=r"wrong\.tsv: unknown context 'moon'"):
        tiny_study.people_of_source(study, tmp_path, source_of(files, literature="wrong.tsv"))


def test_people_without_diseases_are_refused_before_any_job(tmp_path):
    source = source_of(tmp_path, diseases=None, literature=None)
    with pytest.raises(ValidationError, match=r"sources\.mine\.variants: people need diseases"):
        PhenformerConfig.model_validate(
            {
                "run": {"datasets": ["mine"], "variants": ["phenformer"], "seeds": [0]},
                "sources": {"mine": source.model_dump()},
                "studies": {"mine": {}},
            }
        )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"variants": None}, "diseases: they are those of people"),
        ({"people": {"EUR": 5}}, "diseases: they are those of people"),
        ({"diseases": None}, "literature: it judges diseases that are given"),
        ({"expression": None, "grammar": {}}, "diseases: a grammar tells nothing"),
        ({"liability": {"diseases": 3}}, "liability: diseases are given, and none are drawn"),
    ],
)
def test_sources_that_contradict_themselves_are_refused(tmp_path, changed, said):
    with pytest.raises(ValidationError, match=said):
        source_of(tmp_path, **changed)
