"""Measure bounds of the best models on test text."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway import metrics as table
from causeway.language.artificial import language
from causeway.language.gidd.choosing import best, load_run
from causeway.language.gidd.identity import even_bound, even_integral
from causeway.language.gidd.likelihood import bits_per_byte, bounds
from causeway.language.gidd.losses import surprise
from causeway.language.gidd.making import process
from causeway.language.gidd.module import LanguageModel
from causeway.language.gidd.rows import rows
from causeway.language.gidd.settings import Evaluation, Sweep
from causeway.language.gidd.sweep import TWIN
from causeway.language.packing import Sequences
from causeway.language.settings import Artificial, Source
from causeway.statistics import Interval, bootstrap_interval

NOISE_SEED = 1
"""Of the noise of tests, the same for all models; not that of validation."""


def evaluate(
    *,
    tokens: Path,
    runs: list[Path],
    curves: Path,
    metrics: Path,
    source: Source,
    evaluation: Evaluation,
    sweep: Sweep,
    reference: str,
    dataset: str,
    seed: int,
) -> None:
    """Bound minus the log-likelihood of test text, with intervals over sequences.

    Parameters
    ----------
    tokens, runs, curves
        Of the steps ``tokenise``, ``train`` and ``gather``.
    metrics
        Parquet file to write, see :mod:`causeway.language.gidd.rows`: ``test/nats`` per token and
        ``test/bits`` per byte of the best model. Of diffusion they are upper bounds, of the
        autoregressive twin the values, so that a diffusion model that stands below its twin is
        truly better, and one that stands above may be as good. ``test/above-reference`` is paired
        by sequence, ``test/above-entropy`` nats per byte over the entropy of artificial text, and
        ``identity/error`` the relative error of the bound of a prediction that finds all tokens
        alike, of which the exact value is known.
    source
        Where the text comes from.
    evaluation, sweep
        Sections of the configuration.
    reference
        Type of noise that the others are compared with.
    dataset
        Name of the text.
    seed
        Of the intervals.

    Raises
    ------
    InputError
        If all runs diverged.
    """
    names = best(pd.read_parquet(curves))
    models = {kind: load_run(runs, name) for kind, name in names.items()}
    length = next(iter(models.values())).network.table.shape[1]
    test = Sequences(tokens / "test.bin", length)
    rate, size = test.description.tokens_per_byte, test.description.vocabulary
    sequences = test.spread(evaluation.sequences)
    found = {kind: per_sequence(model, sequences, evaluation) for kind, model in models.items()}
    numbers: dict[str, dict[str, Interval]] = {}
    for kind, nats in found.items():
        told = {"test/nats": nats, "test/bits": bits_per_byte(1.0, rate) * nats}
        if kind not in (TWIN, reference) and reference in found:
            told["test/above-reference"] = nats - found[reference]
        if isinstance(source, Artificial):
            told["test/above-entropy"] = rate * nats - language(source).entropy
        numbers[kind] = {name: bootstrap_interval(part, seed=seed) for name, part in told.items()}
    for kind, noise in sweep.noises.items():
        made = process(noise)
        error = abs(even_integral(made, size) / even_bound(made, size) - 1)
        numbers.setdefault(kind, {})["identity/error"] = Interval(error, error, error, size)
    table.write(rows(numbers, dataset, sweep.seeds), metrics)


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
