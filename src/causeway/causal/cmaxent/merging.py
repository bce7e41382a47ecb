"""One entrance for both directions of merging."""

from causeway.causal.cmaxent.anticausal import merge_anticausal
from causeway.causal.cmaxent.causal import merge_causal
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.predictor import Direction, Predictor
from causeway.errors import InputError

DIRECTIONS: tuple[Direction, ...] = ("causal", "anticausal")
_WAYS = {"causal": merge_causal, "anticausal": merge_anticausal}


def merge(moments: Moments, direction: Direction) -> Predictor:
    """Merge what is known into one predictor (CMAXENT, arXiv:2501.08426).

    Parameters
    ----------
    moments
        What is known.
    direction
        ``causal``: the features cause the target; ``anticausal``: the target causes them.

    Raises
    ------
    InputError
        If the direction has no such name, or its model cannot have these moments.
    """
    if direction not in _WAYS:
        raise InputError("direction", f"there is no {direction!r}", "Use causal or anticausal")
    return _WAYS[direction](moments)
