"""Merging on rows of real data: moments from one part, scores on the other."""

import logging
from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from causeway.causal.cmaxent.attempts import Attempt, attempt
from causeway.causal.cmaxent.config import BreastCancer, Table
from causeway.causal.cmaxent.merging import DIRECTIONS
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.predictor import Direction
from causeway.causal.cmaxent.study import Findings, Panel, Study, exact, line
from causeway.causal.cmaxent.tables import Problem, Rows, read
from causeway.causal.cmaxent.worked import from_lda
from causeway.causal.cmaxent.worlds import angle
from causeway.errors import InputError
from causeway.statistics import Interval, t_interval

log = logging.getLogger(__name__)

SETTINGS = ("joint", "merged")
"""All moments of the rows, and only those that the experts know."""
PANELS = 3
FEWEST = 20
"""Rows of each class that each part needs at least."""


def study(source: BreastCancer | Table, seed: int) -> Study:
    """Merge the source's problems in both directions and score them on held-out rows."""
    rows = read(source)
    train = _training(rows.y, source.holdout, seed)
    test = ~train
    both = {
        (setting, problem.name): attempt(
            setting,
            problem.name,
            [rows.names[c] for c in problem.columns],
            _known(setting, problem, rows, train),
        )
        for setting in SETTINGS
        for problem in rows.problems
    }
    found: Findings = {direction: {} for direction in DIRECTIONS}
    compared = [
        problem
        for problem in rows.problems
        if all(one.predictor for s in SETTINGS for one in both[s, problem.name].values())
    ]
    for setting in SETTINGS:
        attempts = {problem.name: both[setting, problem.name] for problem in rows.problems}
        for direction in DIRECTIONS:
            values = _scores(attempts, compared, rows, test, direction)
            found[direction] |= {f"{setting}/{name}": value for name, value in values}
    baselines = dict(_baselines(rows, compared or rows.problems, train, test))
    share = exact(len(compared) / len(rows.problems), len(rows.problems))
    for direction in DIRECTIONS:
        found[direction] |= baselines | {"compared": share}
    found["anticausal"]["lda/deviation"] = exact(
        max(from_lda(rows.x[train][:, p.columns], rows.y[train]) for p in rows.problems)
    )
    for one in (one for attempts in both.values() for one in attempts.values() if one.refused):
        log.warning("%s %s, %s: %s", one.setting, one.problem, one.direction, one.refused)
    return Study(found, list(both.values()), _panels(rows, both, test))


def _training(y: np.ndarray, holdout: float, seed: int) -> np.ndarray:
    """Rows that moments are taken from, the same share of both classes; shape (n,), bool."""
    generator = np.random.default_rng(seed)
    train = np.zeros(len(y), dtype=bool)
    for value in (0.0, 1.0):
        own = generator.permutation(np.flatnonzero(y == value))
        kept = round(len(own) * (1 - holdout))
        if min(kept, len(own) - kept) < FEWEST:
            raise InputError(
                "rows",
                f"{len(own)} of target {value:.0f} leave a part with fewer than {FEWEST}",
                "Give more rows, or another holdout",
            )
        train[own[:kept]] = True
    return train


def _known(setting: str, problem: Problem, rows: Rows, train: np.ndarray) -> Moments:
    moments = Moments.of_sample(rows.x[train][:, problem.columns], rows.y[train])
    if setting == "joint":
        return moments
    return moments.as_seen_by(problem.experts).forget(cross=problem.unlinked)


def _scores(
    attempts: dict[str, dict[Direction, Attempt]],
    compared: list[Problem],
    rows: Rows,
    test: np.ndarray,
    direction: Direction,
) -> Iterator[tuple[str, Interval]]:
    """Scores over test rows, averaged over the problems that can be compared.

    If there is none, over those that the direction itself can merge, without a comparison.
    """
    refused = sum(both[direction].predictor is None for both in attempts.values())
    yield "refused", exact(refused / len(attempts), len(attempts))
    other = DIRECTIONS[1 - DIRECTIONS.index(direction)]
    possible = [
        problem for problem in rows.problems if attempts[problem.name][direction].predictor
    ]
    own = _by_row(attempts, compared or possible, rows, test, direction)
    gains = own - _by_row(attempts, compared, rows, test, other)
    for name, values, gain in zip(("accuracy", "log-loss"), own, gains, strict=True):
        yield name, t_interval(values)
        yield f"{name}-gain", t_interval(gain if name == "accuracy" else -gain)


