"""A grammar of expression: motifs near the transcription start, weighted per context.

For gene g and context k, in log1p(TPM),

    e_gk = max(0, b_k + sum_m w_mk tanh(gain * h_gm)),    h_gm = sum_p q_m(p) a_m(x_p...),

where a_m is the affinity of the bases from place p on for motif m, one for its preferred sequence
and times p(base) / p(preferred base) for each other one, and q_m is a bell around the distance
from the start at which the motif acts most. The law is ours. It is a function of any sequence.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.worlds.settings import GrammarLaw

BASES = "ACGT"
"""Letters of codes 0 to 3."""
CHUNK = 1 << 22
"""Places of windows that are looked up at once."""


@dataclass(frozen=True)
class Grammar:
    """How sequences express in K contexts by M motifs.

    Parameters
    ----------
    matrices
        Probabilities of bases, one array (width, 4) per motif; rows sum to one.
    centre, spread
        Shape (M,): where a motif acts most, in bases relative to the start, and how far around.
    weights
        w, shape (M, K), in log1p(TPM); zero where a motif is not active.
    base
        b, shape (K,).
    contexts, organs
        K names, and the group of each.
    upstream, downstream
        Motifs that begin in [-upstream, downstream) relative to the start act.
    gain
        Slope of saturation.
    either_strand
        Whether the better of both orientations counts.
    """

    matrices: tuple[NDArray[np.float64], ...]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    base: NDArray[np.float64]
    contexts: tuple[str, ...]
    organs: tuple[str, ...]
    upstream: int
    downstream: int
    gain: float
    either_strand: bool

    @property
    def motifs(self) -> tuple[str, ...]:
        """M names."""
        return tuple(f"motif{number:02d}" for number in range(len(self.matrices)))

    @property
    def consensus(self) -> tuple[str, ...]:
        """The preferred sequence of each motif."""
        return tuple(
            "".join(BASES[base] for base in matrix.argmax(axis=1)) for matrix in self.matrices
        )

    @property
    def width(self) -> int:
        """Bases of the widest motif."""
        return max(len(matrix) for matrix in self.matrices)

    @property
    def reach(self) -> tuple[int, int]:
        """Bases before the start, and from it on, that expression depends on."""
        return self.upstream, self.downstream + self.width - 1

    @cached_property
    def affinities(self) -> NDArray[np.float32]:
        """Affinity of every word of ``width`` bases for every motif, shape (M, 4^width + 1).

        Words are numbered with their first base as the highest digit; the last column, zero, is
        for words with an unknown base.
        """
        tables = np.zeros((len(self.matrices), 4**self.width + 1), dtype=np.float32)
        for table, matrix in zip(tables, self.matrices, strict=True):
            found = _affinity(matrix, self.width)
            if self.either_strand:
                found = np.maximum(found, _affinity(matrix[::-1, ::-1], self.width))
            table[:-1] = found
        return tables

    def preference(self, places: NDArray[np.integer]) -> NDArray[np.float32]:
        """Bells q at places relative to the start, shape (M, places); zero outside the reach."""
        bells = np.exp(-0.5 * ((places - self.centre[:, None]) / self.spread[:, None]) ** 2)
        acting = (places >= -self.upstream) & (places < self.downstream)
        return np.where(acting, bells, 0.0).astype(np.float32)

    def hits(self, windows: NDArray[np.uint8], start: int) -> NDArray[np.float32]:
        """Sum what motifs find in windows, shape (n, M).

        Parameters
        ----------
        windows
            Codes on the gene's strand, shape (n, W); codes above 3 are unknown bases.
        start
            Index of the transcription start in a window.
        """
        low = max(0, start - self.upstream)
        high = min(windows.shape[1], start + self.reach[1])
        places = np.arange(low, max(low, high - self.width + 1)) - start
        bells = self.preference(places)
        found = np.zeros((len(windows), len(self.matrices)), dtype=np.float32)
        rows = max(1, CHUNK // max(1, len(places)))
        for first in range(0, len(windows), rows):
            words = _words(windows[first : first + rows, low:high], self.width)
            for motif, (table, bell) in enumerate(zip(self.affinities, bells, strict=True)):
                # Row by row, so that a window's sum is the same in any company.
                found[first : first + rows, motif] = (table[words] * bell).sum(axis=1)
        return found

    def expression(self, windows: NDArray[np.uint8], start: int) -> NDArray[np.float32]:
        """Expression without noise of windows (n, W) whose start is at an index, shape (n, K)."""
        return self.expressed(self.hits(windows, start))

    def expressed(self, hits: NDArray[np.floating]) -> NDArray[np.float32]:
        """Expression of hits (..., M), shape (..., K), in log1p(TPM)."""
        levels = np.broadcast_to(self.base, (*hits.shape[:-1], len(self.base))).copy()
        for action, weights in zip(
            np.moveaxis(np.tanh(self.gain * hits), -1, 0), self.weights, strict=True
        ):
            levels += action[..., None] * weights
        return np.maximum(levels, 0.0).astype(np.float32)


def diploid(expression: NDArray[np.floating], axis: int = -2) -> NDArray[np.float32]:
    """Mean of two haplotypes' log1p(TPM), taken in TPM since alleles add up."""
    return np.log1p(np.expm1(expression).mean(axis=axis)).astype(np.float32)


