"""Groups among the people who have a disease, and whether they are more than chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.vq import ClusterError, kmeans2, vq
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture

from causeway.permutations import permutation_p

STABLE = 0.75
"""Least mean agreement between bootstrap samples of groups that are told apart."""
SIGNIFICANT = 0.05
"""Largest p of groups against one normal cloud."""
STARTS = 8
"""Starts of k-means, of which the tightest grouping counts."""
CROWD = 2000
"""People whose distances give the silhouette; more are sampled."""
COLUMNS = ["groups", "silhouette", "stability", "p", "n"]
"""Columns of the table of choices."""

Method = Literal["k-means", "mixture"]


@dataclass(frozen=True)
class Subtypes:
    """Groups of people.

    Parameters
    ----------
    labels
        Group of each person, shape (people,); all 0 where nothing held.
    choices
        What each number of groups gave.
    """

    labels: NDArray[np.int_]
    choices: pd.DataFrame

    @property
    def groups(self) -> int:
        """Number of groups, 1 if none are told apart."""
        return int(self.labels.max(initial=0)) + 1


def subtypes(
    embeddings: ArrayLike,
    *,
    rng: np.random.Generator,
    numbers: Sequence[int] = (2, 3, 4, 5, 6),
    method: Method = "k-means",
    resamples: int = 20,
    nulls: int = 39,
) -> Subtypes:
    """Group people, if they fall into groups.

    Of the numbers of groups that come again in bootstrap samples (mean adjusted Rand index at
    least 0.75) and stand out from one normal cloud of the same covariance (p at most 0.05; as Liu
    et al., JASA 103:1281, 2008, with the largest silhouette of all numbers as statistic), the one
    of largest silhouette.

    Parameters
    ----------
    embeddings
        Cases only, shape (people, channels).
    rng
        Source of randomness.
    numbers
        Numbers of groups to try; those that people do not suffice for are skipped.
    method
        K-means, or a mixture of normal distributions with diagonal covariance.
    resamples
        Bootstrap samples per number.
    nulls
        Normal clouds.
    """
    points = np.asarray(embeddings, dtype=float)
    seed = int(rng.integers(2**31))
    groupings = {}
    for number in numbers:
        if 2 * number < len(points):
            labels = _group(points, points, number, method, seed)
            if len(np.unique(labels)) == number:
                groupings[number] = labels
    # One number of groups is chosen, so chance chooses its best too.
    chance = [
        max(
            _silhouette(cloud, _group(cloud, cloud, number, method, seed), seed)
            for number in groupings
        )
        for cloud in (_clouds(points, nulls, rng) if groupings else ())
    ]
    rows = []
    for number, labels in groupings.items():
        silhouette = _silhouette(points, labels, seed)
        again = [
            adjusted_rand_score(labels, _group(points[drawn], points, number, method, seed))
            for drawn in rng.integers(len(points), size=(resamples, len(points)))
        ]
        p = float(permutation_p(silhouette, chance))
        rows.append([number, silhouette, float(np.mean(again)), p, len(points)])
    choices = pd.DataFrame(rows, columns=COLUMNS)
    held = choices[(choices["stability"] >= STABLE) & (choices["p"] <= SIGNIFICANT)]
    if held.empty:
        return Subtypes(np.zeros(len(points), dtype=int), choices)
    best = int(held["groups"].to_numpy()[held["silhouette"].to_numpy().argmax()])
    return Subtypes(_by_size(groupings[best]), choices)


def agreement(one: Subtypes, other: Subtypes) -> float:
    """Adjusted Rand index of two groupings of the same people, e.g. that of their components.

    Hubert and Arabie (J. Classif. 2:193, 1985): near 0 where one says nothing of the other, and
    1 where subtypes are only ancestry by another name.
    """
    if one.groups == 1 or other.groups == 1:
        return 0.0
    return float(adjusted_rand_score(one.labels, other.labels))


def _group(
    fitting: NDArray, points: NDArray, number: int, method: Method, seed: int
) -> NDArray[np.int_]:
    """Fit groups on some points and sort others into them."""
    if method == "k-means":
        return vq(points, _centres(fitting, number, seed))[0]
    model = GaussianMixture(
        number, covariance_type="diag", n_init=2, random_state=seed, reg_covar=1e-6
    )
    return model.fit(fitting).predict(points)


def _centres(points: NDArray, number: int, seed: int) -> NDArray:
    """Centres of the tightest of several k-means; the mean alone where points are too equal."""
    best, least = points.mean(axis=0, keepdims=True), np.inf
    for rng in np.random.default_rng(seed).spawn(STARTS):
        try:
            centres, _ = kmeans2(points, number, iter=30, minit="++", missing="raise", rng=rng)
        except ClusterError:
            continue
        spread = np.square(vq(points, centres)[1]).sum()
        if spread < least:
            best, least = centres, spread
    return best


def _silhouette(points: NDArray, labels: NDArray[np.int_], seed: int) -> float:
    """Mean silhouette (Rousseeuw, J. Comput. Appl. Math. 20:53, 1987); -1 for one group."""
    if len(np.unique(labels)) < 2:
        return -1.0
    sample = CROWD if len(points) > CROWD else None
    return float(silhouette_score(points, labels, sample_size=sample, random_state=seed))


def _clouds(points: NDArray, number: int, rng: np.random.Generator) -> Iterator[NDArray]:
    """Yield normal samples with the covariance of the points."""
    _, size, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    scaled = axes * size[:, None] / np.sqrt(len(points))
    for _ in range(number):
        yield rng.standard_normal((len(points), len(scaled))) @ scaled


def _by_size(labels: NDArray[np.int_]) -> NDArray[np.int_]:
    """Number groups from the largest, so that names do not depend on the start."""
    names, counts = np.unique(labels, return_counts=True)
    order = names[np.argsort(-counts, kind="stable")]
    return np.argsort(order)[np.searchsorted(names, labels)]
