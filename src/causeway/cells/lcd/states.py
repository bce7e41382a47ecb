"""Files of states: what stage 2 learns from."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np
from numpy.typing import NDArray

from causeway.cells.labels import CONTROL
from causeway.errors import InputError


@dataclass(frozen=True)
class Measurement:
    """How states become counts: ``scale`` c and ``logit`` of pi, shape (d,) each."""

    scale: NDArray[np.float32]
    logit: NDArray[np.float32]


@dataclass(frozen=True)
class States:
    """Latent states of the control and of the training perturbations.

    Parameters
    ----------
    genes
        Names.
    environments
        Labels, the control among them.
    states
        Shape (n_k, d) for each environment.
    measurement
        How they become counts; None where states are observed.
    """

    genes: list[str]
    environments: list[str]
    states: list[NDArray[np.float32]]
    measurement: Measurement | None = None

    def control(self) -> NDArray[np.float32]:
        """States of control cells, shape (n, d)."""
        return self.states[self.environments.index(CONTROL)]


def write_states(found: States, path: Path) -> None:
    """Write states of stage 1, equally many of each environment, to an ``.npz`` file."""
    if found.measurement is None:
        raise ValueError("states that are observed need no file")
    with path.open("wb") as file:
        np.savez(
            file,
            states=np.stack(found.states).astype(np.float32),
            environments=np.array(found.environments, dtype=np.str_),
            genes=np.array(found.genes, dtype=np.str_),
            scale=found.measurement.scale,
            logit=found.measurement.logit,
        )


def read_states(path: Path) -> States:
    """Read what :func:`write_states` wrote.

    Raises
    ------
    InputError
        If the file is broken, or an array is missing.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return States(
                arrays["genes"].tolist(),
                arrays["environments"].tolist(),
                list(arrays["states"]),
                Measurement(arrays["scale"], arrays["logit"]),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            path, f"not a file of states ({error})", "Remove the file and run the workflow again"
        ) from error


def observed_states(screen: anndata.AnnData, environments: list[str]) -> States:
    """Take the states of a screen that observes them directly.

    Parameters
    ----------
    screen
        Screen in canonical form, without counts.
    environments
        Labels to take.
    """
    labels = screen.obs["perturbation"].astype(str).to_numpy()
    values = np.asarray(screen.X, dtype=np.float32)
    return States(
        screen.var_names.tolist(),
        environments,
        [values[labels == label] for label in environments],
    )
