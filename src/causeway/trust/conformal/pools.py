"""Pools of scores from real data: a classifier learns from a few examples and rates the rest."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from causeway.errors import InputError
from causeway.trust.conformal.scores import classification_scores, read_scores
from causeway.trust.conformal.sources import BreastCancer, Digits, MedMNIST, ScoreFile, Source

REGULARISATION = 0.01
"""Inverse penalty C of the logistic regression: strong, so that sets have more than a label."""


def pool(source: Source, seed: int) -> pd.DataFrame:
    """Scores of all examples of a source that its classifier did not learn from.

    The paper's network is not known: here it is a multinomial logistic regression on
    standardised features, and the score is 1 - p of the true label.

    Parameters
    ----------
    source
        Where the data come from; a table of scores is read as it is.
    seed
        Decides which examples the classifier learns from.

    Raises
    ------
    InputError
        If a file is absent, broken or of another form, or too few examples are left.
    """
    match source:
        case ScoreFile():
            return read_scores(source.path)
        case MedMNIST():
            features, labels = read_medmnist(source.path)
        case Digits():
            features, labels = load_digits(return_X_y=True)
        case BreastCancer():
            features, labels = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    train, rest = order[: source.train], order[source.train :]
    if set(labels[train]) != set(labels) or not len(rest):
        raise InputError(
            f"config: conformal.sources: {source.kind}",
            f"{source.train} of {len(labels)} examples for training leave none or lack a class",
            "Change 'train'",
        )
    model = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=1000))
    model.fit(features[train], labels[train])
    return classification_scores(
        model.predict_proba(features[rest]), labels[rest], list(model.classes_)
    )


def read_medmnist(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, features) and labels (n,) of the ``train`` and ``val`` parts of a MedMNIST file.

    The ``test`` part of PathMNIST comes from another clinic; it is left out, since it cannot be
    exchanged with the others.

    Raises
    ------
    InputError
        If the file is absent or broken, lacks an array, or has several labels per image.
    """
    if not path.is_file():
        raise InputError(path, "does not exist", "Correct the path in conformal.sources")
    parts: dict[str, list[np.ndarray]] = {"images": [], "labels": []}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for split in ("train", "val"):
                for name, found in parts.items():
                    found.append(arrays[f"{split}_{name}"])
    except KeyError as error:
        raise InputError(path, f"{error.args[0]}", "Take an .npz file of MedMNIST") from None
    except Exception as error:  # numpy evaluates headers, and broken ones raise anything
        raise InputError(
            path, f"is no readable .npz file ({error})", "Fetch it again and compare its MD5 sum"
        ) from None
    images, labels = parts["images"], parts["labels"]
    single = [len(part) for part in images] == [part.size for part in labels]
    if not single or images[0].shape[1:] != images[1].shape[1:]:
        raise InputError(
            path,
            f"has images of shapes {[part.shape for part in images]} for labels of shapes "
            f"{[part.shape for part in labels]}",
            "Take a data set with one label per image, e.g. pathmnist.npz",
        )
    pixels = np.concatenate([part.reshape(len(part), -1) for part in images])
    return pixels.astype(np.float32), np.concatenate([part.ravel() for part in labels])
