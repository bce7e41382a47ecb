"""Stage 1: from a window of DNA to expression in every cell context."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from causeway.genomes.phenformer.backbones import Reading
from causeway.genomes.phenformer.cost import inference_memory
from causeway.genomes.phenformer.encoder import WindowEncoder
from causeway.genomes.phenformer.expression_head import ExpressionHead
from causeway.genomes.phenformer.sizes import EncoderSize


class ExpressionModel(nn.Module):
    """Window encoder and expression head.

    Parameters
    ----------
    contexts
        Names of cell contexts, in the order of the outputs.
    size
        Widths and depths of the encoder.
    """

    def __init__(self, contexts: Sequence[str], size: EncoderSize) -> None:
        super().__init__()
        self.contexts = list(contexts)
        self.size = size
        self.window, self.width = size.window, size.width
        self.peak = inference_memory(size)
        self.encoder = WindowEncoder(size)
        self.head = ExpressionHead(size.width, len(self.contexts))

    @property
    def settings(self) -> dict[str, Any]:
        """What a checkpoint needs to make the model again."""
        return {"contexts": self.contexts, "size": self.size.model_dump()}

    def forward(self, codes: Tensor) -> Tensor:
        """Return expression (B, K), log(1 + TPM), of windows (B, W), uint8 codes."""
        return self.head(self.encoder(codes))

    def read(self, codes: Tensor) -> Reading:
        """Return vectors (B, d) and expression (B, K) of windows (B, W), uint8 codes."""
        vectors = self.encoder(codes)
        return Reading(vectors, self.head(vectors))


def load(checkpoint: Path) -> ExpressionModel:
    """Make the model of a checkpoint of stage 1, frozen and ready for prediction."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    settings = saved["hyper_parameters"]
    model = ExpressionModel(settings["contexts"], EncoderSize(**settings["size"]))
    prefix = "model."
    model.load_state_dict(
        {
            name.removeprefix(prefix): value
            for name, value in saved["state_dict"].items()
            if name.startswith(prefix)
        }
    )
    return model.eval().requires_grad_(False)
