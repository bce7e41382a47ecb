"""Predictions that need no model, against which GIM is measured."""

import numpy as np
from numpy.typing import NDArray

from causeway.cells.gim.contexts import Context, Screen
from causeway.cells.gim.standard import Units

Cells = NDArray[np.float32]


class Controls:
    """Predictions from training cells alone, all in standardised states.

    Parameters
    ----------
    screen
        Cells.
    training
        Contexts that may be used.
    units
        Units of states and features.
    number
        Cells of each prediction, drawn at random.
    seed
        Of the draws.
    """

    def __init__(
        self, screen: Screen, training: list[Context], units: Units, number: int, seed: int
    ) -> None:
        self._screen = screen
        self._training = training
        self._units = units
        self._number = number
        self._rng = np.random.default_rng(seed)
        self._control = units.states(screen.control)
        self._cells = {one: units.states(screen.cells(one)) for one in training}
        self._pool = np.concatenate(list(self._cells.values()))
        means = np.stack([cells.mean(axis=0) for cells in self._cells.values()])
        self._shift = means.mean(axis=0) - self._control.mean(axis=0)
        features = units.features(screen.features(training))
        self._described = dict(zip(training, features, strict=True))

    def predict(self, context: Context) -> dict[str, Cells]:
        """Cells under a context that no training cell is of.

        Returns
        -------
        dict
            ``control``: control cells; ``pooled``: cells of any training context;
            ``mean``: control cells moved by the mean shift of training contexts; ``nearest``: the
            context that is nearest, see :meth:`nearest`.
        """
        near = np.concatenate([self._cells[one] for one in self.nearest(context)])
        return {
            "control": self._draw(self._control),
            "pooled": self._draw(self._pool),
            "mean": self._draw(self._control) + self._shift,
            "nearest": self._draw(near),
        }

    def nearest(self, context: Context) -> list[Context]:
        """Training contexts of the same drug at the nearest dose, both of two that are as near.

        For an unseen drug, those of the drug whose descriptors are nearest.
        """
        drug = context.perturbation
        if all(one.perturbation != drug for one in self._training):
            mine = self._units.features(self._screen.features([context]))[0, :-1]
            drug = min(
                self._training,
                key=lambda one: float(np.square(self._described[one][:-1] - mine).sum()),
            ).perturbation
        same = [one for one in self._training if one.perturbation == drug]
        least = min(abs(one.dose - context.dose) for one in same)
        return [one for one in same if np.isclose(abs(one.dose - context.dose), least)]

    def _draw(self, cells: Cells) -> Cells:
        rows = self._rng.permutation(len(cells))[: self._number]
        return cells[rows]
