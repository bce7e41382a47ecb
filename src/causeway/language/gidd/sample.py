"""Write text with the best model of each type of noise, and judge it."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from causeway import metrics as table
from causeway.errors import InputError
from causeway.language import tokenisers
from causeway.language.gidd.choosing import REMEDY, best, load_run
from causeway.language.gidd.likelihood import generative_perplexity
from causeway.language.gidd.making import process
from causeway.language.gidd.rows import rows
from causeway.language.gidd.settings import Sampling, SelfCorrection, Sweep
from causeway.language.gidd.sweep import TWIN
from causeway.language.gidd.tokenise import TOKENISER
from causeway.language.gidd.transformer import Transformer
from causeway.language.gidd.writing import above_dull, judged, written
from causeway.language.packing import Sequences
from causeway.language.tokenisers import Tokeniser
from causeway.statistics import Interval, bootstrap_interval

TEXT = "text"
"""Stands for the sampler of real text, with which samples are compared."""


def sample(
    *,
    tokens: Path,
    runs: list[Path],
    curves: Path,
    texts: Path,
    metrics: Path,
    corrections: Path,
    sampling: Sampling,
    correction: SelfCorrection,
    sweep: Sweep,
    dataset: str,
    seed: int,
) -> None:
    """Write text by all samplers, and judge it beside real text.

    Parameters
    ----------
    tokens, runs, curves
        Of the steps ``tokenise``, ``train`` and ``gather``. The judge is the autoregressive twin
        with the lowest loss.
    texts
        Parquet file to write: ``noise``, ``sampler``, ``number``, ``text``; test text stands
        under the twin and ``text``.
    metrics
        Parquet file to write, see :mod:`causeway.language.gidd.rows`: ``<measure>/<sampler>`` of
        :func:`causeway.language.gidd.writing.judged`, and what self-correction changes, paired by
        sequence: ``correction/surprise``, nats per token of the twin, ``correction/accuracy``,
        self-accuracy, and ``correction/changed``, the share of tokens. ``correction/variety`` is
        how varied corrected text is, above the dullest of real text, see
        :func:`causeway.language.gidd.writing.above_dull`.
    corrections
        Parquet file to write: mean self-accuracy with its interval by ``noise`` and ``step`` of
        self-correction.
    sampling, correction, sweep
        Sections of the configuration.
    dataset
        Name of the text.
    seed
        Of all draws.

    Raises
    ------
    InputError
        If no autoregressive twin was trained, or all of them diverged.
    """
    trained = pd.read_parquet(curves)
    names = best(trained)
    if TWIN not in names:
        if TWIN in set(trained["noise"]):
            raise InputError(curves, "all autoregressive twins diverged, which judge text", REMEDY)
        raise InputError(curves, "has no autoregressive twin to judge text", "Set sweep.twins")
    models = {kind: load_run(runs, name) for kind, name in names.items()}
    twin = models.pop(TWIN).network
    length = twin.table.shape[1]
    tokeniser = tokenisers.load(tokens / TOKENISER)
    train, test = (Sequences(tokens / f"{part}.bin", length) for part in ("train", "test"))
    real = torch.from_numpy(test.spread(sampling.sequences))
    found: dict[str, dict[str, Tensor]] = {TWIN: {TEXT: real}}
    numbers: dict[str, dict[str, Interval]] = {}
    steps = []
    for kind, model in models.items():
        noise = process(model.plan.noise)
        made = written(model.network, noise, length, sampling, correction, seed)
        found[kind] = made.texts
        accuracy = made.corrected.accuracy.numpy()
        changed = made.corrected.changes.numpy() / length
        before, after = (_surprise(twin, made.texts[name]) for name in ("ancestral", "corrected"))
        parts = {
            "surprise": after - before,
            "accuracy": accuracy[-1] - accuracy[0],
            "changed": changed,
            "variety": above_dull(made.texts["corrected"], real),
        }
        numbers[kind] = {
            f"correction/{name}": bootstrap_interval(part, seed=seed)
            for name, part in parts.items()
        }
        steps += [
            {"noise": kind, "step": step, **bootstrap_interval(row, seed=seed)._asdict()}
            for step, row in enumerate(accuracy)
        ]
    for kind, made_by in found.items():
        for sampler, sequences in made_by.items():
            told = judged(
                sequences, _surprise(twin, sequences), train.tokens, sampling.grams, seed
            )
            numbers.setdefault(kind, {}).update(
                {f"{measure}/{sampler}": interval for measure, interval in told.items()}
            )
    table.write(rows(numbers, dataset, sweep.seeds), metrics)
    columns = ["noise", "step", *Interval._fields]
    pd.DataFrame(steps, columns=columns).to_parquet(corrections, index=False)
    read = [
        _read(sequences, tokeniser, kind, sampler)
        for kind, made_by in found.items()
        for sampler, sequences in made_by.items()
    ]
    pd.concat(read, ignore_index=True).to_parquet(texts, index=False)


def _surprise(twin: Transformer, sequences: Tensor) -> NDArray[np.float64]:
    """Nats per token of each sequence, shape (B,)."""
    return generative_perplexity(twin, sequences).log().double().numpy()


def _read(sequences: Tensor, tokeniser: Tokeniser, kind: str, sampler: str) -> pd.DataFrame:
    texts = [tokeniser.decode(row) for row in sequences.tolist()]
    return pd.DataFrame(
        {"noise": kind, "sampler": sampler, "number": range(len(texts)), "text": texts}
    )
