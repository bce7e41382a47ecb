"""Generative intervention models (arXiv:2411.14003).

A map from features of perturbations to distributions over atomic interventions, learned together
with the causal model that they intervene on; it predicts cells under unseen doses and drugs.
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ancestral": ["sample"],
        "contexts": ["Context", "Screen"],
        "graphs": ["acyclic", "cyclicity"],
        "likelihood": ["mixture", "posterior"],
        "model": ["InterventionModel"],
        "module": ["GIM"],
        "standard": ["Units"],
    },
)
