"""A small drawing per claim: the interval, and the region in which the claim holds."""

import math
from collections.abc import Callable

WIDTH, HEIGHT, MARGIN = 168, 26, 10


def mark(estimate: float, low: float, high: float, start: float, end: float) -> str:
    """Draw one line of a forest plot as inline SVG; empty without a finite estimate.

    Parameters
    ----------
    estimate, low, high
        The estimate and its interval; NaN ends leave the interval out.
    start, end
        Ends of the region in which the claim holds; infinite where it is unbounded.
    """
    if not math.isfinite(estimate):
        return ""
    position = _axis([estimate, low, high, start, end])
    middle = HEIGHT / 2
    left = position(start) if math.isfinite(start) else 0.0
    right = position(end) if math.isfinite(end) else float(WIDTH)
    parts = [
        f'<rect class="region" x="{left:.1f}" y="0" width="{max(right - left, 1):.1f}"'
        f' height="{HEIGHT}"/>'
    ]
    parts += [
        f'<line class="edge" x1="{position(edge):.1f}" x2="{position(edge):.1f}" y1="0"'
        f' y2="{HEIGHT}"/>'
        for edge in (start, end)
        if math.isfinite(edge)
    ]
    if math.isfinite(low) and math.isfinite(high):
        parts.append(
            f'<line class="interval" x1="{position(low):.1f}" x2="{position(high):.1f}"'
            f' y1="{middle}" y2="{middle}"/>'
        )
    parts.append(f'<circle class="estimate" cx="{position(estimate):.1f}" cy="{middle}" r="4"/>')
    return (
        f'<svg class="mark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' aria-hidden="true">{"".join(parts)}</svg>'
    )


def _axis(values: list[float]) -> Callable[[float], float]:
    """Map numbers to pixels so that all finite ones are inside the margins."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite), max(finite)
    if low == high:
        return lambda value: WIDTH / 2
    scale = (WIDTH - 2 * MARGIN) / (high - low)
    return lambda value: MARGIN + (value - low) * scale
