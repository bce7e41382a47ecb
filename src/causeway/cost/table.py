"""A plan as rows of text."""

from collections.abc import Iterable, Sequence

from causeway.cost.estimate import AMOUNT, ASSUMED, CHAIN, CORES, MEMORY, WRITTEN, Cost, Total
from causeway.numerals import duration, number, size

HEADER = ["system", "jobs", "raw", "written", "CPU h", "GPU h", "memory", "wall time", "bound by"]
RULES = ["rule", "jobs", "CPU h", "GPU h", "longest job", "memory", "by", "remarks"]
UNKNOWN = "unknown"
LEGEND = [
    "+ ?: something is not known and left out; the table of rules tells what.",
    "≤: an upper bound, as far as it is known; the table of rules tells of what.",
    "*: assumed, by the peak and the utilisation that were given for a GPU.",
    "†: what jobs of another scale took each, by their records: not scaled to this one.",
    "CPU h: measured by a benchmark or by records of this configuration, or scaled from records "
    "of another by the counted work. memory: what a job holds at least.",
    "wall time: the longest of three: the longest chain of jobs, all work spread over the "
    "cluster, and fetching.",
]
"""What the marks mean."""


def row(one: Total) -> list[str]:
    """Cells of a system."""
    lacking = bool(one.unknown)

    def cell(text: str, part: str, lacking: bool) -> str:
        return _cell(text, part in one.at_most, False, part in one.unscaled, lacking)

    def hours_of(value: float) -> str:
        return hours(value) if value else ""

    def bytes_of(value: float) -> str:
        return size(int(value)) if value else ""

    return [
        one.name,
        f"{one.jobs:,}",
        _cell(bytes_of(one.raw), lacking=bool(one.unsized)),
        cell(bytes_of(one.written), WRITTEN, WRITTEN in one.lacks),
        cell(hours_of(one.cpu_hours), AMOUNT, lacking),
        _cell(hours_of(one.gpu_hours), AMOUNT in one.at_most, one.assumed, lacking=lacking),
        cell(bytes_of(one.memory), MEMORY, MEMORY in one.lacks),
        _cell(
            duration(one.wall) if one.wall else "",
            AMOUNT in one.at_most,
            one.assumed,
            AMOUNT in one.unscaled and one.bound in (CHAIN, CORES),
            lacking,
        ),
        one.bound,
    ]


def rule_row(one: Cost) -> list[str]:
    """Cells of a rule."""
    upper, unscaled, lacking = AMOUNT in one.at_most, AMOUNT in one.unscaled, bool(one.missing)
    unpriced = lacking and one.cpu_hours is one.gpu_hours is None

    def hours_of(value: float | None, assumed: bool, unscaled: bool) -> str:
        return _cell("" if value is None else hours(value), upper, assumed, unscaled, unpriced)

    memory = "" if one.memory is None else size(int(one.memory))
    return [
        one.rule,
        f"{one.jobs:,}",
        hours_of(one.cpu_hours, False, unscaled),
        hours_of(one.gpu_hours, True, False),
        _cell(
            duration(one.longest) if one.longest else "", upper, unscaled=unscaled, lacking=lacking
        ),
        _cell(memory, unscaled=MEMORY in one.unscaled, lacking=one.memory is None),
        one.source.replace(ASSUMED, f"{ASSUMED} *") + " †" * unscaled,
        "; ".join([*one.notes, *one.missing]),
    ]


def _cell(
    text: str,
    upper: bool = False,
    assumed: bool = False,
    unscaled: bool = False,
    lacking: bool = False,
) -> str:
    """A number with its marks; without one, unknown or nothing."""
    if not text:
        return UNKNOWN if lacking else "–"
    # What another scale took bounds nothing.
    upper = upper and not unscaled
    marks = " *" * assumed + " †" * unscaled + " + ?" * lacking
    return f"{'≤ ' if upper else ''}{text}{marks}"


def hours(value: float) -> str:
    """Write hours with three digits, and thousands apart."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if value >= 100 else number(rounded)


def uncounted(costs: Iterable[Cost]) -> str:
    """Name the rules of which nothing is known, with their jobs."""
    names = [f"{one.rule} ({one.jobs:,})" for one in costs if not one.known]
    return f"Nothing counts the work of {', '.join(names)}." if names else ""


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown; an asterisk stays one."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace("*", "\\*")
