"""Laws of scaling fitted to any table of training runs.

Read a table with :func:`validate` (``COLUMNS`` documents it), set diverged runs apart with
:func:`converged`, then fit: :func:`isoflop_laws` and :func:`fit_surface` for optimal sizes,
:func:`batch_law` and :func:`learning_rate_law` for settings, :func:`gap` between noise types,
:func:`u_shape` and :func:`transfer` for what the laws rest on.
Intervals come from resampling runs. Methods are those of arXiv:2203.15556, 2404.10102 and
2512.10858.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "annealing": ["annealing_ratio"],
        "approach3": ["fit_surface"],
        "curves": ["at_budgets", "tokens_at_loss"],
        "envelopes": ["envelope"],
        "flops": ["flops_per_token"],
        "gaps": ["gap", "shared_budgets"],
        "held_out": ["optimum_errors", "surface_errors"],
        "huber": ["fit_huber"],
        "hyperparameters": ["batch_law", "learning_rate_law"],
        "isoflop": ["isoflop_laws"],
        "mup": ["transfer"],
        "runs": ["COLUMNS", "converged", "tuned", "validate"],
        "shapes": ["u_shape"],
        "shared_rates": ["at_shared_rates"],
        "surface": ["Surface"],
        "varpro": ["fit_varpro"],
        "windows": ["near_best"],
    },
)
