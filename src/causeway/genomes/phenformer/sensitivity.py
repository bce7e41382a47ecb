"""Gradients of risks by expression, and how much attention contexts get."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from causeway.genomes.phenformer.prediction import batches
from causeway.genomes.phenformer.risk_data import Cohort, RiskBatch
from causeway.genomes.phenformer.risk_model import RiskModel, frozen


class Sensitivity(NamedTuple):
    """What a model's risks depend on.

    ``gradient`` of each logit by the differences of expression, averaged over the cases of its
    disease, shape (diseases, genes, contexts). ``attention``, the share of the pooling's attention
    that the tokens of a context get times the sum of its absolute gradients, by person, shape
    (people, diseases, contexts); None where tokens are of genes alone.
    """

    gradient: NDArray[np.float64]
    attention: NDArray[np.float32] | None


def sensitivity(model: RiskModel, cohort: Cohort, rows: ArrayLike) -> Sensitivity:
    """Differentiate the logits of people.

    Attention is weak evidence: it says where the network looks, not what it would miss.

    Parameters
    ----------
    model
        Risk model.
    cohort
        People.
    rows
        Which of them.
    """
    rows = np.asarray(rows)
    _, genes, contexts = cohort.differences.shape
    diseases = cohort.labels.shape[1]
    total = torch.zeros(diseases, genes, contexts, dtype=torch.float64)
    attention = []
    with frozen(model) as device, torch.enable_grad():
        for batch in batches(cohort, rows, device):
            gradients, mass = _differentiated(model, batch)
            cases = (batch.labels & batch.known).to(gradients.dtype)
            total += torch.einsum("db,dbgk->dgk", cases.T, gradients).double().cpu()
            if mass is not None:
                spread = gradients.abs().sum(dim=2).permute(1, 0, 2)
                attention.append((mass[:, None] * spread).float().cpu())
    cases = (cohort.labels[rows] & cohort.known[rows]).sum(axis=0)
    gradient = total.numpy() / np.maximum(cases, 1)[:, None, None]
    return Sensitivity(gradient, torch.cat(attention).numpy() if attention else None)


def _differentiated(model: RiskModel, batch: RiskBatch) -> tuple[Tensor, Tensor | None]:
    """Gradients (D, B, G, K), and the share of attention of each context (B, K)."""
    differences = batch.differences.requires_grad_()
    logits = model(differences, batch.embeddings)
    # People do not meet in a forward pass, so the gradient of their sum is that of each.
    gradients = torch.stack(
        [
            torch.autograd.grad(risk, differences, retain_graph=True)[0]
            for risk in logits.sum(dim=0)
        ]
    )
    with torch.no_grad():
        weights = model.attention(differences, batch.embeddings)
    return gradients, None if weights is None else weights.sum(dim=1)
