"""What each noised token weighs in the bound of a process."""

import torch
from torch import Tensor

from causeway.language.gidd.processes import State


def weights(state: State, tokens: Tensor, noised: Tensor, size: int) -> Tensor:
    """Weight of the divergence of each token, per unit of λ.

    (π(z) - π'(z)) / (π(z) + e^λ [z = x]) with π' = dπ/dλ (arXiv:2512.10858). Times
    ``state.rate`` it is the weight in the bound, in expectation over the uniform time. It equals
    the weight in terms of time of GIDD v1 (arXiv:2503.04482) over dλ/dt, for any process.

    Parameters
    ----------
    state
        The process, broadcast to the tokens.
    tokens
        Clean tokens x, in 0 to N - 1.
    noised
        Noised tokens z; N is the mask.
    size
        Number N of tokens.

    Returns
    -------
    Tensor
        float64, not negative.
    """
    share, slope = state.uniform, state.slope
    tiny = torch.finfo(torch.float64).tiny
    masked = 1 + slope / (1 - share).clamp_min(tiny)
    kept = (share - slope) / (share + size * torch.exp(state.log_snr))
    replaced = 1 - slope / share.clamp_min(tiny)
    weight = torch.where(noised == tokens, kept, replaced)
    return torch.where(noised == size, masked, weight).clamp_min(0)
