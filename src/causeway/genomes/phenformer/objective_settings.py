"""Settings of the loss of stage 1."""

from typing import Literal

from pydantic import NonNegativeFloat

from causeway.section import Section


class Objective(Section):
    """Loss of stage 1 [ours]."""

    level: Literal["squared", "poisson"] = "squared"
    """``squared``: mean squared error of log(1 + TPM); ``poisson``: Poisson log-likelihood of
    TPM, Enformer's loss."""
    deviation: NonNegativeFloat = 1.0
    """Weight of the mean squared error of deviations from a gene's mean over contexts."""
