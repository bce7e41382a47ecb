"""The divergence between the true and the predicted noised distribution of a token.

With c = (1 - α) s / N the noised distributions of a true token x and of a prediction x̂ over N
tokens differ on tokens alone, as both give (1 - α)(1 - s) to the mask. So

    KL = (α + c) log[(α + c) / (α x̂_x + c)] - c Σ_{v≠x} log(1 + α x̂_v / c),

and the Itakura-Saito term r - log r - 1 of the token z that was drawn is 0 at the mask, with
r = (α + c) / (α x̂_x + c) at x, and r = c / (α x̂_z + c) elsewhere. Its gradient needs the
same ratios, so that one pass over the logits yields both, in slices that fit the caches; no
tensor of the size of the vocabulary is kept but the gradient.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CACHED = 1 << 20
"""Logits of a slice on a CPU: intermediate results stay in the caches, threads seldom meet."""
LAUNCHED = 1 << 25
"""Logits of a slice on other devices, where few large calls are best."""
_LEAST = 1e-30
"""Stands for c = 0 in ratios; their products with c vanish below float32."""
_LARGEST_LOG_RATIO = 60.0
"""Keeps ratios finite at tokens of weight 0: those that masking left clean."""


def pointwise_divergence(
    logits: Tensor, tokens: Tensor, noised: Tensor, alpha: Tensor, floor: Tensor
) -> Tensor:
    """KL divergence plus Itakura-Saito divergence of each token (arXiv:2512.10858).

    Differentiable once, with respect to the logits; a second pass backward is refused.

    Parameters
    ----------
    logits
        Predictions, shape (..., N); the mask has no logit, as it is no clean token.
    tokens, noised
        True tokens and what they became, shape (...); N is the mask.
    alpha
        Probability α of no noise, shape (...).
    floor
        Probability c = (1 - α) s / N of becoming one given token by noise, shape (...).

    Returns
    -------
    Tensor
        Shape (...), float32, or float64 for logits of float64.
    """
    size = logits.shape[-1]
    exact = torch.float64 if logits.dtype == torch.float64 else torch.float32
    flat = (tokens.flatten(), noised.flatten(), alpha.flatten(), floor.flatten())
    result = _Divergence.apply(
        logits.reshape(-1, size), flat[0], flat[1], flat[2].to(exact), flat[3].to(exact)
    )
    return result.view(tokens.shape)


class _Divergence(torch.autograd.Function):
    """Divergences of rows, whose gradients are found on the way forward."""

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, tokens: Tensor, noised: Tensor, alpha: Tensor, floor: Tensor
    ) -> Tensor:
        rows, size = logits.shape
        result = alpha.new_empty(rows)
        gradient = torch.empty_like(logits) if ctx.needs_input_grad[0] else None
        limit = CACHED if logits.device.type == "cpu" else LAUNCHED
        step = max(1, limit // size)
        for start in range(0, rows, step):
            part = slice(start, start + step)
            inputs = (tokens[part], noised[part], alpha[part], floor[part])
            slopes = None if gradient is None else gradient[part]
            result[part] = _slice(logits[part], *inputs, slopes)
        ctx.gradient = gradient
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        gradient, ctx.gradient = ctx.gradient, None
        if gradient is None:
            raise RuntimeError("the divergence can be differentiated once only")
        # In place, as the gradient is the largest tensor of a training step.
        return gradient.mul_(upstream[:, None]), None, None, None, None


def _slice(
    logits: Tensor,
    tokens: Tensor,
    noised: Tensor,
    alpha: Tensor,
    floor: Tensor,
    gradient: Tensor | None,
) -> Tensor:
    """Divergences of some rows; writes the derivatives by the logits where there is a place."""
    logits = logits.to(alpha.dtype)
    size = logits.shape[1]
    masked = noised == size
    clean = noised == tokens
    least = floor.clamp_min(_LEAST)
    true, drawn = tokens[:, None], noised.clamp_max(size - 1)[:, None]

    top = logits.amax(1, keepdim=True)
    power = torch.sub(logits, top).exp_()
    total = power.sum(1, keepdim=True)
    log_true = (logits.gather(1, true) - top - total.log())[:, 0]
    gain = power * ((alpha / least)[:, None] / total)  # α x̂ / c
    logs = torch.log1p(gain)
    log_true_gain, log_drawn_gain = logs.gather(1, true)[:, 0], logs.gather(1, drawn)[:, 0]

    # log[(α + c) / (α x̂_x + c)], precise both near 0 and where x̂_x underflows.
    excess = alpha * -torch.expm1(log_true) / (alpha * log_true.exp() + least)
    ratio = torch.log(alpha + floor) - torch.logaddexp(alpha.log() + log_true, floor.log())
    log_ratio = torch.where(excess < 1, torch.log1p(excess), ratio)
    divergence = (alpha + floor) * log_ratio - floor * (logs.sum(1) - log_true_gain)

    bounded = torch.expm1(log_ratio.clamp_max(_LARGEST_LOG_RATIO))
    share = torch.sigmoid(alpha.log() + log_true - floor.log())  # α x̂_x / (α x̂_x + c)
    other = -torch.expm1(-log_drawn_gain)
    surplus = torch.where(clean, bounded, -other).masked_fill(masked, 0)  # r - 1
    log_r = torch.where(clean, log_ratio, -log_drawn_gain).masked_fill(masked, 0)
    result = divergence + surplus - log_r
    if gradient is None:
        return result

    shares = gain.div_(logs.copy_(gain).add_(1))  # α x̂ / (α x̂ + c)
    pull = surplus * torch.where(clean, share, other)
    common = floor * shares.sum(1) + alpha * share + pull
    slopes = power.mul_(common[:, None] / total).addcmul_(shares, floor[:, None], value=-1)
    slopes.scatter_add_(1, true, -(alpha * share)[:, None])
    slopes.scatter_add_(1, drawn, -pull[:, None])
    gradient.copy_(slopes)
    return result
