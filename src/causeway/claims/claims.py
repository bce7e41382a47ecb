"""The step that judges the claims of one system, shared by all of them."""

import logging
from collections import Counter
from pathlib import Path

from causeway import metrics as tables
from causeway.claims import table
from causeway.claims.definition import load
from causeway.claims.judging import judge_all
from causeway.errors import InputError
from causeway.evidence import replicated

log = logging.getLogger(__name__)


def claims(
    *,
    metrics: list[Path],
    claims: Path,
    judged: Path,
    scale: str,
    system: str,
    synthetic: list[str],
    redrawn: list[str],
) -> None:
    """Judge a system's claims by the metrics of a run.

    Parameters
    ----------
    metrics
        Metrics of all datasets, variants and seeds of the run.
    claims
        Definitions, ``config/claims/<system>.yaml``.
    judged
        Table to write, one row per claim and dataset; columns in ``causeway.claims.table``.
    scale
        Scale of the run.
    system
        Name of the system.
    synthetic
        Datasets that are made up; their rows say so.
    redrawn
        What is drawn anew with each seed, see :func:`causeway.evidence.replicated`.

    Raises
    ------
    InputError
        If a claim is malformed or names a metric that the run does not have.
    """
    found = tables.read(metrics)
    strangers = sorted(set(found["system"]) - {system})
    if strangers:
        raise InputError(
            ", ".join(map(str, metrics)),
            f"metrics of {', '.join(strangers)} among those of {system}",
            "Give each system its own metrics",
        )
    result = table.rows(
        judge_all(load(claims), replicated(found, redrawn), scale),
        system=system,
        scale=scale,
        synthetic=synthetic,
    )
    table.write(result, judged)
    for verdict, count in Counter(result["verdict"]).most_common():
        log.info("%d %s", count, verdict)
