"""What the second stage has to beat, or to lose to: inputs and labels without their meaning.

If the genotypes themselves do as well in the same network, predicted expression is decoration; if
the principal components do, so is the genome; if contexts can be exchanged, their ranking says
nothing; and with exchanged labels nothing may be found at all.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causeway.permutations import permute_within


def genotype_differences(
    dosages: ArrayLike,
    indptr: ArrayLike,
    sites: ArrayLike,
    contexts: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Random projections of the dosages within each window, in the shape of differences.

    Parameters
    ----------
    dosages
        Alternative alleles minus none, shape (people, sites): zero for the reference.
    indptr, sites
        Sites of window g are ``sites[indptr[g]:indptr[g + 1]]``; shape (genes + 1,) and (any,).
    contexts
        Projections per window.
    rng
        Source of the projections, standard normal over the root of the number of sites.

    Returns
    -------
    ndarray
        Shape (people, genes, contexts); zero for a person without variants, and for a window
        without sites.
    """
    dosages, indptr, sites = np.asanyarray(dosages), np.asarray(indptr), np.asarray(sites)
    found = np.zeros((len(dosages), len(indptr) - 1, contexts), dtype=np.float32)
    for gene, (start, end) in enumerate(pairwise(indptr)):
        if end > start:
            weights = rng.standard_normal((end - start, contexts)) / np.sqrt(end - start)
            found[:, gene] = dosages[:, sites[start:end]] @ weights
    return found


def component_differences(
    components: ArrayLike, genes: int, contexts: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Random projections of principal components, in the shape of differences.

    Parameters
    ----------
    components
        Coordinates, shape (people, components).
    genes, contexts
        Shape of the differences.
    rng
        Source of the projections.
    """
    components = np.asarray(components, dtype=float)
    number = components.shape[1]
    weights = rng.standard_normal((number, genes * contexts)) / np.sqrt(number)
    return (components @ weights).astype(np.float32).reshape(len(components), genes, contexts)


def shuffled_contexts(differences: ArrayLike, rng: np.random.Generator) -> NDArray[np.floating]:
    """Exchange the contexts of each gene, in the same way for all people.

    Each gene keeps what it tells of a person, but nothing ties genes to a common context.

    Parameters
    ----------
    differences
        Shape (people, genes, contexts).
    """
    differences = np.asanyarray(differences)
    _, genes, contexts = differences.shape
    orders = rng.permuted(np.broadcast_to(np.arange(contexts), (genes, contexts)), axis=1)
    return np.take_along_axis(differences, orders[None], axis=2)


def permuted_people(
    people: int, rng: np.random.Generator, strata: ArrayLike | None = None
) -> NDArray[np.intp]:
    """An order of people by which labels are exchanged, whole rows at a time.

    Parameters
    ----------
    people
        Number of people.
    rng
        Source of randomness.
    strata
        Part and population of each person, shape (people,): exchanged only within, so that each
        part keeps its cases and each population its prevalence.
    """
    return permute_within(strata, people, 1, rng)[0]
