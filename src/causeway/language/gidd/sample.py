"""Write text with the best model of each type of noise, and judge it."""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from causeway.errors import InputError
from causeway.language import tokenisers
from causeway.language.gidd.choosing import best, load_run
from causeway.language.gidd.making import process
from causeway.language.gidd.settings import Sampling, SelfCorrection
from causeway.language.gidd.sweep import TWIN
from causeway.language.gidd.tokenise import TOKENISER
from causeway.language.gidd.writing import judged, written
from causeway.language.packing import Sequences
from causeway.language.tokenisers import Tokeniser

TEXT = "text"
"""Stands for the noise and the sampler of real text, with which samples are compared."""


def sample(
    *,
    tokens: Path,
    runs: list[Path],
    curves: Path,
    texts: Path,
    quality: Path,
    sampling: Sampling,
    correction: SelfCorrection,
    seed: int,
) -> None:
    """Write text by all samplers, and judge it beside real text.

    Parameters
    ----------
    tokens, runs, curves
        Of the steps ``tokenise``, ``train`` and ``gather``. The judge is the autoregressive twin
        with the lowest loss.
    texts
        Parquet file to write: ``noise``, ``sampler``, ``number``, ``text``.
    quality
        Parquet file to write: ``noise``, ``sampler``, ``measure``, ``value``; test text stands
        under ``text`` as both noise and sampler.
    sampling, correction
        Sections of the configuration.
    seed
        Of all draws.

    Raises
    ------
    InputError
        If no autoregressive twin was trained.
    """
    table = best(pd.read_parquet(curves))
    if TWIN not in table:
        raise InputError(curves, "has no autoregressive twin to judge text", "Set sweep.twins")
    models = {kind: load_run(runs, name) for kind, name in table.items()}
    twin = models.pop(TWIN).network
    length = twin.table.shape[1]
    tokeniser = tokenisers.load(tokens / TOKENISER)
    train, test = (Sequences(tokens / f"{part}.bin", length) for part in ("train", "test"))
    found: dict[tuple[str, str], Tensor] = {
        (TEXT, TEXT): torch.from_numpy(test.spread(sampling.sequences))
    }
    for kind, model in models.items():
        made = written(
            model.network, process(model.plan.noise), length, sampling, correction, seed
        )
        found |= {(kind, sampler): rows for sampler, rows in made.items()}
    reference = train.tokens
    told = [
        judged(rows, twin, reference, sampling.grams).assign(noise=kind, sampler=sampler)
        for (kind, sampler), rows in found.items()
    ]
    columns = ["noise", "sampler", "measure", "value"]
    pd.concat(told, ignore_index=True)[columns].to_parquet(quality, index=False)
    read = [_read(rows, tokeniser, *names) for names, rows in found.items()]
    pd.concat(read, ignore_index=True).to_parquet(texts, index=False)


def _read(rows: Tensor, tokeniser: Tokeniser, kind: str, sampler: str) -> pd.DataFrame:
    texts = [tokeniser.decode(row) for row in rows.tolist()]
    return pd.DataFrame(
        {"noise": kind, "sampler": sampler, "number": range(len(texts)), "text": texts}
    )
