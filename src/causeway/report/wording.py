"""Costs as pages word them."""

from typing import Any

from causeway import numerals
from causeway.report.records import Cost


def told(total: Cost) -> dict[str, Any]:
    """Word a cost; what was recorded on one node of several is a lower bound."""
    least = "≥ " if total.one_of_several else ""
    return {
        "jobs": total.jobs,
        "cpu": least + numerals.duration(total.cpu_seconds),
        "wall": numerals.duration(total.seconds),
        "gpu": numerals.duration(total.gpu_seconds) if total.gpu_seconds else "",
        "memory": least + numerals.size(total.peak_bytes),
        "one_of_several": total.one_of_several,
    }
