"""Terms of sample pairs with a gradient by hand, a third of the operations of autograd's."""

from typing import Any

import torch
from torch import Tensor


class PairTerms(torch.autograd.Function):
    """Both generators applied to a Gaussian kernel, :mod:`causeway.cells.stadion.kds`.

    With ``u = delta / h²`` and ``c = 1 / h²`` the bracket is
    ``c a · b + c (a - b) · D u + c² |D|² / 2 - c |D u|² + g_x g_y``, so that its derivatives are

        by a    c (b + D u) - g_y u
        by b    c (a - D u) + g_x u
        by D    c (a - b) u + c² D - 2 c D u² + (u² - c) (g_x + g_y) / 2 .
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        y: Tensor,
        a: Tensor,
        b: Tensor,
        variance: Tensor,
        bandwidth: float,
    ) -> Tensor:
        """Return the terms, shape (..., n), of samples and drifts of shape (..., n, d)."""
        c = 1 / bandwidth**2
        D = variance[..., None, :]
        u = (x - y) * c
        Du = D * u
        kernel = torch.exp((-0.5 / c) * (u * u).sum(-1))
        q = ((Du * u).sum(-1) - c * variance.sum(-1, keepdim=True)) / 2
        g_x = q - (a * u).sum(-1)
        g_y = q + (b * u).sum(-1)
        constant = (c * c / 2) * variance.square().sum(-1, keepdim=True)
        flat = (a * b + (a - b - Du) * Du).sum(-1)
        ctx.save_for_backward(a, b, variance, u, Du, kernel, g_x, g_y)
        ctx.c = c
        return kernel * (torch.addcmul(constant, g_x, g_y) + c * flat)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the derivatives by both drifts and by the variance."""
        a, b, variance, u, Du, kernel, g_x, g_y = ctx.saved_tensors
        c = ctx.c
        weight = (gradients[0] * kernel)[..., None]
        narrow = c * weight
        by_a = narrow * (b + Du) - (weight * g_y[..., None]) * u
        by_b = narrow * (a - Du) + (weight * g_x[..., None]) * u
        by_D = None
        if ctx.needs_input_grad[4]:
            curved = (weight / 2) * (g_x + g_y)[..., None]
            by_D = (narrow * ((a - b) * u - 2 * Du * u) + curved * (u * u - c)).sum(-2)
            by_D = by_D + c * c * variance * weight.sum(-2)
            while by_D.dim() > variance.dim():
                by_D = by_D.sum(0)
            for axis, size in enumerate(variance.shape):
                if size == 1 and by_D.shape[axis] > 1:
                    by_D = by_D.sum(axis, keepdim=True)
        return None, None, by_a, by_b, by_D, None
