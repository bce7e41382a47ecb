"""Step sizes over a training."""

import math
from functools import partial

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def cosine(optimizer: Optimizer, steps: int, warmup: int = 0) -> LambdaLR:
    """Rise linearly from zero over the warm-up, then fall to zero by a half cosine."""
    return LambdaLR(optimizer, partial(_factor, steps=steps, warmup=warmup))


def _factor(step: int, *, steps: int, warmup: int) -> float:
    if step < warmup:
        return step / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
