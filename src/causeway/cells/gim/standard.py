"""Units in which a model sees a screen: of its control cells and of its training features."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from causeway.cells.gim.contexts import Context, Screen
from causeway.errors import InputError


class Units(NamedTuple):
    """Centre and scale of states (d,) and of features (p,)."""

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    feature_centre: NDArray[np.float32]
    feature_scale: NDArray[np.float32]

    @classmethod
    def of(cls, screen: Screen, training: list[Context]) -> Self:
        """Measure them: states by control cells, features by training contexts.

        Raises
        ------
        InputError
            If a gene does not vary among control cells.
        """
        control, features = screen.control, screen.features(training)
        scale = control.std(axis=0)
        if not scale.all():
            gene = screen.genes[int(np.argmin(scale))]
            raise InputError(
                f"gene {gene!r}", "does not vary among control cells", "Leave it out of the screen"
            )
        spread = features.std(axis=0)
        # A constant feature tells nothing, whatever its unit.
        return cls(
            control.mean(axis=0), scale, features.mean(axis=0), np.where(spread > 0, spread, 1)
        )

    def states(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cells in units of the model."""
        return (cells - self.centre) / self.scale

    def cells(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """States of the model in units of the screen."""
        return states * self.scale + self.centre

    def features(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features in units of the model."""
        return ((features - self.feature_centre) / self.feature_scale).astype(np.float32)
