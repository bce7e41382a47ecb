"""Shares of a dataset for training, validation and test, cluster by cluster."""

from collections.abc import Sequence

import numpy as np

from causeway.errors import InputError

TRAIN, VALIDATION, TEST = "train", "validation", "test"


def assign_splits(
    clusters: Sequence[str], *, validation: float, test: float, seed: int
) -> np.ndarray:
    """Give whole clusters to splits.

    Clusters are taken in random order, as long as they fit, and a last small one if that brings
    the share nearer to what is wanted; so large and small clusters are held out alike.

    Parameters
    ----------
    clusters
        Cluster of each chain.
    validation, test
        Wanted shares of the chains; validation may be 0.
    seed
        The same seed gives the same splits, whatever the order of the chains.

    Returns
    -------
    str (n,)
        ``train``, ``validation`` or ``test``; none of those wanted stays empty.

    Raises
    ------
    InputError
        If there are fewer clusters than splits or the shares leave nothing to train on.
    """
    if validation + test >= 1:
        raise InputError(
            "config: split.validation and split.test",
            f"add up to {validation + test:g}",
            "Leave a share below 1, so that some chains are left for training",
        )
    shares = {TEST: test, VALIDATION: validation}
    wanted = {name: share for name, share in shares.items() if share > 0}
    _, inverse, sizes = np.unique(np.asarray(clusters), return_inverse=True, return_counts=True)
    if len(sizes) <= len(wanted):
        raise InputError(
            "the chains that passed the filters",
            f"form {len(sizes)} sequence clusters, fewer than the {len(wanted) + 1} splits",
            "Add structures, loosen the filters, or raise split.identity",
        )
    split = np.full(len(sizes), TRAIN, dtype=object)
    left = np.random.default_rng(seed).permutation(len(sizes)).tolist()
    for place, (name, share) in enumerate(wanted.items()):
        most = len(left) - (len(wanted) - place)
        chosen = _fill(left, sizes, share * len(clusters), most)
        split[list(chosen)] = name
        left = [number for number in left if number not in chosen]
    return split[inverse].astype(str)


def _fill(order: list[int], sizes: np.ndarray, target: float, most: int) -> set[int]:
    """Clusters, one at least and `most` at most, whose sizes add up to about the target."""
    chosen: list[int] = []
    total = 0
    for number in order:
        if len(chosen) < most and total + sizes[number] <= target:
            chosen.append(number)
            total += sizes[number]
    taken = set(chosen)
    rest = [number for number in order if number not in taken]
    smallest = min(rest, key=lambda number: sizes[number])
    nearer = abs(total + sizes[smallest] - target) < abs(total - target)
    if not chosen or (nearer and len(chosen) < most):
        taken.add(smallest)
    return taken
