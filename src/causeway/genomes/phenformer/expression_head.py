"""From the vector of a window to expression in each cell context."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ExpressionHead(nn.Module):
    """Expression e_k = softplus(<z W, c_k> + b_k), in units of log(1 + TPM).

    The same form serves all contexts, each of which has one vector c_k and one level b_k.

    Parameters
    ----------
    width
        Channels d of a window's vector.
    contexts
        Number of contexts K.
    """

    def __init__(self, width: int, contexts: int) -> None:
        super().__init__()
        self.mix = nn.Linear(width, width, bias=False)
        self.context = nn.Linear(width, contexts)

    def start_at(self, level: np.ndarray) -> None:
        """Set levels so that an empty vector gives this expression, shape (K,), not negative."""
        wanted = torch.as_tensor(level, dtype=torch.float64).clamp(min=1e-3)
        with torch.no_grad():
            self.context.bias.copy_(wanted + torch.log(-torch.expm1(-wanted)))

    def forward(self, z: Tensor) -> Tensor:
        """Return expression (..., K) of vectors (..., d)."""
        return F.softplus(self.context(self.mix(z)))
