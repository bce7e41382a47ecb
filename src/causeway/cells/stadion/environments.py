"""Cells by environment: what training and evaluation read of a screen."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from causeway.cells.labels import CONTROL, targets
from causeway.errors import InputError


@dataclass(frozen=True)
class Environments:
    """Cells of a screen, with what is trained on and what is held out.

    Parameters
    ----------
    cells
        States, shape (N, d), float32.
    labels
        Perturbation of each cell, shape (N,).
    genes
        Names, d of them.
    train
        Perturbations to train on, control first.
    held_out
        Perturbations to predict.
    truth
        Effects that made the cells, shape (d, d), entry (i, j) of gene j on gene i; None if they
        are not known.
    """

    cells: np.ndarray
    labels: np.ndarray
    genes: list[str]
    train: list[str]
    held_out: list[str]
    truth: np.ndarray | None = None

    def of(self, label: str) -> np.ndarray:
        """Cells of one perturbation, shape (n, d)."""
        return self.cells[self.labels == label]

    def means(self, labels: list[str]) -> np.ndarray:
        """Mean states of perturbations, shape (P, d)."""
        return np.stack([self.of(label).mean(0, dtype=np.float64) for label in labels])

    def masks(self, labels: list[str], known: bool) -> np.ndarray:
        """Genes that each perturbation may act on: its targets, or all of them, (P, d).

        Raises
        ------
        InputError
            If a known target is no gene of the screen.
        """
        masks = np.zeros((len(labels), len(self.genes)), dtype=np.float32)
        for mask, label in zip(masks, labels, strict=True):
            if label == CONTROL:
                continue
            if not known:
                mask[:] = 1
                continue
            mask[self.places(label)] = 1
        return masks

    def require_targets(self, where: object) -> None:
        """Refuse training perturbations with a target that is no gene of the screen.

        Raises
        ------
        InputError
            If there is one; ``where`` names the file.
        """
        genes = set(self.genes)
        missing = {
            label: sorted(set(targets(label)) - genes)
            for label in self.train
            if not genes.issuperset(targets(label))
        }
        if missing:
            label, names = next(iter(missing.items()))
            raise InputError(
                f"{where}, obs['perturbation'], {label!r}",
                f"{', '.join(names)} is not among the {len(genes)} genes of the screen; "
                f"{len(missing)} perturbations have such a target",
                "Add these genes, drop the perturbations, or name only variants with unknown "
                "targets in stadion.run.variants",
            )

    def places(self, label: str) -> list[int]:
        """Columns of the targets of a perturbation."""
        known = {gene: place for place, gene in enumerate(self.genes)}
        missing = [target for target in targets(label) if target not in known]
        if missing:
            raise InputError(
                f"perturbation {label}",
                f"{', '.join(missing)} is not among the {len(known)} genes of the screen",
                "Use a variant with unknown targets, or leave the perturbation out",
            )
        return [known[target] for target in targets(label)]


def hold_out(
    labels: np.ndarray, given: list[str], singles: int, seed: int, where: object
) -> tuple[list[str], list[str]]:
    """Choose what is trained on and what is held out.

    Parameters
    ----------
    labels
        Perturbation of each cell.
    given
        Perturbations that are held out anyway.
    singles
        Interventions on one gene to hold out beside them.
    seed
        Decides which ones.
    where
        The file, for messages.

    Returns
    -------
    tuple of list of str
        Training perturbations, control first, and held-out ones.

    Raises
    ------
    InputError
        If there are no control cells, a held-out label has no cells, or too few interventions
        remain.
    """
    present = sorted(set(labels.tolist()))
    if CONTROL not in present:
        raise InputError(
            f"{where}: obs['perturbation']",
            f"no control cells; labels are {', '.join(present[:5])} ...",
            f"Call control cells {CONTROL!r}",
        )
    absent = sorted(set(given) - set(present))
    if absent:
        raise InputError(
            f"{where}: held_out",
            f"no cells of {', '.join(absent)}",
            "Name perturbations as obs['perturbation'] does",
        )
    free = [name for name in present if len(targets(name)) == 1 and name not in given]
    if singles and singles >= len(free):
        raise InputError(
            "config: stadion.split.singles",
            f"{singles} of {len(free)} interventions on one gene leave none for training",
            "Hold out fewer",
        )
    order = np.random.default_rng(seed).permutation(len(free))[:singles]
    held_out = sorted({*given, *(free[place] for place in order)})
    train = [CONTROL, *(name for name in present if name not in {*held_out, CONTROL})]
    if len(train) < 2:
        raise InputError(str(where), "nothing is left to train on", "Hold out fewer perturbations")
    return train, held_out


def write(environments: Environments, path: Path) -> None:
    """Write to a NumPy archive without pickled objects."""
    arrays = {
        "cells": environments.cells,
        "labels": environments.labels.astype(str),
        "genes": np.array(environments.genes, dtype=str),
        "train": np.array(environments.train, dtype=str),
        "held_out": np.array(environments.held_out, dtype=str),
    }
    if environments.truth is not None:
        arrays["truth"] = environments.truth
    np.savez(path, **arrays)  # type: ignore[arg-type]


def read(path: Path) -> Environments:
    """Read what :func:`write` wrote.

    Raises
    ------
    InputError
        If the file is not one.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            return Environments(
                content["cells"],
                content["labels"],
                content["genes"].tolist(),
                content["train"].tolist(),
                content["held_out"].tolist(),
                content.get("truth"),
            )
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            path, f"not an archive of environments ({error})", "Remove it and run again"
        ) from error


def table(environments: Environments) -> pd.DataFrame:
    """List perturbations with their role and number of cells."""
    roles = [(name, "train") for name in environments.train]
    roles += [(name, "test") for name in environments.held_out]
    names, counts = np.unique(environments.labels, return_counts=True)
    cells = dict(zip(names.tolist(), counts.tolist(), strict=True))
    frame = pd.DataFrame(roles, columns=["perturbation", "role"])
    return frame.assign(cells=[cells[name] for name in frame["perturbation"]])
