"""Stage 2 of Phenformer: from what a person's genome changes to the risk of diseases."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from causeway.genomes.phenformer.genome_encoder import GenomeEncoder, Places
from causeway.genomes.phenformer.sizes import GenomeSize


class RiskModel(nn.Module):
    """An embedding of the person and a head per disease, logit_d = w_d · vec(PMA) + b_d.

    That a transformer with pooling by multihead attention predicts risks from tokens of a frozen
    first stage is published (arXiv:2501.07737); the linear heads are ours.

    Parameters
    ----------
    size
        Widths and depths.
    places
        Genes, in the order of the inputs.
    contexts, diseases
        Names.
    channels
        Channels of the windows' vectors; None where expression alone is read.
    """

    def __init__(
        self,
        size: GenomeSize,
        places: Places,
        contexts: Sequence[str],
        diseases: Sequence[str],
        channels: int | None = None,
    ) -> None:
        super().__init__()
        self.contexts, self.diseases = list(contexts), list(diseases)
        self.channels = channels
        self.settings: dict[str, Any] = {
            "size": size.model_dump(),
            "contigs": [str(one) for one in places.contigs],
            "tss": [int(one) for one in places.tss],
            "contexts": self.contexts,
            "diseases": self.diseases,
            "channels": channels,
        }
        self.encoder = GenomeEncoder(size, places, len(self.contexts), channels or 1)
        self.heads = nn.Linear(size.seeds * size.width, len(self.diseases))
        if channels is None:
            self.encoder.project.requires_grad_(False)

    @classmethod
    def of(cls, checkpoint: Path) -> Self:
        """Make the model of a checkpoint, ready for prediction."""
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        settings = saved["hyper_parameters"]
        model = cls(
            GenomeSize(**settings["size"]),
            Places(settings["contigs"], settings["tss"]),
            settings["contexts"],
            settings["diseases"],
            settings["channels"],
        )
        start = "model."
        weights = saved["state_dict"].items()
        model.load_state_dict({name.removeprefix(start): one for name, one in weights})
        return model.eval()

    def embed(self, differences: Tensor, embeddings: Tensor | None = None) -> Tensor:
        """Return the embedding of each person, shape (B, seeds · width)."""
        return self.encoder(self._vectors(differences, embeddings), differences).flatten(1)

    def forward(self, differences: Tensor, embeddings: Tensor | None = None) -> Tensor:
        """Predict.

        Parameters
        ----------
        differences
            Standardised differences of expression, shape (B, G, K).
        embeddings
            Standardised differences of the windows' vectors, shape (B, G, channels); None where
            the model has no channels for them.

        Returns
        -------
        Tensor
            Logits, shape (B, D).

        Raises
        ------
        ValueError
            If embeddings are absent but needed, or given but not wanted.
        """
        return self.heads(self.embed(differences, embeddings))

    def attention(self, differences: Tensor, embeddings: Tensor | None = None) -> Tensor | None:
        """Return how much the pooling reads of each token, (B, G, K); None for tokens of genes."""
        if self.encoder.size.tokens == "gene":
            return None
        vectors = self._vectors(differences, embeddings)
        return self.encoder.attention(vectors, differences).transpose(1, 2)

    def _vectors(self, differences: Tensor, embeddings: Tensor | None) -> Tensor:
        if (self.channels is None) != (embeddings is None):
            raise ValueError("embeddings are given if and only if the model has channels for them")
        if embeddings is None:
            return differences.new_zeros((*differences.shape[:2], 1))
        return embeddings


@contextmanager
def frozen(model: nn.Module) -> Iterator[torch.device]:
    """Put a model into evaluation and tell its device; it is left as it was."""
    training = model.training
    model.eval()
    try:
        yield next(model.parameters()).device
    finally:
        model.train(training)
