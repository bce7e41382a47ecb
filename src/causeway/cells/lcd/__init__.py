"""Latent causal diffusions and CLIPR for perturbation screens (arXiv:2601.15341).

Stage 1 turns the raw counts of each perturbation into latent states through a zero-inflated
Poisson model. Stage 2 learns one drift, shared by all perturbations, whose stationary diffusion
generates these states; adding the codes of single perturbations predicts their combinations.
CLIPR reads a causal matrix between genes off the trained drift.

Source: Lorch, Krause, Schölkopf and co-workers, "Latent causal diffusions", arXiv:2601.15341, and
the code released with it (larslorch/lcd-clipr, commit 8fa006cd).
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "drift": ["CausalDrift"],
        "generator": ["Generator"],
        "sampling": ["anneal", "fixed_points"],
        "standardise": ["Standard"],
        "zip": ["log_likelihood"],
    },
)
