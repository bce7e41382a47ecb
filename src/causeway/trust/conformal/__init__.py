"""Conformal prediction with small calibration sets (arXiv:2512.14727).

Split conformal prediction promises coverage on average over calibration sets. A clinic has one:
this package gives the law of the coverage that one set delivers, plans its size, corrects for
it, and audits calibrated predictors from a table of scores.

Source: Kladny, Schölkopf, Koch, Baumgartner, Muehlebach, "A Critical Perspective on Finite
Sample Conformal Prediction Theory in Medical Applications", arXiv:2512.14727.
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "laws": ["CoverageLaw", "vovk_delta"],
        "observation": ["observe"],
        "planner": ["plan"],
        "predictors": ["SplitClassifier", "SplitRegressor"],
        "ranks": ["corrected_rank", "rank"],
        "resampling": ["audit"],
        "scores": ["classification_scores", "read_scores", "regression_scores"],
        "thresholds": ["p_values", "threshold"],
    },
)
