"""Which network reads windows: ours, or Enformer by weights of the user's."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from causeway.genomes.phenformer.enformer_size import EnformerSize
from causeway.section import Section


class OwnBackbone(Section):
    """The window encoder of the study, which is trained [ours]."""

    kind: Literal["own"] = "own"


class EnformerFile(Section):
    """Enformer, frozen [P: the published backbone is frozen and derives from it]."""

    kind: Literal["enformer"] = "enformer"
    weights: Path
    """Table of parameters by the names of enformer-pytorch, e.g. its ``pytorch_model.bin``."""
    tracks: dict[str, int] = Field(min_length=1)
    """Number of the human track that stands for each context of the expression table."""
    size: EnformerSize = EnformerSize()
    """Shape of the weights."""


BackboneSettings = Annotated[OwnBackbone | EnformerFile, Field(discriminator="kind")]
