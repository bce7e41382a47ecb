"""A plan as rows of text."""

from collections.abc import Iterable, Sequence

from causeway.cost.estimate import ASSUMED, Cost, Total
from causeway.numerals import duration, number, size

HEADER = ["system", "jobs", "raw", "written", "CPU h", "GPU h", "memory", "wall time", "bound by"]
RULES = ["rule", "jobs", "CPU h", "GPU h", "longest job", "memory", "by", "remarks"]
UNKNOWN = "unknown"
LEGEND = [
    "+ ?: something is not known and left out; the table of rules tells what.",
    "≤: an upper bound, as far as it is known; the table of rules tells of what.",
    "*: assumed, by the peak and the utilisation that were given for a GPU.",
    "CPU h: measured by a benchmark, or scaled from records. memory: what a job holds at least.",
    "wall time: the longest of three: the longest chain of jobs, all work spread over the "
    "cluster, and fetching.",
]
"""What the marks mean."""


def row(one: Total) -> list[str]:
    """Cells of a system."""
    upper, assumed = "amount" in one.at_most, one.assumed

    def hours_of(value: float, assumed: bool) -> str:
        return _cell(hours(value) if value else "", upper, assumed, bool(one.unknown))

    def bytes_of(value: float, upper: bool, lacking: tuple[str, ...]) -> str:
        return _cell(size(int(value)) if value else "", upper, False, bool(lacking))

    return [
        one.name,
        f"{one.jobs:,}",
        bytes_of(one.raw, False, one.unsized),
        bytes_of(one.written, "written" in one.at_most, one.unknown),
        hours_of(one.cpu_hours, False),
        hours_of(one.gpu_hours, assumed),
        bytes_of(one.memory, False, one.unknown),
        _cell(duration(one.wall) if one.wall else "", upper, assumed, bool(one.unknown)),
        one.bound,
    ]


def rule_row(one: Cost) -> list[str]:
    """Cells of a rule."""
    upper, lacking = "amount" in one.at_most, bool(one.missing)
    unpriced = lacking and one.cpu_hours is one.gpu_hours is None

    def hours_of(value: float | None, assumed: bool) -> str:
        return _cell("" if value is None else hours(value), upper, assumed, unpriced)

    return [
        one.rule,
        f"{one.jobs:,}",
        hours_of(one.cpu_hours, False),
        hours_of(one.gpu_hours, True),
        _cell(duration(one.longest) if one.longest else "", upper, False, lacking),
        UNKNOWN if one.memory is None else size(int(one.memory)),
        one.source.replace(ASSUMED, f"{ASSUMED} *"),
        "; ".join([*one.notes, *one.missing]),
    ]


def _cell(text: str, upper: bool, assumed: bool, lacking: bool) -> str:
    """A number with its marks; without one, unknown or nothing."""
    if not text:
        return UNKNOWN if lacking else "–"
    return f"{'≤ ' if upper else ''}{text}{' *' if assumed else ''}{' + ?' if lacking else ''}"


def hours(value: float) -> str:
    """Write hours with three digits, and thousands apart."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if value >= 100 else number(rounded)


def uncounted(costs: Iterable[Cost]) -> str:
    """Name the rules of which nothing is known, with their jobs."""
    names = [f"{one.rule} ({one.jobs:,})" for one in costs if not one.counted]
    return f"Nothing counts the work of {', '.join(names)}." if names else ""


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown; an asterisk stays one."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace("*", "\\*")
