"""Predict cells of held-out perturbations."""

import logging
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import sparse

from causeway.cells.labels import CONTROL, targets
from causeway.cells.lcd.config import Sampling
from causeway.cells.lcd.model import LatentDiffusion, load
from causeway.cells.lcd.training_cells import read_split
from causeway.cells.normalisation import libraries, linear, log_normalised
from causeway.cells.screens import COUNTS
from causeway.devices import device_of
from causeway.draws import seeded
from causeway.errors import InputError
from causeway.hardware import Hardware

log = logging.getLogger(__name__)


def sample(
    *,
    checkpoint: Path,
    panel: Path,
    splits: Path,
    predictions: Path,
    settings: Sampling,
    hardware: Hardware,
    split: str,
    seed: int,
    threads: int,
) -> None:
    """Sample the diffusion of each held-out perturbation of a split, and count if need be.

    Parameters
    ----------
    checkpoint
        Model of the step ``train``.
    panel
        Screen in canonical form, reduced to the genes of the panel.
    splits
        Table of splits.
    predictions
        Predicted cells to write: AnnData with ``obs["perturbation"]`` and the genes of the panel.
        Counts stand in ``layers["counts"]``; ``X`` is log-normalised to the median sum that the
        panel's genes have in ``X`` of control cells, or holds states where those are observed.
    settings
        Section of the configuration.
    hardware
        Whether to use a GPU.
    split, seed
        The run.
    threads
        Processor cores to use.

    Raises
    ------
    InputError
        If the split holds nothing out, or the model is of other genes.
    """
    torch.set_num_threads(threads)
    found = read_split(panel, splits, split)
    if not found.held_out:
        raise InputError(splits, f"split '{split}' holds nothing out", "Do not predict it")
    model = load(checkpoint)
    if model.genes != found.screen.var_names.tolist():
        raise InputError(checkpoint, "is of other genes than the panel", "Train anew")
    model.to(device_of(hardware))
    draws = seeded(seed, 0, model.center.device)
    states = model.states(found.held_out, settings, draws)
    log.info("sampled %d states of %d perturbations", states.shape[1], len(states))
    cells = states.flatten(0, 1)
    if not found.counted:
        answer = _screen(model, cells.cpu().numpy(), found.held_out)
    else:
        counts = model.decode(cells, settings.decodings, draws).cpu().numpy()
        own = (found.screen.obs["perturbation"].astype(str) == CONTROL).to_numpy()
        typical = float(np.median(libraries(linear(found.screen.X[own]))))
        answer = _screen(model, log_normalised(sparse.csr_array(counts), typical), found.held_out)
        answer.layers[COUNTS] = sparse.csr_matrix(counts)
    answer.write_h5ad(predictions)


def _screen(
    model: LatentDiffusion,
    cells: NDArray[np.float32] | sparse.csr_array,
    perturbations: list[str],
) -> anndata.AnnData:
    """Cells in blocks of perturbations, equally many of each."""
    each = cells.shape[0] // len(perturbations)
    labels = np.repeat(perturbations, each)
    table = pd.DataFrame(
        {
            "perturbation": labels,
            "nperts": np.repeat([len(targets(label)) for label in perturbations], each),
        },
        index=[f"predicted{number:07d}" for number in range(len(labels))],
    )
    matrix = sparse.csr_matrix(cells) if sparse.issparse(cells) else cells
    return anndata.AnnData(X=matrix, obs=table, var=pd.DataFrame(index=model.genes))
