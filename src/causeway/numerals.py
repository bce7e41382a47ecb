"""Numbers as people read them."""

import math


def number(value: float) -> str:
    """Write a number with four digits, with a true minus sign."""
    if not math.isfinite(value):
        return _signed(str(value)).replace("inf", "∞").replace("nan", "–")
    return _signed(f"{value:.4g}")


def contrast(a: float, b: float) -> str:
    """Write two numbers with the digits that tell them apart, e.g. ``0.657 against 0.341``.

    Three digits if they suffice, at most six; numbers that agree so far are said to.
    """
    if a == b:
        return f"both {number(a)}"
    for digits in range(3, 7):
        first, second = (_signed(f"{value:#.{digits}g}".removesuffix(".")) for value in (a, b))
        if first != second:
            return f"{first} against {second}"
    return f"both {first} to six digits"


def interval(estimate: float, low: float, high: float) -> str:
    """Write an estimate with its interval, e.g. ``0.56 [0.51, 0.61]``.

    All three get the decimals that the interval deserves: two digits of half its width, at most
    four decimals.
    """
    if math.isnan(estimate):
        return ""
    if not all(map(math.isfinite, (estimate, low, high))):
        return number(estimate)
    half, size = (high - low) / 2, max(abs(low), abs(high))
    if size and not 1e-3 <= size < 1e5:
        style = ".1e"
    elif half:
        style = f".{min(4, max(0, 1 - math.floor(math.log10(half))))}f"
    else:
        style = ".4g"
    ends = ", ".join(_signed(format(value, style)) for value in (low, high))
    return f"{_signed(format(estimate, style))} [{ends}]"


def duration(seconds: float) -> str:
    """Write a time span in its natural unit, e.g. ``3.2 min``, ``41 s`` or ``0.42 s``."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    if 0 < seconds < 0.01:
        return "< 0.01 s"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def size(amount: int) -> str:
    """Write an amount of memory, e.g. ``1.4 GB``."""
    if amount >= 10**9:
        return f"{amount / 10**9:.1f} GB"
    return f"{amount / 10**6:.0f} MB"


def _signed(text: str) -> str:
    """Set a true minus, none before a zero, and exponents without padding."""
    text = text.replace("e-0", "e-").replace("e+0", "e")
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")
