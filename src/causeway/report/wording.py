"""Costs as pages word them."""

from typing import Any

from causeway import numerals
from causeway.report.records import Cost


def told(total: Cost) -> dict[str, Any]:
    """Word a cost; what one node of several or the last start alone took is a lower bound."""
    started = "≥ " if total.resumed else ""
    least = "≥ " if total.one_of_several or total.resumed else ""
    return {
        "jobs": total.jobs,
        "cpu": least + numerals.duration(total.cpu_seconds),
        "wall": started + numerals.duration(total.seconds),
        "gpu": started + numerals.duration(total.gpu_seconds) if total.gpu_seconds else "",
        "memory": least + numerals.size(total.peak_bytes),
        "one_of_several": total.one_of_several,
        "resumed": total.resumed,
    }
