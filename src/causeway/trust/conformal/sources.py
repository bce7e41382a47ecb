"""Where scores can come from, as configuration."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from causeway.section import Section


class Digits(Section):
    """The 1,797 handwritten digits that come with scikit-learn, real data."""

    kind: Literal["digits"] = "digits"
    train: PositiveInt = 100
    """Images that the classifier learns from; the others are the pool [ours]."""


class BreastCancer(Section):
    """The 569 breast tumours (Wisconsin) that come with scikit-learn, real data."""

    kind: Literal["breast-cancer"] = "breast-cancer"
    train: PositiveInt = 60
    """Tumours that the classifier learns from; the others are the pool [ours]."""


class MedMNIST(Section):
    """A MedMNIST file; PathMNIST has the images of the paper's data, NCT-CRC-HE-100K."""

    kind: Literal["medmnist"] = "medmnist"
    path: Path
    """The ``.npz`` file, e.g. ``pathmnist.npz``."""
    train: PositiveInt = 10_000
    """Images that the classifier learns from; the others are the pool [N]."""


class ScoreFile(Section):
    """A table with the scores of any predictor; its columns stand in ``conformal.scores``."""

    kind: Literal["scores"] = "scores"
    path: Path
    """A ``.csv`` or ``.parquet`` file."""


Source = Annotated[Digits | BreastCancer | MedMNIST | ScoreFile, Field(discriminator="kind")]
