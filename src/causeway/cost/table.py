"""A plan as rows of text."""

from causeway.cost.estimate import ASSUMED, Cost, Total
from causeway.numerals import duration, number, size

HEADER = ["system", "jobs", "raw", "written", "CPU h", "GPU h", "memory", "wall time", "bound by"]
RULES = ["rule", "jobs", "CPU h", "GPU h", "longest job", "memory", "by", "remarks"]
UNKNOWN = "unknown"


def row(one: Total) -> list[str]:
    """Cells of a system; ``≥`` before what leaves out something unknown."""
    assumed = " *" if one.assumed else ""

    def known(text: str, value: float, lacking: tuple[str, ...] = one.unknown) -> str:
        if not value:
            return UNKNOWN if lacking else "–"
        return f"≥ {text}" if lacking else text

    return [
        one.name,
        f"{one.jobs:,}",
        known(size(one.raw), one.raw, one.unsized),
        known(size(int(one.written)), one.written),
        known(hours(one.cpu_hours), one.cpu_hours),
        known(hours(one.gpu_hours), one.gpu_hours) + (assumed if one.gpu_hours else ""),
        known(size(int(one.memory)), one.memory),
        known(duration(one.wall), one.wall) + (assumed if one.wall else ""),
        one.bound,
    ]


def rule_row(one: Cost) -> list[str]:
    """Cells of a rule."""
    nothing = UNKNOWN if one.cpu_hours is one.gpu_hours is None else "–"
    remarks = [*one.notes, *one.missing]
    return [
        one.rule,
        f"{one.jobs:,}",
        nothing if one.cpu_hours is None else hours(one.cpu_hours),
        nothing if one.gpu_hours is None else f"{hours(one.gpu_hours)} *",
        duration(one.longest) if one.longest else nothing,
        UNKNOWN if one.memory is None else size(int(one.memory)),
        one.source.replace(ASSUMED, f"{ASSUMED} *"),
        "; ".join(remarks),
    ]


def hours(value: float) -> str:
    """Write hours with three digits, and thousands apart."""
    return f"{value:,.0f}" if value >= 100 else number(float(f"{value:.3g}"))


LEGEND = (
    "≥: something is not known and left out; --rules tells what. unknown: nothing is known.\n"
    "*: assumed, by the peak and the utilisation that you gave for a GPU. CPU h: measured, or "
    "scaled from records.\nwall time: the largest of the longest chain of jobs, all work spread "
    "over the cluster, and fetching."
)
"""What the marks mean."""
