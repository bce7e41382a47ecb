"""Tables of nonconformity scores: how badly a label fits what a predictor says.

A table has one row per example of the pool, none of which the predictor learned from:

- ``score``: nonconformity of the true label, finite, larger is worse;
- ``group`` (optional): a class, a hospital, an age band, for thresholds per group;
- ``score-<label>`` (optional, one column per label): nonconformity of every label, which gives
  the sizes of prediction sets;
- ``role`` (optional): ``calibration`` or ``test``, for :func:`causeway.trust.conformal.observe`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike

from causeway.errors import InputError

ROUNDING = 1e-6
"""How far a probability may lie outside of 0 to 1: what single precision makes of them."""
SCORE, GROUP, ROLE, LABEL = "score", "group", "role", "score-"


def read_scores(path: Path) -> pd.DataFrame:
    """Read a table of scores from a CSV or Parquet file and check it.

    Raises
    ------
    InputError
        Naming the file, and the column or row in it.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(path, "is neither .csv nor .parquet", "Save the scores as one of them")
    if not path.is_file():
        raise InputError(path, "does not exist", "Correct the path of the scores")
    try:
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            path, f"cannot be read ({error})", f"Write it again as {path.suffix[1:]}"
        ) from error
    return checked(frame, path)


def checked(frame: pd.DataFrame, where: object = "scores") -> pd.DataFrame:
    """Check a table of scores; groups and roles become text, scores floats.

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or a cell holds nothing of use.
    """
    if SCORE not in frame:
        raise InputError(
            where,
            f"has no column {SCORE!r}, only {', '.join(map(repr, frame.columns))}",
            f"Call the column with the nonconformity of the true label {SCORE!r}",
        )
    if frame.empty:
        raise InputError(where, "has no rows", "Give one row per example")
    frame = frame.reset_index(drop=True)
    for column in [SCORE, *label_columns(frame)]:
        place = f"{where}: column {column!r}"
        frame[column] = finite(pd.to_numeric(frame[column], errors="coerce"), place)
    for column in {GROUP, ROLE} & set(frame):
        if frame[column].isna().any():
            row = int(np.flatnonzero(frame[column].isna())[0]) + 1
            raise InputError(f"{where}: column {column!r}", f"row {row} is empty", "Fill it in")
        frame[column] = frame[column].astype(str)
    return frame


def finite(values: ArrayLike, where: str = "scores") -> np.ndarray:
    """Values as floats in a row, if there are any and all are finite numbers.

    Raises
    ------
    InputError
        Naming the first row that is not a finite number.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise InputError(where, f"has shape {array.shape}", "Give one number per example in a row")
    if not len(array):
        raise InputError(where, "are empty", "Give at least one")
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InputError(
            where,
            f"row {bad[0] + 1} is no finite number ({len(bad)} of {len(array)} rows are not)",
            "Remove these examples or correct their numbers",
        )
    return array


def shares(probabilities: ArrayLike, classes: int | None = None) -> np.ndarray:
    """Probabilities as floats of shape (n, classes), if they are some.

    Parameters
    ----------
    probabilities
        What was given.
    classes
        Number of columns wanted; None for any.

    Raises
    ------
    InputError
        If the shape is another one, or a number is not finite or not between 0 and 1.
    """
    array = np.asarray(probabilities, dtype=float)
    if array.ndim != 2 or not array.size or classes not in (None, array.shape[1]):
        wanted = "one column per class" if classes is None else f"{classes} columns"
        raise InputError(
            "probabilities", f"have shape {array.shape}", f"Give one row per example and {wanted}"
        )
    good = (array >= -ROUNDING) & (array <= 1 + ROUNDING)
    if not good.all():
        row, column = np.argwhere(~good)[0]
        raise InputError(
            "probabilities",
            f"row {row + 1} holds {array[row, column]}",
            "Give numbers from 0 to 1",
        )
    return array


def label_columns(frame: pd.DataFrame) -> list[str]:
    """Columns with the scores of a label each."""
    return [str(name) for name in frame if str(name).startswith(LABEL)]


def classification_scores(
    probabilities: ArrayLike, labels: ArrayLike, names: Sequence[object]
) -> pd.DataFrame:
    """Table of scores 1 - p (least ambiguous set-valued classifiers); groups are the classes.

    Parameters
    ----------
    probabilities
        Shape (n, classes): what a classifier gives each label, on data it did not learn from.
    labels
        Shape (n,): true labels.
    names
        Label of each column of ``probabilities``.

    Raises
    ------
    InputError
        If shapes disagree, a label is unknown, or a probability is not between 0 and 1.
    """
    scores, truth = 1 - shares(probabilities), np.asarray(labels)
    if scores.shape != (len(truth), len(names)):
        raise InputError(
            "probabilities",
            f"shape {scores.shape} for {len(truth)} labels and {len(names)} names",
            "Give one row per example and one column per name",
        )
    columns = pd.Index(list(names)).get_indexer(pd.Index(truth))
    if (columns < 0).any():
        raise InputError(
            "labels", f"{truth[columns < 0][0]} is not among the names", "Name every label"
        )
    table = pd.DataFrame(scores, columns=[f"{LABEL}{name}" for name in names])
    table.insert(0, SCORE, scores[np.arange(len(truth)), columns])
    table.insert(1, GROUP, np.array([str(name) for name in names])[columns])
    return checked(table, "probabilities")


def regression_scores(predictions: ArrayLike, outcomes: ArrayLike) -> pd.DataFrame:
    """Table of absolute residuals, so that a threshold is the half-width of an interval.

    Parameters
    ----------
    predictions, outcomes
        Shape (n,) each, in the unit of the outcome.

    Raises
    ------
    InputError
        If shapes disagree or a number is not finite.
    """
    predicted, truth = np.asarray(predictions, dtype=float), np.asarray(outcomes, dtype=float)
    if predicted.shape != truth.shape:
        raise InputError(
            "predictions",
            f"shape {predicted.shape} for outcomes of shape {truth.shape}",
            "Give one prediction per outcome",
        )
    return pd.DataFrame({SCORE: finite(np.abs(truth - predicted), "residuals")})
