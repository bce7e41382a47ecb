"""A trained latent causal diffusion: the drift with all that turns its states into cells."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from causeway.cells.lcd import zip as measurement
from causeway.cells.lcd.config import Network, Sampling, Variant
from causeway.cells.lcd.drift import CausalDrift
from causeway.cells.lcd.sampling import anneal
from causeway.cells.lcd.standardise import Standard


class LatentDiffusion(nn.Module):
    """Cells of any combination of known targets.

    Parameters
    ----------
    genes
        Names.
    environments
        Labels that the drift learns from, the control among them.
    tokens
        Single targets that may be combined; those that no environment shows get the mean
        embedding of those that are shown.
    network, variant
        Sections of the configuration.
    counted
        Whether states become counts; else they are cells themselves.
    """

    center: Tensor
    spread: Tensor
    scale: Tensor
    logit: Tensor

    def __init__(
        self,
        genes: Sequence[str],
        environments: Sequence[str],
        tokens: Sequence[str],
        network: Network,
        variant: Variant,
        counted: bool,
    ) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {
            "genes": list(genes),
            "environments": list(environments),
            "tokens": list(tokens),
            "network": network.model_dump(),
            "variant": variant.model_dump(),
            "counted": counted,
        }
        self.genes, self.environments, self.counted = list(genes), list(environments), counted
        self.drift = CausalDrift(len(genes), tokens, network, variant)
        self.drift.mark_trained(environments)
        self.register_buffer("center", torch.zeros(len(genes)))
        self.register_buffer("spread", torch.ones(len(genes)))
        self.register_buffer("scale", torch.ones(len(genes)))
        self.register_buffer("logit", torch.full((len(genes),), -torch.inf))

    @property
    def standard(self) -> Standard:
        """Between latent states and those that the drift moves."""
        return Standard(self.center, self.spread)

    def states(
        self, perturbations: Sequence[str], settings: Sampling, generator: torch.Generator
    ) -> Tensor:
        """Draw latent states, shape (K, samples, d)."""
        return self.standard.undo(anneal(self.drift, perturbations, settings, generator))

    def decode(self, states: Tensor, decodings: int, generator: torch.Generator) -> Tensor:
        """Draw counts of states (n, d), several of each: shape (n decodings, d)."""
        rate = measurement.rates(states, self.scale).repeat_interleave(decodings, 0)
        return measurement.draw(rate, self.logit, generator)


def load(checkpoint: Path) -> LatentDiffusion:
    """Make the model of a checkpoint of the step ``train``, ready for prediction."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    settings = dict(saved["hyper_parameters"])
    model = LatentDiffusion(
        network=Network(**settings.pop("network")),
        variant=Variant(**settings.pop("variant")),
        **settings,
    )
    prefix = "model."
    model.load_state_dict(
        {
            name.removeprefix(prefix): value
            for name, value in saved["state_dict"].items()
            if name.startswith(prefix)
        }
    )
    return model.eval()
