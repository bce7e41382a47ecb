"""Contexts of a screen: cells of one perturbation at one dose, with their features."""

from pathlib import Path
from typing import NamedTuple

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.cells.labels import CONTROL
from causeway.cells.own_screens import states
from causeway.cells.screens import check_screen, read_screen
from causeway.errors import InputError


class Context(NamedTuple):
    """A perturbation at a dose."""

    perturbation: str
    dose: float


class Screen:
    """Cells by context, and the descriptors of perturbations.

    Parameters
    ----------
    screen
        In canonical form, with ``obs["dose"]`` and ``uns["descriptors"]``.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If one of them is missing or does not fit.
    """

    def __init__(self, screen: anndata.AnnData, where: object) -> None:
        check_screen(screen, where)
        if "dose" not in screen.obs:
            raise InputError(
                f"{where}, obs", "has no column 'dose'", "Add the dose of each cell, 0 of controls"
            )
        told = screen.obs["dose"].astype(object)
        dose = pd.to_numeric(told, errors="coerce").to_numpy(dtype=float)
        label = screen.obs["perturbation"].astype(str).to_numpy()
        treated = label != CONTROL
        if (wrong := treated & ~np.isfinite(dose)).any():
            raise InputError(
                f"{where}, obs['dose'], cell {screen.obs_names[wrong][0]}",
                f"{told[wrong].iloc[0]} is no finite number, one of {wrong.sum()}",
                "Add the doses, or drop the cells",
            )
        self._described = _descriptors(screen, where, set(label[treated]))
        self.states = states(screen, where)
        self.genes = list(screen.var_names)
        self.truth = screen.uns.get("truth", {})
        self._controls = np.flatnonzero(~treated)
        table = pd.DataFrame({"label": label, "dose": dose})[treated]
        groups = table.groupby(["label", "dose"], sort=True).groups
        self._rows = {
            Context(str(a), float(b)): np.asarray(rows) for (a, b), rows in groups.items()
        }

    @property
    def contexts(self) -> list[Context]:
        """All contexts but the control, sorted."""
        return list(self._rows)

    @property
    def control(self) -> NDArray[np.float32]:
        """Control cells, (n, d)."""
        return self.states[self._controls]

    def cells(self, context: Context) -> NDArray[np.float32]:
        """Cells of a context, (n, d)."""
        return self.states[self._rows[context]]

    def features(self, contexts: list[Context]) -> NDArray[np.float32]:
        """Descriptors of the perturbations with the dose as last feature, (K, p)."""
        rows = [np.append(self._described[label], dose) for label, dose in contexts]
        return np.array(rows, dtype=np.float32)

    def true_targets(self, contexts: list[Context]) -> NDArray[np.bool_] | None:
        """Targets of a synthetic world, (K, d); None if nobody knows them."""
        if "targets" not in self.truth:
            return None
        place = {str(name): row for row, name in enumerate(self.truth["perturbations"])}
        rows = [place[context.perturbation] for context in contexts]
        return np.asarray(self.truth["targets"], dtype=bool)[rows]


def read(path: Path) -> Screen:
    """Read contexts.

    Raises
    ------
    InputError
        If the file cannot be read or lacks doses or descriptors.
    """
    return Screen(read_screen(path), path)


def _descriptors(
    screen: anndata.AnnData, where: object, labels: set[str]
) -> dict[str, NDArray[np.float64]]:
    field = f"{where}, uns['descriptors']"
    stored = screen.uns.get("descriptors")
    if not isinstance(stored, dict) or not {"perturbations", "values"} <= set(stored):
        raise InputError(
            field,
            "is not there, or lacks 'perturbations' or 'values'",
            "Store names of perturbations and, row by row, numbers that describe them",
        )
    names = [str(name) for name in stored["perturbations"]]
    values = np.asarray(stored["values"], dtype=float)
    if values.ndim != 2 or len(values) != len(names) or not np.isfinite(values).all():
        raise InputError(
            field,
            f"has {len(names)} names for values of shape {values.shape}",
            "Give one row each",
        )
    if missing := sorted(labels - set(names)):
        raise InputError(
            field, f"does not describe {missing[0]!r}", "Describe it, or drop its cells"
        )
    return dict(zip(names, values, strict=True))
