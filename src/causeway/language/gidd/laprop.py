"""LaProp: momentum of gradients that were normalised first (Ziyin et al., arXiv:2002.04839)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class LaProp(Optimizer):
    """LaProp with betas whose bias is removed inside the averages.

    With β̂ = 1 - (1 - β) / (1 - β^t) at step t (arXiv:2512.10858, released code),

        ν ← β̂₂ ν + (1 - β̂₂) g²,  m ← β̂₁ m + (1 - β̂₁) g / (√ν + ε),  θ ← θ - η m.

    Steps do not depend on the scale of the gradient.

    Parameters
    ----------
    groups
        Parameters, or groups of them with rates ``lr`` of their own.
    lr
        η of groups without one.
    betas, eps
        (β₁, β₂) and ε.
    """

    def __init__(
        self,
        groups: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps, "made": 0})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:  # type: ignore[override]
        """Make one step; returns what the closure returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            group["made"] += 1
            self._move(group)
        return loss

    def _move(self, group: dict[str, Any]) -> None:
        """Move the parameters of a group."""
        moved = [weight for weight in group["params"] if weight.grad is not None]
        if not moved:
            return
        for weight in moved:
            if not self.state[weight]:
                self.state[weight]["square"] = torch.zeros_like(weight)
                self.state[weight]["mean"] = torch.zeros_like(weight)
        gradients = [weight.grad for weight in moved]
        squares = [self.state[weight]["square"] for weight in moved]
        means = [self.state[weight]["mean"] for weight in moved]
        first, second = (_unbiased(beta, group["made"]) for beta in group["betas"])
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
        norms = torch._foreach_sqrt(squares)
        torch._foreach_add_(norms, group["eps"])
        torch._foreach_mul_(means, first)
        torch._foreach_addcdiv_(means, gradients, norms, 1 - first)
        torch._foreach_add_(moved, means, alpha=-group["lr"])


def _unbiased(beta: float, step: int) -> float:
    return 1 - (1 - beta) / (1 - beta**step)
