"""Scaling of discrete diffusion language models (arXiv:2512.10858, arXiv:2503.04482).

A family of noise processes from masks to uniform noise, one loss for all of them, the transformer
that learns to undo the noise, its autoregressive twin, and samplers that repair what they wrote.
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adaptive": ["rewrite_best"],
        "ancestral": ["descend"],
        "corruption": ["corrupt"],
        "divergence": ["pointwise_divergence"],
        "laprop": ["LaProp"],
        "processes": ["Bump", "Interpolation", "State"],
        "self_correction": ["correct"],
        "transformer": ["Transformer"],
    },
)
