"""Study one dataset in both directions of merging."""

import json
import logging
from functools import partial
from pathlib import Path

from causeway import metrics as table
from causeway.causal.cmaxent import observed, outside, worked
from causeway.causal.cmaxent.attempts import listed
from causeway.causal.cmaxent.config import Source, Worked, Worlds
from causeway.causal.cmaxent.merging import DIRECTIONS
from causeway.causal.cmaxent.study import Panel, Study

log = logging.getLogger(__name__)


def evaluate(
    *,
    printed: Path,
    rows: list[Path],
    causal: Path,
    anticausal: Path,
    predictors: Path,
    panels: Path,
    source: Source,
    dataset: str,
    seed: int,
) -> None:
    """Merge in both directions, on the same data, and score.

    Parameters
    ----------
    printed
        Printed values of the worked case.
    rows
        The file of a table; named so that a changed file is noticed, read through ``source``.
    causal, anticausal
        Metrics to write, one table for each direction, see :mod:`causeway.metrics`.
    predictors
        Table to write: intercept and weights of every merged predictor, or why there is none.
    panels
        JSON to write: rows and boundaries for figures.
    source
        The dataset's configuration.
    dataset, seed
        Names of the run.

    Raises
    ------
    InputError
        If a table cannot be used.
    """
    log.info("%s, files %s", source.kind, ", ".join(map(str, rows)) or "none")
    study = _study(source, printed, seed)
    for direction, path in zip(DIRECTIONS, (causal, anticausal), strict=True):
        metric = partial(
            table.Metric, system="cmaxent", dataset=dataset, variant=direction, seed=seed
        )
        numbers = []
        for name, found in study.findings[direction].items():
            estimate, low, high, n = found
            log.info("%s %s: %.6g [%.6g, %.6g]", direction, name, estimate, low, high)
            numbers.append(metric(metric=name, value=estimate, low=low, high=high, n=n))
        table.write(numbers, path)
    listed(study.attempts).to_csv(predictors, sep="\t", index=False)
    panels.write_text(json.dumps([_plain(panel) for panel in study.panels]))


def _study(source: Source, printed: Path, seed: int) -> Study:
    if isinstance(source, Worked):
        return worked.study(source, printed, seed)
    if isinstance(source, Worlds):
        return outside.study(source, seed)
    return observed.study(source, seed)


def _plain(panel: Panel) -> dict[str, object]:
    return {
        "title": panel.title,
        "axes": list(panel.axes),
        "points": panel.points.round(6).tolist(),
        "target": panel.target.tolist(),
        "lines": dict(panel.lines),
    }
