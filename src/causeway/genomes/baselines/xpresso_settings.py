"""Settings of the network shaped after Xpresso."""

from pydantic import Field, PositiveFloat, PositiveInt

from causeway.section import Section


class XpressoSettings(Section):
    """The network that its authors found by hand.

    Agarwal and Shendure, Cell Reports 31:107663, 2020, and the code released with it
    (vagarwal87/Xpresso, commit b5d1da2b), without its features of transcript half-life.
    """

    channels: PositiveInt = 64
    """Filters of both convolutions."""
    span: int = Field(5, ge=1)
    """Bases that a filter sees."""
    pools: tuple[PositiveInt, PositiveInt] = (10, 20)
    """Positions of which each maximum pooling keeps one."""
    hidden: PositiveInt = 100
    """Channels of the dense layer."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Dropout after it."""
    learning_rate: PositiveFloat = 1e-3
    """Step size of Adam."""
    batch: PositiveInt = 64
    """Windows per step."""
    epochs: PositiveInt = 100
    """Passes over the training genes, at most."""
    patience: PositiveInt = 5
    """Epochs without a better validation loss after which training stops."""
