"""Which genes the perturbations of a world hit, and by how much they shift the drift."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from causeway.cells.labels import CONTROL, canonical
from causeway.cells.worlds.settings import World


@dataclass(frozen=True)
class Perturbations:
    """Perturbations of a world, the control first.

    Parameters
    ----------
    labels
        Canonical labels, P of them.
    shifts
        Shape (P, d): what each adds to the drift; shifts of two targets add up.
    held_out
        Labels that are meant for tests.
    """

    labels: list[str]
    shifts: NDArray[np.float64]
    held_out: list[str]


def gene_names(genes: int) -> list[str]:
    """Names of genes by number: ``g000``, ``g001`` and so on."""
    return [f"g{gene:03d}" for gene in range(genes)]


def signed_uniform(
    ends: tuple[float, float], size: int | tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw numbers whose absolute values are uniform between two ends and whose signs are fair."""
    return rng.uniform(*ends, size) * rng.choice([-1.0, 1.0], size)


def draw_perturbations(
    settings: World, rng: np.random.Generator, off_targets: float = 0.0
) -> Perturbations:
    """Draw targets, pairs of targets and the shifts of the drift.

    Parameters
    ----------
    settings
        Numbers of genes and perturbations, and the range of shifts.
    rng
        Source of randomness.
    off_targets
        Probability by which a perturbation shifts any other gene, by the same law.
    """
    genes = settings.genes
    targets = np.sort(rng.permutation(genes)[: settings.singles])
    single = np.zeros((genes, genes))
    single[targets, targets] = signed_uniform(settings.shift, len(targets), rng)
    if off_targets:
        hit = rng.random((genes, genes)) < off_targets
        hit &= np.isin(np.arange(genes), targets)[:, None]
        np.fill_diagonal(hit, False)
        single[hit] = signed_uniform(settings.shift, int(hit.sum()), rng)
    doubles = settings.train_doubles + settings.test_doubles
    pairs = rng.permutation(list(combinations(targets.tolist(), 2)))[:doubles].tolist()
    hits: list[list[int]] = [[], *([gene] for gene in targets.tolist()), *pairs]
    names = gene_names(genes)
    labels = [CONTROL if not hit else canonical([names[gene] for gene in hit]) for hit in hits]
    shifts = np.stack([single[hit].sum(axis=0) for hit in hits])
    held_out = labels[len(labels) - settings.test_doubles :] if settings.test_doubles else []
    return Perturbations(labels, shifts, held_out)
