"""What is left of the time of the SLURM job that this process belongs to."""

import os
from datetime import timedelta

from causeway.cluster.commands import ask
from causeway.cluster.spans import span
from causeway.errors import InputError

LONGEST_MARGIN = timedelta(minutes=5)
"""Time kept back for a last checkpoint and the end of the job [our choice]."""


def working_time() -> timedelta | None:
    """Tell for how long this job may work: what SLURM leaves it, less a tenth or five minutes.

    Returns
    -------
    timedelta or None
        None outside of SLURM, and where it sets no limit or does not answer.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return None
    try:
        lines = ask("squeue", "--noheader", f"--jobs={job}", "--format=%L")
    except InputError:
        # A controller that is being restarted costs the margin, not the work.
        return None
    left = span(lines[0]) if lines else None
    return None if left is None else left - min(left / 10, LONGEST_MARGIN)
