"""Claims in words: what a test compares, and what was published."""

import math

from causeway.claims.definition import Bound, Claim, Order, Side, Slope, Trend, Value


def sentence(claim: Claim) -> str:
    """Say what is estimated and where it must lie for the claim to hold."""
    match claim.test:
        case Value() as test:
            return f"{_side(claim, test)} = {_target(claim, test)}"
        case Bound() as test:
            signs = (">", "<") if test.strict else ("≥", "≤")
            limits = [
                f"{sign} {limit:g}"
                for sign, limit in zip(signs, (test.low, test.high), strict=True)
                if math.isfinite(limit)
            ]
            return f"{_side(claim, test)} {' and '.join(limits)}"
        case Order() as test:
            return f"{_contrast(claim, test.greater, test.less)} > {test.margin:g}"
        case Slope() as test:
            what = f"{test.axes} slope of {claim.metric_of(test.points[0])}"
            return f"{what} over {len(test.points)} points = {_target(claim, test)}"
        case Trend() as test:
            return f"{claim.metric_of(test.points[0])} {test.direction} with each step"
    return "stated only"


def published(claim: Claim) -> str:
    """List the published numbers, e.g. ``0.758 (Perturb), 0.329 (none)``."""
    return ", ".join(
        ("not found" if number.value is None else f"{number.value:g}")
        + (f" ({number.of})" if number.of else "")
        for number in claim.published
    )


def _side(claim: Claim, side: Side) -> str:
    place = f" on {side.dataset}" if side.dataset else ""
    return f"{claim.metric_of(side)} of {side.variant}{place}"


def _contrast(claim: Claim, a: Side, b: Side) -> str:
    if a.dataset is None and b.dataset is None:
        if a.variant == b.variant:
            return f"{claim.metric_of(a)} − {claim.metric_of(b)} of {a.variant}"
        if claim.metric_of(a) == claim.metric_of(b):
            return f"{claim.metric_of(a)} of {a.variant} − {b.variant}"
    return f"{_side(claim, a)} − {_side(claim, b)}"


def _target(claim: Claim, test: Value | Slope) -> str:
    spread = f"{100 * test.relative:g} %" if test.relative else f"{test.absolute:g}"
    return f"{claim.number:g} ± {spread}"
