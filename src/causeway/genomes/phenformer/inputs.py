"""What the second stage reads: predicted expression, or a control in its place."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.haplotypes import Haplotypes, open_haplotypes
from causeway.genomes.phenformer.components import Components
from causeway.genomes.phenformer.controls import (
    component_differences,
    genotype_differences,
    permuted_people,
    shuffled_contexts,
)
from causeway.genomes.phenformer.embedded import Embedded, open_embedded
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.risk_data import Cohort
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.phenformer.standardise import Standard
from causeway.genomes.splits import read_split

Input = Literal["expression", "genotypes", "components", "shuffled", "permuted", "null"]
"""``expression``: what the first stage predicts; in its place, random projections of
``genotypes`` or of principal ``components``; with the contexts of each gene ``shuffled``; and
expression again, of people whose diseases are ``permuted``, and of the ``null`` diseases."""
COMPONENTS = 10
"""Principal components."""


@dataclass(frozen=True)
class People:
    """People, what they have, and which of them train.

    Parameters
    ----------
    haplotypes
        Their genomes.
    part
        Part of each, shape (n,).
    labels
        Who has which disease, mask of shape (n, D).
    known
        Of whom this is known, the same shape; labels of others are false.
    diseases
        D names.
    covariates
        Whatever numbers are known of them, e.g. age and sex, shape (n, covariates).
    """

    haplotypes: Haplotypes
    part: NDArray[np.object_]
    labels: NDArray[np.bool_]
    known: NDArray[np.bool_]
    diseases: list[str]
    covariates: NDArray[np.float64]

    def rows(self, *parts: str) -> NDArray[np.intp]:
        """People of some parts."""
        return np.flatnonzero(np.isin(self.part, parts))

    def components(self, number: int = COMPONENTS) -> NDArray[np.float64]:
        """Coordinates on principal components of training people, shape (n, components)."""
        dosages = self.haplotypes.dosages()
        train = dosages[self.rows("train")]
        return Components.of(train, min(number, len(train) - 1)).project(dosages)


def world_of(diseases: Path) -> str:
    """Diseases with causes: ``measured`` ones where they were given, else ``planted`` ones."""
    return "measured" if (diseases / "measured").exists() else "planted"


def read_people(cohort: Path, diseases: Path, splits: Path, world: str | None = None) -> People:
    """Read the files of the step ``people``.

    Parameters
    ----------
    cohort, diseases, splits
        Its outputs.
    world
        ``measured``, ``planted`` or ``null``; by default the one of :func:`world_of`.
    """
    haplotypes = open_haplotypes(cohort)
    table = haplotypes.people
    path = diseases / (world or world_of(diseases)) / "cases.tsv"
    # A person may be called NA.
    cases = pd.read_csv(
        path, sep="\t", dtype={"person": str}, keep_default_na=False, na_values=[""]
    )
    cases = cases.set_index("person").loc[table["person"]].astype(np.float64)
    parts = read_split(splits).set_index("person")["part"].reindex(table["person"])
    covariates = table.drop(columns=["person", "population"])
    return People(
        haplotypes,
        parts.fillna("").to_numpy(dtype=object),
        cases.to_numpy() == 1,
        cases.notna().to_numpy(),
        cases.columns.tolist(),
        covariates.to_numpy(dtype=np.float64),
    )


def people_of(kind: str, cohort: Path, diseases: Path, splits: Path, seed: int) -> People:
    """Read people with the diseases that an input is asked about.

    Those of ``permuted`` are the measured or planted ones, exchanged between people of the same
    part and population, whole rows at a time: nothing about a person tells them, however it is
    learned.

    Parameters
    ----------
    kind
        Which inputs.
    cohort, diseases, splits
        Files of ``people``.
    seed
        Of the exchange.
    """
    people = read_people(cohort, diseases, splits, "null" if kind == "null" else None)
    if kind != "permuted":
        return people
    rng = np.random.default_rng((seed, 1))
    strata = people.part + "/" + people.haplotypes.people["population"].to_numpy(dtype=object)
    order = permuted_people(len(strata), rng, strata.astype(str))
    return replace(people, labels=people.labels[order], known=people.known[order])


def cohort_of(
    kind: Input, embedded: Path, people: People, encoder: EncoderSize, seed: int
) -> tuple[Cohort, Embedded]:
    """Make the inputs of the second stage, standardised on training people.

    Parameters
    ----------
    kind
        Which inputs.
    embedded
        Folder of ``embed``.
    people
        The same people.
    encoder
        Width of windows, whose sites stand for a gene among ``genotypes``.
    seed
        Of random projections and shuffles.
    """
    found = open_embedded(embedded)
    train = people.rows("train")
    differences, vectors = (
        Standard.of(values[train]).apply(values)
        for values in _inputs(kind, found, people, encoder, np.random.default_rng(seed))
    )
    return Cohort(differences, people.labels, people.known, vectors), found


def _inputs(
    kind: Input,
    found: Embedded,
    people: People,
    encoder: EncoderSize,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Differences (n, G, K) and vectors (n, G, d); of the same shapes for all inputs."""
    genes, contexts = found.differences.shape[1:]
    numbers = contexts + found.embeddings.shape[2]
    if kind == "genotypes":
        projected = genotype_differences(
            people.haplotypes.dosages(),
            *sites_of_genes(found, people.haplotypes, encoder),
            numbers,
            rng,
        )
        return projected[..., :contexts], projected[..., contexts:]
    if kind == "components":
        projected = component_differences(people.components(), genes, numbers, rng)
        return projected[..., :contexts], projected[..., contexts:]
    differences = np.asarray(found.differences)
    if kind == "shuffled":
        differences = shuffled_contexts(differences, rng).astype(np.float32)
    return differences, np.asarray(found.embeddings)


def sites_of_genes(
    found: Embedded, haplotypes: Haplotypes, encoder: EncoderSize
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sites within or at the edges of the window of each gene, as borders and places."""
    windows = gene_windows(found.genes, encoder)
    sites, borders = [], [0]
    for contig, start, end in zip(
        windows["contig"], windows["start"], windows["end"], strict=True
    ):
        low, high = haplotypes.edits.between(contig, np.array([start]), np.array([end]))
        sites.append(np.arange(low[0], high[0]))
        borders.append(borders[-1] + len(sites[-1]))
    return np.array(borders), np.concatenate(sites)
