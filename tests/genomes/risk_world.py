"""People whose diseases hang on known genes in known contexts, and small models of them."""

import numpy as np
import torch

from causeway.genomes.phenformer.genome_encoder import Places
from causeway.genomes.phenformer.risk_data import Cohort
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.sizes import GenomeSize

GENES, CONTEXTS, DISEASES = 6, 5, 3
CAUSES = {0: (1, 2), 1: (4, 0)}
"""Gene and context that the disease hangs on; the third disease hangs on nothing."""


def cohort(people: int, seed: int = 0, channels: int | None = None) -> Cohort:
    """Draw people; a tenth is not known for the first disease."""
    rng = np.random.default_rng(seed)
    differences = rng.standard_normal((people, GENES, CONTEXTS)).astype(np.float32)
    liability = rng.standard_normal((people, DISEASES))
    for disease, (gene, context) in CAUSES.items():
        liability[:, disease] = liability[:, disease] * 0.5 + differences[:, gene, context]
    labels = liability > np.quantile(liability, 0.7, axis=0)
    known = np.ones(labels.shape, dtype=bool)
    known[: people // 10, 0] = False
    embeddings = None
    if channels is not None:
        embeddings = rng.standard_normal((people, GENES, channels)).astype(np.float32)
    return Cohort(differences, labels, known, embeddings)


def model(tokens: str = "gene_x_context", channels: int | None = None, seed: int = 0) -> RiskModel:
    """Make a small model without training."""
    torch.manual_seed(seed)
    size = GenomeSize(tokens=tokens, width=16, layers=2, heads=2, seeds=4, dropout=0.1)
    places = Places(["1"] * (GENES - 1) + ["2"], [1000 * gene for gene in range(GENES)])
    names = [f"context{place}" for place in range(CONTEXTS)]
    return RiskModel(size, places, names, ["a", "b", "c"], channels)
