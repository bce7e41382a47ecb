"""Diseases by the liability-threshold model (Falconer 1965), resting on true expression.

The liability of a person is

    l_i = sqrt(e) x_i + sqrt(p) s_i + sqrt(c) z_i + sqrt(1 - e - p - c) noise_i

where x is a weighted sum of standardised differences of causal genes in causal contexts, s one of
sites that act without expression, z of age and sex, each brought to variance 1; cases are those
with the highest liability. In the null world e = p = 0. All of it is simulated.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.haplotypes import Haplotypes
from causeway.genomes.worlds.settings import LiabilityLaw

COMMON = 0.01
"""Least frequency of sites that act without expression."""


class Diseases(NamedTuple):
    """Labels of n people for D diseases, and what made them."""

    cases: pd.DataFrame
    """Columns ``person`` and one per disease, 0 or 1."""
    liability: NDArray[np.float64]
    """Shape (n, D)."""
    truth: dict[str, Any]
    """Per disease: ``contexts``, ``genes`` (name to weight), ``sites`` (row to weight) and the
    shares of variance."""


def draw_diseases(
    law: LiabilityLaw,
    differences: NDArray[np.float32],
    genes: list[str],
    contexts: list[str],
    people: Haplotypes,
    rng: np.random.Generator,
) -> Diseases:
    """Draw causal genes, contexts and sites, and who falls ill.

    Parameters
    ----------
    law
        Numbers and shares.
    differences
        True differences of expression, shape (n, G, K).
    genes, contexts
        G and K names.
    people
        Whose sites and covariates count.
    rng
        Source of randomness.

    Raises
    ------
    InputError
        If fewer genes vary in some context than are to be causal, or there is no common site.
    """
    number = len(differences)
    names = [f"disease{disease}" for disease in range(law.diseases)]
    cases = pd.DataFrame({"person": people.people["person"].to_numpy()})
    liability = np.zeros((number, law.diseases))
    truth: dict[str, Any] = {}
    expressed, polygenic = (0.0, 0.0) if law.null else (law.expressed, law.polygenic)
    varying = differences.std(axis=0) >= law.spread
    for disease, name in enumerate(names):
        rest = 1 - expressed - polygenic - law.covariates
        level = np.sqrt(rest) * rng.standard_normal(number)
        level += np.sqrt(law.covariates) * _covariates(people.people, rng)
        told: dict[str, Any] = {"contexts": [], "genes": {}, "sites": {}}
        if expressed:
            part, told_expression = _expressed(law, differences, varying, genes, contexts, rng)
            level += np.sqrt(expressed) * part
            told |= told_expression
        if polygenic:
            part, told["sites"] = _polygenic(law, people, rng)
            level += np.sqrt(polygenic) * part
        told |= {"expressed": expressed, "polygenic": polygenic, "covariates": law.covariates}
        threshold = np.quantile(level, 1 - law.prevalence)
        cases[name] = (level > threshold).astype(np.int8)
        liability[:, disease] = level
        truth[name] = told
    return Diseases(cases, liability, truth)


def write_diseases(diseases: Diseases, folder: Path) -> None:
    """Write ``cases.tsv`` and, as truth beside it, ``causal.json`` and ``liability.tsv``.

    ``contexts.tsv`` has the causal contexts in the form of curated ones, with the columns
    ``disease``, ``context`` and ``source``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    diseases.cases.to_csv(folder / "cases.tsv", sep="\t", index=False)
    (folder / "causal.json").write_text(json.dumps(diseases.truth, indent=2) + "\n")
    pairs = [(name, one) for name, told in diseases.truth.items() for one in told["contexts"]]
    contexts = pd.DataFrame(pairs, columns=["disease", "context"]).assign(source="drawn")
    contexts.to_csv(folder / "contexts.tsv", sep="\t", index=False)
    table = pd.DataFrame(diseases.liability, columns=list(diseases.truth))
    table.insert(0, "person", diseases.cases["person"])
    table.to_csv(folder / "liability.tsv", sep="\t", index=False)


def _expressed(
    law: LiabilityLaw,
    differences: NDArray[np.float32],
    varying: NDArray[np.bool_],
    genes: list[str],
    contexts: list[str],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Standardised sum over causal genes and contexts, and which they are."""
    size = int(rng.integers(law.contexts[0], law.contexts[1] + 1))
    usable = np.flatnonzero(varying.sum(axis=0) >= law.genes)
    if len(usable) < size:
        raise InputError(
            "liability.genes",
            f"{law.genes} causal genes, but so many genes vary by liability.spread = "
            f"{law.spread:g} or more in only {len(usable)} of {len(contexts)} contexts, and "
            f"{size} are to be causal",
            "Ask for fewer causal genes, lower liability.spread, or draw more people, sites or "
            "genes",
        )
    causal = np.sort(rng.choice(usable, size, replace=False))
    pool = np.flatnonzero(varying[:, causal].any(axis=1))
    chosen = np.sort(rng.choice(pool, law.genes, replace=False))
    weights = rng.choice([-1.0, 1.0], law.genes) * rng.uniform(0.5, 1.5, law.genes)
    values = differences[:, chosen][:, :, causal].astype(np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    told = {
        "contexts": [contexts[context] for context in causal],
        "genes": {genes[gene]: weight for gene, weight in zip(chosen, weights, strict=True)},
    }
    return _standard(np.einsum("igk,g->i", values, weights)), told


def _polygenic(
    law: LiabilityLaw, people: Haplotypes, rng: np.random.Generator
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Standardised sum over sites, and their weights per copy."""
    dosages = people.dosages()
    share = dosages.mean(axis=0) / 2
    common = np.flatnonzero((share >= COMMON) & (share <= 1 - COMMON))
    if not len(common):
        raise InputError(
            "liability.polygenic",
            f"no site has a frequency of {COMMON} or more",
            "Draw more people or sites, or set it to 0",
        )
    chosen = np.sort(rng.choice(common, min(law.polygenic_sites, len(common)), replace=False))
    spread = np.sqrt(2 * share[chosen] * (1 - share[chosen]))
    weights = rng.standard_normal(len(chosen)) / spread
    told = {str(site): float(weight) for site, weight in zip(chosen, weights, strict=True)}
    return _standard(dosages[:, chosen].astype(np.float64) @ weights), told


def _covariates(people: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.float64]:
    """Standardised sum of age and sex, as far as they are known."""
    total = np.zeros(len(people))
    for name in ("age", "sex"):
        if name in people:
            total += rng.uniform(0.5, 1.5) * _standard(people[name].to_numpy(np.float64))
    return _standard(total)


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring to mean 0 and variance 1; constants become 0."""
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)
