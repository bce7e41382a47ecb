"""One mixture under three sets of moments: against printed values, LDA and the generic solver."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from causeway.causal.cmaxent.attempts import attempt
from causeway.causal.cmaxent.config import Worked
from causeway.causal.cmaxent.lattice import anticausal_logit, causal_logit, lattice
from causeway.causal.cmaxent.merging import DIRECTIONS, merge
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.predictor import Direction, Predictor
from causeway.causal.cmaxent.study import Findings, Panel, Study, exact, line
from causeway.causal.cmaxent.worlds import AnticausalWorld, Linear, angle
from causeway.statistics import Interval

log = logging.getLogger(__name__)

WORLD = AnticausalWorld(0.4, np.array([1.5, 1.0]), np.array([[1.0, 0.5], [0.5, 1.0]]))
FEATURES = ("X1", "X2")
SHOWN = 400
"""Points in a figure."""


def cases() -> dict[str, Moments]:
    """What is known in each case."""
    moments = WORLD.moments()
    return {
        "joint": moments,
        "no-covariance": moments.forget(covariances=[(0, 1)]),
        "no-effect": moments.forget(cross=[1]),
    }


def study(source: Worked, printed: Path, seed: int) -> Study:
    """Compare both directions with all references.

    Parameters
    ----------
    source
        Sizes.
    printed
        Table of printed values: ``moments, direction, quantity, value``.
    seed
        Seed of the samples.
    """
    found: Findings = {direction: {} for direction in DIRECTIONS}
    attempts, panels = [], []
    points, target = WORLD.sample(SHOWN, np.random.default_rng([seed, 0]))
    bayes = line(*WORLD.bayes)
    merged = {}
    for name, moments in cases().items():
        both = attempt(name, "worked", FEATURES, moments)
        attempts.append(both)
        predictors = {d: merge(moments, d) for d in DIRECTIONS}
        merged[name] = predictors
        lines = {d: line(one.intercept, one.weights) for d, one in predictors.items()}
        panels.append(Panel(name, FEATURES, points, target, lines | {"Bayes": bayes}))
        for direction, values in _scores(name, predictors):
            found[direction] |= values
    samples = [WORLD.sample(rows, np.random.default_rng([seed, 1, rows])) for rows in source.rows]
    smallest, largest = (pick(samples, key=lambda pair: len(pair[1])) for pick in (min, max))
    lattices = [*cases().values(), Moments.of_sample(*smallest)]
    for direction in DIRECTIONS:
        off = _from_printed(printed, direction, {k: v[direction] for k, v in merged.items()})
        found[direction]["printed/deviation"] = exact(off)
        found[direction]["lattice/deviation"] = exact(
            max(_from_lattice(direction, moments, source.nodes) for moments in lattices)
        )
    found["anticausal"]["lda/deviation"] = exact(max(from_lda(*pair) for pair in samples))
    found["causal"]["logistic/slope"] = _logistic_slope(*largest)
    return Study(found, attempts, panels)


def from_lda(x: np.ndarray, y: np.ndarray) -> float:
    """Largest difference between anticausal merging and scikit-learn's LDA on one sample.

    Weights are compared in units of standard deviations, intercepts at the mean.
    """
    centred = (x - x.mean(axis=0)) / x.std(axis=0)
    reference = LinearDiscriminantAnalysis(solver="lsqr").fit(centred, y)
    merged = merge(Moments.of_sample(centred, y), "anticausal")
    found = np.r_[merged.intercept, merged.weights]
    return float(np.abs(found - np.r_[reference.intercept_, reference.coef_[0]]).max())


def _scores(
    name: str, predictors: dict[Direction, Predictor]
) -> Iterator[tuple[Direction, dict[str, Interval]]]:
    deviation = np.sqrt(np.diagonal(WORLD.moments().covariance))
    best = WORLD.score(WORLD.bayes)
    between = angle(predictors["causal"].weights, predictors["anticausal"].weights, deviation)
    for direction, one in predictors.items():
        score = WORLD.score(Linear(one.intercept, one.weights))
        values = {
            "accuracy": score.accuracy,
            "log-loss": score.log_loss,
            "accuracy-regret": best.accuracy - score.accuracy,
            "log-loss-regret": score.log_loss - best.log_loss,
            "angle": angle(one.weights, WORLD.bayes.weights, deviation),
            "angle-between": between,
        }
        yield direction, {f"{name}/{key}": exact(value) for key, value in values.items()}


def _from_printed(path: Path, direction: str, merged: dict[str, Predictor]) -> float:
    """Largest difference from the printed values, in halves of their last digit."""
    table = pd.read_csv(path, sep="\t", dtype=str, comment="#")
    rows = table[table["direction"] == direction]
    worst = 0.0
    for row in rows.itertuples():
        value = _quantity(merged[str(row.moments)], str(row.quantity))
        digits = len(str(row.value).partition(".")[2])
        off = abs(value - float(str(row.value))) / (0.5 * 10.0**-digits)
        log.info("%s %s: %.7g, printed %s", row.moments, row.quantity, value, row.value)
        worst = max(worst, off)
    return worst


def _quantity(one: Predictor, name: str) -> float:
    w1, w2 = one.weights
    match name:
        case "intercept":
            return one.intercept
        case "weight1" | "weight2":
            return float(one.weights[int(name[-1]) - 1])
        case "slope":
            return float(-w1 / w2)
        case "ratio":
            return float(w1 / w2)
        case "difference2":
            return float(one.cross[1] / (WORLD.pi * (1 - WORLD.pi)))
    raise ValueError(f"no quantity {name}")


def _from_lattice(direction: Direction, moments: Moments, nodes: int) -> float:
    """Largest difference of a multiplier from that of the generic solver."""
    solver = {"causal": causal_logit, "anticausal": anticausal_logit}[direction]
    one = merge(moments, direction)
    generic = solver(lattice(moments, nodes), moments)
    return float(np.abs(np.r_[one.intercept, one.weights] - generic).max())


def _logistic_slope(x: np.ndarray, y: np.ndarray) -> Interval:
    """Slope of logistic regression's boundary, with the interval of its information."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(x, y)
    probability = model.predict_proba(x)[:, 1]
    design = np.column_stack([np.ones(len(x)), x])
    information = design.T @ ((probability * (1 - probability))[:, None] * design)
    w1, w2 = model.coef_[0]
    tangent = np.array([0.0, -1 / w2, w1 / w2**2])
    half = 1.96 * float(np.sqrt(tangent @ np.linalg.solve(information, tangent)))
    return Interval(-w1 / w2, -w1 / w2 - half, -w1 / w2 + half, len(x))
