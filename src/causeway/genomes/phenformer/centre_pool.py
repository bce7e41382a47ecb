"""From the tokens of a window to one vector, with most weight near the transcription start."""

import torch
from torch import Tensor, nn


class CentrePool(nn.Module):
    """Weighted mean of tokens; weights depend on what a token holds and on where it stands.

    Each head has a share of the channels. Its weights are softmax(u_h . x_t + b_ht) over tokens t,
    where b starts as the negative distance from the transcription start over a range that differs
    from head to head: from half a window down to one token, in geometric steps.

    Parameters
    ----------
    width, heads
        Channels, and heads among which they are shared out.
    tokens
        Tokens of a window.
    anchor
        Place of the transcription start, as a share of the window.
    """

    def __init__(self, width: int, heads: int, tokens: int, anchor: float) -> None:
        super().__init__()
        self.score = nn.Linear(width, heads, bias=False)
        distance = (torch.arange(tokens) + 0.5 - anchor * tokens).abs()
        reach = torch.logspace(0, 1, heads, max(1.0, tokens / 2))
        self.place = nn.Parameter(-distance[:, None] / reach)

    def weights(self, x: Tensor) -> Tensor:
        """Return the weights of tokens (B, n, d), shape (B, n, heads)."""
        return (self.score(x) + self.place).softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean (B, d) of tokens (B, n, d)."""
        weights = self.weights(x)
        shares = x.unflatten(-1, (weights.shape[-1], -1))
        return torch.einsum("bnh,bnhc->bhc", weights, shares).flatten(1)
