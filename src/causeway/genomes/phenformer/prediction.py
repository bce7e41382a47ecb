"""Risks and embeddings of people, in batches that do not change them."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from causeway.genomes.phenformer.risk_data import FORWARD, Cohort, RiskBatch
from causeway.genomes.phenformer.risk_model import RiskModel, frozen


@torch.inference_mode()
def predict(model: RiskModel, cohort: Cohort, rows: ArrayLike) -> NDArray[np.float32]:
    """Logits of people by their rows, shape (people, diseases)."""
    with frozen(model) as device:
        found = [
            model(batch.differences, batch.embeddings).float().cpu()
            for batch in batches(cohort, rows, device)
        ]
    return torch.cat(found).numpy()


@torch.inference_mode()
def embed(model: RiskModel, cohort: Cohort, rows: ArrayLike) -> NDArray[np.float32]:
    """Embeddings of people by their rows, shape (people, seeds · width)."""
    with frozen(model) as device:
        found = [
            model.embed(batch.differences, batch.embeddings).float().cpu()
            for batch in batches(cohort, rows, device)
        ]
    return torch.cat(found).numpy()


def batches(cohort: Cohort, rows: ArrayLike, device: torch.device) -> Iterator[RiskBatch]:
    """Yield people by their rows, on a device."""
    rows = np.asarray(rows)
    for start in range(0, len(rows), FORWARD):
        yield cohort.batch(rows[start : start + FORWARD]).to(device)
