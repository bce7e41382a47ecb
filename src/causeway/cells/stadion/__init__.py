"""Stationary diffusions: causal models without graphs, learned by their generators.

A system of genes is a stochastic differential equation, an intervention shifts the drift of its
targets, and what is observed are stationary distributions. The kernel deviation from stationarity
tells, without any simulation, how far samples are from the stationary distribution of an
equation; here it is evaluated in closed form.

Source: Lorch, Krause, Schölkopf, "Causal Modeling with Stationary Diffusions", AISTATS 2024,
arXiv:2310.17405; released code stadion 1.0.2 (MIT).
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "differences": ["differential"],
        "diffusion": ["StationaryDiffusion"],
        "drifts": ["LinearDrift", "NetworkDrift", "group_lasso"],
        "environments": ["Environments"],
        "kds": ["all_pairs", "kernel_deviation", "pair_terms"],
        "sampling": ["sample"],
    },
)
