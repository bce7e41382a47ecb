"""The steps that read people of a tiny study, for tests of several kinds of people."""

import numpy as np
import pandas as pd
import tiny_study

from causeway import metrics as tables
from causeway.genomes.phenformer.assess import assess
from causeway.genomes.phenformer.embed import embed
from causeway.genomes.phenformer.hypothesise import hypothesise
from causeway.genomes.phenformer.match import match
from causeway.genomes.phenformer.risk import risk
from causeway.genomes.phenformer.settings import (
    Assessment,
    Hypotheses,
    RiskLearning,
    Subtyping,
    Variant,
)
from causeway.genomes.phenformer.subtype import subtype

LEARNING = RiskLearning(epochs=2, batch=16, learning_rate=3e-3)
ASSESSMENT = Assessment(components=2, resamples=50, elastic_nets=2)
HYPOTHESES = Hypotheses(refits=1, epochs=1, resamples=20, permutations=50, top_genes=3)


def of_people(folder):
    """Files of the step ``people``."""
    return {
        "cohort": folder / "people",
        "diseases": folder / "diseases",
        "splits": folder / "people.tsv",
    }


def read_people_by_stage_one(study, folder):
    """Embed the people of a folder by the first stage of a study."""
    embed(
        genome=study / "genome",
        genes=study / "genes.parquet",
        cohort=folder / "people",
        checkpoint=study / "expression.ckpt",
        embedded=folder / "embedded",
        screening=tiny_study.SCREENING,
        hardware=tiny_study.HARDWARE,
        threads=1,
        resume=folder / "r2",
    )


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


def assessed(folder, inputs):
    """Judge risks; return the files by their names."""
    names = ["metrics", "areas", "populations"]
    files = {name: folder / f"assessed-{name}.parquet" for name in names}
    assess(
        risks=[folder / reads / "risks.npz" for reads in inputs],
        embedded=folder / "embedded",
        **of_people(folder),
        **files,
        settings=ASSESSMENT,
        encoder=tiny_study.ENCODER,
        **tiny_study.RUN,
    )
    return files


def hypothesised(study, folder, out):
    """Rank contexts for the people of a folder, whose first stage is that of a study."""
    out.mkdir(exist_ok=True)
    hypothesise(
        embedded=folder / "embedded",
        **of_people(folder),
        expression=study / "expression.h5ad",
        checkpoint=folder / "expression" / "risk.ckpt",
        shuffled=folder / "shuffled" / "risk.ckpt",
        hypotheses=out / "hypotheses.json",
        sentences=out / "hypotheses.md",
        scores=out / "scores.parquet",
        gene_scores=out / "gene-scores.parquet",
        settings=HYPOTHESES,
        size=tiny_study.GENOME,
        encoder=tiny_study.ENCODER,
        learning=LEARNING,
        ablation=Variant(),
        hardware=tiny_study.HARDWARE,
        seed=0,
        threads=1,
        resume=out / "resume",
    )


def matched(truth, out):
    """Match the hypotheses of a folder."""
    match(
        scores=out / "scores.parquet",
        gene_scores=out / "gene-scores.parquet",
        truth=truth,
        matches=out / "matches.tsv",
        metrics=out / "hypotheses.parquet",
        settings=HYPOTHESES,
        **tiny_study.RUN,
    )


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
