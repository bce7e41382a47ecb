"""Principal components of genotypes, from the training people alone."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh

from causeway.genomes.phenformer.dosages import Frequencies


class Components(NamedTuple):
    """Axes of largest variance of standardised dosages.

    ``frequencies`` standardise, ``loadings`` (sites, components) project, ``share`` (components,)
    is that of the variance of the training people.
    """

    frequencies: Frequencies
    loadings: NDArray[np.float64]
    share: NDArray[np.float64]

    @classmethod
    def of(cls, dosages: ArrayLike, number: int) -> Self:
        """Decompose the dosages of training people.

        As Patterson, Price and Reich (PLoS Genet. 2:e190, 2006), with sites that do not vary left
        out. The sign is that which makes the largest loading positive.

        Parameters
        ----------
        dosages
            Alternative alleles, 0 to 2, shape (people, sites).
        number
            Components, fewer than people.

        Raises
        ------
        ValueError
            If there are too few people, or dosages do not vary.
        """
        dosages = np.asanyarray(dosages)
        people = len(dosages)
        if not 0 < number < people:
            raise ValueError(f"{people} people do not have {number} components")
        frequencies = Frequencies.of(dosages)
        gram = np.zeros((people, people))
        for _, block in frequencies.standardised(dosages):
            gram += block @ block.T
        total = np.trace(gram)
        if total <= 0:
            raise ValueError("no site varies among these people")
        values, vectors = eigh(gram, subset_by_index=[people - number, people - 1])
        values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
        directions = np.divide(
            vectors, np.sqrt(values), out=np.zeros_like(vectors), where=values > total * 1e-12
        )
        loadings = np.empty((dosages.shape[1], number))
        for where, block in frequencies.standardised(dosages):
            loadings[where] = block.T @ directions
        largest = np.abs(loadings).argmax(axis=0)
        loadings *= np.where(loadings[largest, np.arange(number)] < 0, -1.0, 1.0)
        return cls(frequencies, loadings, values / total)

    def project(self, dosages: ArrayLike) -> NDArray[np.float64]:
        """Coordinates of any people, shape (people, components).

        Those of people who were not in training are drawn towards the origin where sites
        outnumber people; comparisons between the two groups have to bear this in mind.
        """
        dosages = np.asanyarray(dosages)
        coordinates = np.zeros((len(dosages), self.loadings.shape[1]))
        for where, block in self.frequencies.standardised(dosages):
            coordinates += block @ self.loadings[where]
        return coordinates
