"""Risk scores and covariates together: fitted on validation people, judged on test people."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from causeway.bootstrap import draw_counts, percentile_interval
from causeway.errors import InputError
from causeway.rankings import auroc

MODELS: Mapping[str, Sequence[str]] = {
    "covariates": ("covariates",),
    "prs": ("prs",),
    "phenformer": ("phenformer",),
    "prs+covariates": ("prs", "covariates"),
    "phenformer+covariates": ("phenformer", "covariates"),
    "prs+phenformer+covariates": ("prs", "phenformer", "covariates"),
}
"""Which features each ensemble joins."""
AREAS = ["model", "auroc", "low", "high", "cases", "n"]
"""Columns of the table of areas."""
DIFFERENCES = ["model", "against", "difference", "low", "high", "cases", "n"]
"""Columns of the table of differences."""


class Risks(NamedTuple):
    """What ensembles achieve.

    ``areas`` has a row per model, ``differences`` one per pair of models with the area of
    ``model`` minus that of ``against``; intervals are over people. ``probabilities`` are of the
    test people by model.
    """

    areas: pd.DataFrame
    differences: pd.DataFrame
    probabilities: dict[str, NDArray[np.float64]]


def ensembles(
    features: Mapping[str, ArrayLike],
    cases: ArrayLike,
    valid: ArrayLike,
    test: ArrayLike,
    *,
    rng: np.random.Generator,
    models: Mapping[str, Sequence[str]] = MODELS,
    resamples: int = 2000,
    regularisation: float = 1.0,
) -> Risks:
    """Join features by logistic regression and compare the areas under the curve.

    Features are standardised on the validation people. All models are resampled with the same
    people, cases and controls apart, so that differences are paired.

    Parameters
    ----------
    features
        Shape (people,) or (people, columns) each, by name.
    cases
        Mask of people, shape (people,).
    valid, test
        Rows of the people who fit, and who judge; without people excluded for this disease.
    rng
        Source of randomness.
    models
        Names of the features of each model.
    resamples
        Bootstrap samples of test people.
    regularisation
        Inverse strength of the quadratic penalty on standardised coefficients.

    Raises
    ------
    InputError
        If validation or test people lack cases or controls.
    """
    cases, valid, test = np.asarray(cases, dtype=bool), np.asarray(valid), np.asarray(test)
    for name, part in (("validation", valid), ("test", test)):
        _both_kinds(cases[part], name)
    truth = cases[test]
    found = {
        model: _probabilities(
            np.column_stack([np.asarray(features[name], dtype=float) for name in names]),
            cases,
            valid,
            test,
            regularisation,
        )
        for model, names in models.items()
    }
    counts = draw_counts(truth, resamples, rng)
    areas = {model: float(auroc(one, truth)) for model, one in found.items()}
    resampled = {model: auroc(one, truth, counts) for model, one in found.items()}
    size = {"cases": int(truth.sum()), "n": len(truth)}
    rows: list[dict[str, object]] = []
    pairs: list[dict[str, object]] = []
    for model, area in areas.items():
        _, low, high, _ = percentile_interval(area, resampled[model], len(truth))
        rows.append({"model": model, "auroc": area, "low": low, "high": high, **size})
    for against, model in combinations(areas, 2):
        difference = areas[model] - areas[against]
        _, low, high, _ = percentile_interval(
            difference, resampled[model] - resampled[against], len(truth)
        )
        pairs.append(
            {
                "model": model,
                "against": against,
                "difference": difference,
                "low": low,
                "high": high,
                **size,
            }
        )
    return Risks(
        pd.DataFrame(rows, columns=AREAS), pd.DataFrame(pairs, columns=DIFFERENCES), found
    )


def _probabilities(
    columns: NDArray[np.float64],
    cases: NDArray[np.bool_],
    valid: NDArray,
    test: NDArray,
    regularisation: float,
) -> NDArray[np.float64]:
    fitting = columns[valid]
    spread = fitting.std(axis=0)
    standard = (columns - fitting.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=regularisation, max_iter=1000)
    return model.fit(standard[valid], cases[valid]).predict_proba(standard[test])[:, 1]


def _both_kinds(cases: NDArray[np.bool_], name: str) -> None:
    if not len(cases) or cases.all() or not cases.any():
        raise InputError(
            "labels",
            f"{int(cases.sum())} cases among {len(cases)} {name} people",
            "Choose a disease with cases and controls in every part, or more people",
        )
