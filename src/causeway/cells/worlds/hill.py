"""Screens of drugs at several doses, whose responses follow Hill functions.

The synthetic data of GIM (arXiv:2411.14003) as far as they are known: 40 Hill functions at four
doses, 50 cells each, 800 control cells, five unseen doses and 20 unseen Hill functions. Their
exact laws are not known; these are ours.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.cells.labels import CONTROL
from causeway.cells.worlds.graphs import erdos_renyi, scale_free
from causeway.cells.worlds.hill_settings import HillWorld
from causeway.cells.worlds.perturbations import gene_names, signed_uniform


class Drugs(NamedTuple):
    """Hill functions of D drugs.

    ``maximum`` (D, d), zero off target, ``half`` and ``slope`` (D,).
    """

    maximum: NDArray[np.float64]
    half: NDArray[np.float64]
    slope: NDArray[np.float64]

    def responses(self, drugs: NDArray[np.intp], doses: NDArray[np.float64]) -> NDArray:
        """Responses of all genes, E c^h / (K^h + c^h), shape (contexts, d).

        Parameters
        ----------
        drugs, doses
            Number of the drug and dose c of each context.
        """
        share = 1 / (1 + (self.half[drugs] / doses) ** self.slope[drugs])
        return self.maximum[drugs] * share[:, None]


class CausalModel(NamedTuple):
    """Acyclic mechanisms x_j = f_j(x_parents) + noise_j eps_j of d genes, in topological order.

    ``graph`` (d, d) has an edge from i to j at ``[i, j]``. Linear mechanisms are ``inner`` (d, 1,
    d), one row of weights per gene, and ``outer`` None; networks are ``inner`` (d, hidden, d) and
    ``outer`` (d, hidden), with tanh between.
    """

    graph: NDArray[np.bool_]
    order: NDArray[np.intp]
    inner: NDArray[np.float64]
    outer: NDArray[np.float64] | None
    noise: NDArray[np.float64]

    def mechanism(self, gene: int, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of a gene given the states (..., d) of all genes, of which it reads its parents."""
        hidden = states @ self.inner[gene].T
        return hidden[..., 0] if self.outer is None else np.tanh(hidden) @ self.outer[gene]

    def draw(
        self,
        targets: NDArray[np.bool_],
        responses: NDArray[np.float64],
        cells: int,
        hard: bool,
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """Draw cells gene by gene, parents first.

        Parameters
        ----------
        targets, responses
            Shapes (contexts, d): which genes are intervened on, and by how much.
        cells
            Number n of cells of each context.
        hard
            Whether responses take the place of mechanisms, or are added to them.
        rng
            Source of randomness.

        Returns
        -------
        ndarray
            Shape (contexts, n, d).
        """
        contexts, genes = targets.shape
        states = np.zeros((contexts, cells, genes))
        noises = self.noise * rng.standard_normal(states.shape)
        for gene in self.order:
            mean = self.mechanism(gene, states)
            if hard:
                mean = np.where(targets[:, gene, None], 0.0, mean)
            states[..., gene] = mean + responses[:, gene, None] + noises[..., gene]
        return states.astype(np.float32)


def draw_model(settings: HillWorld, rng: np.random.Generator) -> CausalModel:
    """Draw an acyclic graph and its mechanisms."""
    genes = settings.genes
    graph, order = _acyclic_graph(settings, rng)
    parents = graph.T[:, None, :]
    if settings.mechanisms == "linear":
        weights = signed_uniform(settings.weight, (genes, 1, genes), rng)
        outer = None
    else:
        weights = signed_uniform(settings.weight, (genes, settings.hidden, genes), rng)
        outer = signed_uniform(settings.weight, (genes, settings.hidden), rng)
        outer *= 2 / np.sqrt(settings.hidden)
    noise = rng.uniform(*settings.noise, genes)
    return CausalModel(graph, order, np.where(parents, weights, 0.0), outer, noise)


def draw_drugs(settings: HillWorld, rng: np.random.Generator) -> Drugs:
    """Draw targets and Hill functions of all drugs, those for tests last."""
    number, genes = settings.drugs + settings.unseen_drugs, settings.genes
    low, high = settings.targets
    counts = rng.integers(low, high + 1, number)
    ranks = rng.random((number, genes)).argsort(axis=1).argsort(axis=1)
    maximum = signed_uniform(settings.maximum, (number, genes), rng)
    low_half, high_half = settings.half
    return Drugs(
        np.where(ranks < counts[:, None], maximum, 0.0),
        np.exp(rng.uniform(np.log(low_half), np.log(high_half), number)),
        rng.uniform(*settings.slope, number),
    )


def descriptors(drugs: Drugs, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rotate all that the Hill functions are made of, so that no coordinate names a target.

    Returns
    -------
    ndarray
        Shape (D, d + 2): an invertible linear map of the maxima, log K and h.
    """
    made_of = np.column_stack([drugs.maximum, np.log(drugs.half), drugs.slope])
    rotation, _ = np.linalg.qr(rng.standard_normal((made_of.shape[1],) * 2))
    return made_of @ rotation


def contexts(settings: HillWorld) -> Iterator[tuple[int, float]]:
    """Each drug with each of its doses: training drugs at all, unseen drugs at trained doses."""
    for drug in range(settings.drugs):
        yield from ((drug, dose) for dose in sorted({*settings.doses, *settings.unseen_doses}))
    for drug in range(settings.drugs, settings.drugs + settings.unseen_drugs):
        yield from ((drug, dose) for dose in settings.doses)


def hill_world(settings: HillWorld, seed: int) -> anndata.AnnData:
    """Draw a causal model, drugs and a screen of them.

    Parameters
    ----------
    settings
        Sizes and laws.
    seed
        Makes the screen repeatable.

    Returns
    -------
    AnnData
        Screen in canonical form, without counts; ``obs["dose"]`` is 0 of controls.
        ``uns["descriptors"]`` has ``perturbations`` (D labels) and ``values`` (D, d + 2);
        ``uns["held_out"]`` names the drugs, ``uns["held_out_doses"]`` the doses for tests.
        ``uns["truth"]`` holds ``graph`` (d, d; edge from i to j at ``[i, j]``),
        ``perturbations`` (D), ``targets`` (D, d), ``maximum`` (D, d), ``half`` and ``slope`` (D,)
        and ``noise`` (d,).
    """
    rng = np.random.default_rng(seed)
    model, drugs = draw_model(settings, rng), draw_drugs(settings, rng)
    names = np.array([f"drug{number:03d}" for number in range(len(drugs.half))])
    pairs = list(contexts(settings))
    number, dose = (np.array(column) for column in zip(*pairs, strict=True))
    targets = drugs.maximum != 0
    hard = settings.intervention == "hard"
    none = np.zeros((1, settings.genes))
    controls = model.draw(none != 0, none, settings.controls, hard, rng)
    treated = model.draw(targets[number], drugs.responses(number, dose), settings.cells, hard, rng)
    per_cell = np.repeat(number, settings.cells)
    table = pd.DataFrame(
        {
            "perturbation": np.r_[np.repeat(CONTROL, settings.controls), names[per_cell]],
            "nperts": np.r_[np.zeros(settings.controls, int), np.ones(len(per_cell), int)],
            "dose": np.r_[np.zeros(settings.controls), np.repeat(dose, settings.cells)],
        },
        index=[f"cell{cell:06d}" for cell in range(settings.controls + len(per_cell))],
    )
    uns: dict[str, Any] = {
        "truth": {
            "graph": model.graph,
            "noise": model.noise,
            "perturbations": names,
            "targets": targets,
            **drugs._asdict(),
        },
        "descriptors": {"perturbations": names, "values": descriptors(drugs, rng)},
        "held_out": names[settings.drugs :],
        "held_out_doses": np.array(settings.unseen_doses),
    }
    return anndata.AnnData(
        X=np.concatenate([controls[0], treated.reshape(-1, settings.genes)]),
        obs=table,
        var=pd.DataFrame(index=gene_names(settings.genes)),
        uns=uns,
    )


def _acyclic_graph(
    settings: HillWorld, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Keep the edges of a random graph that lead forward in a random order of the genes."""
    genes = settings.genes
    if settings.graph == "scale-free":
        graph = scale_free(genes, settings.degree, rng, flipped=0.0)
        depth = np.linalg.matrix_power(np.eye(genes) + graph, genes) > 0
        # In an acyclic graph a gene has more ancestors than each of its ancestors.
        return graph, depth.sum(axis=0).argsort(kind="stable")
    order = rng.permutation(genes)
    place = order.argsort()
    graph = erdos_renyi(genes, 2 * settings.degree, rng)
    return graph & (place[:, None] < place[None, :]), order