def observed(
    expression: NDArray[np.floating], law: GrammarLaw, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Add what no sequence explains to expression (genes, K), and keep it at 0 or more."""
    genes, contexts = expression.shape
    noise = law.gene_noise * rng.standard_normal((genes, 1))
    noise = noise + law.noise * rng.standard_normal((genes, contexts))
    return np.maximum(expression + noise, 0.0).astype(np.float32)


def draw_grammar(law: GrammarLaw, rng: np.random.Generator) -> Grammar:
    """Draw motifs, places and weights.

    Every context has two active motifs or more, and every motif is active in a context; no two
    motifs prefer the same sequence, in either orientation.
    """
    matrices: list[NDArray[np.float64]] = []
    taken: set[bytes] = set()
    while len(matrices) < law.motifs:
        preferred = rng.integers(0, 4, rng.integers(law.width[0], law.width[1] + 1))
        names = {preferred.tobytes(), (3 - preferred)[::-1].tobytes()}
        if taken & names:
            continue
        taken |= names
        certainty = rng.uniform(*law.certainty, (len(preferred), 1))
        matrices.append(
            np.where(preferred[:, None] == np.arange(4), certainty, (1 - certainty) / 3)
        )
    signs = np.where(rng.random((law.motifs, 1)) < law.enhancing, 1.0, -1.0)
    sizes = rng.uniform(*law.weight, (law.motifs, law.contexts))
    return Grammar(
        matrices=tuple(matrices),
        centre=rng.uniform(*law.centre, law.motifs),
        spread=rng.uniform(*law.spread, law.motifs),
        weights=np.where(_active(law, rng), signs * sizes, 0.0),
        base=rng.uniform(*law.base, law.contexts),
        contexts=tuple(f"context{number:02d}" for number in range(law.contexts)),
        organs=tuple(f"organ{number % law.organs}" for number in range(law.contexts)),
        upstream=law.upstream,
        downstream=law.downstream,
        gain=law.gain,
        either_strand=law.either_strand,
    )


def write_grammar(grammar: Grammar, folder: Path) -> None:
    """Write ``motifs.tsv`` (a row per place), ``weights.tsv`` (per context) and ``grammar.json``.

    The tables are to be read by people; :func:`read_grammar` reads all three.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        (name, consensus, place, *probabilities)
        for name, consensus, matrix in zip(
            grammar.motifs, grammar.consensus, grammar.matrices, strict=True
        )
        for place, probabilities in enumerate(matrix)
    ]
    columns = ["motif", "consensus", "place", *BASES]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "motifs.tsv", sep="\t", index=False)
    weights = pd.DataFrame(grammar.weights.T, columns=list(grammar.motifs))
    weights.insert(0, "base", grammar.base)
    weights.insert(0, "organ", grammar.organs)
    weights.insert(0, "context", grammar.contexts)
    weights.to_csv(folder / "weights.tsv", sep="\t", index=False)
    scalars = {
        "upstream": grammar.upstream,
        "downstream": grammar.downstream,
        "gain": grammar.gain,
        "either_strand": grammar.either_strand,
        "centre": grammar.centre.tolist(),
        "spread": grammar.spread.tolist(),
    }
    (folder / "grammar.json").write_text(json.dumps(scalars, indent=2) + "\n")


def read_grammar(folder: Path) -> Grammar:
    """Read what :func:`write_grammar` wrote.

    Raises
    ------
    InputError
        If a file is missing or is not of this form.
    """
    try:
        motifs = pd.read_csv(folder / "motifs.tsv", sep="\t", float_precision="round_trip")
        weights = pd.read_csv(folder / "weights.tsv", sep="\t", float_precision="round_trip")
        scalars = json.loads((folder / "grammar.json").read_text())
        names = weights.columns[3:]
        return Grammar(
            matrices=tuple(
                motifs.loc[motifs["motif"] == name, list(BASES)].to_numpy() for name in names
            ),
            centre=np.array(scalars.pop("centre")),
            spread=np.array(scalars.pop("spread")),
            weights=weights[names].to_numpy().T,
            base=weights["base"].to_numpy(),
            contexts=tuple(weights["context"]),
            organs=tuple(weights["organ"]),
            **scalars,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(folder, f"holds no grammar ({error})", "Draw the world anew") from error


def _active(law: GrammarLaw, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which motifs act in which contexts, shape (M, K): two or more in each, none in vain."""
    active = rng.random((law.motifs, law.contexts)) < law.active
    least = min(2, law.motifs)
    for context in np.flatnonzero(active.sum(axis=0) < least):
        silent = np.flatnonzero(~active[:, context])
        lacking = least - int(active[:, context].sum())
        active[rng.choice(silent, lacking, replace=False), context] = True
    for motif in np.flatnonzero(~active.any(axis=1)):
        active[motif, rng.integers(law.contexts)] = True
    return active


def _affinity(matrix: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Affinity of all words of ``width`` bases by their first ``len(matrix)``, (4^width,)."""
    found = np.ones(1)
    for probabilities in matrix:
        found = np.multiply.outer(found, probabilities / probabilities.max()).ravel()
    return np.repeat(found, 4 ** (width - len(matrix)))


def _words(codes: NDArray[np.uint8], width: int) -> NDArray[np.int32]:
    """Numbers of the words from every place on, (n, L - width + 1); 4^width where one has N."""
    places = codes.shape[1] - width + 1
    if places <= 0:
        return np.zeros((len(codes), 0), dtype=np.int32)
    words = np.zeros((len(codes), places), dtype=np.int32)
    for offset in range(width):
        words *= 4
        words += codes[:, offset : offset + places]
    unknown = codes > 3
    if unknown.any():
        before = np.zeros((len(codes), codes.shape[1] + 1), dtype=np.int32)
        np.cumsum(unknown, axis=1, out=before[:, 1:])
        words[before[:, width:] > before[:, :places]] = 4**width
    return words
