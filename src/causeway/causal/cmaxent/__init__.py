"""CMAXENT merging of predictors, causal and anticausal (arXiv:2501.08426).

Experts who never saw each other's features are merged from the moments that they know: entropies
are maximised in causal order. If the features cause the binary target this gives a Gaussian with
a logistic regression, if the target causes the features it gives linear discriminant analysis;
with some moments unknown the two disagree.

>>> from causeway.causal.cmaxent import Moments, merge
>>> known = Moments(pi=0.4, mean=[0.6, 0.4], covariance=[[1.54, None], [None, 1.24]],
...                 cross=[0.36, 0.24])
>>> merge(known, "anticausal").weights.round(4).tolist()
[1.5, 1.0]
>>> merge(known, "causal").weights.round(4).tolist()
[3.0531, 2.5278]
"""

import lazy_loader

# Snakemake reads the configuration beside this file for every command, without these parts.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "anticausal": ["merge_anticausal"],
        "causal": ["merge_causal"],
        "completion": ["complete"],
        "experts": ["Expert", "pool"],
        "maxent": ["conditional_maxent"],
        "merging": ["merge"],
        "moments": ["Moments"],
        "predictor": ["Predictor"],
    },
)
