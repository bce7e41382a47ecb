"""A stationary diffusion with one set of shifts and scales per environment."""

import torch
from torch import Tensor, nn

from causeway.cells.stadion.drifts import AnyDrift


class StationaryDiffusion(nn.Module):
    """``dx = (f(x) + c_k) dt + diag(exp(s + r_k)) dW`` in environment k (arXiv:2310.17405).

    An intervention shifts the drift of its targets by ``c_k`` and scales their noise by
    ``exp(r_k)``; of other genes both are held at zero.

    Parameters
    ----------
    drift
        Drift f that all environments share.
    targets
        Shape (K, d), one where environment k may act on the gene. Ones throughout stand for
        unknown targets, zeros for control.
    scale
        Standard deviation of the initial shifts and scales.
    log_noise
        Initial value of ``s``.
    """

    drift: AnyDrift
    targets: Tensor

    def __init__(
        self,
        drift: AnyDrift,
        targets: Tensor,
        *,
        scale: float,
        log_noise: float,
    ) -> None:
        super().__init__()
        genes = targets.shape[1]
        self.drift = drift
        self.register_buffer("targets", targets.float())
        self.log_noise = nn.Parameter(log_noise + scale * torch.randn(genes))
        self.shift = nn.Parameter(scale * torch.randn(targets.shape) * targets)
        self.log_scale = nn.Parameter(scale * torch.randn(targets.shape) * targets)

    @torch.no_grad()
    def warm_start(self, means: Tensor) -> None:
        """Begin with shifts that are those of the means from the first environment's, (K, d)."""
        self.shift.add_((means - means[0]) * self.targets)

    def shifts(self) -> Tensor:
        """Return c, shape (K, d)."""
        return self.shift * self.targets

    def log_scales(self) -> Tensor:
        """Return r, shape (K, d)."""
        return self.log_scale * self.targets

    def environment(self, number: int) -> tuple[Tensor, Tensor]:
        """Return the shift of one environment and its variance ``sigma²``, shape (d,) each."""
        mask = self.targets[number]
        log_scale = self.log_noise + self.log_scale[number] * mask
        return self.shift[number] * mask, torch.exp(2 * log_scale)

    def forward(self, states: Tensor, environment: int) -> tuple[Tensor, Tensor]:
        """Return the drift (n, d) at states (n, d) of one environment, and its variance (d,)."""
        shift, variance = self.environment(environment)
        return self.drift(states) + shift, variance