def _by_row(
    attempts: dict[str, dict[Direction, Attempt]],
    problems: list[Problem],
    rows: Rows,
    test: np.ndarray,
    direction: Direction,
) -> np.ndarray:
    """Accuracy and log loss of each test row, averaged over problems; shape (2, rows)."""
    y = rows.y[test]
    found = []
    for problem in problems:
        predictor = attempts[problem.name][direction].predictor
        assert predictor is not None
        logit = predictor.logit(rows.x[test][:, problem.columns])
        found.append([(logit > 0) == (y == 1), np.logaddexp(0, logit) - y * logit])
    return np.mean(found, axis=0) if found else np.full((2, len(y)), np.nan)


def _baselines(
    rows: Rows, problems: list[Problem], train: np.ndarray, test: np.ndarray
) -> Iterator[tuple[str, Interval]]:
    """What needs no merging: the share of ones, and logistic regression on joint rows."""
    y, prior = rows.y[test], rows.y[train].mean()
    yield "prior/accuracy", t_interval((y == (prior > 0.5)).astype(float))
    yield "prior/log-loss", t_interval(-np.log(np.where(y == 1, prior, 1 - prior)))
    losses, right = [], []
    for problem in problems:
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(rows.x[train][:, problem.columns], rows.y[train])
        logit = model.decision_function(rows.x[test][:, problem.columns])
        losses.append(np.logaddexp(0, logit) - y * logit)
        right.append((logit > 0) == (y == 1))
    yield "logistic/accuracy", t_interval(np.mean(right, axis=0))
    yield "logistic/log-loss", t_interval(np.mean(losses, axis=0))


def _panels(
    rows: Rows, both: dict[tuple[str, str], dict[Direction, Attempt]], test: np.ndarray
) -> list[Panel]:
    """The problems whose boundaries differ most, in the plane of their two strongest features."""
    kept = [problem for problem in rows.problems if _lines(rows, problem, both)]
    apart = {problem.name: _apart(rows, problem, both["merged", problem.name]) for problem in kept}
    shown = sorted(kept, key=lambda problem: -apart[problem.name])[:PANELS]
    panels = []
    for problem in shown:
        pair = _strongest(rows, problem, both["merged", problem.name])
        columns = [problem.columns[position] for position in pair]
        panels.append(
            Panel(
                f"directions differ by {apart[problem.name]:.0f}°"
                if apart[problem.name] >= 0
                else "one direction refuses",
                [rows.names[column] for column in columns],
                rows.x[test][:, columns],
                rows.y[test],
                _lines(rows, problem, both),
            )
        )
    return panels


def _lines(
    rows: Rows, problem: Problem, both: dict[tuple[str, str], dict[Direction, Attempt]]
) -> dict[str, tuple[float, float, float]]:
    """Boundaries in the plane of two features, the others at their means."""
    merged = both["merged", problem.name]
    pair = _strongest(rows, problem, merged)
    mean = rows.x[:, problem.columns].mean(axis=0)
    named = {str(d): one.predictor for d, one in merged.items()}
    named["joint (LDA)"] = both["joint", problem.name]["anticausal"].predictor
    lines = {}
    for name, predictor in named.items():
        if predictor is not None:
            away = np.delete(predictor.weights * mean, pair).sum()
            lines[name] = line(predictor.intercept + away, predictor.weights[pair])
    return lines if any(d in lines for d in DIRECTIONS) else {}


def _strongest(rows: Rows, problem: Problem, merged: dict[Direction, Attempt]) -> list[int]:
    deviation = rows.x[:, problem.columns].std(axis=0)
    weights = [one.predictor.weights for one in merged.values() if one.predictor]
    if not weights:
        return list(range(min(2, len(deviation))))
    strength = np.max(np.abs(weights) * deviation, axis=0)
    return sorted(np.argsort(-strength, kind="stable")[:2].tolist())


def _apart(rows: Rows, problem: Problem, merged: dict[Direction, Attempt]) -> float:
    """Angle between both directions, -1 if one refuses."""
    weights = [one.predictor.weights for one in merged.values() if one.predictor]
    if len(weights) < len(DIRECTIONS):
        return -1.0
    return angle(weights[0], weights[1], rows.x[:, problem.columns].std(axis=0))
