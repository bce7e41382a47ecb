"""Which chains are good enough to learn from."""

import numpy as np

from causeway.proteins.chain import Chain
from causeway.proteins.reasons import Reason


def refusal(
    chain: Chain,
    *,
    min_length: int,
    max_length: int,
    min_plddt: float,
    max_breaks: int | None,
    plddt: bool = True,
) -> tuple[Reason, str] | None:
    """Say why a chain is not kept, or nothing if it is.

    Parameters
    ----------
    chain
        The chain to judge.
    min_length, max_length
        Bounds on residues with a complete backbone, both allowed.
    min_plddt
        Mean pLDDT at least; not asked if `plddt` is false.
    max_breaks
        Chain breaks at most; None allows any number.
    plddt
        Whether the B-factors are pLDDT.

    Returns
    -------
    (Reason, str) or None
        The first rule that the chain breaks, in the order of the parameters, and its numbers.
    """
    if len(chain) < min_length:
        return Reason.TOO_SHORT, f"{len(chain)} residues, at least {min_length} wanted"
    if len(chain) > max_length:
        return Reason.TOO_LONG, f"{len(chain)} residues, at most {max_length} wanted"
    mean = float(np.mean(chain.plddt, dtype=np.float64))
    if plddt and mean < min_plddt:
        return Reason.LOW_PLDDT, f"mean pLDDT {mean:.1f}, at least {min_plddt:g} wanted"
    breaks = int(chain.breaks.sum())
    if max_breaks is not None and breaks > max_breaks:
        return Reason.TOO_MANY_BREAKS, f"{breaks} breaks, at most {max_breaks} wanted"
    return None
