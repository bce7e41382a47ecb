"""What a person's risk loses when a context is taken away."""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from causeway.genomes.phenformer.prediction import batches
from causeway.genomes.phenformer.risk_data import Cohort
from causeway.genomes.phenformer.risk_model import RiskModel, frozen


@torch.inference_mode()
def occlusions(
    model: RiskModel, cohort: Cohort, rows: ArrayLike, replacement: ArrayLike | None = None
) -> NDArray[np.float32]:
    """Logit of each person minus that with the differences of one context replaced.

    Parameters
    ----------
    model
        Risk model.
    cohort
        People.
    rows
        Which of them.
    replacement
        What the differences become, shape (genes, contexts); zero if absent, which is the mean
        person where differences are standardised.

    Returns
    -------
    ndarray
        Shape (people, diseases, contexts); exactly zero where a context has no effect.
    """
    *_, contexts = cohort.differences.shape
    found = []
    with frozen(model) as device:
        other = torch.zeros(cohort.differences.shape[1:], device=device)
        if replacement is not None:
            other = torch.as_tensor(np.asarray(replacement, dtype=np.float32), device=device)
        for batch in batches(cohort, rows, device):
            full = model(batch.differences, batch.embeddings)
            changes = []
            for context in range(contexts):
                occluded = batch.differences.clone()
                occluded[:, :, context] = other[:, context]
                changes.append(full - model(occluded, batch.embeddings))
            found.append(torch.stack(changes, dim=-1).float().cpu())
    return torch.cat(found).numpy()
