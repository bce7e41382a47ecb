"""Synthetic screens: stochastic worlds with known truth, in the canonical form of a screen.

Each world is a section of the configuration (:mod:`causeway.cells.worlds.settings`) and one
function from that section and a seed to an AnnData whose ``uns["truth"]`` tells what made it.
"""

import lazy_loader

# Configurations import the settings beside this file, without anndata.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "linear": ["linear_world"],
        "saturating": ["saturating_world"],
    },
)
