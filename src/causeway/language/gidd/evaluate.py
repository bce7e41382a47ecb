"""Measure bounds of the best models on test text."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway.language.gidd.choosing import best, load_run
from causeway.language.gidd.likelihood import bits_per_byte, bounds
from causeway.language.gidd.losses import surprise
from causeway.language.gidd.making import process
from causeway.language.gidd.module import LanguageModel
from causeway.language.gidd.settings import Evaluation
from causeway.language.gidd.sweep import TWIN
from causeway.language.packing import Sequences
from causeway.statistics import Interval, bootstrap_interval

NOISE_SEED = 1
"""Of the noise of tests, the same for all models; not that of validation."""


def evaluate(
    *,
    tokens: Path,
    runs: list[Path],
    curves: Path,
    likelihoods: Path,
    evaluation: Evaluation,
    seed: int,
) -> None:
    """Bound minus the log-likelihood of test text, with intervals over sequences.

    Parameters
    ----------
    tokens, runs, curves
        Of the steps ``tokenise``, ``train`` and ``gather``.
    likelihoods
        Parquet file to write: ``noise``, ``run``, ``measure`` (``nats`` per token, or ``bits``
        per byte), ``value``, ``low``, ``high`` and ``n``, the number of sequences. Of diffusion it
        is an upper bound, of the autoregressive twin the value, so that a diffusion model that
        stands below its twin is truly better, and one that stands above may be as good.
    evaluation
        Section of the configuration.
    seed
        Of the intervals.
    """
    rows = []
    for kind, name in best(pd.read_parquet(curves)).items():
        model = load_run(runs, name)
        test = Sequences(tokens / "test.bin", model.network.table.shape[1])
        found = per_sequence(model, test.spread(evaluation.sequences), evaluation)
        nats = bootstrap_interval(found, seed=seed)
        factor = bits_per_byte(1.0, test.description.tokens_per_byte)
        for measure, scale in (("nats", 1.0), ("bits", factor)):
            rows.append({"noise": kind, "run": name, "measure": measure, **_scaled(nats, scale)})
    pd.DataFrame(rows).to_parquet(likelihoods, index=False)


def per_sequence(
    model: LanguageModel, tokens: NDArray[np.int64], evaluation: Evaluation
) -> NDArray[np.float64]:
    """Nats per token of each sequence, shape (n,): a bound, or the value for a twin."""
    if model.plan.model == TWIN:
        with torch.no_grad():
            parts = torch.from_numpy(tokens).split(evaluation.batch)
            found = [surprise(model.network, part).mean(1) for part in parts]
        return torch.cat(found).double().numpy()
    copies = bounds(
        model.network,
        process(model.plan.noise),
        tokens,
        draws=evaluation.draws,
        batch=evaluation.batch,
        seed=NOISE_SEED,
    )
    return copies.mean(1)


def _scaled(interval: Interval, factor: float) -> dict[str, float]:
    return {
        "value": interval.estimate * factor,
        "low": interval.low * factor,
        "high": interval.high * factor,
        "n": interval.n,
    }
